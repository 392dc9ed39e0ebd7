"""The rows of a snapshot: what one queue holds and what one worker does, and what both have done.

A row keeps closed durations and the time at which the open one began, so that a row whose
worker or queue did nothing stays the same object while time passes; its methods take the
time `at` of the snapshot it came with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from pcsim.snapshot.events import BlockReason, Cause


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


class Counts(Protocol):
    """Counts of measured times, up to some moment."""

    def since(self, earlier: Any) -> Spread:
        """How the times are spread that came after an `earlier` count of the same times."""

    def up_to(self, limits: Sequence[float]) -> list[int]:
        """How many of the times are no longer than each of these, which rise. In seconds; right
        within 0.4 % of the limits."""


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
    counts: Counts | None = None
    """What it was made from; None where that is not kept."""

    def since(self, earlier: Spread) -> Spread:
        """The times that came after an `earlier` spread of the same times: all of them, where it
        is not kept what both were made from."""
        return self if self.counts is None else self.counts.since(earlier.counts)


class Shares(NamedTuple):
    """Where a worker's time went; the five add up to 1, unless it has had no time yet."""

    running: float = 0.0
    """It worked: on an item, or on making one in code of its own."""
    blocked_full: float = 0.0
    blocked_empty: float = 0.0
    paused: float = 0.0
    making: float = 0.0
    """It waited, as a producer, for its interval: there is nothing to do until the next item."""

    @property
    def active(self) -> float:
        """Running or making: nobody held it up."""
        return self.running + self.making


class QueueRow(NamedTuple):
    """One queue. `depth` items wait in it; `peak_depth` is the most slots ever taken at once."""

    name: str
    capacity: int | None
    """The most items that may wait in it; None where nothing limits them."""
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
    carried: int = 0
    """Items that waited in it already when this began: 0 for a whole run."""
    is_counted: bool = True
    """Whether puts and gets are counted: of a program that is watched from outside, only the depth
    may be known, and the totals are 0 then."""

    @property
    def is_full(self) -> bool:
        """Whether no slot is free."""
        return self.capacity is not None and self.depth >= self.capacity

    @property
    def fill(self) -> float | None:
        """Depth over capacity, 0 to 1; None where the queue is unbounded."""
        return None if self.capacity is None else self.depth / self.capacity

    def oldest_age(self, at: float) -> float | None:
        """How long the oldest item has waited; None in an empty queue."""
        return None if self.oldest_queued_at is None else max(at - self.oldest_queued_at, 0.0)

    def put_rate(self, at: float) -> float | None:
        """Items a second that were put into it; None where they are not counted."""
        if not self.is_counted:
            return None
        return self.put_total / at if at > 0 else 0.0

    def throughput(self, at: float) -> float | None:
        """Items a second that were taken from it; None where they are not counted."""
        if not self.is_counted:
            return None
        return self.got_total / at if at > 0 else 0.0

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
    """Seconds that it let pass for the intervals and service times of its description: then it
    needs no processor. In virtual time it does nothing else while it runs (`is_timed`)."""
    square_time: float = 0.0
    """The squares of the times that its items took, added up, in seconds²; 0 where it runs no code
    of its own."""
    timed_since: float | None = None
    """Since when it lets such a time pass; None where it does not."""
    is_timed: bool = False
    """Whether all of its running time is timed: in virtual time code takes none."""
    copied_total: int = 0
    """Copies that it made of its items, because its routing gives one to each output."""
    group: str = ""
    """The name of its group: that of its spec, which may stand for several workers (`count`). In a
    program that is watched, threads that read and write the same queues are a group. Empty where it
    belongs to none."""
    is_counted: bool = True
    """Whether its items are counted: of a program that is watched from outside, they are not."""

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
        running = max(life - full - empty - paused, 0.0)
        making = min(self.timed(at), running) if self.role is Role.PRODUCER else 0.0
        return Shares(running - making, full, empty, paused, making)

    def timed(self, at: float) -> float:
        """Seconds that it let pass for the times of its description; infinite where it does
        nothing else."""
        if self.is_timed:
            return math.inf
        since = self.timed_since
        return self.timed_time + (0.0 if since is None else max(at - since, 0.0))

    def utilization(self, at: float) -> float:
        """Time running over time, 0 to 1: a producer that waits for its interval does not run."""
        return self.shares(at).running

    def throughput(self, at: float) -> float | None:
        """Items a second over its lifetime; None where they are not counted."""
        if not self.is_counted:
            return None
        life = self.lifetime(at)
        return self.items_total / life if life > 0 else 0.0


ROUNDING = 1e-9
"""By so much shares that make up the whole may be off."""


def _share(closed: float, since: float | None, at: float) -> float:
    if at <= 0:
        return 0.0
    return min((closed + (max(at - since, 0.0) if since is not None else 0.0)) / at, 1.0)
