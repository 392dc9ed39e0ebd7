"""A snapshot of a system: frozen rows, from which everything that is shown is made.

All times are seconds since the run started, all durations are seconds, all totals only grow.
What has happened between two snapshots of a run is a snapshot again (`Snapshot.since`), so that
all that is said of a run can be said of a part of it, such as its last seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pcsim.errors import Wait, place_of_failure
from pcsim.snapshot import window
from pcsim.snapshot.events import BlockReason, Cause, Event, EventBatch, EventKind
from pcsim.snapshot.rows import QueueRow, Role, Shares, Spread, WorkerRow, WorkerState

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


class Totals(NamedTuple):
    """Items by where they are: each one is always somewhere, exactly once."""

    produced: int = 0
    in_producers_hands: int = 0
    queued: int = 0
    in_workers_hands: int = 0
    consumed: int = 0
    dropped: int = 0
    failed: int = 0
    discarded: int = 0
    carried: int = 0
    """Items that were in the system already when this began: 0 for a whole run."""
    copied: int = 0
    """Copies of items that workers made because their routing gives one to each output. A copy is
    an item of its own from there on."""

    @property
    def in_system(self) -> int:
        """Items that are produced and have not come to an end: in queues and in hands."""
        return self.in_producers_hands + self.queued + self.in_workers_hands

    @property
    def ended(self) -> int:
        """Items that have come to an end."""
        return self.consumed + self.dropped + self.failed + self.discarded

    @property
    def accounted(self) -> int:
        """The sum of all places: what was produced or copied, or was there when this began."""
        return self.in_system + self.ended

    @property
    def balanced(self) -> bool:
        """Whether every item is accounted for: none lost, none counted twice."""
        return self.produced + self.copied + self.carried == self.accounted

    def since(self, earlier: Totals) -> Totals:
        """What has happened after `earlier` ones of the same run, and where items are now."""
        return Totals(
            self.produced - earlier.produced,
            self.in_producers_hands,
            self.queued,
            self.in_workers_hands,
            self.consumed - earlier.consumed,
            self.dropped - earlier.dropped,
            self.failed - earlier.failed,
            self.discarded - earlier.discarded,
            earlier.in_system,
            self.copied - earlier.copied,
        )


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
    looks: int = 0
    """How often a thread looked whether that lock is taken."""
    times_taken: int = 0
    """How often it was, and the thread had to wait for it."""

    @property
    def taken_share(self) -> float:
        """The share of the time in which Python's lock was taken, as far as it was looked at."""
        return self.times_taken / self.looks if self.looks else 0.0

    def looked_at(self, *, is_taken: bool) -> Processor:
        """The same after one more look."""
        return self._replace(looks=self.looks + 1, times_taken=self.times_taken + is_taken)

    def since(self, earlier: Processor | None) -> Processor:
        """The looks after earlier ones of the same run."""
        if earlier is None:
            return self
        return self._replace(
            looks=self.looks - earlier.looks, times_taken=self.times_taken - earlier.times_taken
        )


class Snapshot(NamedTuple):
    """The whole system at one time. `version` is the same while nothing has happened."""

    version: int
    at: float
    phase: Phase
    producing: bool
    """False while producing is paused."""
    queues: Sequence[QueueRow]
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
    begins_at: float = 0.0
    """Where in the run this begins, in seconds: 0 for a whole run. All times count from there."""
    before: Snapshot | None = None
    """The run as it was when its last seconds began; None while it is younger than that."""
    at_deadlock: Snapshot | None = None
    """The run as it was while its workers waited for each other, where it has ended by that: the
    end lets them go and empties the queues."""

    is_counted: bool = True
    """Whether items are counted: of a program that is watched from outside, only depths and states
    may be known, and the totals are 0 then. Of a queue, see `QueueRow.is_counted`."""

    @property
    def recent(self) -> Snapshot:
        """The last ten seconds of the run, or of its pace where it is driven faster: a little more
        where its books were not kept at that very time, and the whole run while it is younger.

        It is a snapshot that begins then (`begins_at`), so every measure exists for it as for the
        run. Rows are made when they are looked at. After the end it stays what it was at the end.
        """
        return self if self.before is None else self.since(self.before)

    def since(self, begin: Snapshot) -> Snapshot:
        """What has happened in the run after an earlier snapshot of it, as a snapshot.

        Its totals count from `begin` on, and its times too: `at` is how long it lasts. A queue's
        `peak_depth` is that of the whole run. A period that was open at `begin` begins with it,
        but not the time of an item: `oldest_queued_at` and `item_since` may be below 0.

        Args:
            begin: An earlier snapshot of the same run, of which it is no part itself.
        """
        return self._replace(
            at=self.at - begin.at,
            queues=window.queues_since(begin, self),
            workers=window.workers_since(begin, self),
            totals=self.totals.since(begin.totals),
            sojourn_time=self.sojourn_time.since(begin.sojourn_time),
            sojourn_by_priority=window.spreads_since(
                begin.sojourn_by_priority, self.sojourn_by_priority
            ),
            processor=None if self.processor is None else self.processor.since(begin.processor),
            begins_at=begin.at,
            before=None,
            at_deadlock=None,
        )

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
    note: str = ""
    """What is to be known about the items, such as why they are not all there."""


class WaitingItem(NamedTuple):
    """An item in a queue, as it can be shown without touching it."""

    id: int
    shown: str
    producer: str
    queued_at: float
