"""The counters of a system: one flat list of cells, from a copy of which a snapshot is derived.

The rules of this file
----------------------
Each transition of an item writes exactly one cell, and each cell has one writer at a time: the
worker that it belongs to, or the worker that serves it under the queue's mutex while it is parked.
A queue's cells are written under the mutex alone. So a copy of the list, one C call, shows the
whole system at one time: hands and depths are not stored but derived from it.

This holds without a global lock as well: CPython's free-threaded build takes a lock of the list for
each write of a cell and for the copy, so each write is in the copy or comes after all of it.

A put is counted after its slot is taken and before its item is queued, a get after its item
is taken and before its slot is free: so no depth in a copy is below 0 or above capacity.

A worker's block is its state times, four counts, then one count for each queue it gets from, one
for each it puts into, and one for each of those of the items that it could not put and dropped. A
queue's block is two counts, of the items it dropped and discarded, whether it is closed, and its
capacity, which may change.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pcsim.scenario import ProducerSpec, Scenario, WorkerSpec
from pcsim.scenario.specs import each_worker
from pcsim.snapshot import BlockReason, Cause, Role, Spread, WorkerState

STATE, PRODUCED, DONE, FAILED, DISCARDED, COPIED = range(6)
WORKER_BLOCK = 6
QUEUE_DROPPED, QUEUE_DISCARDED, QUEUE_CLOSED, QUEUE_CAPACITY = range(4)
QUEUE_BLOCK = 4


# Members of an enum are slow to reach through their class, and state times are made in hot paths.
_FULL, _PAUSED = BlockReason.FULL, WorkerState.PAUSED
_made = tuple.__new__


class Activity(NamedTuple):
    """What a worker is doing; what it does often is made once."""

    state: WorkerState = WorkerState.NEW
    queue: int = -1
    queue_name: str | None = None
    reason: BlockReason | None = None
    ended_at: float | None = None
    end_cause: Cause | None = None
    error: str = ""


RUNNING, PAUSED = Activity(WorkerState.RUNNING), Activity(WorkerState.PAUSED)


class StateTimes(NamedTuple):
    """What a worker is doing, and how long it was blocked and paused before. One cell."""

    doing: Activity = Activity()
    since: float = 0.0
    blocked_full: float = 0.0
    blocked_empty: float = 0.0
    paused: float = 0.0
    started_at: float = 0.0
    timed: float = 0.0
    """On threads: seconds that it let pass for the times of its description."""
    timed_since: float | None = None

    def turned(self, doing: Activity, at: float) -> StateTimes:
        """The next state times: the periods that were open up to `at` are closed."""
        was, since, full, empty, paused, started_at, timed, timed_since = self
        if was.reason is _FULL:
            full += at - since
        elif was.reason is not None:
            empty += at - since
        elif was.state is _PAUSED:
            paused += at - since
        if timed_since is not None:
            timed += at - timed_since
        return _made(StateTimes, (doing, at, full, empty, paused, started_at, timed, None))

    def timed_from(self, at: float) -> StateTimes:
        """The same where a time of its description begins."""
        return _made(StateTimes, (*self[:7], at))

    def timed_to(self, at: float) -> StateTimes:
        """The same where that time ends."""
        timed = self.timed + (at - self.timed_since if self.timed_since is not None else 0.0)
        return _made(StateTimes, (*self[:6], timed, None))


class Account(NamedTuple):
    """Where one worker's cells are."""

    name: str
    role: Role
    base: int
    inputs: tuple[int, ...]
    """Indices of the queues it gets from; their counts begin at `base + WORKER_BLOCK`."""
    outputs: tuple[int, ...]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    max_items: int | None
    end: int
    """The first cell after its block."""
    group: str = ""
    """The name that it was declared under, alone or with others."""
    put_timeout: float | None = None
    """For how many seconds it waits for a slot; None: for as long as it takes."""

    def got_cell(self, position: int) -> int:
        """The cell that counts what it got from the queue at that position of its inputs."""
        return self.base + WORKER_BLOCK + position

    def put_cell(self, position: int) -> int:
        """The cell that counts what it put into the queue at that position of its outputs."""
        return self.base + WORKER_BLOCK + len(self.inputs) + position

    def drop_cell(self, position: int) -> int:
        """The cell that counts what that queue did not take, so that it was lost."""
        return self.put_cell(len(self.outputs) + position)

    def in_hand(self, cells: list[Any]) -> int:
        """Items it has taken on and not yet brought anywhere: 0 or 1."""
        base = self.base
        first = base + WORKER_BLOCK
        middle = first + len(self.inputs)
        return int(
            cells[base + PRODUCED]
            + cells[base + COPIED]
            + sum(cells[first:middle])
            - sum(cells[middle : self.end])
            - sum(cells[base + DONE : base + DISCARDED + 1])
        )

    def item_number(self, cells: list[Any]) -> int:
        """The number of its latest item, counted from 1: the one it made, or got."""
        if self.role is Role.PRODUCER:
            return int(cells[self.base + PRODUCED])
        first = self.base + WORKER_BLOCK
        return sum(cells[first : first + len(self.inputs)])

    def settle(self, cells: list[Any], cell: int) -> int:
        """At the worker's end: what is still in its hand goes to FAILED or DISCARDED."""
        in_hand = self.in_hand(cells)
        if in_hand:
            cells[self.base + cell] += in_hand
        return in_hand


class Ledger:
    """The cells of a scenario's workers and queues, and where each is."""

    def __init__(self, scenario: Scenario) -> None:
        self._index = {name: number for number, name in enumerate(scenario.queue_names)}
        self.cells: list[Any] = []
        self.accounts: list[Account] = []
        specs: tuple[WorkerSpec, ...] = (*scenario.producers, *scenario.consumers)
        for declared in specs:
            for spec in each_worker(declared):
                self.add_worker(spec, declared.name)
        self.queue_bases: list[int] = []
        for queue in scenario.queues:
            self.queue_bases.append(len(self.cells))
            self.cells += [0, 0, False, queue.capacity]

    def add_worker(self, spec: WorkerSpec, group: str = "") -> Account:
        """Add the cells of one more worker; its queues must be among the scenario's. Its group is
        the name that it was declared under, alone or with others."""
        inputs, outputs = spec.inputs, spec.outputs
        limit: int | None = None
        if isinstance(spec, ProducerSpec):
            role = Role.PRODUCER
        else:
            role = Role.CONSUMER if spec.output is None else Role.STAGE
            limit = spec.max_items
        base = len(self.cells)
        self.cells += [StateTimes(), *[0] * (WORKER_BLOCK - 1 + len(inputs) + 2 * len(outputs))]
        account = Account(
            spec.name,
            role,
            base,
            tuple(self._index[name] for name in inputs),
            tuple(self._index[name] for name in outputs),
            inputs,
            outputs,
            limit,
            len(self.cells),
            group,
            spec.put_timeout,
        )
        self.accounts.append(account)
        return account

    def settle_queues(self, cells: list[Any]) -> None:
        """At the end of a run that was stopped, when every queue is empty: what a copy still counts
        as queued was discarded. An interrupt came before it was counted so, or a worker that was
        abandoned has counted its put and not made it."""
        depths = [-sum(cells[base : base + QUEUE_CLOSED]) for base in self.queue_bases]
        for account in self.accounts:
            for position, index in enumerate(account.inputs):
                depths[index] -= cells[account.got_cell(position)]
            for position, index in enumerate(account.outputs):
                depths[index] += cells[account.put_cell(position)]
        for base, depth in zip(self.queue_bases, depths, strict=True):
            cells[base + QUEUE_DISCARDED] += depth


class WorkerGauge(NamedTuple):
    """What is known of a worker's thread beside its counts."""

    cpu_time: float | None = None
    core_wait_time: float | None = None
    square_time: float = 0.0


class QueueGauge(NamedTuple):
    """What is known of a queue beside its counts; times on the engine's clock."""

    peak: int = 0
    waiting: Spread = Spread()
    oldest_queued_at: float | None = None
    full_time: float = 0.0
    full_since: float | None = None
    empty_time: float = 0.0
    empty_since: float | None = None
    departures_minus_arrivals: float | None = None
    """The sum of the times at which items left less the sum of those at which they came; None
    where no such sum is kept, but the two that follow."""
    waited: float = 0.0
    """Seconds that all items waited which are not queued any more."""
    came_at: float | None = None
    """When those came that are there now, on average; None where none is."""
    by_priority: tuple[tuple[int, Spread], ...] = ()
    """Waiting times for each priority, where the queue goes by it."""
