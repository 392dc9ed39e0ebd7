"""Which queues a function reads and writes, by its text: what its `get` and `put` stand behind.

A thread that never waits at a queue is not seen at it. But the text of the functions that it is in
says what they do with which variable, and the memory says which queue that is. Functions and
methods of the same file that they call are followed. A file that was changed after the program
began is not read.
"""

from __future__ import annotations

import ast
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from pcsim.watch.outside.objects import Code
from pcsim.watch.outside.process import Process
from pcsim.watch.outside.stacks import At

LARGEST_FILE, MOST_FILES, MOST_USES = 1 << 19, 200, 200
DEEPEST_CALL = 3
METHODS = {
    "get": At.GET,
    "get_nowait": At.GET,
    "put": At.PUT,
    "put_nowait": At.PUT,
}
ELEMENTS = "[]"
"""In a way to a queue: all that the list or dict has. `[0]` and `['in']` are one of them,
and `[=i]` that which the variable `i` says."""
Way: TypeAlias = tuple[str, ...]
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module


class Use(NamedTuple):
    """Something that is done with a queue: the way to it from a variable, and what is done.

    Attributes:
        way: The name of a variable, then those of attributes: `("self", "store", "rows")`.
        at: What is done; None where the variable itself is called: a method of a queue, perhaps.
    """

    way: Way
    at: At | None


class _File(NamedTuple):
    by_line: dict[int, list[Function]]
    functions: dict[str, Function]
    """By its qualified name, without `<locals>`."""


class Source:
    """The texts of a program's functions."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._files: dict[str, _File | None] = {}
        self._uses: dict[tuple[str, int, str], tuple[Use, ...]] = {}
        self._began = _began_at(process)

    def uses(self, code: Code) -> tuple[Use, ...]:
        """What a function does with what may be queues."""
        key = code.filename, code.first_line, code.qualname
        if key not in self._uses:
            self._uses[key] = tuple(self._find(code))[:MOST_USES]
        return self._uses[key]

    def _find(self, code: Code) -> Iterator[Use]:
        file = self._file(code.filename)
        if file is None:
            return
        name = code.qualname.rpartition(".")[2]
        for function in file.by_line.get(0 if name == "<module>" else code.first_line, ()):
            if getattr(function, "name", name) == name:
                owner = code.qualname.rpartition(".")[0]
                yield from _uses_of(function, owner, file, DEEPEST_CALL)
                return

    def _file(self, filename: str) -> _File | None:
        if filename not in self._files:
            if len(self._files) >= MOST_FILES:
                return None
            self._files[filename] = self._read(filename)
        return self._files[filename]

    def _read(self, filename: str) -> _File | None:
        folder = self._process.folder
        path = folder / "root" if filename.startswith("/") else folder / "cwd"
        try:
            path = Path(f"{path}/{filename}")
            about = path.stat()
            if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST_FILE:
                return None
            if about.st_mtime > self._began:
                return None
            tree = ast.parse(path.read_bytes())
        except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
            return None
        file = _File({0: [tree]}, {})
        _collect(tree, "", file)
        return file


def _began_at(process: Process) -> float:
    """When a process began, in seconds of the calendar; nothing is older where that is unknown."""
    try:
        ticks = int(process.began()) / os.sysconf("SC_CLK_TCK")
        with Path("/proc/stat").open() as lines:
            boot = next(int(line.split()[1]) for line in lines if line.startswith("btime"))
    except (OSError, ValueError, StopIteration):
        return 0.0
    return boot + ticks + 1.0


def _collect(node: ast.AST, prefix: str, file: _File) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([child.lineno, *(one.lineno for one in child.decorator_list)])
            file.by_line.setdefault(first, []).append(child)
            file.functions[f"{prefix}{child.name}"] = child
            _collect(child, f"{prefix}{child.name}.", file)
        elif isinstance(child, ast.Lambda):
            file.by_line.setdefault(child.lineno, []).append(child)
            _collect(child, prefix, file)
        elif isinstance(child, ast.ClassDef):
            _collect(child, f"{prefix}{child.name}.", file)
        else:
            _collect(child, prefix, file)


def _uses_of(function: Function, owner: str, file: _File, depth: int) -> Iterator[Use]:
    """What a function does itself, then what it calls, with its variables for their parameters."""
    changing = _stored(function)
    for node in _own_nodes(function):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            way = _way(node.value, changing)
            if way:
                yield Use(way, METHODS[node.attr])
        elif isinstance(node, ast.Call):
            way = _way(node.func)
            if len(way) == 1:
                yield Use(way, None)
            if depth and way:
                yield from _uses_of_called(node, way, owner, file, depth - 1)


def _uses_of_called(call: ast.Call, way: Way, owner: str, file: _File, depth: int) -> Iterator[Use]:
    given: dict[str, Way] = {}
    if len(way) == 1:
        called = file.functions.get(way[0])
        below = ""
    elif len(way) == 2 and way[0] in ("self", "cls"):
        below = owner.replace("<locals>.", "")
        called = file.functions.get(f"{below}.{way[1]}")
        given["self"] = way[:1]
    else:
        return
    if not isinstance(called, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    parameters = [one.arg for one in (*called.args.posonlyargs, *called.args.args)]
    if given:
        given = {parameters[0]: way[:1]} if parameters else {}
        parameters = parameters[1:]
    given |= {name: _way(value) for name, value in zip(parameters, call.args, strict=False)}
    given |= {one.arg: _way(one.value) for one in call.keywords if one.arg}
    local = _stored(called) | {one.arg for one in ast.walk(called.args) if isinstance(one, ast.arg)}
    for use in _uses_of(called, below, file, depth):
        first, *rest = (step if not step.startswith("[=") else ELEMENTS for step in use.way)
        if first in given:
            if given[first]:
                yield Use((*given[first], *rest), use.at)
        elif first not in local:
            yield Use((first, *rest), use.at)


def _stored(function: Function) -> set[str]:
    """The variables to which a function gives values: they change while it goes on."""
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """What stands in a function, but not in one that is defined there."""
    body = function.body if isinstance(function.body, list) else [function.body]
    rest: list[ast.AST] = list(reversed(body))
    while rest:
        node = rest.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        yield node
        rest += reversed(list(ast.iter_child_nodes(node)))


def _way(node: ast.AST, changing: Collection[str] | None = None) -> Way:
    """The names on the way to a value; none where it is not a variable or an attribute of one.

    Args:
        node: The expression.
        changing: Variables that are no place in a list that stays the same; None for all.
    """
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        way = _way(node.value, changing)
        return (*way, node.attr) if way else ()
    if isinstance(node, ast.Subscript):
        way = _way(node.value, changing)
        return (*way, _element(node.slice, changing)) if way else ()
    return ()


def _element(node: ast.AST, changing: Collection[str] | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int)):
        return f"[{node.value!r}]"
    if changing is not None and isinstance(node, ast.Name) and node.id not in changing:
        return f"[={node.id}]"
    return ELEMENTS
