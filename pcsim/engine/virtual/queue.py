"""A queue in virtual time: its items, the ports that wait at it, and its measures.

One thread drives it, so nothing here is locked. What serves a port that waits gives it its result
and schedules its worker at the same time.
"""

from __future__ import annotations

from typing import Any, Protocol

from pcsim import runtime
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import (
    QUEUE_CAPACITY,
    QUEUE_DISCARDED,
    Activity,
    QueueGauge,
)
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.policies import STORES
from pcsim.scenario import QueueSpec
from pcsim.scenario.policies import OVERFLOW
from pcsim.snapshot import BlockReason, WorkerState


class Getter(Protocol):
    """A port that waits for an item."""

    takes_time: bool
    """Whether all that its worker does with an item at first is to begin a time of work."""

    @property
    def is_exhausted(self) -> bool:
        """Whether all queues that its worker waits at are over."""

    def receive(self, item: Item) -> bool:
        """Take an item that has not waited; whether the worker has begun to work on it. Else its
        turn comes at once."""

    def refuse(self) -> None:
        """Wait no more: nothing will come."""


class Putter(Protocol):
    """A port that waits for a slot."""

    cell: int
    item: Any

    def served(self, at: float) -> None:
        """Its item was put."""

    def refuse(self) -> None:
        """Wait no more: the queue takes nothing."""


class VirtualQueue:
    """Its items, the ports that wait at it, and its measures.

    `capacity` and `rule` (the row of its overflow policy) are read at every operation, so they may
    change during a run. `departures_minus_arrivals` is the sum of the times at which items left
    less the sum of those at which they came. With the time now times the depth now it is the
    integral of the depth.
    """

    __slots__ = (
        "base", "capacity", "cells", "departures_minus_arrivals", "empty_since",
        "empty_time",
        "full_since", "full_time", "getters", "index", "is_open", "is_shutdown", "items", "peak",
        "pop", "push", "putters", "rule", "spec", "store", "time", "waiting_times",
        "waits_empty", "waits_full",
    )  # fmt: skip

    def __init__(
        self, spec: QueueSpec, index: int, cells: list[Any], base: int, time: list[float]
    ) -> None:
        self.spec = spec
        self.index = index
        self.base = base
        self.cells = cells
        self.time = time
        self.capacity = spec.capacity
        self.rule = OVERFLOW[spec.overflow]
        self.store = store = STORES[spec.discipline]()
        self.items, self.push, self.pop = store.items, store.push, store.pop
        self.waits_empty = Activity(WorkerState.BLOCKED, index, spec.name, BlockReason.EMPTY)
        self.waits_full = Activity(WorkerState.BLOCKED, index, spec.name, BlockReason.FULL)
        """What a worker does that waits here for an item, or for a slot."""
        self.getters: runtime.deque[Getter] = runtime.deque()
        self.putters: runtime.deque[Putter] = runtime.deque()
        self.is_shutdown = False
        self.waiting_times = ItemTimes(True, spec.discipline.goes_by_priority)
        self.peak = 0
        self.is_open = False
        """Whether the run has begun and not ended."""
        self.departures_minus_arrivals = 0.0
        self.full_time = self.empty_time = 0.0
        self.full_since = self.empty_since = 0.0
        """When it last became full, or empty; it is so still where its depth says so."""

    @property
    def is_over(self) -> bool:
        """Whether it is closed and empty."""
        return self.is_shutdown and not self.items

    def depth(self) -> int:
        """How many items are queued."""
        return len(self.items)

    def idle_readers(self) -> int:
        """How many workers wait for an item here."""
        return len(self.getters)

    def open(self, at: float) -> None:
        """The run begins; nothing is queued."""
        self.empty_since = at
        self.is_open = True

    def change(self, spec: QueueSpec) -> None:
        """Have that capacity and that overflow policy from now on. Who waits for a slot goes on
        waiting until there is one."""
        depth, at = len(self.items), self.time[0]
        if depth >= self.capacity:
            self.full_time += at - self.full_since
        self.full_since = at
        self.spec, self.capacity, self.rule = spec, spec.capacity, OVERFLOW[spec.overflow]
        self.cells[self.base + QUEUE_CAPACITY] = spec.capacity
        while self.putters and len(self.items) < spec.capacity:
            self.admit_waiting(at)

    def is_overfull(self) -> bool:
        """Whether it has more than fits, since its capacity has shrunk."""
        return len(self.items) > self.capacity

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""
        return self.store.in_order()

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""
        oldest = self.store.oldest()
        return QueueGauge(
            self.peak,
            self.waiting_times.spread(),
            None if oldest is None else oldest.queued_at,
            self.full_time,
            self.full_since if self.is_open and len(self.items) >= self.capacity else None,
            self.empty_time,
            self.empty_since if self.is_open and not self.items else None,
            self.departures_minus_arrivals,
            by_priority=self.waiting_times.priority_spreads(),
        )

    def end_marks(self, at: float) -> None:
        """The run is over: periods that are open end at that time."""
        if not self.items:
            self.empty_time += at - self.empty_since
        self.is_open = False

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse every further put; `immediate` also discards what is queued."""
        self.is_shutdown = True
        if immediate:
            self.empty_out()
        while self.putters:
            self.putters.popleft().refuse()
        self.release_getters()

    def release_getters(self) -> None:
        """Once it is over: the workers all of whose queues are over wait no more."""
        if not self.items:
            for port in [port for port in self.getters if port.is_exhausted]:
                port.refuse()

    def empty_out(self) -> None:
        """Discard what is left."""
        at = self.time[0]
        while self.items:
            item = self.pop()
            self.note_departure(at)
            self.cells[self.base + QUEUE_DISCARDED] += 1
            item.end(ItemStatus.DISCARDED, at)

    # Its measures. The ports have the same lines once more, where they are hot.

    def note_arrival(self, at: float) -> None:
        """An item was queued."""
        depth = len(self.items)
        self.departures_minus_arrivals -= at
        if depth == 1:
            self.empty_time += at - self.empty_since
        if depth > self.peak:
            self.peak = depth
        if depth == self.capacity:
            self.full_since = at

    def note_departure(self, at: float) -> None:
        """An item was taken."""
        depth = len(self.items)
        self.departures_minus_arrivals += at
        if not depth:
            self.empty_since = at
        if depth + 1 == self.capacity:
            self.full_time += at - self.full_since

    def admit_waiting(self, at: float) -> None:
        """A slot is free: the first that waits for one puts its item."""
        port = self.putters.popleft()
        item = port.item
        item.queued_at = at
        self.cells[port.cell] += 1
        self.push(item)
        self.note_arrival(at)
        port.served(at)
