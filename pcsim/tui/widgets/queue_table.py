"""The table of queues: the fill of each, its rates and its waiting times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pcsim.snapshot import QueueRow
from pcsim.tui import cells, figures
from pcsim.tui.column_layout import Column, widened
from pcsim.tui.columns import PRIORITY, QUEUES
from pcsim.tui.gauge import gauge
from pcsim.tui.view import View
from pcsim.tui.widgets.table import Cell, Spot, Table, number


class QueueTable(Table[QueueRow]):
    """One row for each queue."""

    EMPTY = "no queues"
    EMPTY_WATCHED = "no queue is in use"
    COLUMNS: ClassVar[tuple[Column, ...]] = QUEUES
    PRIORITY: ClassVar[tuple[str, ...]] = PRIORITY["queues"]

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
        word = cells.level(row.fill)
        match key:
            case "bar":
                shown = spot.view.shown
                return gauge(shown.queues[spot.line], shown.at, width, palette)
            case "depth":
                waiting = figures.depth(row.depth, row.capacity, width)
                return [(cells.fit(waiting, width, ">"), palette.text)]
            case "word":
                if row.depth == 0:
                    return [(cells.fit("closed" if row.closed else "empty", width), palette.dim)]
                shown_word = "" if row.capacity is None else word
                return [(cells.fit(shown_word, width), palette.fill[word])]
            case _:
                return [number(_measure(key, row, spot), spot)]


def _measure(key: str, row: QueueRow, spot: Spot) -> str:
    width, shown = spot.width, spot.view.shown
    recent, at = shown.queues[spot.line], shown.at
    waits = recent.waiting_time if recent.waiting_time.count else None
    match key:
        case "in":
            return figures.rate(recent.put_rate(at), width)
        case "out":
            return figures.rate(recent.throughput(at), width)
        case "wait":
            return figures.duration(waits and waits.mean, width)
        case "p99":
            return figures.duration(waits and waits.p99, width)
        case "oldest":
            return figures.duration(recent.oldest_age(at), width)
        case "full":
            return figures.percent(recent.full_share(at), width)
        case _:
            return figures.count(row.dropped_total, width)
