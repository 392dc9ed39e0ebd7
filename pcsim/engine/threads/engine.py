"""The threads engine: one thread for each worker, on the machine's clock.

The lock of the run is also the mutex of its queues: each run is a lock domain of its own. After
an abort there is one more thread. It waits for those that are inside a source or sink, for
`ABANDON_AFTER` seconds, and then ends the run without them; if the machine gives no thread for
it, the thread that joins does that. One more thread keeps the time: it ends the warm-up and the
run where they end at a time, and once a second it keeps how things are, for what is recent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from pcsim import runtime
from pcsim.engine.assembly import Workshop
from pcsim.engine.books.ledger import WorkerGauge
from pcsim.engine.kit import Sink
from pcsim.engine.run import Run
from pcsim.engine.steering import Steering
from pcsim.engine.threads.crew import ThreadCrew
from pcsim.engine.threads.gauges import ThreadGauges
from pcsim.engine.threads.process_exit import running_engines, watch
from pcsim.engine.threads.queue import MeteredQueue, queue_class
from pcsim.engine.threads.time_keeper import TimeKeeper
from pcsim.engine.threads.timers import Timers
from pcsim.engine.threads.worker import ThreadWorker
from pcsim.engine.whole import do_whole
from pcsim.errors import PhaseError
from pcsim.queue.domains import new_domain
from pcsim.scenario import Scenario
from pcsim.snapshot import Cause, Failure, Phase, Processor, WorkerState

ABANDON_AFTER = 1.0
"""Seconds that an abort waits for workers inside a source or sink."""
ABANDON_LOOKS = 50
"""In how many parts it waits. Where the machine gives this process little time, each part ends
late, and the workers have had their turns in between: none is abandoned for want of a core."""


class ThreadsEngine(Run):
    """Runs a scenario on threads; it is a `pcsim.snapshot.control.Control`.

    `sources` and `sinks` are by worker name. A producer without a source makes numbers, as many
    as its `items`; a consumer without a sink lets its items go; a stage without a function
    passes them on.
    """

    kind = "threads"
    queues: list[MeteredQueue]
    workers: list[ThreadWorker]
    steering: Steering

    def __init__(
        self,
        scenario: Scenario,
        sources: Mapping[str, Iterable[Any]] | None = None,
        sinks: Mapping[str, Sink] | None = None,
    ) -> None:
        domain = new_domain()
        super().__init__(scenario, runtime.clock, domain.mutex)
        cells = self.ledger.cells
        self.queues = [
            queue_class(spec.discipline)(spec, index, cells, base, self.clock, domain)
            for index, (spec, base) in enumerate(
                zip(scenario.queues, self.ledger.queue_bases, strict=True)
            )
        ]
        self.workers = [ThreadWorker(self, account) for account in self.ledger.accounts]
        self._timers = Timers()
        workshop = Workshop(self, sources or {}, sinks or {})
        self.steering = Steering(self, workshop, ThreadCrew(self, self._timers.start))
        self.status.processor = Processor(runtime.core_count(), runtime.has_interpreter_lock())
        self._gauges = ThreadGauges(self.workers, self.clock)
        self._is_dead = False
        self._done = runtime.Latch()
        self._joiners_bell = runtime.Latch()
        self._abandon_at = math.inf
        self._joiners: set[runtime.Thread] = set()
        """The threads that are joining others: up to Python 3.12, a signal handler within a join
        may not join the same thread."""

    # Controls.

    def start(self) -> None:
        """Start the thread of every worker.

        Raises `PhaseError` when the run was started or ended before, and `RuntimeError` when the
        machine gives no more threads; those that were started have ended then.
        """
        attempt = object()
        try:
            with self._lock:
                self._begin(attempt)
                watch(self)
            self._start_threads()
        except BaseException:  # such as that of Ctrl-C: no half of a run goes on
            if self.status.begun_by is attempt:  # else it was started before
                do_whole(self._undo_start)
            raise

    def _undo_start(self) -> None:
        """Stop what has been started; a run that has not begun stays as it is."""
        with self._lock:
            if self.phase not in (Phase.RUNNING, Phase.DRAINING):
                return
            self._stop_workers(Cause.ABORTED)
            for worker in self.workers:
                if worker.claim():
                    self.worker_ended(worker, WorkerState.DONE, Cause.NOT_STARTED, "")

    def _start_threads(self) -> None:
        waiting = runtime.deque(self.workers)
        try:
            self._timers.start("pcsim-time", self._keep_time)
            self.steering.crew.changed()
            while waiting:
                waiting[0].start()
                waiting.popleft()
        except (RuntimeError, MemoryError) as error:
            total = len(self.workers)
            message = f"thread {total - len(waiting) + 1} of {total} did not start: {error}"
            with self._lock:
                self._fail(RuntimeError(message), Failure(waiting[0].name, 0, message))
                self._undo_start()
            self._wait_for_all(math.inf)
            raise RuntimeError(message) from error

    def _keep_time(self) -> None:
        """End the warm-up and the run at their times."""
        keeper = TimeKeeper(self.clock, self.status, self.observer, self._gauges, self._done)
        end = math.inf if self.scenario.end.time is None else self.scenario.end.time
        try:
            if self.warm_up and keeper.wait_until(self.warm_up):
                with self._lock:
                    self._end_warm_up()
            if keeper.wait_until(end):
                self._end_at_time_limit()
        finally:
            keeper.close()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of the run, at most `timeout` seconds; return whether it has ended."""
        self._check_usable()
        if runtime.current_thread() in {worker.thread for worker in self.workers}:
            raise PhaseError("a worker cannot wait for the end of the run it is part of")
        return self._wait_for_all(math.inf if timeout is None else timeout)

    def _wait_for_all(self, timeout: float) -> bool:
        """Wait for the run and then for its threads, except those that were abandoned."""
        if not self._wait(timeout):
            return False
        me = runtime.current_thread()
        if me in self._joiners:  # a signal handler, within the lines below: there they are joined
            return True
        self._joiners.add(me)
        try:
            abandoned = self.status.abandoned
            own = [worker.thread for worker in self.workers if worker.name not in abandoned]
            for thread in (*own, *self._timers):  # the run is over: they return at once
                if thread is not None and thread.is_alive():
                    thread.join()
        finally:
            self._joiners.discard(me)
        return True

    def _wait(self, timeout: float) -> bool:
        until = self.clock() + timeout
        self._joiners_bell.wait(timeout)
        if self._abandon_at < math.inf:
            self._done.wait(max(min(until, self._abandon_at) - self.clock(), 0.0))
            if self.clock() >= self._abandon_at:
                self._abandon_the_stuck()
        return self._done.is_set

    @property
    def is_running_here(self) -> bool:
        """Whether it has started and not ended, and its threads are of this process."""
        return self.phase in (Phase.RUNNING, Phase.DRAINING) and not self._is_dead

    def worker_gauges(self, *, afresh: bool = False) -> list[WorkerGauge]:
        """What is known of the workers' threads."""
        return self._gauges.read(afresh=afresh)

    # The life of the run, under the lock.

    def _wake_workers(self, only_producers: bool) -> None:
        for worker in self.workers:
            is_live = worker.name in self.connections.live
            if is_live and not (only_producers and worker.account.inputs):
                worker.wake()
        if not only_producers:
            self._limit_abort()

    def _limit_abort(self) -> None:
        """Every worker was asked to stop: wait only so long for those in a source or sink."""

        def abandon_in_time() -> None:
            for _ in range(ABANDON_LOOKS):
                if self._done.wait(ABANDON_AFTER / ABANDON_LOOKS):
                    return
            self._abandon_the_stuck()

        try:
            self._timers.start("pcsim-abort", abandon_in_time)
        except (RuntimeError, MemoryError):  # no thread left: the thread that joins times it
            self._abandon_at = self.clock() + ABANDON_AFTER
            self._joiners_bell.set()

    def _abandon_the_stuck(self) -> None:
        with self._lock:
            if not self.phase.is_over:
                self.status.abandoned = tuple(self.connections.live)
                self._end_run(self.status.last_phase)

    def _on_end(self) -> None:
        running_engines.discard(self)
        self._done.set()
        self._joiners_bell.set()
        self.steering.crew.changed()

    # The process.

    def die_in_child(self) -> None:
        """After a fork, in the child: the threads are the parent's, and so is the run."""
        self._is_dead = True

    def _check_usable(self) -> None:
        if self._is_dead:
            raise PhaseError("this engine runs in the parent process: a fork has no threads of it")
