"""The threads of a process and where each of them stands, read so that a second look is one call.

Of a thread that has not moved, the same places have the same bytes. So the places that were read
of it are kept, and read again all at once; only a thread whose bytes are others is looked into
anew. What is read twice with the same bytes was so in between: a look that was torn is not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from pcsim.watch.outside import tables
from pcsim.watch.outside.memory import POINTER
from pcsim.watch.outside.objects import UNTAGGED, Code, Objects
from pcsim.watch.outside.opening import Interpreter
from pcsim.watch.outside.refusals import TornError

MOST_THREADS, MOST_FRAMES = 2_000, 100
Place = tuple[int, int]


class At(StrEnum):
    """Where a thread stands in a queue."""

    PUT = "put"
    GET = "get"
    JOIN = "join"


class Standing(NamedTuple):
    """A thread that stands in a method of a queue."""

    queue: int
    """The address of the queue."""
    at: At
    is_timed: bool
    """Whether it goes on by itself after a time."""
    waiter: int
    """The address of the lock that is released for it."""


class Frame(NamedTuple):
    """A call that a thread is in."""

    at: int
    code: Code
    instruction: int
    globals: int
    variables: dict[str, int]
    """The addresses of the values of its variables."""


class Thread:
    """One thread: its numbers, the places that were read of it, and what they say."""

    __slots__ = ("at", "frame", "ident", "native", "next", "places", "raws", "standing")

    def __init__(self, at: int) -> None:
        self.at = at
        self.next = self.ident = self.native = self.frame = 0
        self.places: list[Place] = []
        self.raws: list[bytes | None] = []
        self.standing: Standing | None = None


class Stacks:
    """The threads of an interpreter."""

    def __init__(self, interpreter: Interpreter, objects: Objects) -> None:
        self._memory = interpreter.memory
        self._objects = objects
        self._layout = layout = interpreter.layout
        self._head = interpreter.main + layout.threads
        fields = (layout.thread_next, layout.thread_ident, layout.thread_native)
        self._begin = min(*fields, layout.thread_frame)
        self._size = max(*fields, layout.thread_frame) + 8 - self._begin
        self.threads: dict[int, Thread] = {}
        """By the address of the thread's state, the newest first."""
        self.methods: dict[int, At] = {}
        """The methods of a queue in which a thread may stand, by the address of their code."""
        self.waits: set[int] = set()
        """The code of `Condition.wait`, by its address."""
        self.pools: set[int] = set()
        """The code of what a thread of a `ThreadPoolExecutor` does."""
        self.classify: dict[str, dict[str, At]] = {}
        """By the file of a module, the methods that count."""
        self._sorted_out: set[int] = set()
        self._none = 0

    def places(self) -> list[Place]:
        """What to read of all threads that are known."""
        found: list[Place] = [(self._head, 8)]
        for thread in self.threads.values():
            found += thread.places
        return found

    def take(self, raws: Sequence[bytes | None]) -> set[int]:
        """Take what was read at `places()`, look anew at what has changed, and return the threads
        that had not, by their addresses."""
        same: set[int] = set()
        changed: list[Thread] = []
        end = 1
        for thread in self.threads.values():
            begin, end = end, end + len(thread.places)
            if raws[begin:end] == thread.raws:
                same.add(thread.at)
            else:
                changed.append(thread)
        head = raws[0]
        self._walk(0 if head is None else POINTER.unpack(head)[0], changed)
        return same

    def _walk(self, at: int, changed: Iterable[Thread]) -> None:
        """Follow the list of threads; the ones that changed, and new ones, are read again."""
        again = {thread.at for thread in changed}
        if again:
            reads = self._memory.read_many([(one + self._begin, self._size) for one in again])
            fresh = dict(zip(again, reads, strict=True))
        else:
            fresh = {}
        found: dict[int, Thread] = {}
        anew: list[Thread] = []
        while at and at not in found and len(found) < MOST_THREADS:
            thread = self.threads.get(at)
            if thread is None or at in again:
                raw = fresh.get(at) or self._memory.read(at + self._begin, self._size)
                thread = self._thread(at, raw)
                anew.append(thread)
            found[at] = thread
            at = thread.next
        self.threads = found
        self._look_into(anew)

    def _thread(self, at: int, raw: bytes) -> Thread:
        layout, thread = self._layout, Thread(at)
        thread.next, thread.ident, thread.native, thread.frame = (
            POINTER.unpack_from(raw, place - self._begin)[0]
            for place in (
                layout.thread_next,
                layout.thread_ident,
                layout.thread_native,
                layout.thread_frame,
            )
        )
        thread.places = [(at + self._begin, self._size)]
        thread.raws = [raw]
        return thread

    def _look_into(self, threads: Sequence[Thread]) -> None:
        """Find where these threads stand: their frames are read level by level."""
        read = self._memory.read_many
        if self._layout.c_frame is not None:
            places = [(thread.frame + self._layout.c_frame, 8) for thread in threads]
            for thread, place, raw in zip(threads, places, read(places), strict=True):
                thread.places.append(place)
                thread.raws.append(raw)
                thread.frame = 0 if raw is None else POINTER.unpack(raw)[0]
        size = self._layout.frame_size
        tops = self._read_next(threads, [(thread.frame, size) for thread in threads])
        waiting = [(thread, raw) for thread, raw in tops if self._code_at(raw) in self.waits]
        layout = self._layout
        befores = [POINTER.unpack_from(raw, layout.frame_previous)[0] for _, raw in waiting]
        inside = self._read_next(
            [thread for thread, _ in waiting], [(before, size) for before in befores]
        )
        self._find_queues(inside)
        for thread, raw in tops:
            if self._code_at(raw) in self.pools:
                self._stands_in_pool(thread)

    def _find_queues(self, threads: Sequence[tuple[Thread, bytes]]) -> None:
        """Find at which queue each of these threads stands, by the variables of its two calls."""
        found: list[tuple[Thread, At]] = []
        places: list[Place] = []
        for thread, raw in threads:
            at = self.methods.get(self._code_at(raw))
            if at is not None:
                found.append((thread, at))
                for place, frame in zip(thread.places[-2:], thread.raws[-2:], strict=True):
                    count = len(self._code_of(frame or b"").variables)
                    places.append((place[0] + self._layout.frame_locals, 8 * count))
        raws = self._memory.read_many(places)
        for number, (thread, at) in enumerate(found):
            codes = [self._code_of(frame or b"") for frame in thread.raws[-2:]]
            two = slice(2 * number, 2 * number + 2)
            thread.places += places[two]
            thread.raws += raws[two]
            inner, outer = (_named(code, raw) for code, raw in zip(codes, raws[two], strict=True))
            if "self" in outer:
                is_timed = self._is_something(inner.get("timeout", 0))
                thread.standing = Standing(outer["self"], at, is_timed, inner.get("waiter", 0))

    def _is_something(self, at: int) -> bool:
        """Whether a value is there and is not None."""
        if not at or at == self._none:
            return False
        try:
            is_none = self._objects.kind_of(at).name == "NoneType"
        except TornError:
            return False
        if is_none:
            self._none = at
        return not is_none

    def _code_of(self, raw: bytes) -> Code:
        """The code of a frame that was sorted out before."""
        return self._objects.code(
            int(POINTER.unpack_from(raw, self._layout.frame_code)[0]) & UNTAGGED
        )

    def _read_next(
        self, threads: Sequence[Thread], places: Sequence[Place]
    ) -> list[tuple[Thread, bytes]]:
        found = []
        for thread, place, raw in zip(threads, places, self._memory.read_many(places), strict=True):
            thread.places.append(place)
            thread.raws.append(raw)
            if raw is not None:
                found.append((thread, raw))
        return found

    def _code_at(self, raw: bytes) -> int:
        """The address of a frame's code; it is sorted out when it is first seen."""
        if raw[self._layout.frame_owner] not in tables.FRAME_OF_PYTHON:
            return 0
        at = int(POINTER.unpack_from(raw, self._layout.frame_code)[0]) & UNTAGGED
        if at not in self._sorted_out:
            try:
                code = self._objects.code(at)
            except TornError:
                return 0
            self._sort_out(code)
        return at

    def _sort_out(self, code: Code) -> None:
        self._sorted_out.add(code.at)
        if code.qualname == "Condition.wait" and code.filename.endswith("threading.py"):
            self.waits.add(code.at)
        if is_pool(code):
            self.pools.add(code.at)
        at = self.classify.get(code.filename, {}).get(code.qualname)
        if at is not None:
            self.methods[code.at] = at

    def forget(self) -> None:
        """Forget the functions that are known."""
        self.methods.clear()
        self.waits.clear()
        self.pools.clear()
        self._sorted_out.clear()
        self.threads.clear()

    def _stands_in_pool(self, thread: Thread) -> None:
        """Note that a thread of a pool is between two tasks: at the queue of them."""
        try:
            queue = self._variables(thread.frame, thread)["work_queue"]
            thread.standing = Standing(queue, At.GET, is_timed=False, waiter=0)
        except (TornError, KeyError):
            thread.standing = None

    def _variables(self, frame: int, thread: Thread | None = None) -> dict[str, int]:
        """The variables of a call; what was read of them is kept with the thread."""
        code = self._code_of(self._memory.read(frame, self._layout.frame_size))
        return self._values(frame, code, thread)

    def _values(self, frame: int, code: Code, thread: Thread | None = None) -> dict[str, int]:
        count = len(code.variables)
        if not count:
            return {}
        place = (frame + self._layout.frame_locals, 8 * count)
        raw = self._memory.read(*place)
        if thread is not None:
            thread.places.append(place)
            thread.raws.append(raw)
        return _named(code, raw)

    def frames(self, thread: Thread) -> Iterator[Frame]:
        """All calls that a thread is in, the innermost first, as far as they can be read."""
        layout, at = self._layout, thread.frame
        for _ in range(MOST_FRAMES):
            if not at:
                return
            try:
                raw = self._memory.read(at, layout.frame_size)
                if raw[layout.frame_owner] in tables.FRAME_OF_PYTHON:
                    code_at = int(POINTER.unpack_from(raw, layout.frame_code)[0]) & UNTAGGED
                    code = self._objects.code(code_at)
                    yield Frame(
                        at,
                        code,
                        POINTER.unpack_from(raw, layout.frame_instruction)[0],
                        POINTER.unpack_from(raw, layout.frame_globals)[0],
                        self._values(at, code),
                    )
            except TornError:
                return
            at = POINTER.unpack_from(raw, layout.frame_previous)[0]


def _named(code: Code, raw: bytes | None) -> dict[str, int]:
    """The addresses of the values of a call's variables, from what was read of them."""
    count = len(code.variables)
    if raw is None:
        return {}
    values = struct.unpack(f"<{count}Q", raw)
    return {
        name: value & UNTAGGED
        for name, value in zip(code.variables, values, strict=True)
        if value & UNTAGGED
    }


def is_pool(code: Code) -> bool:
    """Whether this is what a thread of a `ThreadPoolExecutor` does."""
    return code.qualname == "_worker" and code.filename.endswith("concurrent/futures/thread.py")
