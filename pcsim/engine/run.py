"""The life of a run, whichever engine drives it: its phases, closing, endings, and its books.

The rules of this file
----------------------
Everything here is guarded by `_lock`, so that closing a queue and ending a worker are one step.
Workers read what is `asked` of them without it.

Controls only ask: they set flags, close queues and wake workers, and return. The last worker to
end ends the run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from typing import Any

from pcsim.engine.books.event_log import EventLog
from pcsim.engine.books.histogram import TimeStatistics
from pcsim.engine.books.ledger import (
    DISCARDED,
    QUEUE_CLOSED,
    QUEUE_DISCARDED,
    STANDING,
    Activity,
    Ledger,
    StateTimes,
)  # fmt: skip
from pcsim.engine.books.reader import RowReader
from pcsim.engine.deadlock import named, stuck, waiting
from pcsim.engine.protocols import RunFlags, RunQueue, up_to
from pcsim.engine.worker import Worker, error_text
from pcsim.errors import DeadlockError, PhaseError, WorkerError
from pcsim.scenario import Scenario
from pcsim.snapshot import (
    BlockReason,
    Cause,
    EventBatch,
    EventKind,
    Failure,
    Phase,
    QueueDetail,
    Snapshot,
    WaitingItem,
    WorkerState,
)  # fmt: skip
from pcsim.text import safe_value


class Run(ABC):
    """A run of a scenario: a `pcsim.snapshot.control.Control` but for what waits and starts."""

    kind = ""
    """What the engine is called."""
    in_one_thread = False
    """Whether its workers run one after the other."""

    def __init__(
        self,
        scenario: Scenario,
        clock: Callable[[], float],
        lock: AbstractContextManager[Any],
        replication: int = 0,
        logs_items: bool = True,
    ) -> None:
        self.scenario = scenario
        self.replication = replication
        self.clock = clock
        self.log = EventLog()
        self.logs_items = logs_items
        """Whether the log has each wait and each drop; else only the life of the run."""
        self.ledger = Ledger(scenario)
        self.asked = RunFlags()
        self.can_get_stuck = bool(scenario.cycle())
        numbers, limit = count(1), scenario.end.items
        self.numbers: Iterator[int] = numbers
        """Of items, each taken once."""
        enough = partial(self._drain, Cause.ENOUGH_ITEMS)
        self.new_numbers = numbers if limit is None else up_to(limit, numbers, enough)
        """The same for those that producers make; they end when there were enough."""
        self.sojourn_times = TimeStatistics(self.in_one_thread)
        self.sizes: dict[str, int] = {}
        """How many items the source of a producer has, where that is known."""
        self.queues: Sequence[RunQueue] = ()
        self.workers: Sequence[Worker] = ()
        self._lock = lock
        self._live: dict[str, Worker] = {}
        # Dictionaries for their order: that of a set of names is another in every process.
        self._readers: list[dict[str, None]] = [{} for _ in scenario.queues]
        self._writers: list[dict[str, None]] = [{} for _ in scenario.queues]
        self._phase = Phase.CREATED
        self.stopped: Cause | None = None
        """Why every worker was asked to stop, if so."""
        self._failure: Failure | None = None
        self._error: BaseException | None = None
        self._abandoned: tuple[str, ...] = ()
        self._origin: float | None = None
        self.warm_up = 0.0 if scenario.warm_up == "auto" else scenario.warm_up
        """Seconds whose times do not count; finding them is not an engine's task."""
        self.warmed: Snapshot | None = None
        """The instant at which the warm-up was over; None before, and without one."""
        self._reader = RowReader(self.ledger, scenario, self.sizes)
        self._final: Snapshot | None = None
        self._seen_at = 0.0  # of the latest snapshot before the end

    # What engines differ in.

    @abstractmethod
    def start(self) -> None:
        """Begin."""

    @abstractmethod
    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; whether it has come."""

    @abstractmethod
    def _wake_everyone(self, only_producers: bool) -> None:
        """Let workers look at what is asked of them."""

    @abstractmethod
    def _stopping_everyone(self) -> None:
        """Everyone was told to stop; called once."""

    @abstractmethod
    def _ended(self) -> None:
        """The books are closed."""

    @abstractmethod
    def _alive(self) -> None:
        """Raises `PhaseError` where the run cannot be used."""

    # Controls.

    def _begin(self) -> None:
        """Under the lock: the run starts now. Raises `PhaseError` when it did before."""
        self._alive()
        if self._phase is not Phase.CREATED:
            raise PhaseError(f"the run is {self._phase.value}: it cannot be started again")
        self._phase = Phase.RUNNING
        self._origin = at = self.clock()
        for worker in self.workers:
            self._live[worker.name] = worker
            for index in worker.account.inputs:
                self._readers[index][worker.name] = None
            for index in worker.account.outputs:
                self._writers[index][worker.name] = None
            cell = worker.account.base + STANDING
            self.ledger.cells[cell] = StateTimes(since=at, started_at=at)
        for queue in self.queues:
            queue.open(at)
        self.log.append(at, EventKind.STARTED, "run", count=len(self.workers))

    def pause_producing(self) -> None:
        """Producers make nothing new until `resume_producing`."""
        self._set_paused(True)

    def resume_producing(self) -> None:
        """Producers go on where they stood."""
        self._set_paused(False)

    def _set_paused(self, paused: bool) -> None:
        with self._lock:
            self._alive()
            if not self._obeys or self.asked.paused == paused:
                return
            self.asked.paused = paused
            self.asked.holds_producers = paused or self.asked.stopping
            cause = Cause.PAUSED if paused else Cause.RESUMED
            self.log.append(self.clock(), EventKind.CONTROL, "run", cause=cause)
            self._wake_everyone(only_producers=True)

    def drain(self) -> None:
        """Stop producing, empty the queues, end. Before the start: the run is over."""
        self._drain(Cause.DRAINED)

    def _drain(self, cause: Cause) -> None:
        with self._lock:
            self._alive()
            if self._phase is Phase.CREATED:
                self._end_run(Phase.FINISHED)
            if not self._obeys:
                return
            self._phase = Phase.DRAINING
            self.log.append(self.clock(), EventKind.CONTROL, "run", cause=cause)
            self.asked.stopping = self.asked.holds_producers = True
            self.asked.paused = False
            self._wake_everyone(only_producers=True)

    @property
    def _obeys(self) -> bool:
        """Whether there is anything yet to pause or to drain."""
        return self._phase is Phase.RUNNING and not self.asked.aborting

    def abort(self) -> None:
        """End at once; what is left is discarded. Before the start: the run is over."""
        with self._lock:
            self._alive()
            if self._phase is Phase.CREATED:
                self._end_run(Phase.ABORTED)
            if self._phase.is_over or self.asked.aborting:
                return
            self.log.append(self.clock(), EventKind.CONTROL, "run", cause=Cause.ABORTED)
            self._stop_everyone(Cause.ABORTED)

    def _cut(self) -> None:
        """The run has lasted as long as its scenario says: what is left is discarded."""
        with self._lock:
            if not self._phase.is_over and not self.asked.aborting:
                self.log.append(self.clock(), EventKind.CONTROL, "run", cause=Cause.TIME_LIMIT)
                self._stop_everyone(Cause.TIME_LIMIT)

    # Questions.

    def elapsed(self) -> float:
        """Seconds since the start; 0 before."""
        return 0.0 if self._origin is None else self.clock() - self._origin

    @property
    def phase(self) -> Phase:
        """Where the run is in its life."""
        return self._phase

    @property
    def error(self) -> BaseException | None:
        """The run's first error, its cause the original; None while there is none."""
        return self._error

    @property
    def live_workers(self) -> tuple[str, ...]:
        """The names of those that have not ended."""
        with self._lock:
            return tuple(self._live)

    def snapshot(self) -> Snapshot:
        """One exact instant: a copy of the books is one C call. Nobody is waited for, so that a
        signal handler may ask as well."""
        self._alive()
        while self._final is None:
            phase, books, at = self._phase, self._books(), self.clock()
            if phase is not self._phase or phase.is_over:
                continue
            seen = self._derive(books, at, phase)
            if self._final is None:  # no call from here on: the end does not come between
                if seen.at > self._seen_at:
                    self._seen_at = seen.at
                return seen
        return self._final

    def _books(self) -> list[Any]:
        """A copy of the books: one C call, and so an exact cut."""
        return self.ledger.cells.copy()

    def _derive(self, cells: list[Any], at: float, phase: Phase) -> Snapshot:
        origin, paused = self._origin, self.asked.paused
        gauges = [queue.gauge() for queue in self.queues]
        cut = self._reader.read(cells, gauges, origin or 0.0, at)
        return Snapshot(
            (cut.version * 8 + list(Phase).index(phase)) * 2 + paused,
            0.0 if origin is None else at - origin,
            phase,
            not paused,
            cut.queues,
            cut.workers,
            cut.totals,
            self.sojourn_times.spread(),
            self._failure,
            self._abandoned,
            self.scenario.title,
            self.kind,
            self.stopped,
        )

    def events(self, since: int = 0) -> EventBatch:
        """What has happened from that event number on."""
        return self.log.since(since, self._origin or 0.0)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items of a queue, looked at without touching them."""
        self._alive()
        queue = self.queues[self._queue_index(name)]
        items = queue.waiting()
        origin = self._origin or 0.0
        shown = tuple(
            WaitingItem(item.id, safe_value(item.data), item.producer or "", at - origin)
            for item in items[:limit]
            if (at := item.queued_at) is not None  # read once: it may be taken meanwhile
        )
        return QueueDetail(name, len(items), shown)

    def _queue_index(self, name: str) -> int:
        if name not in self.scenario.queue_names:
            raise KeyError(name)
        return self.scenario.queue_names.index(name)

    # The life of the run, under the lock.

    def _warm(self) -> None:
        """The warm-up is over: what times were measured so far does not count."""
        for queue in self.queues:
            queue.waiting_times.forget()
        self.sojourn_times.forget()
        self.warmed = self.snapshot()

    def somebody_blocked(self) -> None:
        """From the port of a worker that has just parked: can anybody still go on?"""
        if not self.asked.aborting:
            self._look_for_stuck()

    def _look_for_stuck(self) -> None:
        waits = waiting(self._live, self.queues, self.ledger.cells)
        held = stuck(
            self._live, waits, dict(enumerate(self._readers)), dict(enumerate(self._writers))
        )
        if not held:
            return
        if all(waits[name].reason is BlockReason.EMPTY for name in held):
            for queue in sorted({queue for name in held for queue in waits[name].queues}):
                self._close(queue, immediate=False)
            return
        in_order = {name: waits[name] for name in self._live if name in held}
        error = DeadlockError(named(in_order, self.scenario.queue_names))
        self._fail(error, Failure("", 0, str(error), waits=error.waits))

    def worker_failed(
        self, worker: Worker, error: BaseException, number: int, trace: str, by_source: bool
    ) -> None:
        """From a worker that ends by an error: the first one is the run's. Where a source raised
        it, what sources gave before is delivered first."""
        with self._lock:
            told = error_text(error)
            wrapped = WorkerError(worker.name, number, told)
            wrapped.__cause__ = error
            self.log.append(self.clock(), EventKind.FAILED, worker.name, item=number, message=told)
            failure = Failure(worker.name, number, told, trace)
            if by_source:
                self._note_failure(wrapped, failure)
                self._drain(Cause.SOURCE_FAILED)
            else:
                self._fail(wrapped, failure)

    def worker_ended(
        self, worker: Worker, state: WorkerState, cause: Cause | None, error: str
    ) -> None:
        """From a worker's thread, at its end."""
        with self._lock:
            self._worker_ended(worker, state, cause, error)

    def _fail(self, error: BaseException, failure: Failure) -> None:
        if not self._phase.is_over:
            self._note_failure(error, failure)
            self._stop_everyone(Cause.RUN_FAILED)

    def _note_failure(self, error: BaseException, failure: Failure) -> None:
        if self._error is None and self.stopped is not Cause.ABORTED and not self._phase.is_over:
            self._error, self._failure = error, failure
            if failure.is_deadlock:
                self.log.append(self.clock(), EventKind.FAILED, "run", message=failure.message)

    def _worker_ended(
        self, worker: Worker, state: WorkerState, cause: Cause | None, error: str
    ) -> None:
        if self._live.pop(worker.name, None) is None or self._phase.is_over:
            return
        for queue in worker.account.outputs:
            self._writers[queue].pop(worker.name, None)
            if not self._writers[queue]:
                self._close(queue, immediate=False)
        for queue in worker.account.inputs:
            self._readers[queue].pop(worker.name, None)
            if not self._readers[queue]:
                self._close(queue, immediate=True)
                for name in self._writers[queue]:
                    writer = self._live[name]
                    if writer.needs_reader and not self._has_reader(writer):
                        writer.release()
        at = worker.close_standing(state, cause, error)
        if state is WorkerState.DONE:
            self.log.append(
                at, EventKind.DONE, worker.name, cause=cause, limit=worker.account.max_items
            )
        if not self._live:
            self._end_run(self._last_phase())
        elif self.can_get_stuck and not self.asked.aborting:
            self._look_for_stuck()

    def _has_reader(self, writer: Worker) -> bool:
        return any(self._readers[queue] for queue in writer.account.outputs)

    def _last_phase(self) -> Phase:
        if self._failure is not None:
            return Phase.FAILED
        return Phase.ABORTED if self.stopped is Cause.ABORTED else Phase.FINISHED

    def _close(self, index: int, immediate: bool) -> None:
        queue = self.queues[index]
        cells, base = self.ledger.cells, queue.base
        was_open = not cells[base + QUEUE_CLOSED]
        if not was_open and (not immediate or queue.is_over):
            return
        before = cells[base + QUEUE_DISCARDED]
        cells[base + QUEUE_CLOSED] = True
        queue.shutdown(immediate)
        lost = cells[base + QUEUE_DISCARDED] - before
        name, at = queue.spec.name, self.clock()
        if lost:
            cause = self.stopped or Cause.NO_CONSUMER
            self.log.append(at, EventKind.DISCARDED, name, count=lost, cause=cause)
        if was_open:
            self.log.append(at, EventKind.CLOSED, name)

    def _stop_everyone(self, cause: Cause) -> None:
        if self.asked.aborting:
            return
        self.stopped = cause
        self.asked.stopping = self.asked.holds_producers = self.asked.aborting = True
        self.asked.paused = False
        for index in range(len(self.queues)):
            self._close(index, immediate=True)
        self._wake_everyone(only_producers=False)
        self._stopping_everyone()

    def _end_run(self, phase: Phase) -> None:
        """Close the books: whatever an abandoned worker still does is not read any more."""
        at, cells = self.clock(), self.ledger.cells
        has_started = self._origin is not None
        if self._origin is None:
            self._origin = at
        for queue in self.queues:
            if has_started and not cells[queue.base + QUEUE_CLOSED]:
                self._close(queue.index, immediate=True)
            queue.empty_out()
            queue.end_marks(at)
        self.log.append(at, EventKind.ENDED, "run", message=phase.value)
        cells = self._books()
        for name in self._abandoned:
            account = self._live[name].account
            account.settle(cells, DISCARDED)
            doing = Activity(WorkerState.FAILED, ended_at=at, end_cause=Cause.ABANDONED)
            cells[account.base] = cells[account.base].turned(doing, at)
        final = self._derive(cells, at, phase)
        while self._final is None:
            # Who looked since the clock was read does not see time go back.
            final = final._replace(at=max(final.at, self._seen_at))
            if final.at >= self._seen_at:  # no call before it is there
                self._final = final
        self._phase = phase
        self._ended()
