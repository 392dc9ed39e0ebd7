"""The table of workers: the state of each, what it waits for, progress and rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pcsim.analysis.event_text import note
from pcsim.snapshot import Role, WorkerRow, WorkerState
from pcsim.text import percent, safe
from pcsim.tui import cells, figures
from pcsim.tui.cells import width_of
from pcsim.tui.column_layout import Column, widened
from pcsim.tui.columns import PRIORITY, PRODUCERS, WORKERS
from pcsim.tui.glyphs import MARKS, standing
from pcsim.tui.styles import Palette
from pcsim.tui.view import View
from pcsim.tui.widgets.table import Cell, Spot, Table, number


class WorkerTable(Table[WorkerRow]):
    """One row for each worker; `indices` has the index of each in the snapshot."""

    EMPTY = "no workers"
    COLUMNS: ClassVar[tuple[Column, ...]] = WORKERS
    PRIORITY: ClassVar[tuple[str, ...]] = PRIORITY["workers"]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.indices: Sequence[int] = ()

    def fitted(self, rows: Sequence[WorkerRow]) -> tuple[Column, ...]:
        """Make room for the longest wait, and leave the progress out where no worker has a known
        amount of work."""
        columns = widened(super().fitted(rows), "why", _longest_wait(rows))
        if any(row.progress is not None for row in rows):
            return columns
        return tuple(column for column in columns if column.key != "progress")

    def is_named(self, row: WorkerRow, view: View) -> bool:
        """Whether the worker is what the sentence names."""
        return row.name in view.named.workers

    def cell(self, key: str, row: WorkerRow, spot: Spot) -> Cell:
        """Return one cell."""
        _, width, palette, view = spot
        match key:
            case "state":
                word = standing(row)
                text = f"{MARKS[word]} {word}"
                return [(cells.fit(text, width), palette.states_by_name[word])]
            case "why":
                style = palette.text if standing(row) in _EMPHASIZED else palette.dim
                return [(cells.fit(why(row, view.at, width), width), style)]
            case "progress":
                return progress(row, width, palette)
            case "items":
                return [number(figures.count(row.items_total, width), spot)]
            case "rate":
                recent, at = self._recent(row, spot)
                return [number(figures.rate(recent.throughput(at), width), spot)]
            case _:
                recent, at = self._recent(row, spot)
                shares = recent.shares(at)
                share = shares.making if key == "making" else shares.running
                only_waits = key == "busy" and row.role is Role.PRODUCER and not shares.running
                return [number("–" if only_waits else figures.percent(share, width), spot)]

    def _recent(self, row: WorkerRow, spot: Spot) -> tuple[WorkerRow, float]:
        """The row that rates and shares are of, and its time: of one that has ended, all its
        life."""
        view = spot.view
        if row.ended_at is not None:
            return row, view.at
        return view.shown.workers[self.indices[spot.line]], view.shown.at


class ProducerTable(WorkerTable):
    """Producers and their progress: a percentage in half of 120 columns, a bar where there is more
    room. Their work is to let their intervals pass: what they do beside is in their details."""

    EMPTY = "no producers: no items will arrive"
    COLUMNS: ClassVar[tuple[Column, ...]] = PRODUCERS
    PRIORITY: ClassVar[tuple[str, ...]] = PRIORITY["producers"]


class ConsumerTable(WorkerTable):
    """Consumers and stages, and how busy they are."""

    EMPTY = "no consumers: no items will leave"
    PRIORITY: ClassVar[tuple[str, ...]] = PRIORITY["consumers"]


MIN_BAR = 4
"""Cells; a shorter bar shows no more than the percentage beside it."""

_EMPHASIZED = ("blocked", "failed")


def why(row: WorkerRow, at: float, width: int = 1000) -> str:
    """What a worker is doing: what blocks it and for how long, its item, or why it has ended.

    Args:
        row: The worker.
        at: The time of the snapshot, in seconds.
        width: The cells that there are: the duration becomes shorter, and then the name. A text
            that has no shorter form is returned whole.
    """
    match row.state:
        case WorkerState.BLOCKED:
            reason = row.reason.value if row.reason else ""
            head = f"{safe(row.queue or '', 60)} {reason}"
            waited = figures.duration(_few_digits(at - row.since), width - width_of(head) - 1)
            if waited not in ("", figures.NOTHING_FITS):
                return f"{head} {waited}"
            room = max(width - len(reason) - 1, 0)
            return head if width_of(head) <= width else f"{_cut(row.queue, room)} {reason}".strip()
        case WorkerState.RUNNING:
            return _work(row, width)
        case WorkerState.NEW:
            where = row.outputs if row.role is Role.PRODUCER else row.inputs
            verb = "puts in" if row.role is Role.PRODUCER else "gets from"
            return f"{verb} {safe(', '.join(where))}"
        case WorkerState.PAUSED:
            return f"for {figures.duration(_few_digits(at - row.since), width - 4)}"
        case _:
            return safe(note(row))


def _cut(name: str | None, width: int) -> str:
    return cells.fit_name(safe(name or "", 60), width).rstrip()


def _work(row: WorkerRow, width: int) -> str:
    """What a running worker works on."""
    if row.item is not None:
        forms = (f"item {row.item}", f"#{row.item}")
    elif row.role is Role.PRODUCER:
        forms = ("making an item", "making")
    elif row.got_total:
        forms = ("between two items", "between items")
    else:
        forms = ("waiting to start", "not started")
    return next((form for form in forms if len(form) <= width), forms[-1])


def _few_digits(seconds: float) -> float:
    """A duration so far that is read in few digits: `36 ms`, `3.6 ms`."""
    return round(seconds, 3 if seconds >= 0.01 else 4)


def _longest_wait(rows: Sequence[WorkerRow]) -> int:
    """The cells of the longest text about a blocked worker, and no less than of other ones."""
    queues = {name for row in rows for name in (*row.inputs, *row.outputs)}
    longest = max((width_of(safe(name, 60)) for name in queues), default=0)
    return max(longest + len(" empty 99.9 s"), len("between two items"))


def progress(row: WorkerRow, width: int, palette: Palette) -> Cell:
    """Return the share of a known amount of work that is done, as a bar or a percentage."""
    share = row.progress
    if share is None:
        return [(cells.fit("–", width, ">"), palette.dim)]
    label_width = 6
    if width < label_width + MIN_BAR:
        return [(cells.fit(figures.percent(share, width), width, ">"), palette.text)]
    return [
        *cells.bar(share, width - label_width, "progress", palette),
        (cells.fit(percent(share), label_width, ">"), palette.text),
    ]
