"""The kernel's books, put into the ledger's cells, the gauges and the measured times of a run."""

from __future__ import annotations

from collections import Counter
from ctypes import POINTER, byref, c_double, c_int32, c_int64
from typing import Any

from pcsim.engine.books.depth_series import DepthSeries
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import (
    COPIED,
    QUEUE_CLOSED,
    QUEUE_DISCARDED,
    QUEUE_DROPPED,
    RUNNING,
    Account,
    Activity,
    QueueGauge,
    StateTimes,
)
from pcsim.engine.item import Item
from pcsim.kernel import structs
from pcsim.kernel.library import Library
from pcsim.kernel.plan import Plan
from pcsim.kernel.structs import NONE, QueueBook, TimesBook, WorkerBook
from pcsim.scenario import QueueSpec
from pcsim.snapshot import BlockReason, Cause, WorkerState

CAUSES = (None, Cause.DRAINED, Cause.NO_CONSUMER, Cause.TIME_LIMIT, Cause.MAX_ITEMS)
"""As in `source/plans.h`; a run that is stopped is so by its time limit."""
REASONS = (None, BlockReason.EMPTY, BlockReason.FULL)


class QueueBooks:
    """What is known of one queue."""

    def __init__(self, spec: QueueSpec) -> None:
        self.spec = spec
        self.waiting_times = ItemTimes(True, spec.discipline.goes_by_priority)
        self.book = QueueBook(is_open=True)

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""
        book, is_open = self.book, bool(self.book.is_open)
        is_full = book.depth >= self.spec.capacity
        return QueueGauge(
            book.peak,
            self.waiting_times.spread(),
            book.oldest if book.depth else None,
            book.full_time,
            book.full_since if is_open and is_full else None,
            book.empty_time,
            book.empty_since if is_open and not book.depth else None,
            book.departures_minus_arrivals,
            by_priority=self.waiting_times.priority_spreads(),
        )

    def waiting(self) -> list[Item]:
        """The kernel keeps no items that could be shown."""
        return []


class Books:
    """Reads the books of one run.

    Args:
        library: The kernel.
        kernel: The run in it.
        plan: What it runs.
    """

    def __init__(self, library: Library, kernel: Any, plan: Plan) -> None:
        self._library, self._kernel, self._plan = library, kernel, plan
        self._workers = (WorkerBook * plan.system.workers)()
        self._queues = (QueueBook * plan.system.queues)()
        self._got = (c_int64 * max(plan.system.inputs, 1))()
        self._puts = (c_int64 * max(plan.system.outputs, 1))()
        self._drops = (c_int64 * max(plan.system.outputs, 1))()
        self._buckets = (c_int32 * structs.MOST_BUCKETS)()
        self._counts = (c_int64 * structs.MOST_BUCKETS)()

    def read(self, cells: list[Any], queues: list[QueueBooks], sojourns: ItemTimes) -> None:
        """Bring the ledger's cells, the queues and the times in the system up to date."""
        self._library.read(
            self._kernel, self._workers, self._queues, self._got, self._puts, self._drops
        )
        plan, accounts = self._plan, self._plan.ledger.accounts
        for number, row, table in zip(plan.by_rank, self._workers, plan.workers, strict=True):
            self._write_worker(cells, accounts[number], row, table)
        for index, (queue, book) in enumerate(zip(queues, self._queues, strict=True)):
            queue.book = book
            base = plan.ledger.queue_bases[index]
            cells[base + QUEUE_DROPPED] = book.dropped
            cells[base + QUEUE_DISCARDED] = book.discarded
            cells[base + QUEUE_CLOSED] = bool(book.is_closed)
            self._read_times(index, queue.waiting_times)
        self._read_times(NONE, sojourns)

    def read_depths(self, series: DepthSeries) -> None:
        """Bring the depths of the queues over time up to date."""
        depths, step, many = POINTER(c_double)(), c_double(), self._plan.system.queues
        rows = self._library.read_depths(self._kernel, byref(depths), byref(step))
        series.take_over(step.value, [depths[row * many : (row + 1) * many] for row in range(rows)])

    def _write_worker(self, cells: list[Any], account: Account, book: Any, plan: Any) -> None:
        base, ports = account.base, account.base + COPIED + 1
        doing, since, full, empty = (
            self._activity(book),
            book.since,
            book.full_time,
            book.empty_time,
        )
        cells[base] = StateTimes(doing, since, full, empty)
        cells[base + 1 : ports] = (
            book.produced, book.done, book.failed, book.discarded, book.copied,
        )  # fmt: skip
        first, last = plan.first_output, plan.first_output + plan.outputs
        cells[ports : account.end] = (
            *self._got[plan.first_input : plan.first_input + plan.inputs],
            *self._puts[first:last],
            *self._drops[first:last],
        )

    def _activity(self, book: Any) -> Activity:
        if book.state == structs.RUNNING:
            return RUNNING
        if book.state == structs.ENDED:
            cause = CAUSES[book.cause]
            return Activity(WorkerState.DONE, ended_at=book.ended_at, end_cause=cause)
        name = self._plan.scenario.queue_names[book.queue]
        return Activity(WorkerState.BLOCKED, book.queue, name, REASONS[book.reason])

    def _read_times(self, queue: int, times: ItemTimes) -> None:
        book = TimesBook()
        self._read_into(queue, NONE, book)
        times.take_over(self._counted(book), book.number, book.sum, book.longest)
        if times.by_priority is None:
            return
        for position, priority in enumerate(self._plan.priorities):
            self._read_into(queue, position, book)
            if book.was_used:
                of_it = times.by_priority.of(priority)
                of_it.take_over(self._counted(book), book.number, book.sum, book.longest)

    def _read_into(self, queue: int, priority: int, book: TimesBook) -> None:
        self._library.read_times(
            self._kernel, queue, priority, byref(book), self._buckets, self._counts
        )

    def _counted(self, book: TimesBook) -> Counter[int]:
        many = book.buckets
        return Counter(dict(zip(self._buckets[:many], self._counts[:many], strict=True)))
