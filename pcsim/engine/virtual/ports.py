"""The ways into and out of virtual queues that workers hold.

An operation either carries itself out, or parks the worker in the queue's line and says so. As
in the threads engine, a put is counted when its item is queued, a get when its item is taken.

The hot ones are functions made for one worker and one queue, which reach everything sooner than
a method would; they have the lines of `VirtualQueue.came` and `left` once more. What they know
of the queue they share: a thousand workers would not fit the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pcsim.engine.books.histogram import LOOK_EVERY
from pcsim.engine.books.ledger import QUEUE_DROPPED
from pcsim.errors import QueueOverflowError
from pcsim.scenario import Overflow, Selection

if TYPE_CHECKING:
    from pcsim.engine.behaviours import Put
    from pcsim.engine.item import Item
    from pcsim.engine.virtual.queue import VirtualQueue
    from pcsim.engine.virtual.worker import VirtualWorker

PARKED, DONE, WOKE = range(3)
"""What became of a put: it waits; it is done; it is done and has woken a consumer, whose turn
comes first."""


class Closed(Exception):
    """The queue refuses puts; or all queues of a consumer are closed and empty."""


def puts_into(queue: VirtualQueue) -> Callable[[VirtualWorker, int], Callable[[Item], bool]]:
    """What makes the short way of a worker into the queue, counted in a cell: a function that
    puts an item, or drops it, where that can be done at once; whether it did. It does not where
    a consumer waits that might do more than begin to work, unless it comes after a producer's
    time of work: the worker has to give way."""
    cells, items, getters = queue.cells, queue.items, queue.getters
    push, capacity = queue.push, queue.capacity
    drops = queue.spec.overflow is Overflow.DROP_NEW

    def way(worker: VirtualWorker, cell: int) -> Callable[[Item], bool]:
        is_producer = worker.is_producer
        may_wake = is_producer and worker.takes_time

        def try_put(item: Any) -> bool:
            depth = len(items) + 1
            if getters or depth > capacity or queue.is_shutdown:
                if queue.is_shutdown:
                    return False
                if getters:
                    first = getters[0]
                    if not (may_wake or first.takes_time):
                        return False
                    cells[cell] += 1
                    first.given(queue, item)
                elif drops:
                    drop(worker, queue, item, cell)
                else:
                    return False
                worker.in_hand = None
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
            if not is_producer:  # which has none in hand
                worker.in_hand = None
            return True

        return try_put

    return way


def takes_from(
    queue: VirtualQueue,
) -> Callable[[VirtualWorker, int, list[float]], Callable[[], Any]]:
    """What makes the way of a worker out of the queue, with the cell that counts what it got and
    a pocket of waiting times: a function that takes an item, or returns None where the queue has
    none."""
    cells, time, pop = queue.cells, queue.time, queue.pop
    items, putters, capacity = queue.items, queue.putters, queue.capacity
    look_mask = LOOK_EVERY - 1

    def way(worker: VirtualWorker, cell: int, pocket: list[float]) -> Callable[[], Any]:
        note_wait = pocket.append

        def take() -> Any:
            depth = len(items)
            if not depth:
                return None
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
            if not total & look_mask:
                queue.waiting_times.fold_full(pocket)
            if putters:
                queue.admit(at)
            elif queue.is_shutdown and not items:
                queue.let_go()
            return item

        return take

    return way


def put(worker: VirtualWorker, effect: Put) -> int:
    """Put the worker's item where the effect says, counting it; what became of it.

    Raises `Closed`, and `QueueOverflowError` when the queue is full and its policy `fail`.
    """
    queue, cell = worker.outputs[effect.output]
    if queue.is_shutdown:
        raise Closed
    item: Item = effect.item
    if queue.getters:
        queue.cells[cell] += 1
        return DONE if queue.getters[0].given(queue, item) else WOKE
    if len(queue.items) >= queue.capacity:
        if queue.spec.overflow is Overflow.BLOCK and worker.patience != 0:
            _park(worker, queue, item, cell)
            return PARKED
        _overflow(worker, queue, item, cell)
        return DONE
    queue.cells[cell] += 1
    queue.push(item)
    queue.came(item.queued_at or 0.0)
    return DONE


def _overflow(worker: VirtualWorker, queue: VirtualQueue, item: Item, cell: int) -> None:
    """An item finds the queue full and may not wait."""
    policy = queue.spec.overflow
    if policy is Overflow.FAIL:
        raise QueueOverflowError(f"queue {queue.spec.name!r} is full and overflow is 'fail'")
    if policy is Overflow.DROP_OLD:
        at = queue.time[0]
        oldest = queue.take_oldest()
        queue.left(at)
        queue.cells[queue.base + QUEUE_DROPPED] += 1
        queue.cells[cell] += 1
        queue.push(item)
        queue.came(at)
        worker.dropped(oldest, queue.index)
    else:
        drop(worker, queue, item, cell)


def drop(worker: VirtualWorker, queue: VirtualQueue, item: Item, put_cell: int) -> None:
    """An item that the worker could not put is lost; put, it would count in that cell."""
    queue.cells[put_cell + len(worker.outputs)] += 1
    worker.dropped(item, queue.index)


def _park(worker: VirtualWorker, queue: VirtualQueue, item: Item, cell: int) -> None:
    """The worker waits for a slot, as long as its patience."""
    at = queue.time[0]
    item.queued_at = None
    worker.held, worker.held_cell = item, cell
    queue.putters.append(worker)
    if worker.patience is not None:
        worker.wait_until(at + worker.patience, queue)
    worker.blocked(queue.waits_full, at)


def take_in_turn(worker: VirtualWorker, selection: Selection) -> Callable[[], Any]:
    """A function that takes an item from one of the worker's several sources, by the selection;
    it returns None where none has one."""
    ways = [queue.take_way(worker, cell, pocket) for queue, cell, pocket in worker.got]
    number = len(ways)
    lines = [queue.items for queue in worker.sources]
    turns = [
        tuple((start + step) % number for step in range(1, number + 1)) for start in range(number)
    ]
    if selection is Selection.PRIORITY:
        turns = [tuple(range(number))] * number
    is_longest = selection is Selection.LONGEST

    def take() -> Any:
        turn = turns[worker.position]
        if is_longest:
            turn = tuple(sorted(turn, key=lambda position: -len(lines[position])))
        for position in turn:
            if lines[position]:
                worker.position = position
                return ways[position]()
        return None

    return take
