"""Rows of workers and queues, read from copies of the ledger.

Totals and queues are read from every copy at once. The row of a worker is read only where somebody
looks at it, for there may be a thousand of them, and few on the screen. So `WorkerRows` keeps the
copy that it stands for, and reads late what was true when the copy was made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple, overload

from pcsim.engine.books.layout import Layout, WorkerPlace
from pcsim.engine.books.ledger import (
    QUEUE_BLOCK,
    QUEUE_CAPACITY,
    QUEUE_CLOSED,
    QUEUE_DISCARDED,
    QUEUE_DROPPED,
    Ledger,
    QueueGauge,
    WorkerGauge,
)
from pcsim.engine.item import Item
from pcsim.scenario import Scenario
from pcsim.snapshot import QueueRow, Role, Totals, WorkerRow, WorkerState

_NEW = WorkerState.NEW
_NO_ITEM = None, None
_NO_GAUGE = WorkerGauge()
KEPT_LAYOUTS = 8
"""Earlier layouts that are kept, for copies that were made a moment ago."""
_made = tuple.__new__


class WorkerRows(Sequence[WorkerRow]):
    """The rows of all workers in one copy, like a tuple of them; none changes any more."""

    __slots__ = ("_all", "_cells", "_layout", "_origin", "_reader", "_rows", "gauges")

    def __init__(
        self,
        reader: RowReader,
        layout: Layout,
        cells: list[Any],
        origin: float,
        gauges: Sequence[WorkerGauge] = (),
    ) -> None:
        self.gauges = gauges
        self._reader = reader
        self._layout = layout
        self._cells = cells
        self._origin = origin
        self._rows: dict[int, WorkerRow] = {}
        self._all: tuple[WorkerRow, ...] | None = None

    def __len__(self) -> int:
        return len(self._layout.workers)

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
            self._all = tuple(map(keep, range(len(self)), self._read(range(len(self)))))
        return iter(self._all)

    def _row(self, number: int) -> WorkerRow:
        row = self._rows.get(number)
        if row is None:
            (row,) = self._read((number,))
            # Of two threads that ask at once, both get what the first has put here.
            row = self._rows.setdefault(number, row)
        return row

    def _read(self, numbers: Iterable[int]) -> list[WorkerRow]:
        return self._reader.worker_rows(
            numbers, self._layout, self._cells, self._origin, self.gauges
        )

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


class ReadBooks(NamedTuple):
    """What a copy of the ledger says. What has changed since has another version."""

    version: int
    at: float
    """When the copy was made."""
    layout: Layout
    cells: list[Any]
    gauges: list[QueueGauge]
    origin: float
    workers: WorkerRows
    queues: tuple[QueueRow, ...]
    totals: Totals


class RowReader:
    """Derives rows from copies; a row whose cells did not change stays the same object.

    Any thread may read, and a signal handler within it. `_books` and `_latest` only save work:
    each is replaced or read in one step, and whatever a thread finds there is true.
    """

    def __init__(
        self,
        ledger: Ledger,
        scenario: Scenario,
        sizes: dict[str, int],
        hand_of: Callable[[int], Item | None] = lambda _: None,
        is_timed: bool = False,
    ) -> None:
        self._ledger = ledger
        self._scenario = scenario
        self._sizes = sizes
        self._hand_of = hand_of
        self._is_timed = is_timed
        self._versions = count(1)
        self._layouts: tuple[Layout, ...] = ()
        """The latest first: a copy is read by the latest that it has all the cells of."""
        self._latest: dict[int, tuple[list[Any], float, WorkerGauge, WorkerRow]] = {}
        """By the base of each worker's block: the row last asked for, and the cells, the origin
        and the gauge that it came from."""
        self.lay_out()

    def lay_out(self) -> None:
        """Take the columns anew from the ledger: workers have come. What was read before keeps its
        rows."""
        layout = Layout(self._ledger)
        self._layouts = (layout, *self._layouts[:KEPT_LAYOUTS])
        workers = WorkerRows(self, layout, [], 0.0)
        self._books = ReadBooks(0, -math.inf, layout, [], [], 0.0, workers, (), Totals())
        """What was read last, by whatever thread."""

    def can_read(self, cells: list[Any]) -> bool:
        """Whether it still has the layout that a copy was made by; else another one is needed."""
        return self._layouts[-1].size <= len(cells)

    def read(
        self,
        cells: list[Any],
        gauges: list[QueueGauge],
        origin: float,
        at: float,
        worker_gauges: Sequence[WorkerGauge] = (),
    ) -> ReadBooks:
        """Read a copy of the ledger that was made at that time."""
        last = self._books
        # What another thread has read of a later time may say what is not possible up to this one.
        if (
            last.at <= at
            and cells == last.cells
            and origin == last.origin
            and gauges == last.gauges
            and worker_gauges == last.workers.gauges
        ):
            return last
        layout = next(one for one in self._layouts if one.size <= len(cells))
        queues = self._queue_rows(layout, cells, gauges, origin, at, last.queues)
        self._books = books = ReadBooks(
            next(self._versions),
            at,
            layout,
            cells,
            gauges,
            origin,
            WorkerRows(self, layout, cells, origin, worker_gauges),
            queues,
            _totals(layout, cells, queues),
        )
        return books

    def worker_rows(
        self,
        numbers: Iterable[int],
        layout: Layout,
        cells: list[Any],
        origin: float,
        gauges: Sequence[WorkerGauge] = (),
    ) -> list[WorkerRow]:
        """Read the rows of those workers. One loop and no call that can be spared: there are up to
        a thousand workers."""
        places, latest_of = layout.workers, self._latest.get
        rows: list[WorkerRow] = []
        for number in numbers:
            place = places[number]
            block = cells[place[0] : place[4]]
            gauge = gauges[number] if number < len(gauges) else _NO_GAUGE
            latest = latest_of(place[0])
            if latest is not None and latest[0] == block and latest[1:3] == (origin, gauge):
                rows.append(latest[3])
                continue
            row = self._row_of(number, block, origin, place, gauge)
            self._latest[place[0]] = block, origin, gauge, row
            rows.append(row)
        return rows

    def _row_of(
        self,
        number: int,
        block: list[Any],
        origin: float,
        place: WorkerPlace,
        gauge: WorkerGauge,
    ) -> WorkerRow:
        _, first, middle, last, _, name, role, inputs, outputs, max_items, group = place
        state_times, produced, done, failed, discarded, copied, *moved = block
        doing, since, full, empty, paused, started_at, timed, timed_since = state_times
        state, _, queue, reason, ended_at, end_cause, error = doing
        if state is _NEW:
            since = started_at = origin
        got, put = sum(moved[: middle - first]), sum(moved[middle - first : last - first])
        dropped = sum(moved[last - first :])
        in_hand = produced + copied + got - put - done - failed - dropped - discarded
        fields = (
            name, role, inputs, outputs, state, queue, reason, since - origin, started_at - origin,
            None if ended_at is None else ended_at - origin,
            produced, put, got, done, failed, dropped, discarded,
            in_hand,
            self._sizes.get(name), max_items, full, empty, paused, end_cause, error,
            *(self._item_in_hand(number, block, origin, place) if in_hand else _NO_ITEM),
            gauge[0], gauge[1], timed, gauge[2],
            None if timed_since is None else timed_since - origin, self._is_timed, copied, group,
            True,
        )  # fmt: skip
        return _made(WorkerRow, fields)

    def _item_in_hand(
        self, number: int, block: list[Any], origin: float, place: WorkerPlace
    ) -> tuple[int | None, float | None]:
        """Return the number of the item in a worker's hand, and the time since which it is there.

        Items are not in the ledger. But a worker that has counted nothing since the copy was made
        has the same item in its hand as then.
        """
        item = self._hand_of(number)
        if item is None or self._ledger.cells[place.base + 1 : place.end] != block[1:]:
            return _NO_ITEM
        since = item.timestamp if place.role is Role.PRODUCER else item.taken_at
        return item.id, None if since is None else since - origin

    def _queue_rows(
        self,
        layout: Layout,
        cells: list[Any],
        gauges: list[QueueGauge],
        origin: float,
        at: float,
        known: tuple[QueueRow, ...],
    ) -> tuple[QueueRow, ...]:
        rows: list[QueueRow] = []
        for number, place in enumerate(layout.queues):
            block = cells[place.base : place.base + QUEUE_BLOCK]
            counts = place.put(cells), place.got(cells), place.dropped(cells)
            row = self._queue_row(number, *counts, block, gauges[number], origin, at)
            rows.append(known[number] if known and known[number] == row else row)
        return tuple(rows)

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
        def from_origin(at: float | None) -> float | None:
            return None if at is None else at - origin

        capacity: int = block[QUEUE_CAPACITY]
        depth = put - got - block[QUEUE_DROPPED] - block[QUEUE_DISCARDED]
        moment = gauge.departures_minus_arrivals
        if moment is None:  # an item that is counted but not seen there comes or goes right now
            came_at = at if gauge.came_at is None else gauge.came_at
            moment = gauge.waited - depth * (came_at - origin)
            # An item waits from when its producer read the clock, which may be before the one that
            # it follows has left: so the sum may come to more than the queue can hold.
            most = max(capacity, gauge.peak)
            moment = _between(-depth, moment, most - depth, at - origin)
        return QueueRow(
            self._scenario.queues[number].name,
            capacity,
            depth,
            gauge.peak,
            put,
            got,
            block[QUEUE_DROPPED] + refused,
            block[QUEUE_DISCARDED],
            block[QUEUE_CLOSED],
            gauge.waiting,
            from_origin(gauge.oldest_queued_at),
            gauge.full_time,
            from_origin(gauge.full_since),
            gauge.empty_time,
            from_origin(gauge.empty_since),
            moment,
            refused,
            gauge.by_priority,
        )


def _between(least: int, moment: float, most: int, seconds: float) -> float:
    """What keeps a mean over that time within two numbers of items."""
    return min(max(moment, least * seconds), most * seconds)


def _totals(layout: Layout, cells: list[Any], queues: tuple[QueueRow, ...]) -> Totals:
    """The terms of the conservation law, from the columns of the copy."""
    made, copied_by_makers, *gone_from_makers = (total(cells) for total in layout.producers)
    _, copied, *gone_from_others = (total(cells) for total in layout.others)
    got, put, done, failed, dropped, discarded = gone_from_others
    came_to_makers = made + copied_by_makers + gone_from_makers[0]
    return Totals(
        produced=made,
        in_producers_hands=came_to_makers - sum(gone_from_makers[1:]),
        queued=sum(row.depth for row in queues),
        in_workers_hands=copied + got - put - done - failed - dropped - discarded,
        consumed=gone_from_makers[2] + done,
        failed=gone_from_makers[3] + failed,
        dropped=sum(row.dropped_total for row in queues),
        discarded=gone_from_makers[5] + discarded + sum(row.discarded_total for row in queues),
        copied=copied_by_makers + copied,
    )
