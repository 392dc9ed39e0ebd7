"""What is done for the workers of a run on threads that come while it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, cast

from pcsim import runtime
from pcsim.engine.books.ledger import Account
from pcsim.engine.protocols import WorkerHost
from pcsim.engine.steering import Crew, Steering
from pcsim.engine.threads.worker import ThreadWorker
from pcsim.engine.worker import Worker
from pcsim.snapshot import Cause, WorkerState


class Host(WorkerHost, Protocol):
    """What a crew needs of its engine."""

    workers: list[ThreadWorker]
    steering: Steering


class ThreadCrew(Crew):
    """Makes workers, and starts their threads.

    Args:
        engine: Their engine.
        start_timer: Starts a thread of the run by its name, which does that.
    """

    def __init__(
        self, engine: Host, start_timer: Callable[[str, Callable[[], None]], None]
    ) -> None:
        self._engine = engine
        self._start_timer = start_timer
        self._bell = runtime.Lock()
        self._bell.acquire()
        self._has_timer = False
        """Whether there is a thread that makes changes at their times."""

    def make(self, account: Account) -> ThreadWorker:
        """Make a worker, which nobody knows yet."""
        return ThreadWorker(self._engine, account)

    def place(self, worker: Worker, number: int) -> None:
        """Let a worker be seen that is connected: as a further one, or in another's place."""
        workers = self._engine.workers
        before = workers[number].thread if number < len(workers) else None
        if before is not None:
            before.join()  # it has ended, or is in its last step
        workers[number : number + 1] = [cast("ThreadWorker", worker)]

    def begin(self, workers: Sequence[Worker]) -> None:
        """Let workers begin that are connected."""
        waiting = runtime.deque(cast("Sequence[ThreadWorker]", workers))
        try:
            while waiting:
                waiting[0].start()
                waiting.popleft()
        except (RuntimeError, MemoryError) as error:
            message = f"no thread for {waiting[0].name}: {error}"
            for worker in waiting:
                if worker.claim():
                    self._engine.worker_ended(worker, WorkerState.DONE, Cause.NOT_STARTED, "")
            raise RuntimeError(message) from error

    def together(self) -> AbstractContextManager[object]:
        """Several workers are called within this."""
        return nullcontext()

    def check(self) -> None:
        """Any thread may change the run."""

    # Changes at times of the run, made by a thread of their own.

    def changed(self) -> None:
        """The system was changed, or more is to be done at a time."""
        if self._has_timer:
            self.ring()
        elif self._engine.steering.next_at < math.inf:
            self._has_timer = True
            self._start_timer("pcsim-changes", self._make_changes)

    def ring(self) -> None:
        """Let that thread look again."""
        try:
            self._bell.release()
        except RuntimeError:  # it rings already
            return

    def _make_changes(self) -> None:
        engine = self._engine
        status, steering = engine.status, engine.steering
        while not engine.flags.aborting and not status.phase.is_over:
            with status.lock:
                now = engine.clock() - (status.origin or 0.0)
                steering.act(now)
                wait = steering.next_at - now
            if wait > 0:
                self._bell.acquire(timeout=min(wait, runtime.LONGEST_WAIT))
