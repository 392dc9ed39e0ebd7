"""A queue in virtual time: its items, who waits at it, and its measures.

One thread drives it, so nothing here is locked. Whoever serves a worker that waits gives it its
result and schedules it at the same instant.
"""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from heapq import heapify, heappop, heappush
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pcsim import runtime
from pcsim.engine.books.histogram import TimeStatistics
from pcsim.engine.books.ledger import QUEUE_DISCARDED, Activity, QueueGauge
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.virtual.ports import puts_into, takes_from
from pcsim.scenario import Discipline, QueueSpec
from pcsim.snapshot import BlockReason, WorkerState

if TYPE_CHECKING:
    from pcsim.engine.virtual.worker import VirtualWorker


class VirtualQueue:
    """Its items, who waits at it, and its measures. `moment` is the sum of the instants at
    which items left less those at which they came: with the time, the integral of its depth."""

    __slots__ = (
        "base", "capacity", "cells", "empty_since", "empty_time", "full_since", "full_time",
        "getters", "has_begun", "has_ended", "index", "is_shutdown", "items", "moment", "peak",
        "pop", "push", "put_way", "putters", "spec", "take_way", "time", "waiting_times",
        "waits_empty", "waits_full",
    )  # fmt: skip

    def __init__(
        self,
        spec: QueueSpec,
        index: int,
        cells: list[Any],
        base: int,
        time: list[float],
    ) -> None:
        self.spec = spec
        self.index = index
        self.base = base
        self.cells = cells
        self.time = time
        self.capacity = spec.capacity
        self.items: MutableSequence[Any] = runtime.deque()
        self.push: Callable[[Item], None] = self.items.append
        self.pop: Callable[[], Item] = self.items.popleft
        if spec.discipline is Discipline.LIFO:
            self.pop = self.items.pop
        elif spec.discipline is Discipline.PRIORITY:
            self.items = []
            arrival = count().__next__
            self.push = lambda item: heappush(self.items, (item.priority, arrival(), item))  # type: ignore[arg-type]
            self.pop = lambda: heappop(self.items)[-1]  # type: ignore[arg-type]
        self.waits_empty = Activity(WorkerState.BLOCKED, index, spec.name, BlockReason.EMPTY)
        self.waits_full = Activity(WorkerState.BLOCKED, index, spec.name, BlockReason.FULL)
        """What a worker is doing that waits here, for an item or a slot."""
        self.getters: runtime.deque[VirtualWorker] = runtime.deque()
        self.putters: runtime.deque[VirtualWorker] = runtime.deque()
        self.is_shutdown = False
        self.waiting_times = TimeStatistics(in_one_thread=True)
        self.put_way, self.take_way = puts_into(self), takes_from(self)
        self.peak = 0
        self.has_begun = self.has_ended = False
        self.moment = 0.0
        self.full_time = self.empty_time = 0.0
        self.full_since = self.empty_since = 0.0
        """When it last became full, or empty; it is so still where its depth says so."""

    @property
    def is_over(self) -> bool:
        """Closed and empty."""
        return self.is_shutdown and not self.items

    def depth(self) -> int:
        """How many items are queued."""
        return len(self.items)

    def open(self, at: float) -> None:
        """The run begins; nothing is queued."""
        self.empty_since = at
        self.has_begun = True

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""
        if self.spec.discipline is Discipline.PRIORITY:
            return [entry[-1] for entry in sorted(self.items, key=itemgetter(0, 1))]
        items = list(self.items)
        return items[::-1] if self.spec.discipline is Discipline.LIFO else items

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""
        oldest = min((item.queued_at or 0.0 for item in self.waiting()), default=None)
        return QueueGauge(
            self.peak,
            self.waiting_times.spread(),
            oldest,
            self.full_time,
            self.full_since if self._is_open and len(self.items) == self.capacity else None,
            self.empty_time,
            self.empty_since if self._is_open and not self.items else None,
            self.moment,
        )

    @property
    def _is_open(self) -> bool:
        return self.has_begun and not self.has_ended

    def end_marks(self, at: float) -> None:
        """The run is over: open spans are closed at that instant."""
        if not self.items:
            self.empty_time += at - self.empty_since
        self.has_ended = True

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse every further put; `immediate` also discards what is queued."""
        self.is_shutdown = True
        if immediate:
            self.empty_out()
        while self.putters:
            self.putters.popleft().refused()
        self.let_go()

    def let_go(self) -> None:
        """When it is over: consumers all of whose queues are over need not wait."""
        if not self.items:
            for worker in [w for w in self.getters if all(q.is_over for q in w.sources)]:
                worker.leave_lines()
                worker.refused()

    def empty_out(self) -> None:
        """Discard what is left."""
        at = self.time[0]
        while self.items:
            item = self.pop()
            self.left(at)
            self.cells[self.base + QUEUE_DISCARDED] += 1
            item.end(ItemStatus.DISCARDED, at)

    # Its measures. The ways in and out have the same lines, where they are hot.

    def came(self, at: float) -> None:
        """An item was queued."""
        depth = len(self.items)
        self.moment -= at
        if depth == 1:
            self.empty_time += at - self.empty_since
        if depth > self.peak:
            self.peak = depth
        if depth == self.capacity:
            self.full_since = at

    def left(self, at: float) -> None:
        """An item was taken."""
        depth = len(self.items)
        self.moment += at
        if not depth:
            self.empty_since = at
        if depth + 1 == self.capacity:
            self.full_time += at - self.full_since

    def take_oldest(self) -> Item:
        """The item that was queued first, whatever the discipline."""
        if self.spec.discipline is Discipline.PRIORITY:
            entry = min(self.items, key=itemgetter(1))
            self.items.remove(entry)
            heapify(self.items)  # type: ignore[arg-type]
            item: Item = entry[-1]
            return item
        first: Item = self.items.popleft()  # type: ignore[attr-defined]
        return first

    def admit(self, at: float) -> None:
        """A slot is free: the first who waits for one puts its item."""
        worker = self.putters.popleft()
        item = worker.held
        item.queued_at = at
        self.cells[worker.held_cell] += 1
        self.push(item)
        self.came(at)
        worker.served(at)
