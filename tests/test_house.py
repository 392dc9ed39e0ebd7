"""The house keeps its own rules: layers, sizes, docstrings."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "pcsim").rglob("*.py"))


def test_few_modules_lie_loose() -> None:
    """Everything else has a room."""
    assert len(list((ROOT / "pcsim").glob("*.py"))) <= 9


def test_layers_are_kept() -> None:
    """import-linter finds no import that goes up."""
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports())"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every function, however deep, and its lines without those of functions inside it."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = sum(lines(inner) for inner in node.body if isinstance(inner, ast.FunctionDef))
            yield node.name, lines(node) - inside


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From its `def` to its end, without its docstring, which may explain each argument."""
    size = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        size -= (first.end_lineno or 0) - first.lineno + 1
    return size


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_of_a_size_that_can_be_read(path: Path) -> None:
    """A docstring that says what it is for, at most 450 lines, functions of at most 60: twice
    what is aimed at, for the few that are one thing and cannot be told in parts."""
    source = path.read_text()
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    assert source.count("\n") <= 450
    assert [(name, size) for name, size in functions(tree) if size > 60] == []
