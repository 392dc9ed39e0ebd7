"""Find all queues of another process: objects of certain classes, anywhere in its memory.

Each object begins with the address of its class. So the memory that it has written to is read
once and searched for the addresses of the classes; what is found is a queue if it looks like one.
That finds the queues that no variable at hand refers to.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable, Iterator

from pcsim.watch.outside import tables
from pcsim.watch.outside.memory import ROOM
from pcsim.watch.outside.objects import Kind, Objects
from pcsim.watch.outside.opening import Interpreter
from pcsim.watch.outside.process import Process
from pcsim.watch.outside.refusals import TornError

PAGE = os.sysconf("SC_PAGE_SIZE")
PRESENT = re.compile(rb"[\x80-\xff]+")
"""Pages in memory, by the highest byte of what the system says of each."""
MOST_BYTES = 1 << 29
"""Memory that is searched at most."""
FEW_BYTES = 1 << 26
"""Memory that is searched at most for one glance."""
MOST_FOUND = 5_000
MOST_CLASSES = 100
OF_MODULE = ("Queue", "SimpleQueue")


class Search:
    """The classes of queues of a process, and its objects of them."""

    def __init__(
        self, interpreter: Interpreter, objects: Objects, most_bytes: int = MOST_BYTES
    ) -> None:
        self._most_bytes = most_bytes
        self._process = interpreter.process
        self._memory = interpreter.memory
        self._objects = objects
        self.searched = 0
        """Bytes that were searched the last time."""
        self.is_whole = True
        """Whether that was all the memory there is."""

    def classes(self, module: dict[str, int]) -> dict[int, Kind]:
        """The classes of queues, by their addresses: those of the module and all that inherit.

        Args:
            module: What the module `queue` has by name.
        """
        found: dict[int, Kind] = {}
        rest = [module[name] for name in OF_MODULE if name in module]
        while rest and len(found) < MOST_CLASSES:
            at = rest.pop()
            if at in found:
                continue
            try:
                found[at] = self._objects.kind(at)
                rest += self._inherited_by(at)
            except TornError:
                continue
        return found

    def _inherited_by(self, at: int) -> list[int]:
        table = self._memory.pointer(at + tables.TYPE_SUBCLASSES)
        if not table:
            return []
        references = self._objects.entries(table).values()
        places = [(one + tables.WEAKREF_OBJECT, 8) for one in references]
        return [one for one in self._objects.pointers_in(self._memory.read_many(places)) if one]

    def objects_of(self, classes: Iterable[int]) -> set[int]:
        """What looks like an object of one of these classes, by its address."""
        needles = [struct.pack("<Q", one) for one in classes]
        found: set[int] = set()
        self.searched, self.is_whole = 0, True
        for begin, size in written(self._process):
            if self.searched + size > self._most_bytes or len(found) > MOST_FOUND:
                self.is_whole = False
                break
            self.searched += size
            raw = self._memory.read_many([(begin, size)])[0]
            if raw is not None:
                for needle in needles:
                    found.update(_places_of(needle, raw, begin))
        return found


def _places_of(needle: bytes, raw: bytes, begin: int) -> Iterator[int]:
    # Memory is given out in units of 16 bytes. The two highest bytes of an address are 0, which is
    # the commonest of bytes: a search for the six others is three times as fast.
    short = needle[:6]
    at = raw.find(short)
    while at >= 0:
        if at % 16 == tables.OB_TYPE and raw.startswith(needle, at):
            references = struct.unpack_from("<q", raw, at - tables.OB_TYPE)[0]
            if 0 < references & 0xFFFFFFFF < 1 << 31:
                yield begin + at - tables.OB_TYPE
        at = raw.find(short, at + 1)


def written(process: Process) -> Iterator[tuple[int, int]]:
    """The memory that a process has written to and that belongs to no file, in pieces of `ROOM`
    bytes at most. What it never touched is left alone."""
    with (process.folder / "pagemap").open("rb") as pages:
        for begin, end, rights, _, path in process.maps():
            if not rights.startswith("rw") or (path and path != "[heap]" and "anon" not in path):
                continue
            pages.seek(begin // PAGE * 8)
            raw = pages.read((end - begin) // PAGE * 8)
            for run in PRESENT.finditer(raw[7::8]):
                at, last = begin + run.start() * PAGE, begin + run.end() * PAGE
                while at < last:
                    size = min(ROOM, last - at)
                    yield at, size
                    at += size
