"""The table of workers: the state of each, what it waits for, progress and rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pcsim.analysis.event_text import note
from pcsim.snapshot import Role, WorkerRow, WorkerState
from pcsim.text import count, duration, percent, rate, safe
from pcsim.tui import cells
from pcsim.tui.column_layout import Column
from pcsim.tui.glyphs import STATE
from pcsim.tui.styles import Palette
from pcsim.tui.widgets.table import Cell, Spot, Table, number


class WorkerTable(Table[WorkerRow]):
    """One row for each worker; `indices` has the index of each in the snapshot."""

    EMPTY = "no workers"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("state", "state", 9),
        Column("name", "name", 14, 24),
        Column("why", "now", 16, 40, rank=1),
        Column("progress", "progress", 10, 16, align=">", rank=4),
        Column("items", "items", 6, align=">", rank=2),
        Column("rate", "rate", 8, align=">", rank=3),
        Column("busy", "busy", 5, align=">", rank=5),
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.indices: Sequence[int] = ()

    def fitted(self, rows: Sequence[WorkerRow]) -> tuple[Column, ...]:
        """Leave the progress out where no worker has a known amount of work."""
        columns = super().fitted(rows)
        if any(row.progress is not None for row in rows):
            return columns
        return tuple(column for column in columns if column.key != "progress")

    def cell(self, key: str, row: WorkerRow, spot: Spot) -> Cell:
        """Return one cell."""
        line, width, palette, view = spot
        match key:
            case "state":
                text = f"{STATE[row.state]} {row.state.value}"
                return [(cells.fit(text, width), palette.state[row.state])]
            case "name":
                return [(cells.fit(safe(row.name), width), palette.text)]
            case "why":
                style = palette.text if row.state in _EMPHASIZED else palette.dim
                return [(cells.fit(why(row, view.at), width), style)]
            case "progress":
                return progress(row, width, palette)
            case "items":
                return [number(count(row.items_total), spot)]
            case "rate":
                return [number(rate(view.trend.worker_rate(self.indices[line])), spot)]
            case _:
                return [number(percent(row.utilization(view.at)), spot)]


class ProducerTable(WorkerTable):
    """Producers and their progress: a percentage in half of 120 columns, a bar where there is more
    room. The count of items leaves first, as it is less informative."""

    EMPTY = "no producers: no items will arrive"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("state", "state", 9),
        Column("name", "name", 12, 24),
        Column("why", "now", 17, 40, rank=1),
        Column("progress", "progress", 10, 16, align=">", rank=2, short_width=5, short="done"),
        Column("items", "items", 6, align=">", rank=4),
        Column("rate", "rate", 8, align=">", rank=3),
        Column("busy", "busy", 5, align=">", rank=5),
    )


class ConsumerTable(WorkerTable):
    """Consumers and stages, and how busy they are."""

    EMPTY = "no consumers: no items will leave"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("state", "state", 9),
        Column("name", "name", 14, 24),
        Column("why", "now", 16, 40, rank=1),
        Column("progress", "progress", 10, 16, align=">", rank=3, short_width=5, short="done"),
        Column("items", "items", 6, align=">", rank=5),
        Column("rate", "rate", 8, align=">", rank=2),
        Column("busy", "busy", 5, align=">", rank=4),
    )


MIN_BAR = 4
"""Cells; a shorter bar shows no more than the percentage beside it."""

_EMPHASIZED = (WorkerState.BLOCKED, WorkerState.FAILED)


def why(row: WorkerRow, at: float) -> str:
    """What a worker is doing: what blocks it and for how long, its item, or why it has ended."""
    match row.state:
        case WorkerState.BLOCKED:
            reason = row.reason.value if row.reason else ""
            return f"{safe(row.queue or '', 60)} {reason} {_for(at - row.since)}"
        case WorkerState.RUNNING:
            return _work(row)
        case WorkerState.NEW:
            where = row.outputs if row.role is Role.PRODUCER else row.inputs
            verb = "puts in" if row.role is Role.PRODUCER else "gets from"
            return f"{verb} {safe(', '.join(where))}"
        case WorkerState.PAUSED:
            return f"for {_for(at - row.since)}"
        case _:
            return safe(note(row))


def _work(row: WorkerRow) -> str:
    """What a running worker works on."""
    if row.item is not None:
        return f"item {row.item}"
    if row.role is Role.PRODUCER:
        return "making an item"
    return "between two items" if row.got_total else "waiting to start"


def _for(seconds: float) -> str:
    """A duration so far, in few digits: `36 ms`, `3.6 ms`."""
    return duration(round(seconds, 3 if seconds >= 0.01 else 4))


def progress(row: WorkerRow, width: int, palette: Palette) -> Cell:
    """Return the share of a known amount of work that is done, as a bar or a percentage."""
    share = row.progress
    if share is None:
        return [(cells.fit("–", width, ">"), palette.dim)]
    label_width = 6
    if width < label_width + MIN_BAR:
        return [(cells.fit(percent(share), width, ">"), palette.text)]
    return [
        *cells.bar(share, width - label_width, "progress", palette),
        (cells.fit(percent(share), label_width, ">"), palette.text),
    ]
