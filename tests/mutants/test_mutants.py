"""The mistakes are kept as data; `python -m tests.mutants.run` makes each of them."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.mistakes import ROOT, Mutant, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda one: one.name)
def test_each_mistake_can_be_made(mutant: Mutant) -> None:
    """Its text is there once, what replaces it is Python or C, and its tests exist."""
    if mutant.path.suffix == ".py":
        ast.parse(mutant.text())
    assert mutant.text() != mutant.path.read_text("utf-8")
    assert mutant.tests
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (ROOT / path).read_text("utf-8")


def test_names_are_given_once() -> None:
    """A mistake is chosen by its name."""
    names = [one.name for one in mutants()]
    assert len(set(names)) == len(names)
