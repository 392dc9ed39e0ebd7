"""Puts the lines of a function where another one calls it, which Python does not do by itself.

A call of a closure costs as much as ten lines of it. Where the same two functions meet for every
item, `inlined` makes a third out of their sources: what each of them does is written once.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
from collections.abc import Callable, Iterable, Iterator
from dis import get_instructions
from functools import cache, partial
from linecache import getlines
from types import CodeType, FunctionType
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

_FLAGS = __future__.annotations.compiler_flag
_NOT_PLAIN = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR
_SCOPES = (
    ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.Nonlocal, ast.Global,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip


def inlined(outer: Callable[P, T], **called: Callable[..., Any]) -> Callable[P, T]:
    """`outer`, with the lines of these functions wherever it says `x = name(y, z)`.

    `outer` is a function of a module that has each of them in a variable of that name. One stays
    a call whose source is not at hand, or that takes other than plain arguments, returns out of a
    loop, yields, or makes functions; so does everything where the source of `outer` is not at
    hand. What they refer to outside of themselves is looked up now and never again. In a
    traceback their lines are that of the call. Raises `ValueError` where `outer` gives one of
    them anything but variables.
    """
    functions = {name: each for name, each in called.items() if isinstance(each, FunctionType)}
    made = _made(outer, *[(name, each.__code__) for name, each in functions.items()])
    if made is None:
        return outer
    values: dict[str, Any] = {}
    for part in made.parts:
        values.update(part.values(functions[part.name]))
    return cast("Callable[P, T]", partial(made.function, **values))


class _Part(NamedTuple):
    """A function whose lines can stand elsewhere."""

    name: str
    code: CodeType
    parameters: tuple[str, ...]
    result: str
    """The variable that it returns, where it returns but that one and constants; else ""."""
    of_module: tuple[str, ...]
    """What it has from its module."""
    names: dict[str, str]
    """What each of its variables, and of what it refers to, is called in the other function."""
    outside: tuple[str, ...]
    """All that it refers to outside of itself, by those names."""

    def values(self, function: FunctionType) -> zip[tuple[str, Any]]:
        """What this one, which has the lines, refers to."""
        closed_over = [cell.cell_contents for cell in function.__closure__ or ()]
        closed_over += [function.__globals__[name] for name in self.of_module]
        return zip(self.outside, closed_over, strict=True)


class _Made(NamedTuple):
    """The third function; what its parts refer to are further keyword arguments of it."""

    function: Callable[..., Any]
    parts: tuple[_Part, ...]


@cache
def _part(name: str, code: CodeType) -> _Part | None:
    if not _source(code):
        return None
    definition = _definition(code)
    if not _can_stand_elsewhere(definition, code):
        return None
    returned = {
        node.value.id if isinstance(node.value, ast.Name) else ""
        for node in _returns(definition.body)
        if not (node.value is None or isinstance(node.value, ast.Constant))
    }
    parameters = code.co_varnames[: code.co_argcount]
    results = returned & ({*code.co_varnames} - {*parameters})
    result = results.pop() if len(results) == len(returned) == 1 else ""
    loaded = {each.argval for each in get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    of_module = tuple(sorted(loaded - {*dir(builtins)}))
    outside = code.co_freevars + of_module
    names = {each: f"{name}__{each}" for each in code.co_varnames + outside}
    of_outside = tuple(names[each] for each in outside)
    return _Part(name, code, parameters, result, of_module, names, of_outside)


def _can_stand_elsewhere(definition: ast.FunctionDef, code: CodeType) -> bool:
    if code.co_kwonlyargcount or code.co_posonlyargcount or definition.args.defaults:
        return False
    if code.co_flags & _NOT_PLAIN:
        return False
    for node in ast.walk(definition):
        if isinstance(node, _SCOPES) and node is not definition:
            return False
        if isinstance(node, (ast.For, ast.While)) and any(_returns(node.body)):
            return False
    return True


def _returns(body: Iterable[ast.AST]) -> Iterator[ast.Return]:
    nodes = (node for statement in body for node in ast.walk(statement))
    return (node for node in nodes if isinstance(node, ast.Return))


# Sources.


@cache
def _source(code: CodeType) -> str:
    """A module with the lines of this function where they are in its own, so that each has its
    number; nothing where they are not at hand, or have changed since the function was read."""
    # `inspect.getsource` finds the last line as well, in ten times the time.
    last = max(end or 0 for _, end, _, _ in code.co_positions())
    first = code.co_firstlineno - 1
    lines = getlines(code.co_filename)[first:last]
    before = ["\n"] * first
    if lines and lines[0][0].isspace():
        before[-1] = f"def around({', '.join(code.co_freevars)}):\n"
    source = "".join(before + lines)
    try:
        again = _compiled(source, code.co_filename)
    except (SyntaxError, ValueError):
        return ""
    return source if any(_is_same(each, code) for each in (again, *again.co_consts)) else ""


def _definition(code: CodeType) -> ast.FunctionDef:
    """What they say: the caller's own tree."""
    (tree,) = ast.parse(_source(code)).body
    while isinstance(tree, ast.FunctionDef) and tree.name != code.co_name:
        (tree,) = tree.body
    return cast("ast.FunctionDef", tree)


def _compiled(source: str | ast.Module, file: str) -> CodeType:
    """The first function of a module."""
    whole = compile(source, file, "exec", _FLAGS, dont_inherit=True)
    return next((each for each in whole.co_consts if isinstance(each, CodeType)), whole)


def _is_same(again: object, code: CodeType) -> bool:
    return isinstance(again, CodeType) and all(
        getattr(again, what) == getattr(code, what)
        for what in ("co_name", "co_code", "co_varnames", "co_freevars", "co_names", "co_consts")
    )


# The third function.


@cache
def _made(outer: Callable[..., Any], *called: tuple[str, CodeType]) -> _Made | None:
    """None where there is nothing to be made."""
    parts = tuple(part for name, code in called if (part := _part(name, code)))
    if not (parts and isinstance(outer, FunctionType) and _source(outer.__code__)):
        return None
    tree = cast("ast.FunctionDef", _Placing(parts).visit(_definition(outer.__code__)))
    names = [name for part in parts for name in part.outside]
    tree.args.kwonlyargs += [ast.copy_location(ast.arg(name), tree) for name in names]
    tree.args.kw_defaults += [None] * len(names)
    code = _compiled(ast.Module([tree], []), outer.__code__.co_filename)
    made = FunctionType(code, outer.__globals__, outer.__name__, outer.__defaults__)
    made.__qualname__, made.__module__ = outer.__qualname__, outer.__module__
    return _Made(made, parts)


class _Placing(ast.NodeTransformer):
    """Puts the lines of parts in the place of their calls."""

    def __init__(self, parts: Iterable[_Part]) -> None:
        self._parts = {part.name: part for part in parts}

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        call, target = node.value, node.targets[0]
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            return node
        part = self._parts.get(call.func.id)
        if part is None or not isinstance(target, ast.Name):
            return node
        given = [argument.id for argument in call.args if isinstance(argument, ast.Name)]
        if call.keywords or not len(given) == len(call.args) == len(part.parameters):
            raise ValueError(f"{part.name} is to be inlined: it can be given variables alone")
        return _lines(part, target.id, given, node)


def _lines(part: _Part, target: str, given: list[str], call: ast.stmt) -> ast.AST:
    """The lines, in a loop that is gone through once: a return is the way out of it."""
    names = part.names | dict(zip(part.parameters, given, strict=True))
    if part.result:
        names[part.result] = target
    body = _definition(part.code).body
    if not isinstance(body[-1], ast.Return):
        body.append(ast.Return(None))
    placed = _Renaming(names, target).visit(ast.Module(body, []))
    loop = ast.While(ast.Constant(True), placed.body, [])
    for node in ast.walk(loop):
        ast.copy_location(node, call)
    return loop


class _Renaming(ast.NodeTransformer):
    """Gives variables their names within the other function, and the result to its target."""

    def __init__(self, names: dict[str, str], target: str) -> None:
        self._names = names
        self._target = target

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._names.get(node.id, node.id), node.ctx)

    def visit_Return(self, node: ast.Return) -> Any:
        value = ast.Constant(None) if node.value is None else self.visit(node.value)
        if isinstance(value, ast.Name) and value.id == self._target:
            return ast.Break()
        return [ast.Assign([ast.Name(self._target, ast.Store())], value), ast.Break()]
