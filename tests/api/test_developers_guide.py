"""The guide for developers draws the package as it is."""

from __future__ import annotations

import re
import tomllib

from tests.support.package_tree import GUIDE, ROOT, drawn, tree


def test_tree_has_every_module_with_its_summary() -> None:
    """Each module with the first sentence of its docstring, and no other."""
    assert drawn() == tree(), "stale; `python -m tests.support.package_tree` draws it anew"


def test_layers_are_those_that_are_enforced() -> None:
    """The drawing has the layers of the first contract, in their order."""
    drawing = re.search(r"<!-- layers -->\n```text\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert drawing
    layers = (re.split("  +", line.strip())[0] for line in drawing[1].splitlines())
    names = [re.split(" *[│:] *", layer) for layer in layers]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    enforced = [re.split(r" *[|:] *", layer) for layer in contract["layers"]]
    assert names == enforced[1:]
