"""The life of a run, whichever engine drives it: its phases, its controls and its end.

The rules of this file
----------------------
Everything here is guarded by `_lock`, so that closing a queue and ending a worker are one step.
Workers read the `flags` without it, and an observer reads the ledger without it.

Controls only ask: they set flags, close queues and wake workers, and return. The last worker to
end ends the run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from pcsim.engine.books.depth_series import DepthSeries
from pcsim.engine.books.event_log import EventLog
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import Ledger, StateTimes, WorkerGauge
from pcsim.engine.connections import Connections
from pcsim.engine.deadlock import named
from pcsim.engine.following import Following
from pcsim.engine.observer import Observer
from pcsim.engine.protocols import RunFlags, RunQueue, RunStatus, Steers
from pcsim.engine.whole import do_whole
from pcsim.engine.worker import Worker
from pcsim.errors import DeadlockError, PhaseError, WorkerError
from pcsim.scenario import Change, Scenario
from pcsim.scenario.roster import Changed, Roster
from pcsim.snapshot import (
    Cause,
    EventBatch,
    EventKind,
    Failure,
    Phase,
    QueueDetail,
    Snapshot,
    WorkerState,
)


class Run(ABC):
    """A run of a scenario: a `pcsim.snapshot.control.Control` without what waits and starts."""

    kind = ""
    """What the engine is called."""
    in_one_thread = False
    """Whether its workers run one after the other."""
    steering: Steers
    """Carries out changes of the system; made with the workers."""
    depths: DepthSeries | None = None
    """The depths of its queues over time, where they are noted."""

    def __init__(
        self,
        scenario: Scenario,
        clock: Callable[[], float],
        lock: AbstractContextManager[Any],
        logs_items: bool = True,
    ) -> None:
        self.scenario = scenario
        self.clock = clock
        self.log = EventLog(has_items=logs_items)
        self.ledger = Ledger(scenario)
        self.flags = RunFlags()
        self.status = RunStatus(lock)
        self.can_deadlock = bool(scenario.cycle())
        goes_by_priority = any(one.discipline.goes_by_priority for one in scenario.queues)
        self.sojourn_times = ItemTimes(self.in_one_thread, goes_by_priority)
        self.has_data = False
        """Whether its items have data from outside, and not only numbers."""
        self.sizes: dict[str, int] = {}
        """How many items the source of a producer has, where that is known."""
        self.queues: Sequence[RunQueue] = ()
        self.workers: Sequence[Worker] = ()
        self.connections = Connections(self.ledger, self.log, clock, self.status)
        self.observer = Observer(self)
        self.warm_up = 0.0 if scenario.warm_up == "auto" else scenario.warm_up
        """Seconds whose times do not count; finding them is not an engine's task."""
        self.warmed: Snapshot | None = None
        """The system when the warm-up was over; None before, and without one."""
        self._lock = lock

    # What engines differ in.

    @abstractmethod
    def start(self) -> None:
        """Begin."""

    @abstractmethod
    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; whether it has come."""

    @abstractmethod
    def _wake_workers(self, only_producers: bool) -> None:
        """Let workers look at the flags: all of them once, when they are to stop."""

    @abstractmethod
    def _on_end(self) -> None:
        """The run is over, and its last snapshot is made."""

    @abstractmethod
    def _check_usable(self) -> None:
        """Raise `PhaseError` where the run cannot be used."""

    # Controls.

    def _begin(self, attempt: object = None) -> None:
        """Under the lock: the run starts now, by that attempt. Raises `PhaseError` when it did
        before, and nothing has happened then."""
        self._check_usable()
        status = self.status
        if status.phase is not Phase.CREATED:
            raise PhaseError(f"the run is {status.phase.value}: it cannot be started again")
        status.begun_by = attempt
        # The phase comes last of what a snapshot reads: one in which the run has begun finds all of
        # it. An exception up to there, such as that of Ctrl-C, leaves a run that may be started.
        status.origin = at = self.clock()
        for account in self.ledger.accounts:
            self.ledger.cells[account.base] = StateTimes(since=at, started_at=at)
        self.connections.open(self.queues, self.workers)
        status.phase = Phase.RUNNING
        for queue in self.queues:
            queue.open(at)
        self.observer.course.begin()
        self.log.append(at, EventKind.STARTED, "run", count=len(self.workers))

    def pause_producing(self) -> None:
        """Producers make nothing new until `resume_producing`."""
        self._set_paused(True)

    def resume_producing(self) -> None:
        """Producers go on where they stood."""
        self._set_paused(False)

    def _set_paused(self, paused: bool) -> None:
        with self._lock:
            self._check_usable()
            flags = self.flags
            is_running = self.status.phase is Phase.RUNNING and not flags.aborting
            if not is_running or flags.paused == paused:
                return
            cause = Cause.PAUSED if paused else Cause.RESUMED
            do_whole(
                partial(self.log.append, self.clock(), EventKind.CONTROL, "run", cause=cause),
                partial(flags.pause, paused),
                partial(self._wake_workers, only_producers=True),
            )

    def drain(self, cause: Cause = Cause.DRAINED) -> None:
        """Stop producing, empty the queues, end. Before the start: the run is over."""
        with self._lock:
            self._check_usable()
            if self.status.phase is Phase.CREATED:
                self._end_run(Phase.FINISHED)
            if self.status.phase is not Phase.RUNNING or self.flags.aborting:
                return
            do_whole(
                partial(self.log.append, self.clock(), EventKind.CONTROL, "run", cause=cause),
                self.status.begin_drain,
                self.flags.stop_producing,
                partial(self._wake_workers, only_producers=True),
            )

    def abort(self) -> None:
        """End at once; what is left is discarded. Before the start: the run is over."""
        with self._lock:
            self._check_usable()
            if self.status.phase is Phase.CREATED:
                self._end_run(Phase.ABORTED)
            self._stop_by(Cause.ABORTED)

    def _end_at_time_limit(self) -> None:
        """The run has lasted as long as its scenario says: what is left is discarded."""
        with self._lock:
            self._stop_by(Cause.TIME_LIMIT)

    def _stop_by(self, cause: Cause) -> None:
        """Stop all workers because of a control, if they are not stopped yet."""
        if not self.status.phase.is_over and not self.flags.aborting:
            do_whole(
                partial(self.log.append, self.clock(), EventKind.CONTROL, "run", cause=cause),
                partial(self._stop_workers, cause),
            )

    @property
    def roster(self) -> Roster:
        """The system as it is by now, to be read only."""
        return self.steering.roster

    def steer(self, change: Change) -> Changed | None:
        """Change the system: at once, or at the time of the run that the change has.

        Returns:
            What was changed; None where it will be at its time.

        Raises:
            PhaseError: The run does not go on.
            ScenarioError: The change does not fit the system as it is.
        """
        with self._lock:
            self._check_usable()
            if self.status.phase not in (Phase.RUNNING, Phase.DRAINING) or self.flags.aborting:
                phase = "aborting" if self.flags.aborting else self.status.phase.value
                raise PhaseError(f"the run is {phase}: only one that goes on can be changed")
            return self.steering.steer(change)

    # Questions.

    @property
    def phase(self) -> Phase:
        """Where the run is in its life."""
        return self.status.phase

    @property
    def error(self) -> BaseException | None:
        """The run's first error, its cause the original; None while there is none."""
        return self.status.error

    @property
    def following(self) -> Following:
        """What finds the ways of its items, where somebody follows them."""
        return Following(self, self._lock if self.in_one_thread else nullcontext())

    def snapshot(self) -> Snapshot:
        """Describe the whole system at one time, exactly, without waiting for anyone."""
        self._check_usable()
        return self.observer.snapshot()

    def events(self, since: int = 0) -> EventBatch:
        """List what has happened from the event of that number on."""
        return self.observer.events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """List the next `limit` items of a queue without touching them."""
        self._check_usable()
        return self.observer.queue_detail(name, limit)

    def worker_gauges(self, *, afresh: bool = False) -> list[WorkerGauge]:
        """What is known of the workers' threads, by number: none where there are no threads. It
        may be a moment old, unless it is read `afresh`."""
        return []

    def copy_cells(self) -> list[Any]:
        """Copy the ledger's cells: one C call, and so all of one time."""
        return self.ledger.cells.copy()

    # The life of the run, under the lock.

    def _end_warm_up(self) -> None:
        """The times that were measured so far do not count."""
        for queue in self.queues:
            queue.waiting_times.reset()
        self.sojourn_times.reset()
        self.warmed = self.snapshot()
        self.observer.course.begin_anew()

    def look_for_deadlock(self) -> None:
        """After a worker has blocked or ended: can the others still go on?"""
        waits = {} if self.flags.aborting else self.connections.find_deadlock()
        if waits:
            error = DeadlockError(named(waits, self.scenario.queue_names))
            message = str(error)
            if self.status.note_failure(error, Failure("", 0, message, waits=error.waits)):
                self.log.append(self.clock(), EventKind.FAILED, "run", message=message)
                self.observer.keep_deadlock()
            self._stop_workers(Cause.RUN_FAILED)

    def worker_failed(self, failure: Failure, error: BaseException) -> None:
        """From a worker that ends by an error: the first one is the run's.

        Where a source raised it, what sources gave before is delivered first.
        """
        with self._lock:
            wrapped = WorkerError(
                failure.worker,
                failure.item_number,
                failure.message,
                failure.payload,
                failure.producer,
                failure.items_before,
            )
            wrapped.__cause__ = error
            self.log.append(
                self.clock(),
                EventKind.FAILED,
                failure.worker,
                item=failure.item_number or None,
                count=failure.items_before,
                message=failure.message,
                payload=failure.payload,
                producer=failure.producer,
            )
            if failure.items_before is not None:
                self.status.note_failure(wrapped, failure)
                self.drain(Cause.SOURCE_FAILED)
            else:
                self._fail(wrapped, failure)

    def worker_ended(
        self, worker: Worker, state: WorkerState, cause: Cause | None, error: str
    ) -> None:
        """From a worker, at its end: the last one ends the run.

        What it leaves behind may be a deadlock of the others, of which none blocks any more.
        """
        with self._lock:
            if self.status.phase.is_over:
                self.connections.live.pop(worker.name, None)
                return
            if not self.connections.leave(worker):
                return
            at = worker.close_state(state, cause, error)
            if state is WorkerState.DONE:
                limit = worker.account.max_items
                self.log.append(at, EventKind.DONE, worker.name, cause=cause, limit=limit)
            if not self.connections.live:
                self._end_run(self.status.last_phase)
            elif self.connections.may_leave_deadlock(worker):
                self.look_for_deadlock()

    def _fail(self, error: BaseException, failure: Failure) -> None:
        if not self.status.phase.is_over:
            self.status.note_failure(error, failure)
            self._stop_workers(Cause.RUN_FAILED)

    def _stop_workers(self, cause: Cause) -> None:
        if not self.flags.aborting:
            do_whole(
                partial(self.status.stop, cause),
                self.flags.stop,
                self.connections.close_all,
                partial(self._wake_workers, only_producers=False),
            )

    def _end_run(self, phase: Phase) -> None:
        at = self.connections.end()
        if self.status.origin is None:
            self.status.origin = at
        do_whole(
            partial(self.log.append, at, EventKind.ENDED, "run", message=phase.value),
            partial(self.observer.end, at, phase),
            self.observer.course.look,
            partial(self.status.end, phase),
            self._on_end,
        )
