"""Which live workers read and write each queue, and what closes as they leave.

Everything here but `live_names` is called under the run's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from pcsim.engine.books.event_log import EventLog
from pcsim.engine.books.ledger import QUEUE_CLOSED, QUEUE_DISCARDED, Ledger
from pcsim.engine.cycle_counts import CycleCounts
from pcsim.engine.deadlock import QueueWait, deadlocked, waiting
from pcsim.engine.protocols import RunQueue, RunStatus, RunWorker
from pcsim.snapshot import BlockReason, Cause, EventKind


class Connections:
    """The live workers of a run, and the queues that they keep open."""

    def __init__(
        self, ledger: Ledger, log: EventLog, clock: Callable[[], float], status: RunStatus
    ) -> None:
        self.live: dict[str, RunWorker] = {}
        """The workers that have begun and not ended, by name."""
        self._queues: Sequence[RunQueue] = ()
        # Dictionaries for their order: that of a set of names is another in every process.
        self._readers: list[dict[str, RunWorker]] = []
        self._writers: list[dict[str, RunWorker]] = []
        self._cycles = CycleCounts(self.live, self._readers, self._writers)
        self._cells = ledger.cells
        self._log = log
        self._clock = clock
        self._status = status

    @property
    def live_names(self) -> tuple[str, ...]:
        """The names of the workers that have begun and not ended."""
        with self._status.lock:
            return tuple(self.live)

    def open(self, queues: Sequence[RunQueue], workers: Sequence[RunWorker]) -> None:
        """The run begins with all of its workers."""
        self._queues = queues
        self._readers = [{} for _ in queues]
        self._writers = [{} for _ in queues]
        for worker in workers:
            self._add(worker)
        self._cycles = CycleCounts(self.live, self._readers, self._writers)

    def join(self, workers: Sequence[RunWorker]) -> None:
        """Workers have come while the run goes on."""
        for worker in workers:
            self._add(worker)
        self._cycles.find()

    def _add(self, worker: RunWorker) -> None:
        self.live[worker.name] = worker
        for index in worker.account.inputs:
            self._readers[index][worker.name] = worker
        for index in worker.account.outputs:
            self._writers[index][worker.name] = worker

    def leave(self, worker: RunWorker) -> bool:
        """Take out a worker that has ended; return whether it was still in.

        A queue without writers closes, and its readers drain it. A queue without readers closes
        at once: what is in it is discarded, and its writers are released.
        """
        if self.live.pop(worker.name, None) is None:
            return False
        for queue in worker.account.outputs:
            self._writers[queue].pop(worker.name, None)
            if not self._writers[queue]:
                self.close(queue, immediate=False)
        for queue in worker.account.inputs:
            self._readers[queue].pop(worker.name, None)
            if not self._readers[queue]:
                self.close(queue, immediate=True)
                self._release_writers(queue)
        return True

    def _release_writers(self, queue: int) -> None:
        for writer in self._writers[queue].values():
            is_read = any(self._readers[output] for output in writer.account.outputs)
            if writer.needs_reader and not is_read:
                writer.release()

    def close_all(self) -> None:
        """Close every queue at once, and discard what is in it."""
        for index in range(len(self._queues)):
            self.close(index, immediate=True)

    def close(self, index: int, immediate: bool) -> None:
        """Close a queue, if it is not closed yet; `immediate` discards what is in it as well."""
        queue = self._queues[index]
        cells, base = self._cells, queue.base
        was_open = not cells[base + QUEUE_CLOSED]
        if not was_open and (not immediate or queue.is_over):
            return
        before = cells[base + QUEUE_DISCARDED]
        cells[base + QUEUE_CLOSED] = True
        queue.shutdown(immediate)
        lost = cells[base + QUEUE_DISCARDED] - before
        name, at = queue.spec.name, self._clock()
        if lost:
            cause = self._status.stopped or Cause.NO_CONSUMER
            self._log.append(at, EventKind.DISCARDED, name, count=lost, cause=cause)
        if was_open:
            self._log.append(at, EventKind.CLOSED, name)

    def end(self) -> float:
        """The run is over: close and empty every queue that has been opened; return the time."""
        for queue in self._queues:
            if not self._cells[queue.base + QUEUE_CLOSED]:
                self.close(queue.index, immediate=True)
            queue.empty_out()
        at = self._clock()
        for queue in self._queues:
            queue.end_marks(at)
        return at

    def load(self, index: int) -> float:
        """Count the items in a queue and in the hands of its readers; infinite once it is closed.

        A reader that does not wait has an item in hand. No lock is taken: on threads a reader that
        comes or goes meanwhile is counted before or after.
        """
        queue = self._queues[index]
        if queue.is_shutdown:
            return inf
        return queue.depth() + len(self._readers[index]) - queue.idle_readers()

    def may_leave_deadlock(self, worker: RunWorker) -> bool:
        """Count a worker no more that has left; return whether the others may be deadlocked."""
        return self._cycles.leave(worker)

    def find_deadlock(self) -> dict[str, QueueWait]:
        """Find the workers that wait only for each other, and for what each of them waits.

        Where all of them wait for items, nothing will ever come: that is no deadlock but the
        end of their input. Their queues are closed, and there is nothing to return.
        """
        self._cycles.refresh()
        waits = waiting(self.live, self._queues, self._cells)
        names = deadlocked(self.live, waits, self._readers, self._writers)
        if all(waits[name].reason is BlockReason.EMPTY for name in names):
            for queue in sorted({queue for name in names for queue in waits[name].queues}):
                self.close(queue, immediate=False)
            for name in names:
                self.live[name].goes_on()
            return {}
        return {name: waits[name] for name in self.live if name in names}
