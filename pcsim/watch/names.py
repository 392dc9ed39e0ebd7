"""Names for what a program has: its queues, its threads, and groups of threads that do the same.

A queue is called by the variable, attribute or element that it is bound to, or by the place where
it was made. The sources are read for that, and none of their code is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pcsim.text import cut, safe

LARGEST_SOURCE = 4 * 2**20
LONGEST_NAME = 60


class Sources:
    """The sources of a program, each read once.

    Args:
        folder: The folder against which names of files are relative.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._trees: dict[str, ast.Module | None] = {}

    def target_at(self, file: str, line: int, column: int = -1) -> str:
        """What the statement at a place in a file binds: `urls`, `.rows`, `queues[]` where one of
        several is made; empty where that cannot be seen.

        Args:
            file: The name of the file.
            line: The line, from 1.
            column: The column in bytes, from 0; -1 where it is not known. Then nothing is said of a
                line with several statements.
        """
        tree = self._tree(file)
        if tree is None:
            return ""
        best: ast.stmt | None = None
        for node in ast.walk(tree):
            if not isinstance(node, ast.stmt) or not _is_at(node, line, column):
                continue
            is_after = best is not None and node.col_offset > (best.end_col_offset or 0)
            if best is not None and is_after and node.lineno == best.lineno == line:
                return ""
            if best is None or node.lineno >= best.lineno:
                best = node
        if isinstance(best, ast.Assign):
            return _bound(*_pair_at(best.targets[0], best.value, line, column))
        if isinstance(best, ast.AnnAssign) and best.value is not None:
            return _bound(best.target, best.value)
        return ""

    def _tree(self, file: str) -> ast.Module | None:
        if file not in self._trees:
            try:
                path = Path(self._folder, file)
                is_source = path.is_file() and path.stat().st_size <= LARGEST_SOURCE
                self._trees[file] = ast.parse(path.read_bytes()) if is_source else None
            except (OSError, ValueError, SyntaxError, RecursionError):
                self._trees[file] = None
        return self._trees[file]


def _is_at(node: ast.stmt | ast.expr, line: int, column: int) -> bool:
    """Whether the place is in this part of a source; by its line alone where that is all."""
    if column < 0:
        return node.lineno <= line <= (node.end_lineno or 0)
    begin = node.lineno, node.col_offset
    return begin <= (line, column) < (node.end_lineno or 0, node.end_col_offset or 0)


def _pair_at(
    target: ast.expr, value: ast.expr, line: int, column: int
) -> tuple[ast.expr, ast.expr]:
    """A target and its value; of `a, b = one(), other()` those at the place, if that is known."""
    if column < 0 or not (isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)):
        return target, value
    if len(target.elts) == len(value.elts):
        for pair in zip(target.elts, value.elts, strict=True):
            if _is_at(pair[1], line, column):
                return pair
    return target, value


def _bound(target: ast.expr, value: ast.expr) -> str:
    is_one_of = isinstance(value, (ast.List, ast.Tuple, ast.ListComp, ast.Dict, ast.DictComp))
    brackets = "[]" if is_one_of else ""
    if isinstance(target, ast.Name):
        return target.id + brackets
    if isinstance(target, ast.Attribute):
        return f".{target.attr}{brackets}"
    if isinstance(target, ast.Subscript) and isinstance(target.value, (ast.Name, ast.Attribute)):
        return ast.unparse(target)
    return ""


def queue_name(row: dict[str, Any], sources: Sources) -> str:
    """A name for a queue, by its answer to `names`; others may have the same.

    Args:
        row: One of the queues of that answer.
        sources: The sources of the program.
    """
    found, site = row.get("found"), row.get("site")
    if isinstance(found, list) and len(found) == 3:
        how, owner, name = map(str, found)
        if how == "attribute":
            return f"{owner.rpartition('.')[2]}.{name}"
        if how == "global" and owner != "__main__":
            return f"{owner}.{name}"
        return name
    kind = str(row.get("kind", "Queue"))
    if not isinstance(site, list) or len(site) != 5 or not site[0]:
        return kind
    file, line, function, module = str(site[0]), int(site[1]), str(site[2]), str(site[3])
    target = sources.target_at(file, line, int(site[4]))
    if target.startswith("."):
        owner = function.rpartition(".")[0].rpartition(".")[2]
        return f"{owner}{target}" if owner not in ("", "<locals>") else target[1:]
    if target:
        is_global = function == "<module>" and module != "__main__"
        return f"{module}.{target}" if is_global else target
    return f"{kind} of {Path(file).name}:{line}"


class Unique:
    """Makes names unique: each key keeps the name that it was given first."""

    def __init__(self) -> None:
        self._names: dict[Any, str] = {}
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def name(self, key: Any, wanted: str) -> str:
        """The name of what has this key: what was wanted for it first, or with a number.

        Of `queues[]` the first is `queues[0]`; of others the second gets `-2`.
        """
        known = self._names.get(key)
        if known is not None:
            return known
        wanted = cut(safe(wanted), LONGEST_NAME) or "?"
        name = wanted.replace("[]", "[0]")
        while name in self._taken:
            number = self._next[wanted] = self._next.get(wanted, 0) + 1
            is_one_of = "[]" in wanted
            name = wanted.replace("[]", f"[{number}]") if is_one_of else f"{wanted}-{number + 1}"
        self._taken.add(name)
        self._names[key] = name
        return name

    def get(self, key: Any) -> str | None:
        """The name that was given, or None."""
        return self._names.get(key)

    def keep(self, keys: Iterable[Any]) -> None:
        """Forget the names of all others, which are gone."""
        staying = set(keys)
        for key in [key for key in self._names if key not in staying]:
            self._taken.discard(self._names.pop(key))


def group_name(targets: Sequence[str], names: Sequence[str]) -> str:
    """A name for threads that do the same: theirs without the numbers, or what all of them run.

    >>> group_name(["parse", "parse"], ["Thread-1 (parse)", "Thread-2 (parse)"])
    'parse'
    >>> group_name(["run", "run"], ["writer-1", "writer-2"])
    'writer'
    >>> group_name(["run", "run"], ["Ann", "Bob"])
    'run'
    """
    bases = {base_name(name) for name in names}
    if len(bases) == 1:
        return bases.pop()
    first = targets[0] if targets else ""
    if first and all(target == first for target in targets):
        return first
    begin = names[0]
    for name in names[1:]:
        while not name.startswith(begin):
            begin = begin[:-1]
    return begin.rstrip("-_ (0123456789") or first or "threads"


def base_name(name: str) -> str:
    """The name of a thread without its number; of one that has only a number, what it runs.

    >>> [base_name(name) for name in ("parser-3", "ThreadPoolExecutor-0_2", "Thread-4 (parse)")]
    ['parser', 'ThreadPoolExecutor-0', 'parse']
    """
    if called := re.fullmatch(r"Thread-\d+ \((.+)\)", name):
        return called[1]
    return re.sub(r"[-_ ]?\d+$", "", name) or name
