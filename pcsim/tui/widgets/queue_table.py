"""The table of queues: the fill of each, its rates and its waiting times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pcsim.snapshot import QueueRow
from pcsim.text import count, duration, percent, rate, safe
from pcsim.tui import cells
from pcsim.tui.column_layout import Column, as_wide_as
from pcsim.tui.widgets.table import Cell, Spot, Table, number


class QueueTable(Table[QueueRow]):
    """One row for each queue."""

    EMPTY = "no queues"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("name", "name", 14, 22),
        Column("bar", "fill", 10, 32, rank=1),
        Column("depth", "depth", 15, align=">"),
        Column("word", "", 6, rank=1),
        Column("in", "in", 8, align=">", rank=3),
        Column("out", "out", 8, align=">", rank=3),
        Column("wait", "mean wait", 9, align=">", rank=4),
        Column("p99", "p99 wait", 8, align=">", rank=7),
        Column("oldest", "oldest", 8, align=">", rank=6),
        Column("full", "time full", 9, align=">", rank=5),
        Column("dropped", "dropped", 7, align=">", rank=8),
    )

    def fitted(self, rows: Sequence[QueueRow]) -> tuple[Column, ...]:
        """Make the columns of names and depths as wide as they will ever need to be."""
        longest = max((2 * len(count(row.capacity)) + 1 for row in rows), default=0)
        return as_wide_as(super().fitted(rows), "depth", max(longest, 5))

    def cell(self, key: str, row: QueueRow, spot: Spot) -> Cell:
        """Return one cell."""
        _, width, palette, _ = spot
        word = cells.level(row.fill)
        match key:
            case "name":
                return [(cells.fit(safe(row.name), width), palette.text)]
            case "bar":
                return cells.bar(row.fill, width, word, palette)
            case "depth":
                return [(cells.fit(cells.depth_text(row), width, ">"), palette.text)]
            case "word":
                if row.depth == 0:
                    return [(cells.fit("closed" if row.closed else "empty", width), palette.dim)]
                return [(cells.fit(word, width), palette.fill[word])]
            case _:
                return [number(_measure(key, row, spot), spot)]


def _measure(key: str, row: QueueRow, spot: Spot) -> str:
    known = row.waiting_time.count > 0
    match key:
        case "in":
            return rate(spot.view.trend.queue_rates(spot.line)[0])
        case "out":
            return rate(spot.view.trend.queue_rates(spot.line)[1])
        case "wait":
            return duration(row.waiting_time.mean if known else None)
        case "p99":
            return duration(row.waiting_time.p99 if known else None)
        case "oldest":
            return duration(row.oldest_age(spot.view.at))
        case "full":
            return percent(row.full_share(spot.view.at))
        case _:
            return count(row.dropped_total)
