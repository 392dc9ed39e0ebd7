"""How a worker puts into virtual queues and gets from them: a port for each of its queues.

A port either does what it is asked, or stands in the queue's line for its worker. As in the
threads engine, a put is counted when its item is queued, a get when its item is taken.

`try_put`, `try_get` and `receive` are the hottest lines of a run. They have the lines of
`VirtualQueue.note_arrival` and `note_departure`, and of `resumed` and `begin_work` of
`VirtualWorker` once more, which saves a call each.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import Any, Protocol

from pcsim.engine.behaviours import Put
from pcsim.engine.books.histogram import LOOK_EVERY
from pcsim.engine.books.ledger import QUEUE_DROPPED, RUNNING, Account
from pcsim.engine.item import Item
from pcsim.engine.policies import DROP_OLDEST, SELECTION_ORDERS, WAIT, admit
from pcsim.engine.protocols import RunFlags
from pcsim.engine.virtual.agenda import Action, Agenda
from pcsim.engine.virtual.queue import VirtualQueue
from pcsim.engine.virtual.state_timer import StateTimer
from pcsim.engine.worker import FULL, WorkerLog
from pcsim.scenario import Selection
from pcsim.snapshot import BlockReason

LOOK_MASK = LOOK_EVERY - 1

PARKED, DONE, WOKE = range(3)
"""What became of a put: it waits; it is done; it is done and has woken a consumer, whose turn
comes first."""


class Closed(Exception):
    """The queue refuses puts; or all queues of a consumer are closed and empty."""


class Owner(Protocol):
    """What a port needs of its worker."""

    rank: int
    account: Account
    flags: RunFlags
    cycle: Any
    agenda: Agenda
    timer: StateTimer
    in_hand: Item | None
    blocked_on: Any
    takes_time: bool
    position: int
    get_ports: tuple[GetPort, ...]
    log: WorkerLog | None
    send: Action

    @property
    def is_producer(self) -> bool:
        """Whether it makes items."""

    def begin_work(self, at: float, reply: Any) -> None:
        """Resume it out of turn: all it does is to begin a time of work."""

    def put_off(self, at: float, outcome: Any) -> None:
        """What has come of resuming it out of turn is for its turn."""

    def take_turn(self, at: float, reply: Item | None = None) -> None:
        """Resume it in its turn at this time."""

    def may_be_deadlocked(self, queue: int, reason: BlockReason) -> None:
        """It has blocked, in a run that may deadlock."""

    def goes_on(self) -> None:
        """It is not blocked any more, in a run that may deadlock."""

    def resumed(self, at: float, item: Item | None) -> None:
        """It waits no more: it has put the item, or (None) will not be served."""

    def refused(self, item: Item | None = None, put: Put | None = None) -> None:
        """What it waits at has closed; `item` is what it wanted to put there."""

    def dropped(self, item: Item, queue: int) -> None:
        """A full queue has thrown an item away."""

    def leave_lines(self) -> None:
        """It waits for an item no more."""


class PutPort:
    """A worker's way into one queue."""

    __slots__ = (
        "cell", "cells", "deadline", "drop_cell", "effect", "is_producer", "item", "may_wake",
        "queue", "try_put", "worker",
    )  # fmt: skip

    def __init__(self, worker: Owner, queue: VirtualQueue, position: int) -> None:
        self.worker = worker
        self.queue = queue
        self.cells = queue.cells
        self.cell = worker.account.put_cell(position)
        """Counts what it put."""
        self.drop_cell = worker.account.drop_cell(position)
        """Counts what it could not put, so that it was lost."""
        self.is_producer = worker.is_producer
        self.may_wake = worker.is_producer and worker.takes_time
        """Whether it may wake any worker out of turn: all that its own does next is to begin a
        time of work, which nobody can see."""
        self.item: Any = None
        """What it waits to put."""
        self.effect: Put | None = None
        """The effect that it waits to carry out."""
        self.deadline: float | None = None
        """When it stops waiting."""
        self.try_put = _make_try_put(self)
        """Puts an item, or drops it, if that can be done at once; returns whether it was."""

    def put(self, effect: Put) -> int:
        """Carry out an effect: put its item or wait to. Return what became of it.

        Raises:
            Closed: The queue refuses puts.
            QueueOverflowError: It is full, and by its policy the run fails.
        """
        queue, item = self.queue, effect.item
        if queue.is_shutdown:
            raise Closed
        if queue.getters:
            self.cells[self.cell] += 1
            return DONE if queue.getters[0].receive(item) else WOKE
        if len(queue.items) >= queue.capacity:
            admission = admit(queue.rule, queue.spec.name, self.worker.account.put_timeout)
            if admission is WAIT:
                self._wait(effect, item)
                return PARKED
            if admission is DROP_OLDEST and not queue.is_overfull():
                self._replace_oldest(item)
            else:
                self.drop(item)
            return DONE
        self.cells[self.cell] += 1
        queue.push(item)
        queue.note_arrival(item.queued_at or 0.0)
        return DONE

    def drop(self, item: Item) -> None:
        """Count an item that it cannot put as lost."""
        self.cells[self.drop_cell] += 1
        self.worker.dropped(item, self.queue.index)

    def _replace_oldest(self, item: Item) -> None:
        queue = self.queue
        at = queue.time[0]
        oldest = queue.store.pop_oldest()
        queue.note_departure(at)
        self.cells[queue.base + QUEUE_DROPPED] += 1
        self.cells[self.cell] += 1
        queue.push(item)
        queue.note_arrival(at)
        self.worker.dropped(oldest, queue.index)

    # A wait for a slot ends in one of three ways: it is served, refused, or its time is up.

    def _wait(self, effect: Put, item: Item) -> None:
        queue, worker = self.queue, self.worker
        at = queue.time[0]
        item.queued_at = None
        self.effect = effect
        self.item = worker.in_hand = item
        queue.putters.append(self)
        if worker.account.put_timeout is not None:
            self.deadline = at + worker.account.put_timeout
            worker.agenda.schedule(self.deadline, worker.rank, self._give_up)
        timer, activity = worker.timer, queue.waits_full
        timer.activity, timer.since = activity, at
        if worker.log is not None:
            worker.log.blocked(at, activity)
        if worker.cycle is not None:
            worker.may_be_deadlocked(activity.queue, FULL)

    def served(self, at: float) -> None:
        """Its item was put."""
        worker, item = self.worker, self.item
        worker.in_hand = self.item = None
        if self.deadline is not None:
            self._forget_timeout()
        worker.resumed(at, item)
        if self.may_wake and not worker.flags.holds_producers:
            worker.begin_work(at, at)
        elif self.is_producer:
            worker.take_turn(at)
        else:
            heappush(worker.agenda.heap, (at, worker.rank))

    def refuse(self) -> None:
        """Wait no more: the queue takes nothing."""
        if self.deadline is not None:
            self._forget_timeout()
        item, self.item = self.item, None
        self.worker.refused(item, self.effect)

    def _give_up(self, at: float) -> None:
        worker, item = self.worker, self.item
        self.deadline = self.item = None
        self.queue.putters.remove(self)
        self.drop(item)
        worker.in_hand = None
        worker.resumed(at, None)
        worker.take_turn(at)

    def _forget_timeout(self) -> None:
        worker = self.worker
        worker.agenda.discard((self.deadline or 0.0, worker.rank))
        self.deadline = None
        worker.agenda.actions[worker.rank] = worker.send


class GetPort:
    """A worker's way out of one queue."""

    __slots__ = (
        "cell", "cells", "heap", "is_only", "note_wait", "pocket", "position", "queue",
        "takes_time", "timer", "try_get", "worker",
    )  # fmt: skip

    def __init__(self, worker: Owner, queue: VirtualQueue, position: int, is_only: bool) -> None:
        self.worker = worker
        self.queue = queue
        self.cells = queue.cells
        self.cell = worker.account.got_cell(position)
        """Counts what it got."""
        self.position = position
        self.is_only = is_only
        self.takes_time = worker.takes_time
        self.pocket = queue.waiting_times.pocket()
        self.note_wait = self.pocket.append
        self.heap, self.timer = worker.agenda.heap, worker.timer
        self.try_get = _make_try_get(self)
        """Takes an item, if there is one; else returns None."""

    def receive(self, item: Any) -> bool:
        """Take an item that has not waited; whether the worker has begun to work on it. Else its
        turn comes at once."""
        worker, queue = self.worker, self.queue
        if self.is_only:
            queue.getters.popleft()
        else:
            worker.leave_lines()
            worker.position = self.position
        if not queue.peak:
            queue.peak = 1
        cells, cell = self.cells, self.cell
        cells[cell] = total = cells[cell] + 1
        item.taken_at = at = item.queued_at
        self.note_wait(0.0)
        if not total & LOOK_MASK:
            queue.waiting_times.fold_full(self.pocket)
        worker.in_hand = item
        timer = self.timer
        activity, waited = timer.activity, at - timer.since
        timer.empty_time += waited
        timer.activity, timer.since = RUNNING, at
        if worker.blocked_on is not None:
            worker.goes_on()
        if worker.log is not None:
            worker.log.resumed(at, activity, item.id, waited)
        if not self.takes_time:
            worker.take_turn(at, item)
            return False
        try:
            effect = worker.send(item)
        except BaseException as raised:  # noqa: BLE001 - raised again in its turn
            effect = raised
        if type(effect) is float:
            heappush(self.heap, (at + effect, worker.rank))
        else:
            worker.put_off(at, effect)
        return True

    @property
    def is_exhausted(self) -> bool:
        """Whether all queues that its worker waits at are over."""
        return all(port.queue.is_over for port in self.worker.get_ports)

    def refuse(self) -> None:
        """Wait no more: nothing will come."""
        self.worker.leave_lines()
        self.worker.refused()


def _make_try_put(port: PutPort) -> Callable[[Item], bool]:
    """Make the short way into a queue: a closure reaches what it needs sooner than a method.

    It does nothing where a consumer waits that might do more than begin to work: that one goes
    first, so this worker has to yield an effect.
    """
    queue, worker, cells, cell = port.queue, port.worker, port.cells, port.cell
    items, push, getters = queue.items, queue.push, queue.getters
    is_producer = port.is_producer

    def try_put(item: Any) -> bool:
        depth = len(items) + 1
        if getters or depth > queue.capacity or queue.is_shutdown:
            if queue.is_shutdown:
                return False
            if getters:
                getter = getters[0]
                if not (port.may_wake or getter.takes_time):
                    return False
                cells[cell] += 1
                getter.receive(item)
            elif queue.rule.drops == "incoming":
                port.drop(item)
            else:
                return False
            worker.in_hand = None
            return True
        cells[cell] += 1
        push(item)
        at = item.queued_at
        queue.departures_minus_arrivals -= at
        if depth > queue.peak:
            queue.peak = depth
        if depth == 1:
            queue.empty_time += at - queue.empty_since
        if depth == queue.capacity:
            queue.full_since = at
        if not is_producer:  # which has none in hand
            worker.in_hand = None
        return True

    return try_put


def _make_try_get(port: GetPort) -> Callable[[], Any]:
    """Make the short way out of a queue."""
    queue, worker, cells, cell = port.queue, port.worker, port.cells, port.cell
    items, pop, time, note_wait = queue.items, queue.pop, queue.time, port.note_wait

    def try_get() -> Any:
        depth = len(items)
        if not depth:
            return None
        item: Any
        worker.in_hand = item = pop()
        item.taken_at = at = time[0]
        cells[cell] = total = cells[cell] + 1
        queue.departures_minus_arrivals += at
        if depth == 1:
            queue.empty_since = at
        if depth == queue.capacity:
            queue.full_time += at - queue.full_since
        note_wait(at - item.queued_at)
        if not total & LOOK_MASK:
            queue.waiting_times.fold_full(port.pocket)
        if queue.putters and depth <= queue.capacity:
            queue.admit_waiting(at)
        elif queue.is_shutdown and not items:
            queue.release_getters()
        return item

    return try_get


class SelectingPort:
    """A worker's way out of several queues, in the order of its selection."""

    __slots__ = ("_order", "_worker")

    def __init__(self, worker: Owner, selection: Selection) -> None:
        self._worker = worker
        depths = [port.queue.depth for port in worker.get_ports]
        self._order = SELECTION_ORDERS[selection](depths)

    def try_get(self) -> Any:
        """Take an item from the first queue that has one; None where none has."""
        worker = self._worker
        for position in self._order(worker.position):
            port = worker.get_ports[position]
            if port.queue.items:
                worker.position = position
                return port.try_get()
        return None
