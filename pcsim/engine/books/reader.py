"""What a cut of the books says.

Totals and queues are read from every cut at once; the row of a worker only where somebody looks
at it, for there may be a thousand, and few of them on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple, overload

from pcsim.engine.books.ledger import (
    DISCARDED,
    DONE,
    FAILED,
    PRODUCED,
    QUEUE_BLOCK,
    QUEUE_CLOSED,
    QUEUE_DISCARDED,
    QUEUE_DROPPED,
    Account,
    Ledger,
    QueueGauge,
)
from pcsim.scenario import Scenario
from pcsim.snapshot import QueueRow, Role, Totals, WorkerRow, WorkerState

_NEW = WorkerState.NEW
_made = tuple.__new__


class WorkerRows(Sequence[WorkerRow]):
    """The rows of all workers in one cut, like a tuple of them; none changes any more."""

    __slots__ = ("_all", "_cells", "_origin", "_reader", "_rows")

    def __init__(self, reader: RowReader, cells: list[Any], origin: float) -> None:
        self._reader = reader
        self._cells = cells
        self._origin = origin
        self._rows: dict[int, WorkerRow] = {}
        self._all: tuple[WorkerRow, ...] | None = None

    def __len__(self) -> int:
        return self._reader.number_of_workers

    @overload
    def __getitem__(self, index: int) -> WorkerRow: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[WorkerRow, ...]: ...
    def __getitem__(self, index: int | slice) -> WorkerRow | tuple[WorkerRow, ...]:
        if self._all is not None:
            return self._all[index]
        numbers = range(len(self))[index]
        return self._row(numbers) if isinstance(numbers, int) else tuple(map(self._row, numbers))

    def __iter__(self) -> Iterator[WorkerRow]:
        if self._all is None:
            keep = self._rows.setdefault
            rows = self._reader.worker_rows(range(len(self)), self._cells, self._origin)
            self._all = tuple(map(keep, range(len(self)), rows))
        return iter(self._all)

    def _row(self, number: int) -> WorkerRow:
        row = self._rows.get(number)
        if row is None:
            (row,) = self._reader.worker_rows((number,), self._cells, self._origin)
            # Of two threads that ask at once, both get what the first has put here.
            row = self._rows.setdefault(number, row)
        return row

    def __eq__(self, other: object) -> bool:
        if isinstance(other, WorkerRows | tuple):
            return tuple(self) == tuple(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[type[tuple[Any, ...]], tuple[list[WorkerRow]]]:
        """Copied to elsewhere, it is a tuple."""
        return tuple, (list(self),)


class Cut(NamedTuple):
    """What the books say of one instant. What has changed since has another version."""

    version: int
    cells: list[Any]
    gauges: list[QueueGauge]
    origin: float
    workers: Sequence[WorkerRow]
    queues: tuple[QueueRow, ...]
    totals: Totals


class RowReader:
    """Derives rows from cuts; a row whose cells did not change stays the same object."""

    def __init__(self, ledger: Ledger, scenario: Scenario, sizes: dict[str, int]) -> None:
        self._ledger = ledger
        self._scenario = scenario
        self._sizes = sizes
        self._places = [
            (
                account.base,
                account.got_cell(0),
                account.put_cell(0),
                account.drop_cell(0),
                account.end,
                account.name,
                account.role,
                account.input_names,
                account.output_names,
                account.max_items,
            )
            for account in ledger.accounts
        ]
        self.number_of_workers = len(self._places)
        makers = [account for account in ledger.accounts if account.role is Role.PRODUCER]
        others = [account for account in ledger.accounts if account.role is not Role.PRODUCER]
        self._sums_of_producers, self._sums_of_others = _sums(makers), _sums(others)
        self._put_cells: list[list[int]] = [[] for _ in ledger.queue_bases]
        self._got_cells: list[list[int]] = [[] for _ in ledger.queue_bases]
        self._drop_cells: list[list[int]] = [[] for _ in ledger.queue_bases]
        for account in ledger.accounts:
            for position, queue in enumerate(account.outputs):
                self._put_cells[queue].append(account.put_cell(position))
                self._drop_cells[queue].append(account.drop_cell(position))
            for position, queue in enumerate(account.inputs):
                self._got_cells[queue].append(account.got_cell(position))
        self._versions = count(1)
        self._cut = Cut(0, [], [], 0.0, WorkerRows(self, [], 0.0), (), Totals())
        """The one read last, by whatever thread."""
        self._latest: dict[int, tuple[list[Any], float, WorkerRow]] = {}
        """Of each worker the row last asked for, and the cells and the origin it came from."""

    def read(self, cells: list[Any], gauges: list[QueueGauge], origin: float, at: float) -> Cut:
        """What a copy of the books of that instant says. From any thread, and from within."""
        last = self._cut
        if cells == last.cells and origin == last.origin and gauges == last.gauges:
            return last
        queues = self._queue_rows(cells, gauges, origin, at, last.queues)
        workers, totals = WorkerRows(self, cells, origin), self._totals_of(cells, queues)
        self._cut = cut = Cut(next(self._versions), cells, gauges, origin, workers, queues, totals)
        return cut

    def worker_rows(
        self, numbers: Iterable[int], cells: list[Any], origin: float
    ) -> list[WorkerRow]:
        """The rows of those workers in a cut. From any thread. One loop and no call that can be
        spared: there are up to a thousand workers."""
        places, latest_of = self._places, self._latest.get
        rows: list[WorkerRow] = []
        for number in numbers:
            place = places[number]
            block = cells[place[0] : place[4]]
            latest = latest_of(number)
            if latest is not None and latest[0] == block and latest[1] == origin:
                rows.append(latest[2])
                continue
            row = self._row_of(block, origin, *place)
            self._latest[number] = block, origin, row
            rows.append(row)
        return rows

    def _row_of(
        self,
        block: list[Any],
        origin: float,
        base: int,
        first: int,
        middle: int,
        last: int,
        end: int,
        name: str,
        role: Role,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        max_items: int | None,
    ) -> WorkerRow:
        standing, produced, done, failed, discarded, *moved = block
        doing, since, blocked_full, blocked_empty, paused, started_at = standing
        state, _, queue, reason, ended_at, end_cause, error = doing
        if state is _NEW:
            since = started_at = origin
        got, put = sum(moved[: middle - first]), sum(moved[middle - first : last - first])
        dropped = sum(moved[last - first :])
        fields = (
            name, role, inputs, outputs, state, queue, reason, since - origin, started_at - origin,
            None if ended_at is None else ended_at - origin,
            produced, put, got, done, failed, dropped, discarded,
            produced + got - put - done - failed - dropped - discarded,
            self._sizes.get(name), max_items, blocked_full, blocked_empty, paused, end_cause, error,
        )  # fmt: skip
        return _made(WorkerRow, fields)

    def _queue_rows(
        self,
        cells: list[Any],
        gauges: list[QueueGauge],
        origin: float,
        at: float,
        known: tuple[QueueRow, ...],
    ) -> tuple[QueueRow, ...]:
        cell = cells.__getitem__
        rows: list[QueueRow] = []
        for number, base in enumerate(self._ledger.queue_bases):
            block = cells[base : base + QUEUE_BLOCK]
            put = sum(map(cell, self._put_cells[number]))
            got = sum(map(cell, self._got_cells[number]))
            refused = sum(map(cell, self._drop_cells[number]))
            row = self._queue_row(number, put, got, refused, block, gauges[number], origin, at)
            rows.append(known[number] if known and known[number] == row else row)
        return tuple(rows)

    def _totals_of(self, cells: list[Any], queues: tuple[QueueRow, ...]) -> Totals:
        """The law's terms, from the columns of the cut."""
        made, *gone_from_makers = (total(cells) for total in self._sums_of_producers)
        copied, *gone_from_others = (total(cells) for total in self._sums_of_others)
        got, put, done, failed, dropped, discarded = gone_from_others
        return Totals(
            produced=made + copied,
            in_producers_hands=made + gone_from_makers[0] - sum(gone_from_makers[1:]),
            queued=sum(row.depth for row in queues),
            in_workers_hands=copied + got - put - done - failed - dropped - discarded,
            consumed=gone_from_makers[2] + done,
            failed=gone_from_makers[3] + failed,
            dropped=sum(row.dropped_total for row in queues),
            discarded=gone_from_makers[5] + discarded + sum(row.discarded_total for row in queues),
        )

    def _queue_row(
        self,
        number: int,
        put: int,
        got: int,
        refused: int,
        block: list[Any],
        gauge: QueueGauge,
        origin: float,
        at: float,
    ) -> QueueRow:
        def instant(at: float | None) -> float | None:
            return None if at is None else at - origin

        spec = self._scenario.queues[number]
        depth = put - got - block[QUEUE_DROPPED] - block[QUEUE_DISCARDED]
        moment = gauge.moment
        if moment is None:  # what is counted and not to be seen there comes, or goes, right now
            came_at = at if gauge.came_at is None else gauge.came_at
            moment = gauge.waited - depth * (came_at - origin)
        return QueueRow(
            spec.name,
            spec.capacity,
            depth,
            gauge.peak,
            put,
            got,
            block[QUEUE_DROPPED] + refused,
            block[QUEUE_DISCARDED],
            block[QUEUE_CLOSED],
            gauge.waiting,
            instant(gauge.oldest_queued_at),
            gauge.full_time,
            instant(gauge.full_since),
            gauge.empty_time,
            instant(gauge.empty_since),
            moment,
            refused,
        )


def _sums(accounts: list[Account]) -> list[Callable[[list[Any]], int]]:
    """Of these workers together: produced, got, put, done, failed, dropped, discarded."""

    def column(cell: int) -> Callable[[list[Any]], int]:
        return _sum_of([account.base + cell for account in accounts])

    got = [account.got_cell(at) for account in accounts for at in range(len(account.inputs))]
    put = [account.put_cell(at) for account in accounts for at in range(len(account.outputs))]
    lost = [account.drop_cell(at) for account in accounts for at in range(len(account.outputs))]
    done, failed, discarded = map(column, (DONE, FAILED, DISCARDED))
    counts = column(PRODUCED), _sum_of(got), _sum_of(put), done, failed, _sum_of(lost), discarded
    return list(counts)


def _sum_of(places: list[int]) -> Callable[[list[Any]], int]:
    """What adds up the cells at these places, in two C calls for up to thousands of them."""
    if len(places) < 2:
        return lambda cells: sum(cells[place] for place in places)
    pick = itemgetter(*places)
    return lambda cells: sum(pick(cells))
