"""The queues of another process: what each holds, read so that a look at all of them is two calls.

Of a queue of the module `queue` the places are read at once that say it all: its attributes, the
head of its container, the heads of the two deques of threads that wait. A number of its unfinished
tasks is an object of its own, which goes with each put: it is believed where the queue refers to
the same one before and after.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from pcsim.watch.outside import tables
from pcsim.watch.outside.memory import POINTER
from pcsim.watch.outside.objects import Kind, Objects, Values
from pcsim.watch.outside.refusals import TornError
from pcsim.watch.outside.stacks import Place

CONTAINERS = frozenset({"deque", "list", "dict", "set", "OrderedDict"})
"""Containers whose size can be read, by the name of their class or of a base of it."""
CONDITIONS = ("not_empty", "not_full")
NEEDED = ("maxsize", "queue", "unfinished_tasks", *CONDITIONS)
SIMPLE = "SimpleQueue"
HEAD = 48
"""Bytes of the head of a container or number."""
MOST_WAITERS = 2_000
LARGEST = 1 << 40
"""Depths and sizes beyond are no such thing."""


class QueueState(NamedTuple):
    """What a queue held at one time.

    Attributes:
        depth: The items in it.
        maxsize: The most that may be in it; 0 for no limit.
        unfinished: The items put for which `task_done` was not called; None where that was not
            to be read, or is not counted.
        getters: The threads that wait for an item; None where it is not known.
        putters: The threads that wait for a slot.
    """

    depth: int
    maxsize: int = 0
    unfinished: int | None = None
    getters: int | None = None
    putters: int | None = None


class OutsideQueue:
    """A queue of the module `queue` in another process."""

    def __init__(self, objects: Objects, at: int, kind: Kind) -> None:
        self.at = at
        self.kind = kind
        self._objects = objects
        self._maxsize = (0, 0)
        self._containers: tuple[int, str] = (0, "")
        self._unfinished = 0
        self._resolve()

    def _resolve(self) -> None:
        values = self._objects.values_of(self.at)
        if values is None:
            raise TornError("no queue")
        self._values: Values = values
        self._field = {name: values.at(name) for name in NEEDED}
        raw = self._objects.memory.read(*values.place)
        conditions = [POINTER.unpack_from(raw, self._field[name])[0] for name in CONDITIONS]
        self._waiting = [self._objects.attribute(one, "_waiters") for one in conditions]
        self._container(POINTER.unpack_from(raw, self._field["queue"])[0])
        self.state = QueueState(0)

    def _container(self, at: int) -> None:
        kind = self._objects.kind_of(at)
        names = [kind.name, *(self._objects.kind(base).name for base in kind.bases)]
        name = next((one for one in names if one in CONTAINERS), "")
        if not name:
            raise TornError("its items are kept in something unknown")
        self._containers = (at, name)

    def places(self) -> list[Place]:
        """What to read of it."""
        before = tables.VALUES_BEFORE
        return [
            (self.at - before, before + 16),
            self._values.place,
            (self._containers[0], HEAD),
            *[(at, tables.OB_SIZE + 8) for at in self._waiting],
            (self._unfinished or self.at, HEAD),
        ]

    def take(self, raws: Sequence[bytes | None]) -> bool:
        """Take what was read at `places()`; whether it is a queue still.

        Raises:
            TornError: What was read does not fit together; the next look may.
        """
        before, values, container, getters, putters, unfinished = raws
        if before is None or not self._is_alive(before):
            return False
        if before[:16] != self._values.before or values is None:
            self._resolve()
            return True
        field = self._field
        held = POINTER.unpack_from(values, field["queue"])[0]
        if held != self._containers[0]:
            self._container(held)
            return True
        if container is None or getters is None or putters is None:
            return False
        self.state = QueueState(
            self._size(container, self._containers[1]),
            self._read_maxsize(POINTER.unpack_from(values, field["maxsize"])[0]),
            self._read_unfinished(
                POINTER.unpack_from(values, field["unfinished_tasks"])[0], unfinished
            ),
            self._size(getters, "deque"),
            self._size(putters, "deque"),
        )
        return True

    def _is_alive(self, before: bytes) -> bool:
        references, kind = struct.unpack_from("<qQ", before, tables.VALUES_BEFORE)
        return bool(kind == self.kind.at and 0 < references < LARGEST)

    def _size(self, raw: bytes, name: str) -> int:
        size = self._objects.size_in(raw, name)
        if not 0 <= size < LARGEST:
            raise TornError("no size")
        return size

    def _read_maxsize(self, at: int) -> int:
        if at != self._maxsize[0]:
            self._maxsize = (at, max(self._objects.number(at), 0))
        return self._maxsize[1]

    def _read_unfinished(self, at: int, raw: bytes | None) -> int | None:
        if at != self._unfinished or raw is None:
            self._unfinished = at
            return None
        try:
            number = self._objects.number_in(raw)
        except TornError:
            return None
        return number if 0 <= number < LARGEST else None

    def waiters(self, *, for_items: bool) -> set[int]:
        """The locks of the threads that wait, by their addresses."""
        return set(deque_items(self._objects, self._waiting[0 if for_items else 1]))


class OutsideSimpleQueue:
    """A `queue.SimpleQueue` in another process, as a pool of threads has one."""

    def __init__(self, objects: Objects, at: int, kind: Kind) -> None:
        self.at = at
        self.kind = kind
        self._objects = objects
        self.state = QueueState(0)

    def places(self) -> list[Place]:
        """What to read of it."""
        return [(self.at, 64)]

    def take(self, raws: Sequence[bytes | None]) -> bool:
        """Take what was read at `places()`; whether it is a queue still."""
        raw = raws[0]
        if raw is None:
            return False
        references, kind = struct.unpack_from("<qQ", raw)
        if kind != self.kind.at or not 0 < references < LARGEST:
            return False
        depth = self._ring_depth(raw) if self._objects.minor >= 13 else self._list_depth(raw)
        self.state = QueueState(depth)
        return True

    @staticmethod
    def _ring_depth(raw: bytes) -> int:
        """The depth, where items are kept in a ring: checked, as any memory may look like one."""
        put, got, _, most, depth = struct.unpack_from("<5q", raw, 24)
        is_ring = 0 <= depth <= most < LARGEST and 0 <= put < most and 0 <= got < most
        if not is_ring or (put - got - depth) % most or raw[16] > 1:
            raise TornError("no ring of items")
        return int(depth)

    def _list_depth(self, raw: bytes) -> int:
        """The depth, where items are kept in a list of which some are taken already."""
        items, taken = struct.unpack_from("<Qq", raw, 32)
        if self._objects.kind_of(items).name != "list":
            raise TornError("no list of items")
        size = struct.unpack("<q", self._objects.memory.read(items + tables.OB_SIZE, 8))[0]
        if not 0 <= taken <= size < LARGEST:
            raise TornError("no depth")
        return int(size - taken)


def deque_items(objects: Objects, at: int) -> list[int]:
    """The addresses of what a deque has, the first first."""
    raw = objects.memory.read(at, tables.DEQUE_INDEX + 8)
    size, block = struct.unpack_from("<QQ", raw, tables.OB_SIZE)
    index = struct.unpack_from("<q", raw, tables.DEQUE_INDEX)[0]
    found: list[int] = []
    width = tables.DEQUE_BLOCK
    while len(found) < min(size, MOST_WAITERS) and 0 <= index < width:
        words = struct.unpack(f"<{width + 2}Q", objects.memory.read(block, 8 * (width + 2)))
        found += words[1 + index : 1 + width]
        block, index = words[-1], 0
    return found[:size]
