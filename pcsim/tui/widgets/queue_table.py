"""The table of queues: the fill of each, its rates and its waiting times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pcsim.snapshot import QueueRow
from pcsim.tui import cells, figures
from pcsim.tui.column_layout import Column, widened
from pcsim.tui.columns import PRIORITY, QUEUES
from pcsim.tui.gauge import gauge
from pcsim.tui.sorting import Value, by_number
from pcsim.tui.view import View
from pcsim.tui.widgets.table import Table
from pcsim.tui.widgets.table_cells import Cell, Spot, number


class QueueTable(Table[QueueRow]):
    """One row for each queue."""

    EMPTY = "no queues"
    EMPTY_WATCHED = "no queue is in use"
    COLUMNS: ClassVar[tuple[Column, ...]] = QUEUES
    PRIORITY: ClassVar[tuple[str, ...]] = PRIORITY["queues"]
    FIRST_ORDER = "bar"
    UNORDERED = frozenset(("word",))

    def fitted(self, rows: Sequence[QueueRow]) -> tuple[Column, ...]:
        """Make the columns of names and depths as wide as they will ever need to be."""
        longest = max((cells.depth_width(row.capacity) for row in rows), default=0)
        return widened(super().fitted(rows), "depth", max(longest, 5))

    def is_named(self, row: QueueRow, view: View) -> bool:
        """Whether the queue is what the sentence names."""
        return row.name in view.named.queues

    def cell(self, key: str, row: QueueRow, spot: Spot) -> Cell:
        """Return one cell."""
        _, width, palette, _ = spot
        (place,) = self._places[spot.line]
        word = cells.level(row.fill)
        match key:
            case "bar":
                shown = spot.view.shown
                return gauge(shown.queues[place], shown.at, width, palette)
            case "depth":
                waiting = figures.depth(row.depth, row.capacity, width)
                return [(cells.fit(waiting, width, ">"), palette.text)]
            case "word":
                if row.depth == 0:
                    return [(cells.fit("closed" if row.closed else "empty", width), palette.dim)]
                shown_word = "" if row.capacity is None else word
                return [(cells.fit(shown_word, width), palette.fill[word])]
            case _:
                return [number(_measure(key, row, place, spot), spot)]

    def value(self, key: str, row: QueueRow, places: Sequence[int], view: View) -> Value:
        """Return what rows are compared by in the order of that column."""
        match key:
            case "name":
                return by_number(row.name)
            case "bar":
                return row.fill
            case "depth":
                return row.depth
            case _:
                return _number(key, row, places[0], view)


def _number(key: str, row: QueueRow, place: int, view: View) -> float | None:
    """A measure of the queue at that place of the snapshot; None where it is not known."""
    shown = view.shown
    recent, at = shown.queues[place], shown.at
    waits = recent.waiting_time if recent.waiting_time.count else None
    match key:
        case "in":
            return recent.put_rate(at)
        case "out":
            return recent.throughput(at)
        case "wait":
            return waits and waits.mean
        case "p99":
            return waits and waits.p99
        case "oldest":
            return recent.oldest_age(at)
        case "full":
            return recent.full_share(at)
        case _:
            return row.dropped_total


def _measure(key: str, row: QueueRow, place: int, spot: Spot) -> str:
    """The same as text."""
    found, width = _number(key, row, place, spot.view), spot.width
    match key:
        case "in" | "out":
            return figures.rate(found, width)
        case "wait" | "p99" | "oldest":
            return figures.duration(found, width)
        case "full":
            return figures.percent(found, width)
        case _:
            return figures.count(row.dropped_total, width)
