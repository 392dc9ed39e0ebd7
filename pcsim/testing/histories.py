"""What each simulated thread has seen of what threads share, as one number for each thread.

Two schedules may take the same steps in another order, where the order of two steps is of no
consequence: neither changes what the other looks at. Then each thread has seen the same in both,
so that all of them are in the same state, and what can come after is the same
(happens-before caching: Musuvathi and Qadeer, "Partial-Order Reduction for Context-Bounded State
Exploration", 2007). A search over all schedules goes on from one of them alone.

A `Variable` is anything that one thread may change and another look at. Its version is the history
of the thread that changed it last, up to that change. A thread takes the version into its history
with each look and each change. So a thread's history says what it has done and seen, and of each
variable who changed it, in which order.

Here are variables for what the queue shares: deques, counters, attributes of its objects. Locks,
threads and times are in `primitives`. Code under test that is not the queue's is one variable,
`OUTSIDE`, that each of its steps changes: the order of its steps always counts.
"""

from __future__ import annotations

import ast
import collections
import itertools
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import MemberDescriptorType, ModuleType
from typing import Any


class Variable:
    """What threads share; a version is 0 until the first change in a schedule."""

    __slots__ = ("owner", "version")

    def __init__(self, owner: object = None) -> None:
        self.owner = owner
        """Kept, so that no other object has its place in memory in the same schedule."""
        self.version = 0


seen: list[int] = []
"""The versions that the current thread has seen since its history was last brought up to date."""
changed: list[Any] = []
"""What it has changed meanwhile."""
_ever_changed: list[Any] = []
_attributes: list[Attribute] = []
OUTSIDE = Variable()
SPAWNED = Variable()
"""The list of threads."""


def look(variable: Any) -> None:
    """The current thread looks at it."""
    seen.append(variable.version)


def change(variable: Any) -> None:
    """The current thread changes it, and may have looked at it."""
    seen.append(variable.version)
    changed.append(variable)


def change_outside(value: Any = None) -> Any:
    """The current thread does what only its module knows; return the value as it is."""
    if not changed or changed[-1] is not OUTSIDE:
        change(OUTSIDE)
    return value


def extended(history: int) -> int:
    """The history of the current thread, with what it has seen and changed since."""
    seen.append(history)
    history = hash(tuple(seen))
    seen.clear()
    if changed:
        for variable in changed:
            variable.version = history
        _ever_changed.extend(changed)
        changed.clear()
    return history


def forget_last() -> None:
    """What was looked at since is of no consequence."""
    seen.clear()
    changed.clear()


def begin() -> None:
    """Nothing has been changed yet, in a new schedule."""
    forget_last()
    for variable in _ever_changed:
        variable.version = 0
    _ever_changed.clear()
    for attribute in _attributes:
        attribute.variables.clear()


# Deques and counters: each method is one step.


class Deque(collections.deque[Any]):
    """A deque that is a variable."""

    def __init__(self, items: Iterable[Any] = (), maxlen: int | None = None) -> None:
        self.version = 0
        super().__init__(items, maxlen)


class Count:
    """As `itertools.count`, and a variable."""

    def __init__(self, start: int = 0) -> None:
        self._count = itertools.count(start)
        self.version = 0

    def __iter__(self) -> Count:
        return self

    def __next__(self) -> int:
        change(self)
        return next(self._count)


def _method(name: str, note: Callable[[Any], None]) -> Callable[..., Any]:
    original = getattr(collections.deque, name)

    def method(self: Deque, *arguments: Any) -> Any:
        note(self)
        return original(self, *arguments)

    return method


def _note_taking(items: Deque) -> None:
    """To take from an empty deque changes nothing."""
    seen.append(items.version)
    if _length(items):
        changed.append(items)


_length = collections.deque.__len__
_NOTES: dict[Callable[[Any], None], tuple[str, ...]] = {
    change: (
        "append", "appendleft", "clear", "extend", "extendleft", "insert", "remove", "reverse",
        "rotate", "__delitem__", "__iadd__", "__imul__", "__setitem__",
    ),
    look: (
        "copy", "count", "index", "__contains__", "__copy__", "__getitem__", "__iter__", "__len__",
        "__reversed__",
    ),
    _note_taking: ("pop", "popleft"),
}  # fmt: skip
for _note, _names in _NOTES.items():
    for _name in _names:
        setattr(Deque, _name, _method(_name, _note))


# Attributes.


class Attribute:
    """An attribute of all objects of a class, each of them a variable."""

    def __init__(self, member: Any) -> None:
        self._get = member.__get__
        self._set = member.__set__
        self.variables: dict[int, Variable] = {}
        _attributes.append(self)

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        value = self._get(owner, kind)
        if type(value) is list:  # it may be changed by another name for it
            change(self._variable(owner))
        elif (variable := self.variables.get(id(owner))) is not None:
            seen.append(variable.version)
        else:
            seen.append(0)
        return value

    def __set__(self, owner: Any, value: Any) -> None:
        change(self._variable(owner))
        self._set(owner, value)

    def _variable(self, owner: Any) -> Variable:
        number = id(owner)
        variable = self.variables.get(number)
        if variable is None:
            variable = self.variables[number] = Variable(owner)
        return variable


class _InDictionary:
    """Where an object without slots keeps an attribute, with the default of its class."""

    def __init__(self, name: str, default: object) -> None:
        self._name, self._default = name, default

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self._default if owner is None else vars(owner).get(self._name, self._default)

    def __set__(self, owner: Any, value: Any) -> None:
        vars(owner)[self._name] = value


def follow(module: ModuleType, prefix: str) -> None:
    """Make variables of what the objects of a module's classes share.

    Args:
        module: It has just been loaded.
        prefix: Of attributes that objects without slots have, with a default in their class.
    """
    changing = _changing_names(Path(str(module.__file__)).parent)
    for kind in list(vars(module).values()):
        if not isinstance(kind, type) or kind.__module__ != module.__name__:
            continue
        for name, member in list(vars(kind).items()):
            if name not in changing:
                continue
            if isinstance(member, MemberDescriptorType):
                setattr(kind, name, Attribute(member))
            elif name.startswith(prefix):
                setattr(kind, name, Attribute(_InDictionary(name, member)))


@cache
def _changing_names(folder: Path) -> frozenset[str]:
    """The attributes that a package, or one that may build on it, sets after an object is made."""
    names: set[str] = set()
    for file in [*folder.rglob("*.py"), *(folder.parent / "engine").rglob("*.py")]:
        names.update(_set_names(ast.parse(file.read_bytes())))
    return frozenset(names)


def _set_names(tree: ast.AST, own: str = "") -> Iterable[str]:
    """The names of the attributes that are set, without those of the object `own`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            if not (isinstance(node.value, ast.Name) and node.value.id == own):
                yield node.attr
        elif isinstance(node, ast.Call) and _sets(node.func):
            yield from (str(one.value) for one in node.args if isinstance(one, ast.Constant))
        # An object that is being made is not shared yet.
        is_maker = isinstance(node, ast.FunctionDef) and node.name == "__init__"
        yield from _set_names(node, "self" if is_maker else own)


def _sets(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("setattr", "__setattr__")
