"""The names that `pcsim` exports."""

from __future__ import annotations

import ast
import inspect
from enum import Enum

import pytest

import pcsim
from pcsim import distributions, errors, scenario


def test_every_exported_name_can_be_imported() -> None:
    """And the list has each of them once, in order."""
    for name in pcsim.__all__:
        assert getattr(pcsim, name) is not None, name
    assert list(pcsim.__all__) == sorted(set(pcsim.__all__))
    assert dir(pcsim) == list(pcsim.__all__)


def test_errors_specs_policies_and_distributions_are_exported() -> None:
    """What a description is made of, and what can be wrong with it."""
    for module in (errors, scenario, distributions):
        for name, value in vars(module).items():
            if not inspect.isclass(value) or name.startswith("_"):
                continue
            own = value.__module__.startswith(module.__name__)
            is_part = module is not errors or issubclass(value, Exception)
            if own and is_part and name not in ("Distribution", "Recorded"):
                assert name in pcsim.__all__, f"{module.__name__}.{name}"
                assert getattr(pcsim, name) is value
    assert all(issubclass(getattr(pcsim, name), Enum) for name in ("Overflow", "Selection"))


def test_types_see_the_same_names_as_programs() -> None:
    """The imports for type checkers and the table for programs name the same homes."""
    tree = ast.parse(inspect.getsource(pcsim))
    homes = {
        alias.name: statement.module
        for block in tree.body
        if isinstance(block, ast.If)
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert homes == pcsim._HOMES
    assert {*homes, "__version__"} == set(pcsim.__all__)


def test_every_error_explains_when_it_is_raised_and_what_to_do() -> None:
    """A user finds it in the docstring."""
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, errors.PcsimError):
            assert "raised" in inspect.getdoc(value).lower(), name  # type: ignore[union-attr]


def test_the_package_gives_its_names_lazily() -> None:
    """What the issue imports is there, and what is not there is an AttributeError."""
    for name in ("ProducerConsumerSystem", "Queue", "Item", "ItemStatus", "ShutDown"):
        assert name in dir(pcsim)
        assert getattr(pcsim, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = pcsim.Nothing
