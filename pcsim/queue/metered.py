"""A queue whose every transition is counted in the books, and the ports that workers hold.

The fast paths here keep the rules of `pcsim.queue.serving` and those of `pcsim.ledger`: a put is
counted after its slot is taken and before its item is queued, a get after its item is taken and
before its slot is free. A port is a closure, because its variables are the quickest to reach.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from operator import itemgetter
from typing import Any, Protocol, cast

from pcsim import runtime
from pcsim.errors import QueueOverflowError
from pcsim.histogram import FOLD_EVERY, GatheredTimes
from pcsim.item import Item, ItemStatus
from pcsim.ledger import DROPPED, QUEUE_DISCARDED, QUEUE_DROPPED, QueueGauge
from pcsim.queue.bounded import Queue, ShutDown
from pcsim.queue.selection import stand_in_line
from pcsim.queue.serving import ServedQueue, Waiter
from pcsim.scenario import Discipline, Overflow, QueueSpec, Selection
from pcsim.snapshot import BlockReason


class Observer(Protocol):
    """Who is told that a worker has to wait, and about what it loses."""

    def blocked(self, queue: int, reason: BlockReason) -> None:
        """Under the mutex: the worker stands in line and was not served at once."""

    def resumed(self, at: float) -> None:
        """The worker was served, at that instant."""

    def dropped(self, item: Item, queue: int) -> None:
        """A full queue has thrown an item away."""


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
        self.full_spans: list[float] = []
        self.empty_spans: list[float] = []
        self.waiting_times = GatheredTimes()
        self._spans_lock = runtime.Lock()
        self._full_time = 0.0
        self._empty_time = 0.0

    def open(self, at: float) -> None:
        """The run begins; nothing is queued."""
        self.empty_marks.append(at)

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""
        waiting = self.waiting_times.spread()
        with self._spans_lock:
            self._full_time += _drained(self.full_spans)
            self._empty_time += _drained(self.empty_spans)
            return QueueGauge(
                self._peak(),
                waiting,
                self._oldest_queued_at(),
                self._full_time,
                _first(self.full_marks, float),
                self._empty_time,
                _first(self.empty_marks, float),
            )

    def _peak(self) -> int:
        return self._slots

    def _oldest_queued_at(self) -> float | None:
        return _first(self._items, lambda item: item.queued_at)

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first; nothing is touched."""
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
            self._dropped(self._get())

    @property
    def _is_full(self) -> bool:
        return not self._free and self._slots >= self._maxsize

    def end_marks(self, at: float) -> None:
        """The run is over: open spans are closed at that instant."""
        self.clear(self.full_marks, self.full_spans, at)
        self.clear(self.empty_marks, self.empty_spans, at)

    @staticmethod
    def clear(marks: deque[float], spans: list[float], at: float) -> None:
        """End the open spans. Several threads may try; each mark is ended by one of them."""
        while marks:
            try:
                spans.append(at - marks.popleft())
            except IndexError:  # another thread was quicker
                return

    def mark_full(self, at: float) -> None:
        """No slot is free. Look again after saying so: a get may have come between."""
        if not self.full_marks:
            self.full_marks.append(at)
        if not self._is_full:
            self.clear(self.full_marks, self.full_spans, at)

    def mark_empty(self, at: float) -> None:
        """Nothing is queued. Look again after saying so: a put may have come between."""
        if not self.empty_marks:
            self.empty_marks.append(at)
        if self._qsize():
            self.clear(self.empty_marks, self.empty_spans, at)

    def _noted_put(self, waiter: Waiter) -> None:
        self.noted_put(waiter.item.queued_at)

    def noted_put(self, at: float) -> None:
        """An item was queued off the fast path."""
        if self.empty_marks:
            self.clear(self.empty_marks, self.empty_spans, at)
        if self._is_full and not self.full_marks:
            self.mark_full(at)

    def _noted_get(self, waiter: Waiter) -> None:
        at = waiter.item.taken_at
        if self.full_marks:
            self.clear(self.full_marks, self.full_spans, at)
        if not self._qsize() and not self.empty_marks:
            self.mark_empty(at)

    def _dropped(self, item: Item) -> None:
        self.cells[self.base + QUEUE_DISCARDED] += 1
        item.end(ItemStatus.DISCARDED, self.clock())

    def drop_oldest(self, item: Item, put_cell: int) -> Item | None:
        """Under the mutex, when full: the oldest makes room for this one."""
        try:
            oldest = self._take_oldest()
        except IndexError:
            return None
        self.cells[self.base + QUEUE_DROPPED] += 1
        self.cells[put_cell] += 1
        self._put(item)
        return oldest

    def _take_oldest(self) -> Item:
        item: Item = self.queue.popleft()
        return item


class _LockedQueue(MeteredQueue):
    """A queue that is not first in, first out: every operation goes under the mutex."""

    def _init(self, maxsize: int) -> None:
        self.queue: Any = deque()
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

    @property
    def _is_full(self) -> bool:
        return self._qsize() >= self._maxsize


class LifoMeteredQueue(_LockedQueue):
    """Gives its newest item first."""

    def _get(self) -> Item:
        item: Item = self.queue.pop()
        return item

    def _oldest_queued_at(self) -> float | None:
        return _first(self.queue, lambda item: item.queued_at)

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""
        with self._mutex:
            return list(reversed(self.queue))


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
        with self._mutex:
            oldest = min(self.queue, key=itemgetter(1), default=None)
            return None if oldest is None else oldest[-1].queued_at

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""
        with self._mutex:
            return [entry[-1] for entry in sorted(self.queue, key=itemgetter(0, 1))]


QUEUES: dict[Discipline, type[MeteredQueue]] = {
    Discipline.FIFO: MeteredQueue,
    Discipline.LIFO: LifoMeteredQueue,
    Discipline.PRIORITY: PriorityMeteredQueue,
}


class _PutWaiter(Waiter):
    """One for each port: a worker waits at one place at a time, and its own lock is locked again
    when a wait is over. Where a wait was interrupted the worker ends, and its port with it."""

    __slots__ = ("at", "cell")

    def __init__(self, queue: MeteredQueue, cell: int) -> None:
        super().__init__((queue,))
        self.cell = cell
        self.at = 0.0

    def begin(self, item: Item) -> None:
        """Another wait."""
        self.item = item
        self.pending = True
        self.at = 0.0

    def admitted(self, queue: ServedQueue[Any]) -> None:
        metered: MeteredQueue = cast(MeteredQueue, queue)
        self.at = self.item.queued_at = metered.clock()
        metered.cells[self.cell] += 1


class _GetWaiter(Waiter):
    """One for each port, as for putting."""

    __slots__ = ("at", "first_cell")

    def __init__(self, queues: tuple[MeteredQueue, ...], first_cell: int) -> None:
        super().__init__(queues)
        self.first_cell = first_cell
        self.at = 0.0

    def begin(self) -> None:
        """Another wait."""
        self.pending = True
        self.at = 0.0

    def taken(self, queue: ServedQueue[Any]) -> None:
        metered: MeteredQueue = cast(MeteredQueue, queue)
        self.at = self.item.taken_at = metered.clock()
        metered.cells[self.first_cell + self.queues.index(queue)] += 1


def put_port(  # noqa: C901 - one closure: its variables are the fast path
    queue: MeteredQueue,
    cell: int,
    base: int,
    observer: Observer,
    timeout: float | None = None,
) -> Callable[[Item], None]:
    """A function that puts an item, counted in `cell` by the worker whose block is at `base`.
    An item that finds no slot within `timeout` seconds is dropped.

    It raises `ShutDown` when the queue is closed, `QueueOverflowError` when it is full and its
    policy is `fail`.
    """
    cells, items, free = queue.cells, queue._items, queue._free
    append, take_free = items.append, free.pop
    empty_marks, empty_spans = queue.empty_marks, queue.empty_spans
    capacity = queue.spec.capacity
    waiter = _PutWaiter(queue, cell)

    def put(item: Any) -> None:
        if not free:  # told before an exception tells it: a quarter of the price
            put_slowly(item)
            return
        try:
            take_free()
        except IndexError:
            put_slowly(item)
            return
        if queue.is_shutdown:
            free.append(None)
            queue._serve_now()
            raise ShutDown
        cells[cell] += 1
        append(item)
        if not free and queue._slots >= capacity:
            queue.mark_full(item.queued_at)
        if empty_marks:
            queue.clear(empty_marks, empty_spans, item.queued_at)
        if queue._wants_item:
            queue._serve_now()

    def put_slowly(item: Item) -> None:
        with queue._mutex:
            if queue.is_shutdown:
                raise ShutDown
            if queue._take_slot():
                cells[cell] += 1
                queue._put(item)
                queue.noted_put(item.queued_at or queue.clock())
                queue._serve()
                return
            if queue.spec.overflow is not Overflow.BLOCK or timeout == 0:
                overflow(item)
                return
            item.queued_at = None
            waiter.begin(item)
            queue._putters.append(waiter)
            queue._serve()
            parked = waiter.pending
            if parked:
                observer.blocked(queue.index, BlockReason.FULL)
        try:
            if not queue._wait_to_put(waiter, timeout):
                drop(item)
        finally:
            waiter.item = None
            if parked:
                observer.resumed(waiter.at or queue.clock())

    def overflow(item: Item) -> None:
        if queue.spec.overflow is Overflow.FAIL:
            raise QueueOverflowError(f"queue {queue.spec.name!r} is full and overflow is 'fail'")
        if queue.spec.overflow is Overflow.DROP_OLD:
            oldest = queue.drop_oldest(item, cell)
            if oldest is not None:
                observer.dropped(oldest, queue.index)
                return
        drop(item)

    def drop(item: Item) -> None:
        cells[base + DROPPED] += 1
        observer.dropped(item, queue.index)

    return put


def get_port(
    queues: tuple[MeteredQueue, ...],
    first_cell: int,
    observer: Observer,
    selection: Selection = Selection.ROUND_ROBIN,
) -> Callable[[], Item]:
    """A function that takes an item from one of the queues that has one, by the selection.

    What it gets is counted in the cells from `first_cell` on, one for each queue. It raises
    `ShutDown` when all of them are closed and empty.
    """
    waits = [queue.waiting_times.pocket() for queue in queues]
    wait = _waiting_get(queues, first_cell, waits, observer)
    if len(queues) == 1:
        return _get_from_one(queues[0], first_cell, waits[0], lambda: wait((0,))[1])
    return _get_from_several(queues, first_cell, waits, wait, selection)


def _get_from_one(
    queue: MeteredQueue, cell: int, waits: list[float], wait: Callable[[], Item]
) -> Callable[[], Item]:
    items: deque[Any] = queue._items
    cells, clock = queue.cells, queue.clock
    take, free_slot, note_wait = items.popleft, queue._free.append, waits.append
    full_marks, full_spans = queue.full_marks, queue.full_spans
    fold_mask = FOLD_EVERY - 1

    def get() -> Any:
        if not items:
            return wait()
        try:
            item = take()
        except IndexError:
            return wait()
        cells[cell] = total = cells[cell] + 1
        item.taken_at = at = clock()
        free_slot(None)
        if full_marks:
            queue.clear(full_marks, full_spans, at)
        if not items:
            queue.mark_empty(at)
        if queue._wants_slot:
            queue._serve_now()
        note_wait(at - item.queued_at)
        if not total & fold_mask:
            queue.waiting_times.fold(waits)
        return item

    return get


def _get_from_several(
    queues: tuple[MeteredQueue, ...],
    first_cell: int,
    waits: list[list[float]],
    wait: Callable[[tuple[int, ...]], tuple[int, Item]],
    selection: Selection,
) -> Callable[[], Item]:
    number = len(queues)
    lines = [queue._items for queue in queues]
    turns = [
        tuple((start + step) % number for step in range(1, number + 1)) for start in range(number)
    ]
    if selection is Selection.PRIORITY:
        turns = [tuple(range(number))] * number
    is_longest = selection is Selection.LONGEST
    last = number - 1
    ports = [
        _get_from_one(queue, first_cell + position, waits[position], _missed)
        for position, queue in enumerate(queues)
    ]

    def get() -> Item:
        nonlocal last
        turn = turns[last]
        if is_longest:
            turn = tuple(sorted(turn, key=lambda position: -queues[position].depth()))
        for position in turn:
            if lines[position]:
                try:
                    item = ports[position]()
                except LookupError:  # another consumer was quicker
                    continue
                last = position
                return item
        last, item = wait(turn)
        return item

    return get


def _missed() -> Item:
    raise LookupError


def _waiting_get(
    queues: tuple[MeteredQueue, ...],
    first_cell: int,
    waits: list[list[float]],
    observer: Observer,
) -> Callable[[tuple[int, ...]], tuple[int, Item]]:
    mutex = queues[0]._mutex
    waiter = _GetWaiter(queues, first_cell)

    def wait(turn: tuple[int, ...]) -> tuple[int, Item]:
        """Stand in the lines of the queues, those at these positions in this order."""
        waiter.begin()
        with mutex:
            stand_in_line(waiter, [queues[position] for position in turn])
            parked = waiter.pending
            if parked:
                observer.blocked(queues[0].index, BlockReason.EMPTY)
        try:
            queues[0]._wait_to_get(waiter, None)
        finally:
            if parked:
                observer.resumed(waiter.at or queues[0].clock())
        position = waiter.queues.index(waiter.queue)
        item = waiter.item
        waiter.item = None
        waits[position].append(waiter.at - item.queued_at)
        if len(waits[position]) >= FOLD_EVERY:
            queues[position].waiting_times.fold(waits[position])
        return position, item

    return wait


def _drained(spans: list[float]) -> float:
    number = len(spans)
    total = sum(spans[:number])
    del spans[:number]
    return total


def _first(line: deque[Any], measure: Callable[[Any], float]) -> float | None:
    try:
        return measure(line[0])
    except IndexError:
        return None
