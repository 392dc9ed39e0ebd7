"""Put switch points into Python source: after each call, before each statement, after each look.

CPython with its global lock lets another thread run where a function begins, after a call, and at
the end of a loop's body or at a `continue` in it: those are the points of the grain `CALLS`.
`STATEMENTS` adds one before each statement, `LOOKS` one after each look at an attribute or an
element as well: without the global lock, another thread may come between that look and what is
done with it. An interrupt comes at the points of `CALLS` alone, with and without the lock.

A mark is no switch point. It says that code runs whose variables are not followed
(`pcsim.testing.histories`): it comes before each statement, and after each look at an attribute,
since a function that is followed may have had points of its own in it.
"""

from __future__ import annotations

import ast
from enum import StrEnum
from types import NoneType
from typing import TypeVar

from pcsim.testing.task import LOOK, MARK, POINT

Function = TypeVar("Function", ast.FunctionDef, ast.AsyncFunctionDef)


_PURE = frozenset({"bool", "float", "int", "isinstance", "max", "min", "range", "type"})
"""Functions that look at nothing that threads share: a point after them adds nothing."""


class Grain(StrEnum):
    """Where threads may change."""

    CALLS = "calls"
    STATEMENTS = "statements"
    LOOKS = "looks"

    @property
    def has_global_lock(self) -> bool:
        """Whether the code under test is in an interpreter that has one."""
        return self is not Grain.LOOKS


def with_points(source: bytes, path: str, grain: Grain, *, marked: bool = False) -> ast.Module:
    """Parse the source, and put switch points into its functions.

    Args:
        source: Of a Python module.
        path: Of its file.
        grain: Where the points are.
        marked: Whether to mark all that it does, for a search that knows nothing of its variables.
    """
    tree: ast.Module = _Points(grain, marked).visit(ast.parse(source, path))
    return ast.fix_missing_locations(tree)


def with_marks(source: str) -> ast.Module:
    """Parse the source, and mark each statement of its functions; there are no switch points."""
    tree: ast.Module = _Marks().visit(ast.parse(source))
    return ast.fix_missing_locations(tree)


class _Marks(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and not isinstance(node, ast.Module | ast.ClassDef):
                marked = [line for one in block for line in (_point(one, MARK), one)]
                setattr(node, name, marked)
        return node


class _Points(ast.NodeTransformer):
    """Only functions get points: what runs while a module is imported has no threads."""

    def __init__(self, grain: Grain, marked: bool) -> None:
        self._marked = marked
        self._is_fine = grain is not Grain.CALLS
        self._is_finest = grain is Grain.LOOKS
        self._depth = 0

    def _function(self, node: Function) -> Function:
        # Decorators, defaults and annotations belong to what is around it.
        self._depth += 1
        node.body = self._body(node.body)
        self._depth -= 1
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._depth += 1
        node.body = self._mark(self.visit(node.body))
        self._depth -= 1
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        self.generic_visit(node)
        node.elt = self._mark(node.elt)
        return node

    def _mark(self, node: ast.expr) -> ast.expr:
        """The same, marked: another function may call it when it likes."""
        return _call(MARK, node) if self._marked and self._depth else node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        outside, self._depth = self._depth, 0
        node.body = [self.visit(one) for one in node.body]
        self._depth = outside
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        is_pure = isinstance(node.func, ast.Name) and node.func.id in _PURE
        if not self._depth or is_pure:
            return node
        return _call(POINT, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._look(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return self._look(node)

    def _look(self, node: ast.Attribute | ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if not (self._depth and isinstance(node.ctx, ast.Load)):
            return node
        return _call(LOOK, node) if self._is_finest else self._mark(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        return node  # a pattern cannot have a call in it

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if self._depth:
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list):
                    is_loop = name == "body" and isinstance(node, ast.For | ast.While)
                    setattr(node, name, self._block(block, is_loop=is_loop))
            for field, value in ast.iter_fields(node):
                if field in ("body", "orelse", "finalbody") and isinstance(value, list):
                    continue
                self._visit_field(node, field, value)
            return node
        return super().generic_visit(node)

    def _visit_field(self, node: ast.AST, field: str, value: object) -> None:
        if isinstance(value, list):
            setattr(
                node, field, [self.visit(one) if isinstance(one, ast.AST) else one for one in value]
            )
        elif isinstance(value, ast.AST):
            setattr(node, field, self.visit(value))

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        first = body[0]
        is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        head, rest = (body[:1], body[1:]) if is_docstring else ([], body)
        begin = _point((rest or head)[0])
        return [*head, begin, *self._block(rest, first_has_point=True)]

    def _block(
        self, block: list[ast.stmt], *, is_loop: bool = False, first_has_point: bool = False
    ) -> list[ast.stmt]:
        lines: list[ast.stmt] = []
        for number, statement in enumerate(block):
            has_point = number == 0 and first_has_point
            if number > 0:
                has_point = _ends_with_point(lines[-1])
            if self._is_fine and not has_point and _acts(statement):
                lines.append(_point(statement, LOOK))
            if self._marked:
                lines.append(_point(statement, MARK))
            if isinstance(statement, ast.Continue):
                lines.append(_point(statement))
            lines.append(self.visit(statement))
        if is_loop:
            lines.append(_point(block[-1]))
        return lines


def _acts(statement: ast.stmt) -> bool:
    """Whether it does something that other threads could see, and may have a point before it."""
    if isinstance(statement, ast.Global | ast.Nonlocal | ast.Pass | ast.Break | ast.Continue):
        return False
    if isinstance(statement, ast.Return):
        return not isinstance(statement.value, ast.Constant | ast.Name | NoneType)
    return True


def _ends_with_point(statement: ast.stmt) -> bool:
    """Whether there is a point at its very end: the next statement needs none before it."""
    if not isinstance(statement, ast.Expr | ast.Assign):
        return False
    is_assignment = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    call = statement.value
    is_last = isinstance(statement, ast.Expr) or is_assignment
    return is_last and isinstance(call, ast.Call) and _is_point(call)


def _is_point(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == POINT


def _call(name: str, node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [node], []), node)


def _point(near: ast.stmt, name: str = POINT) -> ast.Expr:
    call = ast.Call(ast.Name(name, ast.Load()), [], [])
    return ast.fix_missing_locations(ast.copy_location(ast.Expr(call), near))
