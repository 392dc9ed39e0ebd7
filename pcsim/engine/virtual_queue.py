"""A queue in virtual time, and the ways into and out of it that workers hold.

One thread drives it, so nothing here is locked. An operation either carries itself out, or
parks the worker in the queue's line and says so; whoever serves that worker gives it its result
and schedules it at the same instant. As in the threads engine, a put is counted when its item
is queued, a get when its item is taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, MutableSequence
from heapq import heapify, heappop, heappush
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pcsim.errors import QueueOverflowError
from pcsim.histogram import FOLD_EVERY, GatheredTimes
from pcsim.item import Item, ItemStatus
from pcsim.ledger import DROPPED, QUEUE_DISCARDED, QUEUE_DROPPED, QueueGauge
from pcsim.scenario import Discipline, Overflow, QueueSpec, Selection
from pcsim.snapshot import BlockReason

if TYPE_CHECKING:
    from pcsim.engine.virtual import VirtualWorker

PARKED, DONE, WOKE = range(3)
"""What became of a put: it waits; it is done; it is done and has woken a consumer."""

_FULL, _EMPTY = BlockReason.FULL, BlockReason.EMPTY


class Closed(Exception):
    """The queue refuses puts; or all queues of a consumer are closed and empty."""


class VirtualQueue:
    """Its items, who waits at it, and its measures. `moment` is the sum of the instants at
    which items left less those at which they came: with the time, the integral of its depth."""

    __slots__ = (
        "base", "capacity", "cells", "empty_since", "empty_time", "full_since", "full_time",
        "getters", "has_begun", "has_ended", "heap", "index", "is_shutdown", "items", "moment",
        "peak", "pop", "push", "putters", "spec", "time", "waiting_times",
    )  # fmt: skip

    def __init__(
        self,
        spec: QueueSpec,
        index: int,
        cells: list[Any],
        base: int,
        time: list[float],
        heap: list[tuple[float, int]],
    ) -> None:
        self.spec = spec
        self.index = index
        self.base = base
        self.cells = cells
        self.time = time
        self.heap = heap
        self.capacity = spec.capacity
        self.items: MutableSequence[Any] = deque()
        self.push: Callable[[Item], None] = self.items.append
        self.pop: Callable[[], Item] = self.items.popleft
        if spec.discipline is Discipline.LIFO:
            self.pop = self.items.pop
        elif spec.discipline is Discipline.PRIORITY:
            self.items = []
            arrival = count().__next__
            self.push = lambda item: heappush(self.items, (item.priority, arrival(), item))  # type: ignore[arg-type]
            self.pop = lambda: heappop(self.items)[-1]  # type: ignore[arg-type]
        self.getters: deque[VirtualWorker] = deque()
        self.putters: deque[VirtualWorker] = deque()
        self.is_shutdown = False
        self.waiting_times = GatheredTimes()
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
        self.cells[worker.put_cell] += 1
        self.push(item)
        self.came(at)
        worker.served(at)
        heappush(self.heap, (at, worker.rank))


def put_way(
    queue: VirtualQueue, cell: int, base: int, worker: VirtualWorker, timeout: float | None
) -> Callable[[Item], int]:
    """A function that puts an item, counted in `cell`; it says what became of it.

    It raises `Closed`, and `QueueOverflowError` when the queue is full and its policy `fail`.
    """
    cells, items, getters, heap = queue.cells, queue.items, queue.getters, queue.heap
    push, capacity, came = queue.push, queue.capacity, queue.came

    def put(item: Any) -> int:
        if queue.is_shutdown:
            raise Closed
        if getters:
            cells[cell] += 1
            taker = getters[0]
            if not queue.peak:
                queue.peak = 1
            taker.given(queue, item, item.queued_at)
            heappush(heap, (item.queued_at, taker.rank))
            return WOKE
        depth = len(items) + 1
        if depth <= capacity:
            cells[cell] += 1
            push(item)
            queue.moment -= item.queued_at
            if depth == 1:
                queue.empty_time += item.queued_at - queue.empty_since
            if depth > queue.peak:
                queue.peak = depth
            if depth == capacity:
                queue.full_since = item.queued_at
            return DONE
        return full(item)

    def full(item: Item) -> int:
        overflow = queue.spec.overflow
        at = queue.time[0]
        if overflow is Overflow.FAIL:
            raise QueueOverflowError(f"queue {queue.spec.name!r} is full and overflow is 'fail'")
        if overflow is Overflow.DROP_OLD:
            oldest = queue.take_oldest()
            queue.left(at)
            cells[queue.base + QUEUE_DROPPED] += 1
            cells[cell] += 1
            push(item)
            came(at)
            worker.dropped(oldest, queue.index)
            return DONE
        if overflow is Overflow.DROP_NEW or timeout == 0:
            drop(item)
            return DONE
        item.queued_at = None
        worker.held = item
        worker.put_cell = cell
        queue.putters.append(worker)
        if timeout is not None:
            worker.wait_until(at + timeout, queue, drop)
        worker.blocked(queue.index, _FULL)
        return PARKED

    def drop(item: Item) -> None:
        cells[base + DROPPED] += 1
        worker.dropped(item, queue.index)

    return put


def get_way(
    queues: tuple[VirtualQueue, ...],
    first_cell: int,
    worker: VirtualWorker,
    selection: Selection,
) -> Callable[[], Item | None]:
    """A function that takes an item from one of the queues, by the selection; None when the
    worker has to wait for one. Raises `Closed` when all of them are closed and empty."""
    pockets = [queue.waiting_times.pocket() for queue in queues]
    worker.sources = queues
    worker.taken_by = {
        queue: (first_cell + position, pockets[position]) for position, queue in enumerate(queues)
    }

    first = queues[0]

    def wait() -> None:
        if first.is_shutdown and all(queue.is_over for queue in queues):
            raise Closed
        for queue in queues:
            queue.getters.append(worker)
        worker.blocked(first.index, _EMPTY)

    ways = [
        _take_from(queue, first_cell + position, pockets[position], wait)
        for position, queue in enumerate(queues)
    ]
    if len(queues) == 1:
        return ways[0]
    number = len(queues)
    worker.turn = number - 1

    def get_from_several() -> Item | None:
        start = 0 if selection is Selection.PRIORITY else worker.turn + 1
        order = [(start + step) % number for step in range(number)]
        if selection is Selection.LONGEST:
            order.sort(key=lambda position: -len(queues[position].items))
        for position in order:
            if queues[position].items:
                worker.turn = position
                return ways[position]()
        wait()
        return None

    return get_from_several


def _take_from(
    queue: VirtualQueue, cell: int, waits: list[float], wait: Callable[[], None]
) -> Callable[[], Item | None]:
    cells, time, pop, note_wait = queue.cells, queue.time, queue.pop, waits.append
    items, putters, capacity = queue.items, queue.putters, queue.capacity
    fold_mask = FOLD_EVERY - 1

    def take() -> Any:
        depth = len(items)
        if not depth:
            return wait()
        item: Any = pop()
        at = time[0]
        cells[cell] = total = cells[cell] + 1
        item.taken_at = at
        queue.moment += at
        if depth == 1:
            queue.empty_since = at
        if depth == capacity:
            queue.full_time += at - queue.full_since
        note_wait(at - item.queued_at)
        if not total & fold_mask:
            queue.waiting_times.fold(waits)
        if putters:
            queue.admit(at)
        elif not items and queue.is_shutdown:
            queue.let_go()
        return item

    return take
