"""Every public name explains itself: what it takes, in which units, and an example that runs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pcsim

SIMPLE = (pcsim.Empty, pcsim.Full, pcsim.ShutDown)
"""The standard library's own classes, where it has them."""


def public() -> Iterator[tuple[str, object]]:
    """All public functions and classes of pcsim, with their names."""
    for name in pcsim.__all__:
        value = getattr(pcsim, name)
        if callable(value) and value not in SIMPLE:
            yield name, value


def takes_arguments(function: object) -> bool:
    """Whether there is anything to explain."""
    return bool(set(inspect.signature(function).parameters) - {"self", "cls"})  # type: ignore[arg-type]


def test_every_public_name_has_an_example() -> None:
    """`test_docstring_examples` runs it. An error is explained by when it is raised."""
    for name, value in public():
        if not (isinstance(value, type) and issubclass(value, Exception)):
            assert ">>> " in (inspect.getdoc(value) or ""), name


def test_every_public_function_explains_its_arguments() -> None:
    """Methods included."""
    for name, value in public():
        functions = {name: value} if inspect.isfunction(value) else {}
        if isinstance(value, type) and not issubclass(value, Exception):
            functions |= {
                f"{name}.{key}": method
                for key, method in vars(value).items()
                if not key.startswith("_") and inspect.isfunction(method)
            }
        for full_name, function in functions.items():
            if takes_arguments(function):
                assert "Args:" in (inspect.getdoc(function) or ""), full_name
