"""Queues whose every transition is counted in the ledger.

The measures here are taken by the thread that puts or gets: through the ports, or under the
mutex for a worker that waits.
"""

from __future__ import annotations

from collections.abc import Callable
from math import fsum
from typing import Any

from pcsim import runtime
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import (
    QUEUE_CAPACITY,
    QUEUE_DISCARDED,
    QUEUE_DROPPED,
    QueueGauge,
)
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.policies import STORES
from pcsim.engine.threads.queue_times import QueueTimes
from pcsim.queue.core import QueueCore
from pcsim.queue.lock_domain import LockDomain
from pcsim.queue.serving import resize, serve, shut_down
from pcsim.scenario import Discipline, QueueSpec

SAMPLE = 1_000
"""Items that a snapshot looks at, at most: each takes 40 ns, and there may be millions."""


class MeteredQueue(QueueCore[Item]):
    """A queue of the engine: first in, first out, counted in the ledger, its times measured."""

    has_hooks = False

    def __init__(
        self,
        spec: QueueSpec,
        index: int,
        cells: list[Any],
        base: int,
        clock: Callable[[], float],
        domain: LockDomain,
    ) -> None:
        super().__init__(spec.capacity, domain, self.has_hooks)
        self.spec = spec
        self.index = index
        self.cells = cells
        self.base = base
        self.times = QueueTimes(clock, spec.discipline.goes_by_priority)
        self.refuses_slots = False
        """Whether a put that has taken a slot on its fast path has to give it back: the queue is
        shut down, or has more slots than its capacity allows."""
        self._init()

    def _init(self) -> None:
        """Make what the items are stored in, where hooks store them."""
        if self._hooked:
            self._stored = runtime.deque()

    @property
    def waiting_times(self) -> ItemTimes:
        """How long items waited in the queue."""
        return self.times.waiting

    def open(self, at: float) -> None:
        """The run begins; nothing is queued."""
        self.times.open(at)

    def change(self, spec: QueueSpec) -> None:
        """Under the mutex: have that capacity and that overflow policy from now on. Who waits for a
        slot goes on waiting until there is one."""
        self.spec = spec
        self.cells[self.base + QUEUE_CAPACITY] = spec.capacity
        self.refuses_slots = True  # until it is known how many there are
        resize(self, spec.capacity)
        self.refuses_slots = self.is_shutdown or self._slots_owed > 0
        if not self.is_shutdown:
            self.times.full.keep(self._has_slot(), self.times.clock())

    def _remove_owed_slots(self) -> None:
        super()._remove_owed_slots()
        self.refuses_slots = self.is_shutdown or self._slots_owed > 0

    def is_overfull(self) -> bool:
        """Under the mutex: whether it has more than fits, since its capacity has shrunk."""
        return self._slots > self._maxsize

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""
        times = self.times
        waiting = times.waiting.spread()
        return QueueGauge(
            self._slots_peak,
            waiting,
            self._oldest_queued_at(),
            *times.full.so_far(),
            *times.empty.so_far(),
            waited=times.waiting.sum_of_all + times.waited_in_vain,
            came_at=_mean_arrival(self.waiting()),
            by_priority=times.waiting.priority_spreads(),
        )

    def _oldest_queued_at(self) -> float | None:
        try:
            return self._items[0].queued_at
        except IndexError:
            return None

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first; nothing is touched, and no lock is taken."""
        return runtime.listed(self._items)

    def depth(self) -> int:
        """How many items are queued."""
        return len(self._items)

    def idle_readers(self) -> int:
        """How many workers wait for an item here."""
        return len(self._getters.waiters)

    @property
    def is_over(self) -> bool:
        """Whether it is shut down, and nothing is in it or on its way."""
        return self._is_over

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse putters, and getters once nothing is left; `immediate` discards what is queued."""
        with self._mutex:
            self.refuses_slots = True
            shut_down(self, immediate)
        self._release_dropped()

    def empty_out(self) -> None:
        """Under the mutex, at the end of a run: discard whatever is left."""
        while self._qsize():
            self._on_dropped(self._fetch())

    def end_marks(self, at: float) -> None:
        """The run is over: the open periods end at that time."""
        self.times.close(at)

    def note_fullness(self, at: float) -> None:
        """Begin or end the period in which no slot is free, by how it is now."""
        if self._slots >= self._maxsize:  # else none has begun yet: slots are made, and stay
            self.times.full.keep(self._free, at)

    def note_emptiness(self, at: float) -> None:
        """Begin or end the period in which nothing is queued, by how it is now."""
        self.times.empty.keep(self._items, at)

    def note_put(self, at: float) -> None:
        """An item was queued off the fast path."""
        if self.times.empty.marks:
            self.note_emptiness(at)
        if not self.times.full.marks:
            self.note_fullness(at)

    def _on_put_served(self, at: float) -> None:
        if self.times.empty.marks or not self.times.full.marks:
            self.note_put(at)

    def _on_get_served(self, at: float) -> None:
        if self.times.full.marks:
            self.note_fullness(at)
        if not self.times.empty.marks:
            self.note_emptiness(at)

    def _on_dropped(self, item: Item) -> None:
        self.cells[self.base + QUEUE_DISCARDED] += 1
        at = self.times.clock()
        self.times.note_lost(item, at)
        item.end(ItemStatus.DISCARDED, at)

    def replace_oldest(self, item: Item, put_cell: int) -> Item | None:
        """Under the mutex, when full: put this item in the place of the oldest, which is returned.

        Returns None where all that was queued has just been taken, and a getter made room.
        """
        oldest: Item | None = None
        while oldest is None:
            try:
                oldest = self._take_oldest()
            except IndexError:
                if self._take_slot():
                    break
                runtime.yield_thread()  # to the getter that has the item and still its slot
            else:
                self.cells[self.base + QUEUE_DROPPED] += 1
        # Not when it was produced: until now it has waited for the mutex, and not in the queue.
        item.queued_at = at = self.times.clock()
        if oldest is not None:
            self.times.note_lost(oldest, at)
        self.cells[put_cell] += 1
        self._store(item)
        self.note_put(at)
        serve(self)
        return oldest

    def _take_oldest(self) -> Item:
        return self._fetch()


class LockedQueue(MeteredQueue):
    """A queue that is not first in, first out: every operation goes under the mutex."""

    has_hooks = True

    def _init(self) -> None:
        self._stored = STORES[self.spec.discipline]()

    def _qsize(self) -> int:
        return len(self._stored.items)

    def _put(self, item: Item) -> None:
        self._stored.push(item)

    def _get(self) -> Item:
        item: Item = self._stored.pop()
        return item

    def _take_oldest(self) -> Item:
        item: Item = self._stored.pop_oldest()
        return item

    def note_put(self, at: float) -> None:
        """An item was queued."""
        self._slots_peak = max(self._slots_peak, self._qsize())
        super().note_put(at)

    def depth(self) -> int:
        """How many items are queued."""
        return self._qsize()

    def note_fullness(self, at: float) -> None:
        """Begin or end the period. Under the mutex, as everything here."""
        self.times.full.keep(self._qsize() < self._maxsize, at)

    def note_emptiness(self, at: float) -> None:
        """Begin or end the period. Under the mutex, as everything here."""
        self.times.empty.keep(self._qsize(), at)

    def is_overfull(self) -> bool:
        """Whether it has more than fits, since its capacity has shrunk."""
        return self._qsize() > self._maxsize

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first; nothing is touched, and no lock is taken."""
        items: list[Item] = self._stored.in_order()
        return items

    def _oldest_queued_at(self) -> float | None:
        oldest: Item | None = self._stored.oldest()
        return None if oldest is None else oldest.queued_at


def queue_class(discipline: Discipline) -> type[MeteredQueue]:
    """The class of queues with this discipline: fast paths need the order of a deque."""
    return MeteredQueue if discipline is Discipline.FIFO else LockedQueue


def _mean_arrival(items: list[Item]) -> float | None:
    """The mean time at which they came: if there are many, that of some, evenly spread."""
    some = items[:: len(items) // SAMPLE + 1]
    times = [at for item in some if (at := item.queued_at) is not None]
    return fsum(times) / len(times) if times else None
