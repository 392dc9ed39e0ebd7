"""The ports of workers: how a worker puts items into metered queues and gets items out.

The fast paths here keep the rules of `pcsim.queue.serving` and of `pcsim.engine.books.ledger`: a
put is counted after its slot is taken and before its item is queued, a get after its item is taken
and before its slot is free. Whether the queue is full or empty is looked at after waiting workers
were served: a queue that is filled again at once was full all the time. A port is a closure:
its variables are the quickest to reach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from pcsim import runtime
from pcsim.engine.books.histogram import FULL, LOOK_EVERY
from pcsim.engine.books.ledger import Activity
from pcsim.engine.item import Item
from pcsim.engine.policies import DROP_OLDEST, SELECTION_ORDERS, WAIT, Admission, admit
from pcsim.engine.threads.queue import MeteredQueue
from pcsim.engine.worker import Call
from pcsim.queue.core import QueueCore, ShutDown, Waiter
from pcsim.queue.serving import (
    dismiss,
    join_all_getters,
    join_getters,
    join_putters,
    serve,
    serve_now,
)
from pcsim.queue.waiting import wait_to_get, wait_to_put
from pcsim.scenario import Selection
from pcsim.scenario.policies import OVERFLOW
from pcsim.snapshot import BlockReason, WorkerState


class Observer(Protocol):
    """The worker of a port, which is notified when it has to wait and when it loses an item."""

    in_hand: Item | None
    call: Call
    """Where it is open, or no worker reads what this one puts, it is to wait for nothing more."""

    @property
    def can_deadlock(self) -> bool:
        """Whether its run may deadlock."""

    def blocked(self, doing: Activity) -> None:
        """Under the mutex: the worker stands in line and was not served at once.

        A port always passes the same object.
        """

    def goes_on(self) -> None:
        """Under the mutex, in a run that may deadlock: it is served, and will run."""

    def resumed(self, at: float, item: Item | None) -> None:
        """Its wait ended at that time: it has put or got the item, or it waits no more (None)."""

    def dropped(self, item: Item, queue: int) -> None:
        """A full queue has dropped an item."""


class PutPort(NamedTuple):
    """How a worker puts into one queue."""

    try_put: Callable[[Item], bool]
    """Put at once, or return False."""
    put: Callable[[Item], None]
    """Put, waiting if it must: `try_put`, then `put_slowly`."""
    put_slowly: Callable[[Item], None]
    """Put after `try_put` has failed."""


class GetPort(NamedTuple):
    """How a worker gets from its queues. What it gets is in its hand as well."""

    try_get: Callable[[], Item | None]
    """Get at once, or return None; from several queues it never does."""
    get_slowly: Callable[[], Item]
    """Get after `try_get` has failed, waiting if it must."""
    leave: Callable[[], None]
    """Under the mutex: end the worker's wait, if it waits."""


class _PutWaiter(Waiter):
    """The waiter of one port, for one wait after another: its lock is locked again when a wait is
    over. If a wait is interrupted, the worker ends, and its port with it."""

    __slots__ = ("at", "cell", "cells", "clock", "goes_on")

    def __init__(self, queue: MeteredQueue, cell: int, observer: Observer) -> None:
        super().__init__((queue,))
        self.goes_on = observer.goes_on if observer.can_deadlock else None
        self.cell = cell
        self.cells = queue.cells
        self.clock = queue.times.clock
        self.at = 0.0

    def on_slot(self, queue: QueueCore[Any]) -> float:
        at = self.clock()
        if self.goes_on is not None:
            self.goes_on()
        self.at = self.item.queued_at = at
        self.cells[self.cell] += 1  # no call from here on: an interrupt would count it twice
        return at


class _GetWaiter(Waiter):
    """The waiter of one port, as for putting."""

    __slots__ = ("at", "by_priority", "cells", "clock", "first_cell", "goes_on", "position")

    def __init__(
        self, queues: tuple[MeteredQueue, ...], first_cell: int, observer: Observer
    ) -> None:
        super().__init__(queues)
        self.goes_on = observer.goes_on if observer.can_deadlock else None
        self.pending = False
        self.first_cell = first_cell
        self.cells = queues[0].cells
        self.clock = queues[0].times.clock
        self.by_priority = [queue.times.waiting.by_priority for queue in queues]
        self.position = 0
        self.at = 0.0

    def on_item(self, queue: QueueCore[Any]) -> float:
        self.at = self.item.taken_at = at = self.clock()
        if len(self.queues) > 1:
            self.position = self.queues.index(queue)
        if self.goes_on is not None:
            self.goes_on()
        times = self.by_priority[self.position]
        if times is not None:
            times.note(self.item.priority, at - self.item.queued_at)
        self.cells[self.first_cell + self.position] += 1  # no call from here on, as above
        return at


def put_port(
    queue: MeteredQueue,
    cell: int,
    drop_cell: int,
    observer: Observer,
    timeout: float | None = None,
) -> PutPort:
    """Make the port by which a worker puts items into a queue.

    A put is counted in `cell`. An item that gets no slot within `timeout` seconds, or that the
    queue's overflow policy refuses, is dropped and counted in `drop_cell`.

    `try_put` returns whether it could put without waiting. The others raise `ShutDown` when the
    queue is closed, and `QueueOverflowError` when it is full and its policy is `fail`.
    """
    try_put = _make_try_put(queue, cell, observer)
    put_slowly = _make_put_slowly(queue, cell, drop_cell, observer, timeout)

    def put(item: Any) -> None:
        if not try_put(item):
            put_slowly(item)

    return PutPort(try_put, put, put_slowly)


def _make_try_put(queue: MeteredQueue, cell: int, observer: Observer) -> Callable[[Any], bool]:
    cells, items, free = queue.cells, queue._items, queue._free
    append, take_free = items.append, free.pop
    empty_marks, full_marks = queue.times.empty.marks, queue.times.full.marks

    def try_put(item: Any) -> bool:
        if not free:
            return False  # a look costs a quarter of the exception below
        try:
            take_free()
        except IndexError:
            return False
        if queue.refuses_slots:
            free.append(None)
            serve_now(queue)
            return False
        cells[cell] += 1
        at = item.queued_at  # from the next line on, any thread may have the item
        append(item)
        if queue._wants_item:
            serve_now(queue)
        if empty_marks and items:
            queue.note_emptiness(at)
        if not free and not full_marks and queue._slots >= queue._maxsize:
            queue.note_fullness(at)
        observer.in_hand = None
        return True

    return try_put


def _make_put_slowly(
    queue: MeteredQueue, cell: int, drop_cell: int, observer: Observer, timeout: float | None
) -> Callable[[Item], None]:
    cells = queue.cells
    waiter = _PutWaiter(queue, cell, observer)
    lose = _make_lose(queue, cell, drop_cell, observer)
    longest = None if timeout is None else min(timeout, runtime.LONGEST_WAIT)
    doing = Activity(WorkerState.BLOCKED, queue.index, queue.spec.name, BlockReason.FULL)
    clock = queue.times.clock
    mutex, free, is_hooked = queue._mutex, queue._free, queue._hooked
    store = queue._put if is_hooked else queue._items.append

    def put(item: Item) -> None:
        with mutex:
            if queue.is_shutdown:
                raise ShutDown
            has_room = is_hooked or free or queue._slots != queue._maxsize
            if has_room and queue._take_slot():
                cells[cell] += 1
                item.queued_at = at = clock()  # it has waited for the mutex, not in the queue
                store(item)
                queue.note_put(at)
                serve(queue)
                return
            spec = queue.spec
            admission = admit(OVERFLOW[spec.overflow], spec.name, timeout)
            if admission is not WAIT:
                lose(item, admission)
                return
            item.queued_at = None
            waiter.item, waiter.pending, waiter.is_settled = item, True, False
            join_putters(queue, waiter)
            parked = waiter.pending
            if parked:
                observer.blocked(doing)
        served = False
        try:
            served = wait_to_put(queue, waiter, longest)
            if not served:
                cells[drop_cell] += 1
                observer.dropped(item, queue.index)
        finally:
            waiter.item = None
            if parked:
                observer.resumed(*((waiter.at, item) if served else (clock(), None)))

    return put


def _make_lose(
    queue: MeteredQueue, cell: int, drop_cell: int, observer: Observer
) -> Callable[[Item, Admission], None]:
    """Make what is done, under the mutex, with an item that finds its queue full and does not
    wait: it or the oldest item is dropped."""

    def lose(item: Item, admission: Admission) -> None:
        if admission is not DROP_OLDEST or queue.is_overfull():
            queue.cells[drop_cell] += 1
            observer.dropped(item, queue.index)
        elif (oldest := queue.replace_oldest(item, cell)) is not None:
            observer.dropped(oldest, queue.index)

    return lose


def get_port(
    queues: tuple[MeteredQueue, ...],
    first_cell: int,
    observer: Observer,
    selection: Selection = Selection.ROUND_ROBIN,
) -> GetPort:
    """Make the port by which a worker gets items from one or several queues.

    The selection decides which queue with an item is next. What the worker gets is in its hand,
    and counted in the cells from `first_cell` on, one for each queue.

    `get_slowly` raises `ShutDown` when all of the queues are closed and empty, and when it would
    have to wait although it was called, or no worker reads what it puts. `leave` ends a wait so.
    """
    waits = [queue.times.waiting.pocket() for queue in queues]
    waiter = _GetWaiter(queues, first_cell, observer)
    wait = _make_wait(queues, waiter, waits, observer)

    def leave() -> None:
        dismiss(queues[0], waiter)

    if len(queues) > 1:
        get = _make_get_from_several(queues, waiter, waits, wait, observer, selection)
        return GetPort(_nothing, get, leave)
    try_get = _make_try_get(queues[0], first_cell, waits[0], observer)
    return GetPort(try_get, partial(wait, (0,)), leave)


def _nothing() -> None:
    """From several queues, an item is taken by `get_slowly` alone."""


def _make_try_get(
    queue: MeteredQueue, cell: int, waits: list[float], observer: Observer
) -> Callable[[], Item | None]:
    items: runtime.deque[Any] = queue._items
    cells, clock = queue.cells, queue.times.clock
    free, full_marks, empty_marks = queue._free, queue.times.full.marks, queue.times.empty.marks
    take, free_slot, note_wait = items.popleft, free.append, waits.append
    look_mask = LOOK_EVERY - 1

    def try_get() -> Any:
        if not items:
            return None
        try:
            observer.in_hand = item = take()
        except IndexError:
            return None
        cells[cell] = total = cells[cell] + 1
        item.taken_at = at = clock()
        free_slot(None)
        if queue._wants_slot:
            serve_now(queue)
        if full_marks and free:
            queue.note_fullness(at)
        if not items and not empty_marks:
            queue.note_emptiness(at)
        note_wait(at - item.queued_at)
        if not total & look_mask:
            queue.times.waiting.fold_full(waits)
        return item

    return try_get


def _make_get_from_several(
    queues: tuple[MeteredQueue, ...],
    waiter: _GetWaiter,
    waits: list[list[float]],
    wait: Callable[[Sequence[int]], Item],
    observer: Observer,
    selection: Selection,
) -> Callable[[], Item]:
    lines = [queue._items for queue in queues]
    order = SELECTION_ORDERS[selection]([queue.depth for queue in queues])
    are_quick = not any(queue._hooked for queue in queues)
    last = len(queues) - 1
    ports = [
        _make_try_get(queue, waiter.first_cell + position, waits[position], observer)
        for position, queue in enumerate(queues)
    ]

    def get() -> Item:
        nonlocal last
        turn = order(last)
        for position in turn if are_quick else ():
            if lines[position]:
                item = ports[position]()
                if item is not None:  # else another consumer was quicker
                    last = position
                    return item
        item = wait(turn)
        last = waiter.position
        return item

    return get


def _make_wait(
    queues: tuple[MeteredQueue, ...],
    waiter: _GetWaiter,
    waits: list[list[float]],
    observer: Observer,
) -> Callable[[Sequence[int]], Item]:
    first = queues[0]
    mutex = first._mutex
    doing = Activity(WorkerState.BLOCKED, first.index, first.spec.name, BlockReason.EMPTY)

    def wait(turn: Sequence[int]) -> Any:
        """Stand in the lines of the queues at these positions, in this order, and wait."""
        with mutex:
            if observer.call.has_no_reader or observer.call.is_open:
                raise ShutDown
            waiter.pending, waiter.is_settled = True, False
            if len(turn) == 1:
                join_getters(first, waiter)
            else:
                join_all_getters([queues[position] for position in turn], waiter)
            parked = waiter.pending
            if parked:
                observer.blocked(doing)
        served = False
        try:
            served = wait_to_get(first, waiter, None)
        finally:
            if parked:
                observer.resumed(
                    *((waiter.at, waiter.item) if served else (first.times.clock(), None))
                )
        position, item = waiter.position, waiter.item
        observer.in_hand = item
        waiter.item = None
        waits[position].append(waiter.at - item.queued_at)
        if len(waits[position]) >= FULL:
            queues[position].times.waiting.fold_full(waits[position])
        return item

    return wait
