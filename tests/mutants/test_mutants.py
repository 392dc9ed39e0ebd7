"""The mistakes are kept as data; `python -m tests.mutants.run` makes each of them."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.run import ROOT, Mutant, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda one: one.name)
def test_each_mistake_can_be_made(mutant: Mutant) -> None:
    """Its text is there once, what replaces it is Python, and its tests exist."""
    changed = mutant.text((ROOT / mutant.file).read_text("utf-8"))
    if mutant.file.endswith(".py"):
        ast.parse(changed)
    for test in mutant.tests:
        assert (ROOT / test.split("::")[0]).exists()


def test_names_are_given_once() -> None:
    """A mistake is chosen by its name."""
    names = [one.name for one in mutants()]
    assert len(set(names)) == len(names)
