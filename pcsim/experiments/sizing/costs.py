"""What a variant costs: a small arithmetic over the keys that are varied, never run as code."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pcsim.errors import ScenarioError
from pcsim.text import either, safe

EXAMPLE = "clerk.count*30 + orders.capacity*0.1"
LONGEST = 400
"""Characters of an expression."""
LARGEST = 1e15
"""Of its numbers."""

_TWO: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ONE: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


class Cost:
    """An expression of numbers, `+ - * /`, brackets, and the paths of keys.

    Args:
        text: It, such as `clerk.count*30 + orders.capacity*0.1`.
        paths: The keys that may be in it.

    Raises:
        ScenarioError: It is none; the message says what would be right.

    >>> float(Cost("2*(a.count + 1)", ["a.count"]).of({"a.count": 3.0}))
    8.0
    """

    def __init__(self, text: str, paths: Sequence[str]) -> None:
        self.text = text
        self._names: dict[str, str] = {}
        plain = text.strip()
        if not plain or len(plain) > LONGEST:
            raise self._wrong(f"it has 1 to {LONGEST:,} characters")
        # Names of queues and workers may have any characters, so each path becomes a plain name.
        prefix = "key"
        while prefix in plain:
            prefix += "_"
        for number, path in enumerate(sorted(paths, key=len, reverse=True)):
            name = f"{prefix}{number}_"
            plain = re.sub(rf"(?<![\w.]){re.escape(path)}(?![\w.])", name, plain)
            self._names[name] = path
        try:
            self._tree = ast.parse(plain, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._wrong(f"it is an expression such as {EXAMPLE}") from None
        self._check(self._tree)

    @property
    def paths(self) -> set[str]:
        """The keys in it."""
        names = {one.id for one in ast.walk(self._tree) if isinstance(one, ast.Name)}
        return {self._names[name] for name in names}

    def of(self, values: Mapping[str, Any]) -> Any:
        """Return the cost.

        Args:
            values: That of each key: a number, or an array of them.
        """
        with np.errstate(all="ignore"):
            return self._value(self._tree, values)

    def _check(self, node: ast.expr) -> None:
        """Refuse all but the few kinds of nodes that are meant."""
        if isinstance(node, ast.BinOp) and type(node.op) in _TWO:
            self._check(node.left)
            self._check(node.right)
        elif isinstance(node, ast.UnaryOp) and type(node.op) in _ONE:
            self._check(node.operand)
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
            if not ast.literal_eval(node) <= LARGEST:
                raise self._wrong(f"a number is larger than {LARGEST:g}")
        elif not (isinstance(node, ast.Name) and node.id in self._names):
            what = safe(self._plain(node), 40)
            known = either(list(self._names.values()))
            raise self._wrong(f"'{what}' is no number and no key that is varied, which are {known}")

    def _plain(self, node: ast.expr) -> str:
        """A part of it as it was written."""
        text = ast.unparse(node)
        for name, path in self._names.items():
            text = text.replace(name, path)
        return text

    def _value(self, node: ast.expr, values: Mapping[str, Any]) -> Any:
        if isinstance(node, ast.BinOp):
            left, right = self._value(node.left, values), self._value(node.right, values)
            return _TWO[type(node.op)](left, right)
        if isinstance(node, ast.UnaryOp):
            return _ONE[type(node.op)](self._value(node.operand, values))
        if isinstance(node, ast.Name):
            return np.asarray(values[self._names[node.id]], float)
        return np.float64(ast.literal_eval(node))

    def _wrong(self, why: str) -> ScenarioError:
        return ScenarioError(f"cost '{safe(self.text, 60)}': {why}", value=self.text)
