"""A snapshot of a system: frozen rows, from which everything that is shown is made.

All times are seconds since the run started, all durations are seconds, all totals only grow.
A row keeps closed durations and the time at which the open one began, so that a row whose
worker or queue did nothing stays the same object while time passes; its methods take the
time `at` of the snapshot it came with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pcsim.errors import Wait, place_of_failure
from pcsim.snapshot.events import BlockReason, Cause, Event, EventBatch, EventKind

__all__ = [
    "BlockReason",
    "Cause",
    "Event",
    "EventBatch",
    "EventKind",
    "Failure",
    "Phase",
    "Processor",
    "QueueDetail",
    "QueueRow",
    "Role",
    "Shares",
    "Snapshot",
    "Spread",
    "Totals",
    "WaitingItem",
    "WorkerRow",
    "WorkerState",
]


class Phase(StrEnum):
    """Where a run is in its life."""

    CREATED = "created"
    RUNNING = "running"
    DRAINING = "draining"
    FINISHED = "finished"
    ABORTED = "aborted"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self in _OVER


_OVER = frozenset({Phase.FINISHED, Phase.ABORTED, Phase.FAILED})


class Role(StrEnum):
    """Producers have no input, consumers no output, stages both."""

    PRODUCER = "producer"
    CONSUMER = "consumer"
    STAGE = "stage"


class WorkerState(StrEnum):
    """What a worker is doing."""

    NEW = "new"
    RUNNING = "running"
    BLOCKED = "blocked"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


class Spread(NamedTuple):
    """How a number of measured times are spread, in seconds; all 0 while `count` is 0.

    Percentiles are right within 0.4 % of their value (see `pcsim.engine.books.histogram`).
    """

    count: int = 0  # type: ignore[assignment]  # hides tuple.count, which is not needed here
    mean: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0
    p90: float = 0.0
    p95: float = 0.0


class Shares(NamedTuple):
    """Where a worker's time went; the four add up to 1, unless it has had no time yet."""

    running: float = 0.0
    blocked_full: float = 0.0
    blocked_empty: float = 0.0
    paused: float = 0.0


class QueueRow(NamedTuple):
    """One queue. `depth` items wait in it; `peak_depth` is the most slots ever taken at once."""

    name: str
    capacity: int
    depth: int = 0
    peak_depth: int = 0
    put_total: int = 0
    got_total: int = 0
    dropped_total: int = 0
    """Items that were lost because it was full, whether by the queue or by a worker."""
    discarded_total: int = 0
    closed: bool = False
    waiting_time: Spread = Spread()
    """Time in the queue of the items that were taken from it."""
    oldest_queued_at: float | None = None
    full_time: float = 0.0
    full_since: float | None = None
    empty_time: float = 0.0
    empty_since: float | None = None
    moment: float = 0.0
    """The sum of the times at which items left, less those at which they came: with the depth
    at a time, the integral of the depth up to it."""
    refused_total: int = 0
    """Of those dropped, the ones that never came into it: incoming items that `drop_new` gave
    up, or a producer when its put timed out."""
    waiting_by_priority: tuple[tuple[int, Spread], ...] = ()
    """Waiting times for each priority, the smallest first, in a queue that goes by it."""

    @property
    def fill(self) -> float:
        """Depth over capacity, 0 to 1."""
        return self.depth / self.capacity

    def oldest_age(self, at: float) -> float | None:
        """How long the oldest item has waited; None in an empty queue."""
        return None if self.oldest_queued_at is None else max(at - self.oldest_queued_at, 0.0)

    def full_share(self, at: float) -> float:
        """The share of the run in which no slot was free."""
        return _share(self.full_time, self.full_since, at)

    def empty_share(self, at: float) -> float:
        """The share of the run in which nothing waited. Threads read the clock in one order and
        act in another: what counts as full does not count as empty as well."""
        empty, left = _share(self.empty_time, self.empty_since, at), 1.0 - self.full_share(at)
        return left if empty > left + ROUNDING else empty

    def mean_depth(self, at: float) -> float:
        """Time-weighted mean depth over the run: the integral of the depth over the time.

        Of more than 1,000 items that wait on threads, it takes when 1,000 of them came for when
        all did.
        """
        return self.area(at) / at if at > 0 else 0.0

    def area(self, at: float) -> float:
        """The integral of the depth up to `at`, in items times seconds."""
        return self.moment + self.depth * at


class WorkerRow(NamedTuple):
    """One worker, what it is doing and what it has done."""

    name: str
    role: Role
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    state: WorkerState = WorkerState.NEW
    queue: str | None = None
    """The queue a blocked worker waits on (the first of several)."""
    reason: BlockReason | None = None
    since: float = 0.0
    """When it came into this state."""
    started_at: float = 0.0
    ended_at: float | None = None
    produced_total: int = 0
    put_total: int = 0
    got_total: int = 0
    done_total: int = 0
    """Items consumed here for good; a stage's go on and are in `put_total`."""
    failed_total: int = 0
    dropped_total: int = 0
    discarded_total: int = 0
    in_hand: int = 0
    source_size: int | None = None
    max_items: int | None = None
    blocked_full_time: float = 0.0
    blocked_empty_time: float = 0.0
    paused_time: float = 0.0
    end_cause: Cause | None = None
    """Why it ended before its input or source did."""
    error: str = ""
    """The error that it ended with: its type and its text, as its author wrote it."""
    item: int | None = None
    """The number, in the system, of the item in its hand; None where there is none, and where it
    went on to another one before this row was read."""
    item_since: float | None = None
    """When it took that item from its queue, or produced it."""
    cpu_time: float | None = None
    """Seconds that its thread was on a processor; None where that is not measured, as in virtual
    time. It is read now and then: in a run that goes on it may be a second old."""
    core_wait_time: float | None = None
    """Seconds that its thread was ready to run but waited for a core."""
    timed_time: float = 0.0
    """Seconds that it let pass for the intervals and service times of its description, on
    threads: then it needs no processor."""
    square_time: float = 0.0
    """The squares of the times that its items took, added up, in seconds²; 0 where it runs no code
    of its own."""

    @property
    def items_total(self) -> int:
        """Items it has brought to their next place: put by a producer or stage, consumed."""
        return self.put_total + self.done_total

    @property
    def progress(self) -> float | None:
        """The share of its known amount of work that is done; None where there is none."""
        if self.role is Role.PRODUCER:
            goal, reached = self.source_size, self.produced_total - self.in_hand
        else:
            goal, reached = self.max_items, self.got_total - self.in_hand
        if goal is None:
            return None
        return min(reached / goal, 1.0) if goal else 1.0

    def lifetime(self, at: float) -> float:
        """From its start to its end, or to `at`."""
        if self.state is WorkerState.NEW:
            return 0.0
        return max((at if self.ended_at is None else self.ended_at) - self.started_at, 0.0)

    def shares(self, at: float) -> Shares:
        """Where its time went, from its start to its end or to `at`."""
        spent = self.spent(at)
        life = math.fsum(spent)
        return Shares(*(part / life for part in spent)) if life > 0 else Shares()

    def spent(self, at: float) -> Shares:
        """The same in seconds."""
        life = self.lifetime(at)
        open_time = max(at - self.since, 0.0)
        full, empty, paused = self.blocked_full_time, self.blocked_empty_time, self.paused_time
        if self.state is WorkerState.BLOCKED:
            if self.reason is BlockReason.FULL:
                full += open_time
            else:
                empty += open_time
        elif self.state is WorkerState.PAUSED:
            paused += open_time
        return Shares(max(life - full - empty - paused, 0.0), full, empty, paused)

    def utilization(self, at: float) -> float:
        """Time running over time, 0 to 1."""
        return self.shares(at).running

    def throughput(self, at: float) -> float:
        """Items a second over its lifetime."""
        life = self.lifetime(at)
        return self.items_total / life if life > 0 else 0.0


class Totals(NamedTuple):
    """Items by where they are: each one produced is always somewhere, exactly once."""

    produced: int = 0
    in_producers_hands: int = 0
    queued: int = 0
    in_workers_hands: int = 0
    consumed: int = 0
    dropped: int = 0
    failed: int = 0
    discarded: int = 0

    @property
    def in_system(self) -> int:
        """Items that are produced and have not come to an end: in queues and in hands."""
        return self.in_producers_hands + self.queued + self.in_workers_hands

    @property
    def accounted(self) -> int:
        """The sum of all places: what was produced."""
        return sum(self) - self.produced

    @property
    def balanced(self) -> bool:
        """Whether every item is accounted for: none lost, none counted twice."""
        return self.produced == self.accounted


class Failure(NamedTuple):
    """The run's first error."""

    worker: str
    """Empty for a deadlock, and where time stands still: that concerns several workers."""
    item_number: int
    """The number of the item in the system; 0 where no item failed."""
    message: str
    traceback: str = ""
    waits: tuple[Wait, ...] = ()
    """Which worker waits for what, in a deadlock."""
    payload: str = ""
    """The data of the item, short and safe to show; empty where the system has none of its own."""
    producer: str = ""
    """The worker that produced the item."""
    items_before: int | None = None
    """Where a source raised, how many items it gave before."""

    @property
    def is_deadlock(self) -> bool:
        """Whether workers wait for each other, and nothing can release them."""
        return bool(self.waits)

    @property
    def place(self) -> str:
        """Where the worker failed: `on item 18 (a.txt) from Reader`, `after 2 items`. The name of
        the producer is as its author wrote it: not safe for a terminal."""
        by = "" if self.producer == self.worker else self.producer
        return place_of_failure(self.item_number, self.payload, by, self.items_before)


class Processor(NamedTuple):
    """What the threads of a run share."""

    cores: int
    """The number of cores that the process may use."""
    has_interpreter_lock: bool
    """Whether only one thread at a time runs Python code."""


class Snapshot(NamedTuple):
    """The whole system at one time. `version` is the same while nothing has happened."""

    version: int
    at: float
    phase: Phase
    producing: bool
    """False while producing is paused."""
    queues: tuple[QueueRow, ...]
    workers: Sequence[WorkerRow]
    totals: Totals
    sojourn_time: Spread = Spread()
    """From produced to consumed."""
    failure: Failure | None = None
    abandoned: tuple[str, ...] = ()
    """Workers that were still stuck in a source or sink when the run was given up."""
    title: str = ""
    engine: str = "threads"
    stopped: Cause | None = None
    """Why every worker had to stop before the work was done, if so."""
    processor: Processor | None = None
    """What its threads share; None in virtual time."""
    sojourn_by_priority: tuple[tuple[int, Spread], ...] = ()
    """The same for each priority, the smallest first, where a queue goes by it."""

    @property
    def producers(self) -> tuple[WorkerRow, ...]:
        """Those that take from no queue."""
        return tuple(row for row in self.workers if row.role is Role.PRODUCER)

    @property
    def consumers(self) -> tuple[WorkerRow, ...]:
        """Consumers and stages: all that take from a queue."""
        return tuple(row for row in self.workers if row.role is not Role.PRODUCER)

    @property
    def throughput(self) -> float:
        """Items consumed a second over the run."""
        return self.totals.consumed / self.at if self.at > 0 else 0.0


class QueueDetail(NamedTuple):
    """What waits in a queue: the oldest items, as `(id, shown, waiting time in seconds)`."""

    name: str
    depth: int
    items: tuple[WaitingItem, ...]


class WaitingItem(NamedTuple):
    """An item in a queue, as it can be shown without touching it."""

    id: int
    shown: str
    producer: str
    queued_at: float


ROUNDING = 1e-9
"""By so much shares that make up the whole may be off."""


def _share(closed: float, since: float | None, at: float) -> float:
    if at <= 0:
        return 0.0
    return min((closed + (max(at - since, 0.0) if since is not None else 0.0)) / at, 1.0)
