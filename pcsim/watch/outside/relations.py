"""Which queues each thread reads and writes: seen there, or by the text of its functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeAlias

from pcsim.watch.outside import tables
from pcsim.watch.outside.objects import Objects
from pcsim.watch.outside.process import Process
from pcsim.watch.outside.refusals import TornError
from pcsim.watch.outside.source import ELEMENTS, METHODS, Source, Way
from pcsim.watch.outside.stacks import At, Frame, is_pool

MOST_ELEMENTS = 100
Both: TypeAlias = tuple[frozenset[int], frozenset[int]]
"""The queues that are read, and those that are written."""


class Relations:
    """What is known of the queues of each thread."""

    def __init__(self, process: Process, objects: Objects) -> None:
        self._objects = objects
        self._source = Source(process)
        self._seen: dict[int, set[tuple[int, At]]] = {}
        self._read: dict[int, set[tuple[int, At]]] = {}
        self._found: dict[int, Both] = {}
        self._queues: Collection[int] = ()
        self._library = "/"
        self._globals: dict[int, dict[str | int, int]] = {}
        self.pools: dict[int, int] = {}
        """One of the threads that take tasks from a queue of a pool, by the queue."""

    def begin(self, queues: Collection[int], library: str) -> None:
        """Read all threads anew: these are the queues that there are."""
        self._queues, self._library = queues, library
        self._read.clear()
        self._found.clear()
        self.pools.clear()
        self._globals.clear()

    def seen(self, thread: int, queue: int, at: At) -> None:
        """Note that a thread was seen at a queue."""
        seen = self._seen.setdefault(thread, set())
        if (queue, at) not in seen:
            seen.add((queue, at))
            self._found.pop(thread, None)

    def of(self, thread: int) -> Both:
        """The queues that a thread reads, and those that it writes."""
        known = self._found.get(thread)
        if known is None:
            known = self._found[thread] = self._find(thread)
        return known

    def _find(self, thread: int) -> Both:
        both = self._seen.get(thread, set()) | self._read.get(thread, set())
        known = [(queue, at) for queue, at in both if queue in self._queues]
        return (
            frozenset(queue for queue, at in known if at is At.GET),
            frozenset(queue for queue, at in known if at is At.PUT),
        )

    def queues(self) -> set[int]:
        """The queues that some thread reads or writes."""
        both = (*self._seen.values(), *self._read.values())
        return {queue for known in both for queue, _ in known}

    def queues_changed(self) -> None:
        """Note that there are others now."""
        self._found.clear()

    def keep(self, threads: Collection[int]) -> None:
        """Forget the threads that have ended: others may be where they were."""
        kept: dict[int, Any]
        for kept in (self._seen, self._read, self._found):
            for thread in set(kept) - set(threads):
                del kept[thread]

    def has_read(self, thread: int) -> bool:
        """Whether the functions of a thread were read."""
        return thread in self._read

    def note(self, thread: int, frames: Iterable[Frame]) -> None:
        """Read the functions that a thread is in."""
        self._found.pop(thread, None)
        found = self._read.setdefault(thread, set())
        for frame in frames:
            if is_pool(frame.code):
                queue = frame.variables.get("work_queue")
                if queue:
                    found.add((queue, At.GET))
                    self.pools[queue] = thread
            elif not frame.code.filename.startswith((self._library, "<")):
                found.update(self._of_frame(frame))

    def _of_frame(self, frame: Frame) -> set[tuple[int, At]]:
        found: set[tuple[int, At]] = set()
        for use in self._source.uses(frame.code):
            for value in self._values(frame, use.way):
                if use.at is not None:
                    found.add((value, use.at))
                else:
                    found.update(self._bound(value))
        return found

    def _values(self, frame: Frame, way: Way) -> Sequence[int]:
        """What is at the end of a way, in this call."""
        try:
            first = frame.variables.get(way[0])
            if first is None:
                first = self._names(frame.globals).get(way[0])
            else:
                first = self._content(first)
            values = [first] if first else []
            for step in way[1:]:
                known = self._with_value(frame, step)
                values = [one for value in values for one in self._step(value, known) if one]
        except TornError:
            return ()
        return values

    def _names(self, at: int) -> dict[str | int, int]:
        if at not in self._globals:
            self._globals[at] = self._objects.entries(at)
        return self._globals[at]

    def _content(self, at: int) -> int:
        """What a variable has, where functions share it."""
        if at in self._queues or self._objects.kind_of(at).name != "cell":
            return at
        return self._objects.memory.pointer(at + tables.CELL_CONTENT)

    def _with_value(self, frame: Frame, step: str) -> str:
        """A step by the value of a variable, with the value."""
        if not step.startswith("[="):
            return step
        at = self._content(frame.variables.get(step[2:-1], 0))
        name = self._objects.kind_of(at).name
        if name == "int":
            return f"[{self._objects.number(at)}]"
        return f"[{self._objects.text(at)!r}]" if name == "str" else ELEMENTS

    def _step(self, at: int, step: str) -> list[int]:
        """Where one step of a way leads: to an attribute, to an element, or to all of them."""
        if not step.startswith("["):
            return [self._objects.attributes(at).get(step, 0)]
        name = self._objects.kind_of(at).name
        found: list[tuple[str | int, int]]
        if name in ("list", "tuple"):
            found = list(enumerate(self._objects.items(at, MOST_ELEMENTS)))
        elif name == "dict":
            found = self._objects.holders(at, self._queues)
        else:
            return []
        return [queue for key, queue in found if step in (ELEMENTS, f"[{key!r}]")]

    def _bound(self, at: int) -> set[tuple[int, At]]:
        """What a variable stands for that is called: `put = queue.put`."""
        try:
            if at & 7 or self._objects.kind_of(at).name != "method":
                return set()
            memory = self._objects.memory
            queue = memory.pointer(at + tables.METHOD_SELF)
            function = memory.pointer(at + tables.METHOD_FUNCTION)
            code = self._objects.code(memory.pointer(function + tables.FUNCTION_CODE))
        except TornError:
            return set()
        name = code.qualname.rpartition(".")[2]
        return {(queue, METHODS[name])} if name in METHODS and queue in self._queues else set()
