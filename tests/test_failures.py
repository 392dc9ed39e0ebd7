"""Every failure that pcsim has an answer to has a test of it: `failures.toml` says which."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
ROWS: Mapping[str, Any] = tomllib.loads((TESTS / "failures.toml").read_text("utf-8"))
WAYS = {
    "scheduler": ("testing.explore",),
    "process": ("subprocess", "run_program", "os.fork"),
    "terminal": ("Terminal",),
    "fuzz": ("Random", "hypothesis"),
}
"""What stands in the module of a test that works in a layer."""


@cache
def _functions(file: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name: node for node in tree.body if isinstance(node, kinds)}


def test_every_failure_has_tests_that_exist() -> None:
    """Each row names them, and none is missing; or it names what it waits for."""
    assert [int(number) for number in ROWS] == list(range(1, 67))
    for number, row in ROWS.items():
        assert row["failure"], number
        assert row.get("layer") in {None, *WAYS}, number
        assert ("later" in row) != ("tests" in row), number
        for test in row.get("tests", ()):
            file, _, name = test.partition("::")
            assert name in _functions(file), f"row {number}: {test}"


def test_every_failure_is_tested_in_its_layer() -> None:
    """Of a row with a layer, at least one test stands in a module that works there."""
    for number, row in ROWS.items():
        if "layer" not in row or "later" in row:
            continue
        assert any(_works_in(row["layer"], test) for test in row["tests"]), number


def _works_in(layer: str, test: str) -> bool:
    text = (TESTS / test.partition("::")[0]).read_text("utf-8")
    return any(word in text for word in WAYS[layer])
