"""The threads engine: one thread for each worker, on the machine's clock.

The rules of this file
----------------------
The life of the run (its phase, who has ended, the first error) is guarded by the mutex that the
queues' slow paths share, so that closing a queue and ending a worker are one step. Workers read
the flags `is_paused`, `is_stopping`, `is_aborting` and `holds_producers` without it.

Controls only ask: they set flags, close queues and ring bells, and return. The last worker to
end ends the run. Only after an abort is there one more thread: it waits for those that are
inside a source or sink, for `ABANDON_AFTER` seconds, and then closes the books without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from pcsim import runtime
from pcsim.engine.assembly import Sink, assemble
from pcsim.engine.exits import running_engines
from pcsim.engine.stuck import Wait, stuck
from pcsim.engine.worker import ThreadWorker, error_text
from pcsim.errors import DeadlockError, PhaseError, WorkerError
from pcsim.eventlog import EventLog
from pcsim.formatting import plural, safe_value
from pcsim.histogram import GatheredTimes
from pcsim.ledger import (
    DISCARDED,
    QUEUE_CLOSED,
    QUEUE_DISCARDED,
    STANDING,
    Ledger,
    Reader,
    Standing,
)  # fmt: skip
from pcsim.queue.metered import MeteredQueue
from pcsim.queue.serving import shared_mutex
from pcsim.scenario import Scenario
from pcsim.snapshot import (
    BlockReason,
    EventBatch,
    EventKind,
    Failure,
    Phase,
    QueueDetail,
    Snapshot,
    WaitingItem,
    WorkerState,
)  # fmt: skip

ABANDON_AFTER = 1.0
"""Seconds that an abort waits for workers inside a source or sink."""


class ThreadsEngine:
    """Runs a scenario on threads; it is a `pcsim.control.Control`.

    `sources` and `sinks` are by worker name. A producer without a source makes texts, as many
    as its `items`; a consumer without a sink lets its items go; a stage without a function
    passes them on.
    """

    def __init__(
        self,
        scenario: Scenario,
        sources: Mapping[str, Iterable[Any]] | None = None,
        sinks: Mapping[str, Sink] | None = None,
    ) -> None:
        self.scenario = scenario
        self.clock = runtime.clock
        self.log = EventLog()
        self.ledger = Ledger(scenario)
        self.is_paused = self.is_stopping = self.is_aborting = self.holds_producers = False
        self.can_get_stuck = bool(scenario.cycle())
        self.number: Callable[[], int] = count(1).__next__
        self.sojourn_times = GatheredTimes()
        cells = self.ledger.cells
        self.queues = [
            MeteredQueue(spec, index, cells, base, self.clock)
            for index, (spec, base) in enumerate(
                zip(scenario.queues, self.ledger.queue_bases, strict=True)
            )
        ]
        sizes: dict[str, int] = {}
        self.workers: list[ThreadWorker] = assemble(self, sources or {}, sinks or {}, sizes)
        self._lock = shared_mutex()
        self._live: dict[str, ThreadWorker] = {}
        self._readers: list[set[str]] = [set() for _ in self.queues]
        self._writers: list[set[str]] = [set() for _ in self.queues]
        self._phase = Phase.CREATED
        self._was_aborted = False
        self._failure: Failure | None = None
        self._error: BaseException | None = None
        self._abandoned: tuple[str, ...] = ()
        self._origin = 0.0
        self._ended_at = 0.0
        self._is_dead = False
        self._done = runtime.Event()
        self._reader = Reader(self.ledger, scenario, sizes)
        self._reading = runtime.Lock()
        self._final: Snapshot | None = None

    def holds_paused(self) -> bool:
        """Whether producers are to stand still."""
        return self.is_paused and not self.is_stopping

    # Controls.

    def start(self) -> None:
        """Start every worker's thread. Raises `PhaseError` when it was started or ended before,
        `RuntimeError` when the machine gives no more threads; none is left then."""
        with self._lock:
            self._alive()
            if self._phase is not Phase.CREATED:
                raise PhaseError(f"the run is {self._phase.value}: it cannot be started again")
            self._phase = Phase.RUNNING
            self._origin = at = self.clock()
            for worker in self.workers:
                self._live[worker.name] = worker
                for index in worker.account.inputs:
                    self._readers[index].add(worker.name)
                for index in worker.account.outputs:
                    self._writers[index].add(worker.name)
                cell = worker.account.base + STANDING
                self.ledger.cells[cell] = Standing(since=at, started_at=at)
            for queue in self.queues:
                queue.open(at)
            running_engines.add(self)
            self.log.append(at, EventKind.STARTED, "run", plural(len(self.workers), "worker"))
        self._start_threads()

    def _start_threads(self) -> None:
        for number, worker in enumerate(self.workers):
            try:
                worker.thread.start()
            except (RuntimeError, MemoryError) as error:
                told = f"thread {number + 1} of {len(self.workers)} did not start: {error}"
                with self._lock:
                    self._fail(RuntimeError(told), Failure(worker.name, 0, told))
                    for unstarted in self.workers[number:]:
                        self._worker_ended(unstarted, WorkerState.DONE, "not started")
                self._done.wait()
                raise RuntimeError(told) from error

    def pause_producing(self) -> None:
        """Producers make nothing new until `resume_producing`."""
        self._set_paused(True)

    def resume_producing(self) -> None:
        """Producers go on where they stood."""
        self._set_paused(False)

    def _set_paused(self, paused: bool) -> None:
        with self._lock:
            self._alive()
            if self._phase is not Phase.RUNNING or self.is_paused == paused:
                return
            self.is_paused = paused
            self.holds_producers = paused or self.is_stopping
            told = "producing paused" if paused else "producing resumed"
            self.log.append(self.clock(), EventKind.CONTROL, "run", told)
            self._ring(only_producers=True)

    def drain(self) -> None:
        """Stop producing, empty the queues, end. Before the start: the run is over."""
        with self._lock:
            self._alive()
            if self._phase is Phase.CREATED:
                self._end_run(Phase.FINISHED)
            if self._phase is not Phase.RUNNING:
                return
            self._phase = Phase.DRAINING
            self.log.append(self.clock(), EventKind.CONTROL, "run", "draining")
            self.is_stopping = self.holds_producers = True
            self.is_paused = False
            self._ring(only_producers=True)

    def abort(self) -> None:
        """End at once; what is left is discarded. Before the start: the run is over."""
        with self._lock:
            self._alive()
            if self._phase is Phase.CREATED:
                self._end_run(Phase.ABORTED)
            if self._phase.is_over or self.is_aborting:
                return
            self._was_aborted = True
            self.log.append(self.clock(), EventKind.CONTROL, "run", "aborting")
            self._stop_everyone()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of the run, at most `timeout` seconds; whether it has come."""
        self._alive()
        if runtime.current_thread() in {worker.thread for worker in self.workers}:
            raise PhaseError("a worker cannot wait for the end of the run it is part of")
        return self._done.wait(None if timeout is None else min(timeout, runtime.LONGEST_WAIT))

    # Questions.

    @property
    def error(self) -> BaseException | None:
        """The run's first error, its cause the original; None while there is none."""
        return self._error

    @property
    def is_running_here(self) -> bool:
        """Whether it has started, not ended, and not been left behind by a fork."""
        return self._phase in (Phase.RUNNING, Phase.DRAINING) and not self._is_dead

    @property
    def live_workers(self) -> tuple[str, ...]:
        """The names of those that have not ended."""
        with self._lock:
            return tuple(self._live)

    def snapshot(self) -> Snapshot:
        """One exact instant: a copy of the books is one C call."""
        self._alive()
        final = self._final
        if final is not None:
            return final
        with self._reading:
            return self._final or self._derive(self.ledger.cells.copy(), self.clock())

    def _derive(self, cells: list[Any], at: float) -> Snapshot:
        gauges = [queue.gauge() for queue in self.queues]
        self._reader.read(cells, gauges, self._origin)
        queues, workers, totals = self._reader.rows
        phase = self._phase
        begun = bool(self._origin)
        return Snapshot(
            (self._reader.version * 8 + list(Phase).index(phase)) * 2 + self.is_paused,
            at - self._origin if begun else 0.0,
            phase,
            not self.is_paused,
            queues,
            workers,
            totals,
            self.sojourn_times.spread(),
            self._failure,
            self._abandoned,
            self.scenario.title,
            "threads",
        )

    def events(self, since: int = 0) -> EventBatch:
        """What has happened from that event number on."""
        return self.log.since(since, self._origin)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items of a queue, looked at without touching them."""
        self._alive()
        queue = self.queues[self._queue_index(name)]
        items = list(queue._items.copy())
        shown = tuple(
            WaitingItem(
                item.id, safe_value(item.data), item.producer or "", item.queued_at - self._origin
            )
            for item in items[:limit]
            if item.queued_at is not None
        )
        return QueueDetail(name, len(items), shown)

    def _queue_index(self, name: str) -> int:
        if name not in self.scenario.queue_names:
            raise KeyError(name)
        return self.scenario.queue_names.index(name)

    # The life of the run, under the lock.

    def somebody_blocked(self) -> None:
        """From the port of a worker that has just parked: can anybody still go on?"""
        if not self.is_aborting:
            self._look_for_stuck()

    def _look_for_stuck(self) -> None:
        waits = {
            name: Wait(*worker.blocked_on)
            for name, worker in self._live.items()
            if worker.blocked_on is not None and self._still_waits(worker, *worker.blocked_on)
        }
        held = stuck(
            self._live, waits, dict(enumerate(self._readers)), dict(enumerate(self._writers))
        )
        if not held:
            return
        if all(waits[name].reason is BlockReason.EMPTY for name in held):
            for queue in {queue for name in held for queue in waits[name].queues}:
                self._close(queue, immediate=False)
            return
        names = self.scenario.queue_names
        told = tuple(
            (name, "/".join(names[q] for q in waits[name].queues), waits[name].reason.value)
            for name in self._live
            if name in held
        )
        error = DeadlockError(told)
        self._fail(error, Failure("", 0, str(error), is_deadlock=True))

    def _still_waits(
        self, worker: ThreadWorker, reason: BlockReason, queues: tuple[int, ...]
    ) -> bool:
        """Whether a worker that parked has not been served since, though it may not run yet."""
        cells = self.ledger.cells
        if reason is BlockReason.FULL:
            is_closed = any(self.queues[queue].is_shutdown for queue in queues)
            return not is_closed and worker.account.in_hand(cells) == 1
        is_over = all(self.queues[queue]._is_over for queue in queues)
        return not is_over and worker.account.in_hand(cells) == 0

    def worker_failed(
        self, worker: ThreadWorker, error: BaseException, number: int, trace: str
    ) -> None:
        """From a worker that ends by an error: the first one is the run's."""
        with self._lock:
            told = error_text(error)
            wrapped = WorkerError(worker.name, number, told)
            wrapped.__cause__ = error
            self.log.append(
                self.clock(), EventKind.FAILED, worker.name, f"failed on item {number}: {told}"
            )
            self._fail(wrapped, Failure(worker.name, number, told, trace))

    def worker_ended(self, worker: ThreadWorker, state: WorkerState, note: str) -> None:
        """From a worker's thread, at its end."""
        with self._lock:
            self._worker_ended(worker, state, note)

    def _fail(self, error: BaseException, failure: Failure) -> None:
        if self._phase.is_over:
            return
        if self._error is None and not self._was_aborted:
            self._error, self._failure = error, failure
            if failure.is_deadlock:
                self.log.append(self.clock(), EventKind.FAILED, "run", failure.message)
        self._stop_everyone()

    def _worker_ended(self, worker: ThreadWorker, state: WorkerState, note: str) -> None:
        if self._live.pop(worker.name, None) is None or self._phase.is_over:
            return
        told = note
        for queue in worker.account.outputs:
            self._writers[queue].discard(worker.name)
            if not self._writers[queue]:
                self._close(queue, immediate=False)
        for queue in worker.account.inputs:
            self._readers[queue].discard(worker.name)
            if not self._readers[queue]:
                self._close(queue, immediate=True)
                for writer in self._writers[queue]:
                    self._live[writer].release()
        at = worker.close_standing(state, note)
        if state is WorkerState.DONE:
            self.log.append(at, EventKind.DONE, worker.name, f"done{': ' + told if told else ''}")
        if not self._live:
            self._end_run(self._last_phase())
        elif self.can_get_stuck and not self.is_aborting:
            self._look_for_stuck()

    def _last_phase(self) -> Phase:
        if self._failure is not None:
            return Phase.FAILED
        return Phase.ABORTED if self._was_aborted else Phase.FINISHED

    def _close(self, index: int, immediate: bool) -> None:
        queue = self.queues[index]
        cells, base = self.ledger.cells, queue.base
        was_open = not cells[base + QUEUE_CLOSED]
        if not was_open and (not immediate or queue._is_over):
            return
        before = cells[base + QUEUE_DISCARDED]
        cells[base + QUEUE_CLOSED] = True
        queue.shutdown(immediate)
        lost = cells[base + QUEUE_DISCARDED] - before
        name, at = queue.spec.name, self.clock()
        if lost:
            why = "aborted" if self.is_aborting else "no consumer is left"
            self.log.append(at, EventKind.DISCARDED, name, f"{plural(lost, 'item')}: {why}")
        if was_open:
            self.log.append(at, EventKind.CLOSED, name, "closed")

    def _stop_everyone(self) -> None:
        if self.is_aborting:
            return
        self.is_stopping = self.holds_producers = self.is_aborting = True
        self.is_paused = False
        for index in range(len(self.queues)):
            self._close(index, immediate=True)
        self._ring(only_producers=False)
        try:
            runtime.worker_thread("pcsim-abort", self._abandon_the_stuck).start()
        except RuntimeError:  # no thread to be had: then those that hang are waited for
            self.log.append(self.clock(), EventKind.CONTROL, "run", "no thread to time the abort")

    def _ring(self, only_producers: bool) -> None:
        for worker in self._live.values():
            if not only_producers or not worker.account.inputs:
                worker.wake()

    def _abandon_the_stuck(self) -> None:
        if self._done.wait(ABANDON_AFTER):
            return
        with self._lock:
            if not self._phase.is_over:
                self._abandoned = tuple(self._live)
                self._end_run(self._last_phase())

    def _end_run(self, phase: Phase) -> None:
        """Close the books: whatever an abandoned worker still does is not read any more."""
        at = self.clock()
        cells = self.ledger.cells
        has_started = bool(self._origin)
        self._origin = self._origin or at
        for queue in self.queues:
            if has_started and not cells[queue.base + QUEUE_CLOSED]:
                self._close(queue.index, immediate=True)
            while queue._items:
                item = queue._items.popleft()
                queue._dropped(item)
            queue.end_marks(at)
        self.log.append(at, EventKind.ENDED, "run", phase.value)
        with self._reading:
            cells = cells.copy()
            for name in self._abandoned:
                account = self._live[name].account
                account.settle(cells, DISCARDED)
                last = cells[account.base].turned(WorkerState.FAILED, at)
                note = "abandoned: still inside its source or sink"
                cells[account.base] = last._replace(ended_at=at, note=note)
            self._phase = phase
            self._final = self._derive(cells, at)
        running_engines.discard(self)
        self._done.set()

    # The process.

    def die_in_child(self) -> None:
        """After a fork, in the child: the threads are the parent's, and so is the run."""
        self._is_dead = True

    def _alive(self) -> None:
        if self._is_dead:
            raise PhaseError("this engine runs in the parent process: a fork has no threads of it")
