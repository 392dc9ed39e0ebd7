"""What a run, its workers and its queues need of one another.

A run knows its workers and queues by `RunWorker` and `RunQueue`, a worker knows its run by
`WorkerHost`: so none of the three imports another. `RunFlags` and `RunStatus` are the state that
they share.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from pcsim.engine.books.event_log import EventLog
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import Account, Ledger, QueueGauge
from pcsim.engine.cycle_counts import BlockedOn, Cycle
from pcsim.engine.item import Item
from pcsim.engine.journeys import Journeys
from pcsim.scenario import Change, QueueSpec, Scenario
from pcsim.scenario.roster import Changed, Roster
from pcsim.snapshot import Cause, Failure, Phase, Processor, WorkerState


class RunFlags:
    """What controls have asked for. They are set under the run's lock and read without it.

    A worker looks at them between two items, which is its hottest path: each is one attribute,
    and several may hold at once. `stopping`: producers end. `aborting`: every worker ends, and
    then `stopping` holds as well. `paused`: producing was paused. `holds_producers`: producers
    may make nothing now, because of one of the others; it is the only one of them that a fast path
    reads. `journeys`: where items that are made from now on are followed; None for nowhere.
    """

    __slots__ = ("aborting", "holds_producers", "journeys", "paused", "stopping")

    def __init__(self) -> None:
        self.journeys: Journeys | None = None
        self.paused = self.stopping = self.aborting = self.holds_producers = False

    def pause(self, paused: bool) -> None:
        """Producers are to stand still, or to go on."""
        self.paused = paused
        self.holds_producers = paused or self.stopping

    def stop_producing(self) -> None:
        """Producers are to end."""
        self.stopping = self.holds_producers = True
        self.paused = False

    def stop(self) -> None:
        """Every worker is to end."""
        self.stopping = self.holds_producers = self.aborting = True
        self.paused = False

    @property
    def pauses(self) -> bool:
        """Whether producers are to stand still, and not to end."""
        return self.paused and not self.stopping


class RunStatus:
    """Where a run is in its life, and how it came there; changed under the run's lock alone."""

    __slots__ = (
        "abandoned", "begun_by", "error", "failure", "lock", "origin", "phase", "processor",
        "stopped",
    )  # fmt: skip

    def __init__(self, lock: AbstractContextManager[Any] | None = None) -> None:
        self.lock = nullcontext() if lock is None else lock
        """The lock of the run."""
        self.phase = Phase.CREATED
        self.begun_by: object = None
        """The attempt to start it that was the first."""
        self.origin: float | None = None
        """When it started, on the engine's clock."""
        self.stopped: Cause | None = None
        """Why every worker was asked to stop, if so."""
        self.processor: Processor | None = None
        """What the threads of the run share, where it has threads."""
        self.failure: Failure | None = None
        self.error: BaseException | None = None
        """The first error."""
        self.abandoned: tuple[str, ...] = ()
        """The workers that never came back from their source or sink."""

    def note_failure(self, error: BaseException, failure: Failure) -> bool:
        """Keep the first error, unless the run was aborted before it; return whether it is kept."""
        if self.error is not None or self.stopped is Cause.ABORTED or self.phase.is_over:
            return False
        self.error, self.failure = error, failure
        return True

    def begin_drain(self) -> None:
        """Nothing is produced any more."""
        self.phase = Phase.DRAINING

    def stop(self, cause: Cause) -> None:
        """Every worker is asked to stop."""
        self.stopped = cause

    def end(self, phase: Phase) -> None:
        """The run is over."""
        self.phase = phase

    @property
    def last_phase(self) -> Phase:
        """The phase in which the run ends, as things are."""
        if self.failure is not None:
            return Phase.FAILED
        return Phase.ABORTED if self.stopped is Cause.ABORTED else Phase.FINISHED


class RunQueue(Protocol):
    """What a run needs of its queues."""

    spec: QueueSpec
    index: int
    base: int
    is_shutdown: bool

    @property
    def waiting_times(self) -> ItemTimes:
        """How long items waited in it."""

    @property
    def is_over(self) -> bool:
        """Closed, and nothing is in it or on its way."""

    def open(self, at: float) -> None:
        """The run begins."""

    def change(self, spec: QueueSpec) -> None:
        """Have another capacity and overflow policy from now on."""

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse putters; `immediate` discards what is queued."""

    def empty_out(self) -> None:
        """At the end: discard what is left."""

    def end_marks(self, at: float) -> None:
        """At the end: close the periods that are open."""

    def depth(self) -> int:
        """How many items are queued."""

    def idle_readers(self) -> int:
        """How many workers wait for an item here."""

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""


class RunWorker(Protocol):
    """What a run needs of its workers."""

    name: str
    account: Account
    blocked_on: BlockedOn | None
    cycle: Cycle | None
    in_hand: Item | None
    """The item that it has in its hand, or had last."""

    @property
    def needs_reader(self) -> bool:
        """Whether all it does is in vain once nobody reads what it puts."""

    def wake(self) -> None:
        """Let it look at the flags."""

    def goes_on(self) -> None:
        """It is not blocked any more."""

    def release(self) -> None:
        """Its output has no reader left."""

    def close_state(self, state: WorkerState, cause: Cause | None, error: str) -> float:
        """Write down its last state; the time of that."""


class Steers(Protocol):
    """What carries out changes of a run while it goes on."""

    @property
    def roster(self) -> Roster:
        """The system as it is by now."""

    def steer(self, change: Change) -> Changed | None:
        """Under the run's lock: carry out a change, at once or at its time; what was changed."""


class WorkerHost(Protocol):
    """What a worker needs of its run."""

    scenario: Scenario
    clock: Callable[[], float]
    ledger: Ledger
    log: EventLog
    flags: RunFlags
    status: RunStatus
    can_deadlock: bool
    has_data: bool
    sizes: dict[str, int]

    def look_for_deadlock(self) -> None:
        """A worker has begun to wait at a queue."""

    def worker_failed(self, failure: Failure, error: BaseException) -> None:
        """A worker ends by this error."""

    def worker_ended(
        self, worker: Any, state: WorkerState, cause: Cause | None, error: str
    ) -> None:
        """A worker has ended, and its cells are settled."""
