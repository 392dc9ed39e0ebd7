"""Names of the queues and threads of another process: of the variables and attributes that refer to
them.

A queue may have many: a global of the program is the best, then an attribute of an object that is
at hand, then a variable of a function. A list or a dict of queues names each by its place.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from pcsim.watch.outside import tables
from pcsim.watch.outside.memory import POINTER
from pcsim.watch.outside.objects import Objects
from pcsim.watch.outside.refusals import TornError
from pcsim.watch.outside.stacks import Frame

MOST_MODULES, MOST_OWNERS = 300, 400
"""Modules and objects that are looked into for queues."""
FIRST_NAMES, DEEPEST = 12, 1
"""Names of a module among which is its file; how many steps are taken from an object to others."""
OF_POOL = "_work_queue"
"""The attribute of a thread pool that has its tasks: they are called as the pool is."""
PLAIN = frozenset({
    "str", "int", "float", "bool", "bytes", "NoneType", "type", "module", "function",
    "builtin_function_or_method", "code", "wrapper_descriptor", "frozenset", "complex", "range",
})  # fmt: skip
"""Classes whose objects hold no queues that they name."""
CONTAINERS = frozenset({"list", "tuple", "dict"})


class Rank(IntEnum):
    """How good a name is: the least is the best."""

    GLOBAL = 0
    ATTRIBUTE = 1
    VARIABLE = 2
    PARAMETER = 3
    NONE = 4


class Name(NamedTuple):
    """A name of a queue, and how good it is."""

    rank: Rank
    text: str


class Names:
    """The names of queues by their addresses."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._memory = objects.memory
        self.of: dict[int, Name] = {}
        self._owners = 0

    def find(
        self,
        wanted: Collection[int],
        modules: dict[str | int, int],
        stacks: Iterable[tuple[bool, list[Frame]]],
        library: str,
    ) -> None:
        """Look for names of these queues.

        Args:
            wanted: The addresses of the queues.
            modules: All modules, by name.
            stacks: Of each thread, whether it is the main one, and the calls that it is in.
            library: The folder of Python's own modules, in which is not looked.
        """
        self._owners = 0
        for name, module in self._own_modules(modules, library):
            prefix = "" if name == "__main__" else f"{name}."
            try:
                names = self._memory.pointer(module + tables.MODULE_DICT)
                for key, queue in self._objects.holders(names, wanted):
                    self._note(queue, Rank.GLOBAL, f"{prefix}{key}")
                if name == "__main__":
                    found = self._objects.module_names(module)
                    self._look_into(found, wanted, Rank.GLOBAL, prefix)
            except TornError:
                continue
        for is_main, frames in stacks:
            for frame in reversed(frames):
                self._of_frame(frame, wanted, library, is_main=is_main)

    def _own_modules(
        self, modules: dict[str | int, int], library: str
    ) -> Iterator[tuple[str, int]]:
        """The modules of the program: not Python's, and not those that are installed."""
        count = 0
        for name, module in modules.items():
            if not isinstance(name, str) or count > MOST_MODULES:
                continue
            if name != "__main__":
                if name.split(".", 1)[0] in sys.stdlib_module_names:
                    continue
                path = self._file_of(module)
                if not path or path.startswith(library) or "-packages" in path:
                    continue
            count += 1
            yield name, module

    def _file_of(self, module: int) -> str:
        """The file of a module; it is among the first names that it has."""
        try:
            names = self._memory.pointer(module + tables.MODULE_DICT)
            file = self._objects.entries(names, FIRST_NAMES).get("__file__")
            return self._objects.text(file) if file else ""
        except TornError:
            return ""

    def _of_frame(
        self,
        frame: Frame,
        wanted: Collection[int],
        library: str,
        *,
        is_main: bool,
    ) -> None:
        if frame.code.filename.startswith(library) or frame.code.filename.startswith("<frozen"):
            return
        if frame.code.qualname == "<module>":
            return  # its variables are the globals
        rank = Rank.VARIABLE if is_main else Rank.PARAMETER
        for name, value in frame.variables.items():
            if value in wanted:
                self._note(value, rank, name)
        self._look_into(frame.variables, wanted, rank, "")

    def _look_into(
        self,
        values: dict[str, int],
        wanted: Collection[int],
        rank: Rank,
        prefix: str,
        depth: int = DEEPEST,
    ) -> None:
        """Look for queues in what is at hand: attributes of objects, elements of containers."""
        usable = [(name, at) for name, at in values.items() if at not in wanted and not at & 7]
        heads = self._memory.read_many([(at + tables.OB_TYPE, 8) for _, at in usable])
        for (name, at), head in zip(usable, heads, strict=True):
            if head is None or self._owners > MOST_OWNERS:
                continue
            try:
                kind = self._objects.kind(POINTER.unpack(head)[0])
                if kind.name == "cell":  # a variable that functions share
                    at = self._memory.pointer(at + tables.CELL_CONTENT)
                    if at in wanted:
                        self._note(at, rank, f"{prefix}{name}")
                        continue
                    kind = self._objects.kind_of(at)
                if kind.name in PLAIN:
                    continue
                if kind.name in CONTAINERS:
                    self._of_container(at, kind.name, wanted, rank, f"{prefix}{name}")
                elif kind.flags & tables.FLAG_MANAGED_DICT:
                    self._of_owner(at, kind.name, wanted, Name(rank, f"{prefix}{name}"), depth)
            except TornError:
                continue

    def _of_owner(
        self, at: int, kind: str, wanted: Collection[int], name: Name, depth: int
    ) -> None:
        """Look for queues in the attributes of an object, and in what these have."""
        self._owners += 1
        attributes = self._objects.attributes(at)
        for key, queue in attributes.items():
            if queue in wanted and key == OF_POOL:
                self._note(queue, *name)
            elif queue in wanted:
                self._note(queue, Rank.ATTRIBUTE, f"{kind}.{key}")
        if depth:
            self._look_into(attributes, wanted, Rank.ATTRIBUTE, f"{kind}.", depth - 1)

    def _of_container(
        self, at: int, kind: str, wanted: Collection[int], rank: Rank, name: str
    ) -> None:
        self._owners += 1
        if kind == "dict":
            for key, queue in self._objects.holders(at, wanted):
                self._note(queue, rank, f"{name}[{key!r}]")
            return
        for number, one in enumerate(self._objects.items(at)):
            if one in wanted:
                self._note(one, rank, f"{name}[{number}]")

    def _note(self, queue: int, rank: Rank, text: str) -> None:
        known = self.of.get(queue)
        if known is None or rank < known.rank:
            self.of[queue] = Name(rank, text[:100])


def thread_names(objects: Objects, threading: dict[str, int]) -> dict[int, str]:
    """The name of each thread by Python's number of it.

    Args:
        objects: The objects of the process.
        threading: What its module `threading` has by name.
    """
    found: dict[int, str] = {}
    active = threading.get("_active")
    for ident, thread in (objects.entries(active) if active else {}).items():
        if not isinstance(ident, int):
            continue
        try:
            found[ident] = objects.text(objects.attribute(thread, "_name"))
        except TornError:
            continue
    return found
