"""The ways into and out of virtual queues that workers hold.

An operation either carries itself out, or parks the worker in the queue's line and says so. As
in the threads engine, a put is counted when its item is queued, a get when its item is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pcsim.engine.virtual_queue import VirtualQueue
from pcsim.engine.virtual_worker import VirtualWorker
from pcsim.errors import QueueOverflowError
from pcsim.histogram import FOLD_EVERY
from pcsim.item import Item
from pcsim.ledger import DROPPED, QUEUE_DROPPED, Doing
from pcsim.scenario import Overflow, Selection
from pcsim.snapshot import BlockReason, WorkerState

PARKED, DONE, WOKE = range(3)
"""What became of a put: it waits; it is done; it is done and has woken a consumer, whose turn
comes first."""


class Closed(Exception):
    """The queue refuses puts; or all queues of a consumer are closed and empty."""


def short_put_way(
    queue: VirtualQueue, cell: int, base: int, worker: VirtualWorker, may_wake: bool
) -> Callable[[Item], bool]:
    """A function that puts an item, or drops it, where that can be done at once; whether it did.
    Unless it `may_wake` a consumer, it does not where one waits that might do more than begin
    to work: the worker has to give way."""
    cells, items, getters = queue.cells, queue.items, queue.getters
    push, capacity = queue.push, queue.capacity
    drops = queue.spec.overflow is Overflow.DROP_NEW

    def put_now(item: Any) -> bool:
        depth = len(items) + 1
        if getters or depth > capacity or queue.is_shutdown:
            if queue.is_shutdown:
                return False
            if getters:
                first = getters[0]
                if not (may_wake or first.takes_time):
                    return False
                cells[cell] += 1
                first.given(queue, item, item.queued_at)
                worker.in_hand = None
            elif drops:
                cells[base + DROPPED] += 1
                worker.dropped(item, queue.index)
                worker.in_hand = None
            else:
                return False
            return True
        cells[cell] += 1
        push(item)
        at = item.queued_at
        queue.moment -= at
        if depth > queue.peak:
            queue.peak = depth
        if depth == 1:
            queue.empty_time += at - queue.empty_since
        if depth == capacity:
            queue.full_since = at
        worker.in_hand = None
        return True

    return put_now


def put_way(
    queue: VirtualQueue, cell: int, base: int, worker: VirtualWorker, timeout: float | None
) -> Callable[[Item], int]:
    """A function that puts an item, counted in `cell`; it says what became of it.

    It raises `Closed`, and `QueueOverflowError` when the queue is full and its policy `fail`.
    """
    cells, items, getters = queue.cells, queue.items, queue.getters
    push, capacity, came = queue.push, queue.capacity, queue.came
    waits = queue.spec.overflow is Overflow.BLOCK and timeout != 0
    overflow = (
        _park(queue, cell, base, worker, timeout) if waits else _overflow(queue, cell, base, worker)
    )

    def put(item: Any) -> int:
        if queue.is_shutdown:
            raise Closed
        if getters:
            cells[cell] += 1
            return DONE if getters[0].given(queue, item, item.queued_at) else WOKE
        if len(items) >= capacity:
            return overflow(item)
        cells[cell] += 1
        push(item)
        came(item.queued_at)
        return DONE

    return put


def _overflow(
    queue: VirtualQueue, cell: int, base: int, worker: VirtualWorker
) -> Callable[[Item], int]:
    """What becomes of an item that finds the queue full and may not wait."""
    cells, policy = queue.cells, queue.spec.overflow

    def overflow(item: Item) -> int:
        if policy is Overflow.FAIL:
            raise QueueOverflowError(f"queue {queue.spec.name!r} is full and overflow is 'fail'")
        if policy is Overflow.DROP_OLD:
            at = queue.time[0]
            oldest = queue.take_oldest()
            queue.left(at)
            cells[queue.base + QUEUE_DROPPED] += 1
            cells[cell] += 1
            queue.push(item)
            queue.came(at)
            worker.dropped(oldest, queue.index)
        else:
            cells[base + DROPPED] += 1
            worker.dropped(item, queue.index)
        return DONE

    return overflow


def _park(
    queue: VirtualQueue, cell: int, base: int, worker: VirtualWorker, timeout: float | None
) -> Callable[[Item], int]:
    """The worker waits for a slot, for at most `timeout` seconds."""

    def drop(item: Item) -> None:
        queue.cells[base + DROPPED] += 1
        worker.dropped(item, queue.index)

    doing = Doing(WorkerState.BLOCKED, queue.index, queue.spec.name, BlockReason.FULL)

    def park(item: Item) -> int:
        item.queued_at = None
        worker.held = item
        worker.put_cell = cell
        queue.putters.append(worker)
        if timeout is not None:
            worker.wait_until(queue.time[0] + timeout, queue, drop)
        worker.blocked(doing)
        return PARKED

    return park


def get_ways(
    queues: tuple[VirtualQueue, ...],
    first_cell: int,
    worker: VirtualWorker,
    selection: Selection,
) -> tuple[Callable[[], Item | None], Callable[[], None]]:
    """Two functions: the first takes an item from one of the queues, by the selection, and
    returns None where none has one; then the second parks the worker. That raises `Closed` when
    all of them are closed and empty."""
    pockets = [queue.waiting_times.pocket() for queue in queues]
    worker.sources = queues
    worker.taken_by = {
        queue: (first_cell + position, pockets[position]) for position, queue in enumerate(queues)
    }

    if len(queues) == 1:
        worker.only = queues[0], first_cell, pockets[0]
    first = queues[0]
    doing = Doing(WorkerState.BLOCKED, first.index, first.spec.name, BlockReason.EMPTY)

    def wait() -> None:
        if first.is_shutdown and all(queue.is_over for queue in queues):
            raise Closed
        for queue in queues:
            queue.getters.append(worker)
        worker.blocked(doing)

    ways = [
        _take_from(queue, first_cell + position, pockets[position], worker)
        for position, queue in enumerate(queues)
    ]
    take = ways[0] if len(queues) == 1 else _take_from_several(queues, ways, worker, selection)
    return take, wait


def _take_from_several(
    queues: tuple[VirtualQueue, ...],
    ways: list[Callable[[], Item | None]],
    worker: VirtualWorker,
    selection: Selection,
) -> Callable[[], Item | None]:
    number = len(queues)
    worker.turn = number - 1
    lines = [queue.items for queue in queues]
    turns = [
        tuple((start + step) % number for step in range(1, number + 1)) for start in range(number)
    ]
    if selection is Selection.PRIORITY:
        turns = [tuple(range(number))] * number
    is_longest = selection is Selection.LONGEST

    def take() -> Item | None:
        turn = turns[worker.turn]
        if is_longest:
            turn = tuple(sorted(turn, key=lambda position: -len(lines[position])))
        for position in turn:
            if lines[position]:
                worker.turn = position
                return ways[position]()
        return None

    return take


def _take_from(
    queue: VirtualQueue, cell: int, waits: list[float], worker: VirtualWorker
) -> Callable[[], Item | None]:
    cells, time, pop, note_wait = queue.cells, queue.time, queue.pop, waits.append
    items, putters, capacity = queue.items, queue.putters, queue.capacity
    fold_mask = FOLD_EVERY - 1

    def take() -> Any:
        if not items:
            return None
        depth = len(items)
        item: Any
        worker.in_hand = item = pop()
        item.taken_at = at = time[0]
        cells[cell] = total = cells[cell] + 1
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
        elif queue.is_shutdown and not items:
            queue.let_go()
        return item

    return take
