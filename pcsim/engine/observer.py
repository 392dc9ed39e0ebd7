"""What a run looks like: its snapshots, its events, and the items in a queue.

Nobody who looks takes the run's lock or waits for anyone, so that a signal handler may look as
well. A copy of the ledger's cells is one C call; all else is derived from that copy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Protocol
from weakref import ref

from pcsim.engine.books.event_log import EventLog
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import DISCARDED, Activity, Ledger, QueueGauge, WorkerGauge
from pcsim.engine.books.reader import RowReader
from pcsim.engine.course_keeper import CourseKeeper
from pcsim.engine.item import Item
from pcsim.engine.protocols import RunFlags, RunStatus
from pcsim.scenario import Scenario
from pcsim.snapshot import (
    Cause,
    EventBatch,
    Phase,
    QueueDetail,
    Snapshot,
    WaitingItem,
    WorkerState,
)
from pcsim.snapshot.marks import Marks
from pcsim.text import safe_value

MAX_STUCK_ITEMS = 100
"""Items of each queue that are kept of a deadlock."""

KEPT_LOOKS = 64
"""Times of snapshots that are kept: as many threads may look at once that time does not go back."""


class ObservedQueue(Protocol):
    """What an observer needs of a queue."""

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""


class ObservedWorker(Protocol):
    """What an observer needs of a worker."""

    @property
    def in_hand(self) -> Item | None:
        """The item that it has in its hand, or had last."""


class Observed(Protocol):
    """What an observer needs of its run."""

    kind: str
    in_one_thread: bool
    scenario: Scenario
    ledger: Ledger
    log: EventLog
    flags: RunFlags
    status: RunStatus
    sojourn_times: ItemTimes
    sizes: dict[str, int]

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds, of the clock that its times are on."""

    @property
    def queues(self) -> Sequence[ObservedQueue]:
        """All queues, by index."""

    @property
    def workers(self) -> Sequence[ObservedWorker]:
        """All workers."""

    def copy_cells(self) -> list[Any]:
        """Copy the ledger's cells at one time."""

    def worker_gauges(self, *, afresh: bool = False) -> list[WorkerGauge]:
        """What is known of the workers' threads."""


class Observer:
    """Answers questions about one run, during it and after its end."""

    def __init__(self, run: Observed) -> None:
        self._run = run
        self._status = run.status
        self._reader = RowReader(
            run.ledger, run.scenario, run.sizes, _hands_of(run), run.in_one_thread
        )
        self.marks = Marks()
        self.course = CourseKeeper(run.clock, run.status, run.log, self.snapshot)
        """What the run has done from change to change."""
        self._ending: tuple[float, Phase] | None = None
        """The time and the phase of the end, once it has come."""
        self._last: dict[Phase, Snapshot] = {}
        """The first that was made of the end."""
        self._final: Snapshot | None = None
        self._at_deadlock: Snapshot | None = None
        self._stuck_items: dict[str, tuple[int, list[Item]]] = {}
        """By queue, how many items waited in a deadlock, and the next of them."""
        self._looks = count()
        self._seen = [0.0] * KEPT_LOOKS
        """The times of the latest snapshots before the end, of all threads. A list: without a
        global lock a deque cannot be read while others append to it."""

    def snapshot(self) -> Snapshot:
        """Describe the whole system at one time, exactly; after the end, always the last one.

        A snapshot that was begun before the end and is finished after it is thrown away. What is
        returned before the end is noted in `_seen` first, so that the last one is not earlier. Nor
        has it less in it: once the run is ending, a thread that would return another one makes the
        last one instead. So it need not wait for the thread that ends the run.
        """
        status = self._status
        while (final := self._final) is None:
            phase, gauges = status.phase, self._gauges()
            # The clock comes last: no time that was read before is later. The gauges come first:
            # at the time of the cells, a worker does what they say.
            cells, origin, at = self._run.copy_cells(), status.origin, self._run.clock()
            if phase is not status.phase or phase.is_over or not self._reader.can_read(cells):
                continue
            begun_at = None if phase is Phase.CREATED else origin
            seen = self._derive(cells, gauges, at, phase, begun_at)
            self._seen[next(self._looks) % KEPT_LOOKS] = seen.at
            if self._ending is None:
                return seen
            self._make_last(*self._ending)
        latest = max(self._seen)
        if final.at < latest:  # one has looked while the last one was made
            self._final = final = final._replace(at=latest)
        return final

    def lay_out(self) -> None:
        """Under the run's lock: workers have come."""
        self._reader.lay_out()

    def mark(self) -> None:
        """Keep the run as it is now: later snapshots are compared with it."""
        if self._final is None:
            self.marks.keep(self.snapshot())

    def keep_deadlock(self) -> None:
        """Under the run's lock: keep the run as it is while its workers wait for each other. Their
        end lets them go and empties the queues."""
        seen = self.snapshot()
        self._at_deadlock = seen._replace(queues=tuple(seen.queues), workers=tuple(seen.workers))
        for name, queue in zip(self._run.scenario.queue_names, self._run.queues, strict=True):
            items = queue.waiting()
            self._stuck_items[name] = (len(items), list(items[:MAX_STUCK_ITEMS]))

    def end(self, at: float, phase: Phase) -> None:
        """Make the last snapshot, under the run's lock: what an abandoned worker still does is
        not seen any more."""
        self._ending = at, phase
        self._make_last(at, phase)

    def _make_last(self, at: float, phase: Phase) -> None:
        """Make it from what is in the books now: of several threads, that of the first counts."""
        cells = self._run.copy_cells()
        accounts = {account.name: account for account in self._run.ledger.accounts}
        for name in self._status.abandoned:
            account = accounts[name]
            account.settle(cells, DISCARDED)
            end = Activity(WorkerState.FAILED, ended_at=at, end_cause=Cause.ABANDONED)
            cells[account.base] = cells[account.base].turned(end, at)
        if self._status.stopped is not None:  # else nothing has to be set right, or hidden
            self._run.ledger.settle_queues(cells)
        final = self._derive(cells, self._gauges(), at, phase, self._status.origin, is_last=True)
        # A thread that has looked since the clock was read does not see time go back.
        final = final._replace(at=max(final.at, *self._seen))
        self._final = self._last.setdefault(phase, final)

    def _gauges(self) -> list[QueueGauge]:
        return [queue.gauge() for queue in self._run.queues]

    def _derive(
        self,
        cells: list[Any],
        gauges: list[QueueGauge],
        at: float,
        phase: Phase,
        origin: float | None,
        *,
        is_last: bool = False,
    ) -> Snapshot:
        """The snapshot of a run that began at `origin`; None where it has not begun."""
        run, status, paused = self._run, self._status, self._run.flags.paused
        books = self._reader.read(
            cells, gauges, origin or 0.0, at, run.worker_gauges(afresh=is_last)
        )
        lasted = 0.0 if origin is None else at - origin
        return Snapshot(
            (books.version * 8 + list(Phase).index(phase)) * 2 + paused,
            lasted,
            phase,
            not paused,
            books.queues,
            books.workers,
            books.totals,
            run.sojourn_times.spread(),
            status.failure,
            status.abandoned,
            run.scenario.title,
            run.kind,
            status.stopped,
            status.processor,
            run.sojourn_times.priority_spreads(),
            before=self.marks.before(lasted),
            at_deadlock=self._at_deadlock,
        )

    def events(self, since: int) -> EventBatch:
        """List what has happened from the event of that number on."""
        now = self._run.clock() if self._final is None else math.inf
        return self._run.log.since(since, self._status.origin or 0.0, now)

    def queue_detail(self, name: str, limit: int) -> QueueDetail:
        """List the next `limit` items of a queue without touching them; of a run that has ended in
        a deadlock, those that waited in it.

        Raises:
            KeyError: There is no queue of that name.
        """
        names = self._run.scenario.queue_names
        if name not in names:
            raise KeyError(name)
        if name in self._stuck_items:
            depth, items = self._stuck_items[name]
        else:
            items = self._run.queues[names.index(name)].waiting()
            depth = len(items)
        origin = self._status.origin or 0.0
        shown = tuple(
            WaitingItem(item.id, safe_value(item.data), item.producer or "", at - origin)
            for item in items[:limit]
            if (at := item.queued_at) is not None  # read once: it may be taken meanwhile
        )
        return QueueDetail(name, depth, shown)


def _hands_of(run: Observed) -> Callable[[int], Item | None]:
    """Make what finds the item in the hand of a worker, by the worker's number.

    A snapshot that outlives its run reads its rows through this, and must not keep the run.
    """
    run_of = ref(run)

    def hand_of(number: int) -> Item | None:
        run = run_of()
        return None if run is None else run.workers[number].in_hand

    return hand_of
