"""Queues whose every transition is counted in the books.

The measures here are taken by whoever puts or gets: through the ports, or under the mutex for
a worker that waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from math import fsum
from operator import itemgetter
from typing import Any

from pcsim import runtime
from pcsim.engine.books.histogram import TimeStatistics
from pcsim.engine.books.ledger import QUEUE_DISCARDED, QUEUE_DROPPED, QueueGauge
from pcsim.engine.item import Item, ItemStatus
from pcsim.queue.queue import Queue
from pcsim.scenario import Discipline, QueueSpec

SAMPLE = 1_000
"""Items at which a snapshot looks: each takes 40 ns, and there may be millions."""


class Spans:
    """The spans of time in which something was so. From any thread, and from within: what is
    added up is put in place as `TimeStatistics` does it."""

    def __init__(self) -> None:
        self.ended: list[float] = []
        """Seconds; append one to it when it has ended."""
        self._lock = runtime.RLock()
        self._time = 0.0
        self._takings = 0

    def time(self) -> float:
        """Seconds, of all that have ended."""
        while True:
            takings, ended = self._takings, self.ended.copy()
            now, taken = self._time + fsum(ended), slice(len(ended))
            with self._lock:
                if self._takings == takings:
                    self._takings = takings + 1
                    self._time = now
                    del self.ended[taken]
                    return now


class MeteredQueue(Queue[Item]):
    """A queue of the engine. Marks stand for open spans: one while it is full, one while empty."""

    def __init__(
        self, spec: QueueSpec, index: int, cells: list[Any], base: int, clock: Callable[[], float]
    ) -> None:
        super().__init__(spec.capacity)
        self.spec = spec
        self.index = index
        self.cells = cells
        self.base = base
        self.clock = clock
        self.full_marks: deque[float] = deque()
        self.empty_marks: deque[float] = deque()
        self.full_spans = Spans()
        self.empty_spans = Spans()
        self.waiting_times = TimeStatistics()
        self._waited_in_vain = 0.0

    def open(self, at: float) -> None:
        """The run begins; nothing is queued."""
        self.empty_marks.append(at)

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""
        waiting = self.waiting_times.spread()
        waited = self.waiting_times.sum_of_all + self._waited_in_vain
        return QueueGauge(
            self._peak(),
            waiting,
            self._oldest_queued_at(),
            self.full_spans.time(),
            _first(self.full_marks, float),
            self.empty_spans.time(),
            _first(self.empty_marks, float),
            waited=waited,
            came_at=_mean_instant(self._queued()),
        )

    def _peak(self) -> int:
        return self._slots

    def _oldest_queued_at(self) -> float | None:
        return _first(self._items, lambda item: item.queued_at)

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first; nothing is touched."""
        return self._queued()

    def _queued(self) -> list[Item]:
        """The same in any order, without the mutex: copying is one C call."""
        return list(self._items.copy())

    def depth(self) -> int:
        """How many items are queued."""
        return len(self._items)

    @property
    def is_over(self) -> bool:
        """Closed, and nothing is in it or on its way."""
        return self._is_over

    def empty_out(self) -> None:
        """Under the mutex, at the end of a run: whatever is left is discarded."""
        while self._qsize():
            self._dropped(self._fetch())

    def end_marks(self, at: float) -> None:
        """The run is over: open spans are closed at that instant."""
        _keep_span(True, self.full_marks, self.full_spans, at)
        _keep_span(True, self.empty_marks, self.empty_spans, at)

    def note_fullness(self, at: float) -> None:
        """Begin or end the span in which no slot is free, as it is now."""
        if self._slots >= self._maxsize:  # else none has begun yet: slots are made, and stay
            _keep_span(self._free, self.full_marks, self.full_spans, at)

    def note_emptiness(self, at: float) -> None:
        """The same for the span in which nothing is queued."""
        _keep_span(self._items, self.empty_marks, self.empty_spans, at)

    def _noted_put(self, at: float) -> None:
        if self.empty_marks or not self.full_marks:
            self.noted_put(at)

    def noted_put(self, at: float) -> None:
        """An item was queued off the fast path."""
        if self.empty_marks:
            self.note_emptiness(at)
        if not self.full_marks:
            self.note_fullness(at)

    def _noted_get(self, at: float) -> None:
        if self.full_marks:
            self.note_fullness(at)
        if not self.empty_marks:
            self.note_emptiness(at)

    def _dropped(self, item: Item) -> None:
        self.cells[self.base + QUEUE_DISCARDED] += 1
        at = self.clock()
        self._waited_in_vain += at - (item.queued_at or at)
        item.end(ItemStatus.DISCARDED, at)

    def replace_oldest(self, item: Item, put_cell: int) -> Item | None:
        """Under the mutex, when full: the oldest makes room for this one; it is returned. None
        where all that was queued has just been taken, and a getter made room."""
        oldest: Item | None = None
        while oldest is None:
            try:
                oldest = self._take_oldest()
            except IndexError:
                if self._take_slot():
                    break
                runtime.give_way()  # to the getter that has the item and still its slot
            else:
                self.cells[self.base + QUEUE_DROPPED] += 1
                at = self.clock()
                self._waited_in_vain += at - (oldest.queued_at or at)
        self.cells[put_cell] += 1
        self._store(item)
        self.noted_put(item.queued_at or self.clock())
        self._serve()
        return oldest

    def _take_oldest(self) -> Item:
        return self._fetch()


def _keep_span(line: object, marks: deque[float], spans: Spans, at: float) -> None:
    """Have a mark while nothing is in the line, and none otherwise. Look again after each change:
    another thread may have come between. Each mark is ended by one of them."""
    while True:
        if line:
            if not marks:
                return
            try:
                spans.ended.append(at - marks.popleft())
            except IndexError:  # another thread was quicker
                continue
        elif marks:
            return
        else:
            marks.append(at)


class _LockedQueue(MeteredQueue):
    """A queue that is not first in, first out: every operation goes under the mutex."""

    def _init(self, maxsize: int) -> None:
        self.queue = deque()
        self._most = 0

    def noted_put(self, at: float) -> None:
        """An item was queued."""
        self._most = max(self._most, self._qsize())
        super().noted_put(at)

    def _peak(self) -> int:
        return self._most

    def depth(self) -> int:
        """How many items are queued."""
        return self._qsize()

    def note_fullness(self, at: float) -> None:
        """Under the mutex, as everything here: nobody comes between."""
        _keep_span(self._qsize() < self._maxsize, self.full_marks, self.full_spans, at)

    def note_emptiness(self, at: float) -> None:
        """The same."""
        _keep_span(self._qsize(), self.empty_marks, self.empty_spans, at)


class LifoMeteredQueue(_LockedQueue):
    """Gives its newest item first."""

    def _take_oldest(self) -> Item:
        item: Item = self.queue.popleft()
        return item

    def _get(self) -> Item:
        item: Item = self.queue.pop()
        return item

    def _oldest_queued_at(self) -> float | None:
        return _first(self.queue, lambda item: item.queued_at)

    def _queued(self) -> list[Item]:
        return list(self.queue.copy())

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""
        return self._queued()[::-1]


class PriorityMeteredQueue(_LockedQueue):
    """Gives the item with the smallest priority first, the oldest of those."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self.queue = []
        self._arrival = count().__next__

    def _put(self, item: Item) -> None:
        heappush(self.queue, (item.priority, self._arrival(), item))

    def _get(self) -> Item:
        item: Item = heappop(self.queue)[-1]
        return item

    def _take_oldest(self) -> Item:
        if not self.queue:
            raise IndexError
        entry = min(self.queue, key=itemgetter(1))
        self.queue.remove(entry)
        heapify(self.queue)
        item: Item = entry[-1]
        return item

    def _oldest_queued_at(self) -> float | None:
        # A copy is one C call. Who looks takes no lock: what it interrupts may hold another.
        oldest = min(self.queue.copy(), key=itemgetter(1), default=None)
        return None if oldest is None else oldest[-1].queued_at

    def _queued(self) -> list[Item]:
        return [entry[-1] for entry in self.queue.copy()]

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""
        return [entry[-1] for entry in sorted(self.queue.copy(), key=itemgetter(0, 1))]


QUEUES: dict[Discipline, type[MeteredQueue]] = {
    Discipline.FIFO: MeteredQueue,
    Discipline.LIFO: LifoMeteredQueue,
    Discipline.PRIORITY: PriorityMeteredQueue,
}


def _mean_instant(items: list[Item]) -> float | None:
    """When they came, on average: of many, when some did, evenly from first to last."""
    some = items[:: len(items) // SAMPLE + 1]
    came = [at for item in some if (at := item.queued_at) is not None]
    return fsum(came) / len(came) if came else None


def _first(line: deque[Any], measure: Callable[[Any], float]) -> float | None:
    try:
        return measure(line[0])
    except IndexError:
        return None
