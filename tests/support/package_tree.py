"""The tree in `pcsim/README.md`: run as a program, it draws the tree of the package anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
GUIDE = ROOT / "pcsim" / "README.md"


def summary(module: Path) -> str:
    """Return the first sentence of a module's docstring, as it stands in the tree."""
    docstring = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split())


def _lines(folder: Path, depth: int) -> Iterator[tuple[str, str]]:
    indent = "  " * depth
    for module in sorted(folder.glob("*.py")):
        if module.name != "__init__.py" or depth == 1:
            yield indent + module.name, summary(module)
    for package in sorted(path.parent for path in folder.glob("*/__init__.py")):
        yield f"{indent}{package.name}/", summary(package / "__init__.py")
        yield from _lines(package, depth + 1)


def tree() -> str:
    """Draw the package: each module and package beside its summary."""
    lines = list(_lines(ROOT / "pcsim", 1))
    width = max(len(name) for name, _ in lines) + 2
    return "pcsim/\n" + "".join(f"{name.ljust(width)}{text}\n" for name, text in lines)


def drawn() -> str:
    """Return the tree that the guide has."""
    text = GUIDE.read_text("utf-8")
    return text[_begin(text) : text.index("```", _begin(text))]


def _begin(text: str) -> int:
    fence = "```text\n"
    return text.index(fence, text.index("<!-- tree -->")) + len(fence)


if __name__ == "__main__":
    GUIDE.write_text(GUIDE.read_text("utf-8").replace(drawn(), tree()), "utf-8")
