"""One queue, or several, among many threads: nothing is lost, doubled, overtaken or hangs.

It needs nothing but `pcsim.queue`, so it runs where the other dependencies have no build.
"""

from __future__ import annotations

import faulthandler
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from random import Random
from typing import Any

from benchmarks.endurance.findings import GUARD, Findings
from benchmarks.endurance.interrupts import Interrupted, interrupting
from pcsim.queue import Empty, Full, LifoQueue, PriorityQueue, Queue, ShutDown, get_any

THREAD, QUEUE = 10**9, 10**12
"""An item is a number: which queue it went into, which thread put it, and a count."""
TIMEOUTS = (0, 1e-6, 1e-4, 1e-3, 5e-3, 0.02)
LASTS = (0.02, 0.1, 0.5)
"""Seconds that a cycle lasts at most, without its end."""
MAIN = 999
"""The place of the main thread among the threads."""


class Hooked(Queue[Any]):
    """A subclass that stores its items itself: every operation goes under the mutex."""

    def _init(self, maxsize: int) -> None:
        self.queue = deque()

    def _put(self, item: Any) -> None:
        self.queue.append(item)

    def _get(self) -> Any:
        return self.queue.popleft()


KINDS: tuple[type[Queue[Any]], ...] = (Queue, Queue, Queue, LifoQueue, PriorityQueue, Hooked)
IN_ORDER = (Queue, Hooked)


class QueueCycle:
    """Threads that put and get at one to three queues, until these are shut down or time is up."""

    def __init__(self, rng: Random, findings: Findings, *, has_signals: bool) -> None:
        self.rng, self.findings = rng, findings
        kind, self.size = rng.choice(KINDS), rng.choice((0, 1, 1, 2, 3, 10, 100))
        self.kind = kind
        self.queues = [kind(self.size) for _ in range(rng.choice((1, 1, 2, 3)))]
        self.number = {id(one): place for place, one in enumerate(self.queues)}
        self.is_resized = self.size > 0 and rng.random() < 0.3
        self.waits_for_ever = rng.random() < 0.5
        self.shuts_down = self.waits_for_ever or rng.random() < 0.5
        self.is_immediate = self.shuts_down and rng.random() < 0.4
        # The other classes, and a queue in which somebody looks, have a lock as the standard class
        # has: an interrupt may leave that taken for ever.
        self.is_interrupted = has_signals and kind is Queue and rng.random() < 0.4
        """Whether the main thread takes part, and a signal interrupts it."""
        self.interrupts = 0
        self.put: list[list[int]] = []
        self.got: list[list[tuple[int, int]]] = []
        self.until = time.monotonic() + rng.choice(LASTS)
        ends = "immediate shutdown" if self.is_immediate else "shutdown" * self.shuts_down
        findings.what = (
            f"{len(self.queues)} {kind.__name__} of {self.size}"
            f"{', resized' * self.is_resized}, {ends or 'timeouts alone'}"
        )

    def run(self) -> None:
        """Run it, and check what holds at its end."""
        rng = self.rng
        acts = [self._putting] * rng.randint(1, 6) + [self._getting] * rng.randint(1, 6)
        acts += [self._looking] * rng.randint(0, 2)
        threads = [
            threading.Thread(target=self._guarded, args=(act, place, Random(rng.random())))
            for place, act in enumerate(acts)
        ]
        for thread in threads:
            thread.daemon = True
            thread.start()
        self.findings.threads = threading.active_count()
        if self.is_interrupted:
            self._take_part()
        time.sleep(max(self.until - time.monotonic(), 0) * (rng.random() if self.shuts_down else 1))
        if self.shuts_down:
            for queue in self.queues:
                queue.shutdown(self.is_immediate)
        for thread in threads:
            if not self._ends(thread):
                self.findings.broke("a thread hangs at a queue", thread.name)
                self.findings.hangs = True
                faulthandler.dump_traceback(all_threads=True)
                return
        self._check()

    def _ends(self, thread: threading.Thread) -> bool:
        """Wait for its end; whether it comes. As long as items go in or out, nothing hangs."""
        moved = -1
        while thread.is_alive() and moved != (moved := sum(map(len, (*self.put, *self.got)))):
            thread.join(GUARD)
        return not thread.is_alive()

    def _guarded(self, act: Callable[[int, Random], None], place: int, rng: Random) -> None:
        with self.findings.law("an operation raised"):
            act(place, rng)

    def _may_wait(self, place: int) -> bool:
        """Whether a thread waits until all is shut down: not the one that does that."""
        return self.waits_for_ever and place != MAIN

    def _goes_on(self, place: int) -> bool:
        return self._may_wait(place) or time.monotonic() < self.until

    def _take_part(self) -> None:
        """Put and get in the main thread, which a signal interrupts."""
        rng = self.rng
        act = rng.choice((self._putting, self._getting))
        try:
            with interrupting(rng):
                act(MAIN, Random(rng.random()))
        except Interrupted:
            self.interrupts += 1
        except RuntimeError as error:  # what a condition makes of it, as in the standard class
            self.interrupts += 1
            is_meant = isinstance(error.__context__, Interrupted)
            self.findings.require(is_meant, "an operation raised: RuntimeError", error)

    def _putting(self, place: int, rng: Random) -> None:
        mine: list[int] = []
        self.put.append(mine)
        for count in range(10**6):
            if not self._goes_on(place):
                return
            at = rng.randrange(len(self.queues))
            queue, item = self.queues[at], at * QUEUE + place * THREAD + count
            try:
                if self._may_wait(place) and rng.random() < 0.7:
                    queue.put(item)
                elif rng.random() < 0.3:
                    queue.put_nowait(item)
                else:
                    queue.put(item, timeout=rng.choice(TIMEOUTS))
            except Full:
                continue
            except ShutDown:
                return
            mine.append(item)

    def _getting(self, place: int, rng: Random) -> None:
        mine: list[tuple[int, int]] = []
        self.got.append(mine)
        is_alone = len(self.queues) == 1
        while self._goes_on(place):
            queue = rng.choice(self.queues)
            try:
                if not is_alone or rng.random() < 0.1:
                    wait = None if self._may_wait(place) else rng.choice(TIMEOUTS)
                    queue, item = get_any(self.queues, rng.random() < 0.8, wait)
                elif self._may_wait(place) and rng.random() < 0.7:
                    item = queue.get()
                elif rng.random() < 0.3:
                    item = queue.get_nowait()
                else:
                    item = queue.get(timeout=rng.choice(TIMEOUTS))
            except Empty:
                continue
            except ShutDown:
                return
            mine.append((self.number[id(queue)], item))
            queue.task_done()

    def _looking(self, place: int, rng: Random) -> None:
        looks = 0
        while self._goes_on(place) and not any(queue.is_shutdown for queue in self.queues):
            queue = rng.choice(self.queues)
            depth = queue.qsize()
            # An item that was given to an interrupted `get` goes back, even into a full queue.
            if self.size > 0 and not self.is_resized and not self.is_interrupted:
                self.findings.require(0 <= depth <= self.size, "depth of a queue", depth)
            queue.empty(), queue.full()
            if rng.random() < 0.1 and not self.is_interrupted:
                with queue.mutex:
                    list(queue.queue)
            if self.is_resized and rng.random() < 0.1:
                queue.maxsize = rng.choice((self.size, self.size + 1, 2 * self.size))
            looks += 1
            time.sleep(rng.choice((0, 1e-4)))
        self.findings.looks.append(looks)

    def _check(self) -> None:
        """All threads have ended."""
        findings, left = self.findings, []
        for place, queue in enumerate(self.queues):
            try:
                while True:
                    left.append((place, queue.get_nowait()))
                    queue.task_done()
            except (Empty, ShutDown):
                pass
        got = Counter(item for mine in (*self.got, left) for _, item in mine)
        put = Counter(item for mine in self.put for item in mine)
        findings.moved = got.total()
        findings.doubled = got.total() - len(got)
        missing = (put - got).total()
        # What the interrupted operation had in its hand may have gone either way.
        strange = (got - put).total() - findings.doubled
        findings.lost = 0 if self.is_immediate else max(missing - self.interrupts, 0)
        findings.require(strange <= self.interrupts, "items that nobody put", strange)
        findings.require(not findings.doubled, "items doubled", findings.doubled)
        findings.require(not findings.lost, "items lost", findings.lost)
        # The same may let others overtake it.
        if self.kind in IN_ORDER and not self.is_interrupted:
            for mine in self.got:
                self._check_order(mine)
        if not self.interrupts:
            for queue in self.queues:
                unfinished = queue.unfinished_tasks
                findings.require(not unfinished, "tasks unfinished at the end", unfinished)
        if self.size > 0 and not self.shuts_down:
            self._check_room()

    def _check_order(self, mine: list[tuple[int, int]]) -> None:
        last: dict[tuple[int, int], int] = {}
        for place, item in mine:
            source = place, item // THREAD
            if last.get(source, -1) > item:
                self.findings.broke("an item was overtaken", f"{item} by {last[source]}")
                return
            last[source] = item

    def _check_room(self) -> None:
        """An empty queue takes as many items as its capacity, and not one more."""
        for queue in self.queues:
            room = 0
            try:
                while room <= queue.maxsize:
                    queue.put_nowait(room)
                    room += 1
            except Full:
                pass
            self.findings.require(room == queue.maxsize, "room of an empty queue", room)
