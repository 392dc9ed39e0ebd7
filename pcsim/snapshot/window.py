"""What has happened between two snapshots of a run: rows that count from the first one on.

There may be a thousand rows, and few of them on the screen: each is made when it is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar, overload

from pcsim.snapshot.events import BlockReason
from pcsim.snapshot.rows import QueueRow, Spread, WorkerRow, WorkerState

Row = TypeVar("Row")
Spreads: TypeAlias = tuple[tuple[int, Spread], ...]
"""One for each priority."""


class Rows(Sequence[Row]):
    """Rows that are made when they are first looked at; like a tuple of them."""

    __slots__ = ("_make", "_rows")

    def __init__(self, count: int, make: Callable[[int], Row]) -> None:
        self._rows: list[Row | None] = [None] * count
        self._make = make

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(index, slice):
            return tuple(map(self.__getitem__, range(len(self))[index]))
        row = self._rows[index]
        if row is None:
            self._rows[index] = row = self._make(range(len(self))[index])
        return row

    def __iter__(self) -> Iterator[Row]:
        return iter(self[:])

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Rows | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[type[tuple[Any, ...]], tuple[list[Row]]]:
        """Copied to elsewhere, it is a tuple."""
        return tuple, (list(self),)


class Moment(Protocol):
    """A snapshot of a run."""

    @property
    def at(self) -> float:
        """Seconds since the start of the run."""

    @property
    def queues(self) -> Sequence[QueueRow]:
        """All queues."""

    @property
    def workers(self) -> Sequence[WorkerRow]:
        """All workers."""


def queues_since(begin: Moment, end: Moment) -> Rows[QueueRow]:
    """The rows of all queues at the end, counted from the begin on."""

    before_of = _Before(begin.queues)

    def row_of(index: int) -> QueueRow:
        row = end.queues[index]
        return queue_since(before_of(index, row.name), row, begin.at, end.at)

    return Rows(len(end.queues), row_of)


def workers_since(begin: Moment, end: Moment) -> Rows[WorkerRow]:
    """The rows of all workers at the end, counted from the begin on."""

    before_of = _Before(begin.workers)

    def row_of(index: int) -> WorkerRow:
        row = end.workers[index]
        return worker_since(before_of(index, row.name), row, begin.at, end.at)

    return Rows(len(end.workers), row_of)


class _Before(Generic[Row]):
    """The earlier rows, found by name: mostly at the same place."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows: Sequence[Any] = rows
        self._by_name: dict[str, Row] | None = None

    def __call__(self, index: int, name: str) -> Row | None:
        """The row of that name, which is now at that place; None where there was none."""
        rows = self._rows
        if index < len(rows) and rows[index].name == name:
            row: Row = rows[index]
            return row
        if self._by_name is None:
            self._by_name = {row.name: row for row in rows}
        return self._by_name.get(name)


def spreads_since(before: Spreads, now: Spreads) -> Spreads:
    """The spreads of times that came after earlier ones."""
    earlier = dict(before)
    nothing = Spread()
    return tuple((key, times.since(earlier.get(key, nothing))) for key, times in now)


class _Period(NamedTuple):
    """How long something was so, and since when it is so now."""

    closed: float
    since: float | None

    def total(self, at: float) -> float:
        return self.closed + (0.0 if self.since is None else max(at - self.since, 0.0))

    def after(self, earlier: _Period, start: float, at: float) -> _Period:
        """The part of it after `start`, counted from there."""
        whole = max(self.total(at) - earlier.total(start), 0.0)
        if self.since is None:
            return _Period(whole, None)
        since = max(self.since - start, 0.0)
        return _Period(max(whole - (at - start - since), 0.0), since)


def queue_since(before: QueueRow | None, row: QueueRow, start: float, at: float) -> QueueRow:
    """The row of a queue at a time `at`, counted from the time `start` of an earlier row on."""
    was = before or QueueRow(row.name, row.capacity)
    full = _Period(row.full_time, row.full_since).after(
        _Period(was.full_time, was.full_since), start, at
    )
    empty = _Period(row.empty_time, row.empty_since).after(
        _Period(was.empty_time, was.empty_since), start, at
    )
    oldest, lasted = row.oldest_queued_at, at - start
    most = math.inf if row.capacity is None else row.capacity * lasted
    area = min(max(row.area(at) - was.area(start), 0.0), most)
    return row._replace(
        put_total=row.put_total - was.put_total,
        got_total=row.got_total - was.got_total,
        dropped_total=row.dropped_total - was.dropped_total,
        discarded_total=row.discarded_total - was.discarded_total,
        refused_total=row.refused_total - was.refused_total,
        waiting_time=row.waiting_time.since(was.waiting_time),
        waiting_by_priority=spreads_since(was.waiting_by_priority, row.waiting_by_priority),
        oldest_queued_at=None if oldest is None else oldest - start,
        full_time=full.closed,
        full_since=full.since,
        empty_time=empty.closed,
        empty_since=empty.since,
        # So that with the depth now times the time from `start` on it is the area in between.
        moment=area - row.depth * lasted,
        carried=row.carried if before is None else before.depth,
    )


def worker_since(before: WorkerRow | None, row: WorkerRow, start: float, at: float) -> WorkerRow:
    """The row of a worker at a time `at`, counted from the time `start` of an earlier row on.

    It has no `progress`: that is of the whole of its work.
    """
    was = before or WorkerRow(row.name, row.role)
    now, then = row.spent(at), was.spent(start)
    since = max(row.since - start, 0.0)
    open_time = at - start - since

    def closed(total: float, earlier: float, is_open: bool) -> float:
        return max(total - earlier - (open_time if is_open else 0.0), 0.0)

    is_blocked, is_full = row.state is WorkerState.BLOCKED, row.reason is BlockReason.FULL
    timed = _Period(row.timed_time, row.timed_since).after(
        _Period(was.timed_time, was.timed_since), start, at
    )
    cpu, core_wait = row.cpu_time, row.core_wait_time
    return row._replace(
        since=since,
        started_at=max(row.started_at - start, 0.0),
        ended_at=None if row.ended_at is None else max(row.ended_at - start, 0.0),
        produced_total=row.produced_total - was.produced_total,
        put_total=row.put_total - was.put_total,
        got_total=row.got_total - was.got_total,
        done_total=row.done_total - was.done_total,
        failed_total=row.failed_total - was.failed_total,
        dropped_total=row.dropped_total - was.dropped_total,
        discarded_total=row.discarded_total - was.discarded_total,
        source_size=None,
        max_items=None,
        blocked_full_time=closed(now.blocked_full, then.blocked_full, is_blocked and is_full),
        blocked_empty_time=closed(
            now.blocked_empty, then.blocked_empty, is_blocked and not is_full
        ),
        paused_time=closed(now.paused, then.paused, row.state is WorkerState.PAUSED),
        item_since=None if row.item_since is None else row.item_since - start,
        cpu_time=None if cpu is None else max(cpu - (was.cpu_time or 0.0), 0.0),
        core_wait_time=None
        if core_wait is None
        else max(core_wait - (was.core_wait_time or 0.0), 0.0),
        timed_time=timed.closed,
        timed_since=timed.since,
        square_time=max(row.square_time - was.square_time, 0.0),
        copied_total=row.copied_total - was.copied_total,
    )
