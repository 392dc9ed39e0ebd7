"""Looks at another Python process: its queues and threads as they are at one time.

The first look finds out what there is, which takes some tens of milliseconds. Later ones read in a
few calls what may have changed, twice: what is not the same both times is not said. Now and then a
look also brings up to date what changes seldom: new queues, names, what threads read and write.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

from pcsim import runtime
from pcsim.watch.outside.names import Names, thread_names
from pcsim.watch.outside.objects import Kind, Objects
from pcsim.watch.outside.opening import Interpreter, lock_place, open_interpreter
from pcsim.watch.outside.process import Turns
from pcsim.watch.outside.queues import SIMPLE, OutsideQueue, OutsideSimpleQueue, QueueState
from pcsim.watch.outside.refusals import TornError
from pcsim.watch.outside.relations import Relations
from pcsim.watch.outside.search import FEW_BYTES, MOST_BYTES, Search
from pcsim.watch.outside.stacks import At, Frame, Stacks, Standing, Thread
from pcsim.watch.wire import GoneError

TRIES = 20
"""How often a look is begun anew in a row, where its parts do not fit together."""
METHODS = {f"{name}.{at}": at for name in ("Queue",) for at in (At.GET, At.PUT, At.JOIN)}
MOST_QUEUES = 1_000
MOST_NEW = 5
"""Threads that were not there before and are read at one look."""
SHARE = 0.01
"""Of the time that passes, how much may go into what is brought up to date now and then."""
SOONEST = 1.0
"""Seconds between two times at which that is done."""
SOONEST_NAMES = 0.2
FORGET_AFTER = 60.0
"""Seconds for which functions and classes are remembered."""


class ThreadLook(NamedTuple):
    """A thread at the time of a look.

    Attributes:
        ident: Python's number of it.
        native: The number of it in the process's own system.
        name: Its name in the program; empty while that is not known.
        standing: Where it waits at a queue, seen twice; None where it does not.
        turns: How long it ran and waited for a core; None where it has ended.
        inputs: The queues that it reads, by address.
        outputs: The queues that it writes.
        is_main: Whether it is the program's first thread.
    """

    ident: int
    native: int
    name: str
    standing: Standing | None
    turns: Turns | None
    inputs: frozenset[int]
    outputs: frozenset[int]
    is_main: bool


class QueueLook(NamedTuple):
    """A queue at the time of a look."""

    at: int
    name: str
    kind: str
    state: QueueState
    is_used: bool
    """Whether it has items, or a thread is known to read or write it."""


class Look(NamedTuple):
    """A process at one time.

    Attributes:
        threads: All threads that run Python, the oldest first.
        queues: All queues, in the order in which they were found.
        lock_looks: How often it was looked whether Python's lock is taken.
        lock_taken: How often it was.
        holder: The number of the thread that had it; None where it was free.
        is_stopped: Whether the process is stopped, as by Ctrl-Z.
    """

    threads: tuple[ThreadLook, ...]
    queues: tuple[QueueLook, ...]
    lock_looks: int
    lock_taken: int
    holder: int | None
    is_stopped: bool


class Outside:
    """A Python process that is looked at from outside. Use as a context manager, or close.

    Args:
        pid: The number of the process.
        is_brief: Whether only depths and waits are wanted, and neither names nor who reads and
            writes which queue.

    Raises:
        Refusal: It cannot be read; says why, and what would help.
    """

    def __init__(self, pid: int, *, is_brief: bool = False) -> None:
        self._is_brief = is_brief
        self.interpreter: Interpreter = open_interpreter(pid)
        self.pid = pid
        self.process = self.interpreter.process
        self._memory = self.interpreter.memory
        self._began = self.process.began()
        self.objects = Objects(self.interpreter)
        self.stacks = Stacks(self.interpreter, self.objects)
        most = FEW_BYTES if is_brief else MOST_BYTES
        self.search = Search(self.interpreter, self.objects, most)
        self._names = Names(self.objects)
        self._relations = Relations(self.process, self.objects)
        self._classes: dict[int, Kind] = {}
        self._library = "/"
        self._queues: dict[int, OutsideQueue | OutsideSimpleQueue] = {}
        self._threads: dict[int, str] = {}
        self._by_native: dict[int, int] = {}
        self._lock = lock_place(self.interpreter)
        self._modules: dict[str | int, int] = {}
        self._next_update = self._next_names = self._forgot_at = 0.0
        self._last: Look | None = None
        self._known_threads: set[int] = set()
        self.is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files. Nothing was left in the process."""
        self.is_closed = True
        self.interpreter.close()

    def look(self) -> Look:
        """Look at the process now.

        Raises:
            GoneError: It has ended, or its number is another one's now.
            PermissionError: It may not be read any more.
        """
        now = runtime.clock()
        state = self.process.state()
        if not state or state in "ZX" or self.process.began() != self._began:
            raise GoneError(f"process {self.pid} has ended")
        if now >= self._next_update:
            self._update(now)
        for left in reversed(range(TRIES)):
            try:
                return self._look(now, is_stopped=state == "T")
            except TornError:  # threads began and ended while their list was read
                if left:
                    continue
                if self._last is not None:
                    return self._last
        raise GoneError(f"process {self.pid} cannot be read any more")

    def _look(self, now: float, *, is_stopped: bool) -> Look:
        queues = list(self._queues.values())
        holders = []
        raws = self._read(queues)
        holders.append(self._holder(raws))
        self.stacks.take(raws[2 : 2 + self._threads_end])
        gone = self._take_queues(queues, raws[2 + self._threads_end :])
        queues = [queue for queue in queues if queue.at not in gone]
        raws = self._read(queues)
        holders.append(self._holder(raws))
        steady = self.stacks.take(raws[2 : 2 + self._threads_end])
        if (
            not self._is_brief
            and now >= self._next_names
            and any(thread.ident not in self._threads for thread in self.stacks.threads.values())
        ):
            self._name_threads(now)
        self._take_queues(queues, raws[2 + self._threads_end :])
        for at in gone:
            self._queues.pop(at, None)
            self._relations.queues_changed()
        self._meet_new_threads()
        taken = [one for one in holders if one is not None]
        self._last = Look(
            tuple(self._thread_looks(steady)),
            tuple(self._queue_looks()),
            len(holders),
            len(taken),
            self._ident(taken[-1]) if taken else None,
            is_stopped,
        )
        return self._last

    # Reading.

    def _read(self, queues: Iterable[OutsideQueue | OutsideSimpleQueue]) -> list[bytes | None]:
        threads = self.stacks.places()
        self._threads_end = len(threads)
        places = [(self._lock[0], 4), (self._lock[1], 8), *threads]
        for queue in queues:
            places += queue.places()
        return self._memory.read_many(places)

    @staticmethod
    def _holder(raws: list[bytes | None]) -> int | None:
        """The state of the thread that has Python's lock; None where it is free."""
        locked, holder = raws[0], raws[1]
        if locked is None or holder is None or struct.unpack("<i", locked)[0] <= 0:
            return None
        return int(struct.unpack("<Q", holder)[0])

    def _ident(self, state: int) -> int | None:
        thread = self.stacks.threads.get(state)
        return None if thread is None else thread.ident

    def _take_queues(
        self,
        queues: Iterable[OutsideQueue | OutsideSimpleQueue],
        raws: list[bytes | None],
    ) -> set[int]:
        """Give each queue what was read of it; the ones that are gone."""
        gone: set[int] = set()
        end = 0
        for queue in queues:
            begin, end = end, end + len(queue.places())
            try:
                if not queue.take(raws[begin:end]):
                    gone.add(queue.at)
            except TornError:
                continue
        return gone

    # What is brought up to date now and then.

    def _update(self, now: float) -> None:
        began = runtime.process_clock()
        if now - self._forgot_at > FORGET_AFTER:
            self.objects.forget()
            self.stacks.forget()
            self._forgot_at = now
        try:
            self._modules = self.objects.entries(
                self._memory.pointer(self.interpreter.main + self.interpreter.layout.modules)
            )
            self._find_queues()
            self.stacks.take(self._memory.read_many(self.stacks.places()))
            self._by_native = self.process.names_of_threads() if self.process.is_nested else {}
            if not self._is_brief:
                self._find_names()
                self._name_threads(now)
        except TornError:
            pass  # it is looked at again in a second
        cost = runtime.process_clock() - began
        self._next_update = now + max(cost / SHARE, SOONEST)

    def _find_queues(self) -> None:
        module = self._modules.get("queue")
        if module is None:
            return  # nothing in the program can have a queue
        names = self.objects.module_names(module)
        if "__file__" not in names:
            raise TornError("the module is not ready yet")
        file = self.objects.text(names["__file__"])
        self.stacks.classify = {file: METHODS}
        self._library = f"{Path(file).parent}/"
        self._classes = self.search.classes(names)
        for at in sorted(self.search.objects_of(self._classes)):
            self._add(at)

    def _add(self, at: int) -> None:
        if at in self._queues or len(self._queues) >= MOST_QUEUES:
            return
        try:
            kind = self.objects.kind_of(at)
            if kind.at not in self._classes:
                return
            names = {kind.name, *(self.objects.kind(base).name for base in kind.bases)}
            make = OutsideSimpleQueue if SIMPLE in names else OutsideQueue
            queue: OutsideQueue | OutsideSimpleQueue = make(self.objects, at, kind)
            if queue.take(self._memory.read_many(queue.places())):
                self._queues[at] = queue
                self._relations.queues_changed()
        except TornError:
            return

    def _find_names(self) -> None:
        stacks: list[tuple[bool, list[Frame]]] = []
        self._relations.begin(self._queues, self._library)
        for thread in list(self.stacks.threads.values()):
            frames = list(self.stacks.frames(thread))
            stacks.append((self._is_main(thread), frames))
            self._relations.note(thread.at, frames)
        self._names.find(self._queues, self._modules, stacks, self._library)

    def _meet_new_threads(self) -> None:
        """Read what threads do that were not there before; a few at a look."""
        threads = self.stacks.threads
        if self._is_brief or threads.keys() == self._known_threads:
            return
        self._relations.keep(threads)
        new = [one for one in threads.values() if not self._relations.has_read(one.at)]
        for thread in new[:MOST_NEW]:
            self._relations.note(thread.at, self.stacks.frames(thread))
        if len(new) <= MOST_NEW:
            self._known_threads = set(threads)

    def _name_threads(self, now: float) -> None:
        began = runtime.process_clock()
        with contextlib.suppress(TornError):
            if "threading" in self._modules:
                threading = self.objects.module_names(self._modules["threading"])
                self._threads = thread_names(self.objects, threading)
        cost = runtime.process_clock() - began
        self._next_names = now + max(cost / SHARE, SOONEST_NAMES)

    def _is_main(self, thread: Thread) -> bool:
        return self.host(thread) == self.pid

    def host(self, thread: Thread) -> int:
        """The number of a thread in the system that pcsim runs in."""
        return self._by_native.get(thread.native, thread.native)

    # What is said.

    def _thread_looks(self, steady: set[int]) -> Iterable[ThreadLook]:
        waiting: dict[tuple[int, At], list[Thread]] = {}
        for thread in self.stacks.threads.values():
            standing = thread.standing
            if standing is not None and thread.at in steady:
                waiting.setdefault((standing.queue, standing.at), []).append(thread)
                self._relations.seen(thread.at, standing.queue, standing.at)
                self._add(standing.queue)
        blocked = {
            thread.at
            for (queue, at), threads in waiting.items()
            for thread in self._still_waiting(queue, at, threads)
        }
        for thread in reversed(self.stacks.threads.values()):
            inputs, outputs = self._relations.of(thread.at)
            yield ThreadLook(
                thread.ident,
                thread.native,
                self._threads.get(thread.ident, ""),
                thread.standing if thread.at in blocked else None,
                self.process.turns(self.host(thread)),
                inputs,
                outputs,
                self._is_main(thread),
            )

    def _still_waiting(self, queue: int, at: At, threads: list[Thread]) -> list[Thread]:
        """Those that were not let go yet: others only wait until they may run Python."""
        found = self._queues.get(queue)
        if found is None or at is At.JOIN:
            return threads
        if isinstance(found, OutsideSimpleQueue):
            return [] if found.state.depth else threads
        is_get = at is At.GET
        count = found.state.getters if is_get else found.state.putters
        if count is None or count >= len(threads):
            return threads
        if not count:
            return []
        try:
            locks = found.waiters(for_items=is_get)
        except TornError:
            return []
        return [one for one in threads if one.standing and one.standing.waiter in locks]

    def _queue_looks(self) -> Iterable[QueueLook]:
        used = self._relations.queues()
        for at, queue in self._queues.items():
            found = self._names.of.get(at)
            name = self._pool_name(at) if found is None else found.text
            is_used = at in used or queue.state.depth > 0
            yield QueueLook(at, name, queue.kind.name, queue.state, is_used)

    def _pool_name(self, queue: int) -> str:
        """The name of a pool of threads, by that of one of them: `ThreadPoolExecutor-0_3`."""
        thread = self.stacks.threads.get(self._relations.pools.get(queue, 0))
        name = "" if thread is None else self._threads.get(thread.ident, "")
        return name.rpartition("_")[0] or name
