"""The table of workers: the state of each, what it waits for, progress and rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.event_text import note
from pcsim.snapshot import Role, WorkerRow, WorkerState
from pcsim.text import percent, safe
from pcsim.tui import cells, figures
from pcsim.tui.cells import width_of
from pcsim.tui.column_layout import Column, widened
from pcsim.tui.columns import PRIORITY, PRODUCERS, WORKERS
from pcsim.tui.glyphs import MARKS, standing
from pcsim.tui.groups import Group, Line, Lines, in_blocks, members_of
from pcsim.tui.sorting import Ordering, Value
from pcsim.tui.styles import Palette
from pcsim.tui.view import View
from pcsim.tui.widgets.table import Table, chosen_row
from pcsim.tui.widgets.table_cells import Cell, Spot, number
from pcsim.tui.worker_values import busy, items, rate, spent, value


class WorkerTable(Table[Line]):
    """One line for each worker, or for a group of them."""

    EMPTY = "no workers"
    EMPTY_WATCHED = "no thread uses a queue"
    COLUMNS: ClassVar[tuple[Column, ...]] = WORKERS
    PRIORITY: ClassVar[tuple[str, ...]] = PRIORITY["workers"]
    FIRST_ORDER = "state"
    MAKES: ClassVar[bool] = False
    """Whether the last column is the part of the time in which intervals pass."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "fold(False)", "unfold", show=False),
        Binding("left,h", "fold(True)", "fold", show=False),
    ]

    class Folded(Message):
        """The user asks for a group on one line, or for a line for each of its members."""

        def __init__(self, table: WorkerTable, group: str, *, is_unfolded: bool) -> None:
            super().__init__()
            self.table = table
            self.group = group
            self.is_unfolded = is_unfolded

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ordering = Ordering(in_blocks)
        self._shown: Sequence[Line] = ()
        self._unfolded: frozenset[str] = frozenset()

    def show_lines(self, found: Lines, view: View) -> None:
        """Show the lines."""
        if found.lines is not self._shown:
            self._shown = found.lines
            groups = (line for line in found.lines if isinstance(line, Group))
            self._unfolded = frozenset(line.group for line in groups if line.is_unfolded)
        self.show(found.lines, view, found.places)

    def title(self, row: Line) -> str:
        """Return the name of a worker, under that of its group where it has a line of its own."""
        if isinstance(row, Group):
            return row.title
        return f"  {safe(row.name)}" if row.group in self._unfolded else safe(row.name)

    def fitted(self, rows: Sequence[Line]) -> tuple[Column, ...]:
        """Make room for the longest wait, and leave the progress out where no worker has a known
        amount of work."""
        members = [one for row in rows for one in members_of(row)]
        wait = _longest_wait(members) + (GROUP_HEAD if len(members) > len(rows) else 0)
        columns = widened(super().fitted(rows), "why", wait)
        if any(one.progress is not None for one in members):
            return columns
        return tuple(column for column in columns if column.key != "progress")

    def is_named(self, row: Line, view: View) -> bool:
        """Whether the worker, or one of them, is what the sentence names."""
        return any(one.name in view.named.workers for one in members_of(row))

    def cell(self, key: str, row: Line, spot: Spot) -> Cell:
        """Return one cell."""
        _, width, palette, view = spot
        word = row.word if isinstance(row, Group) else standing(row)
        places = self._places[spot.line]
        match key:
            case "state":
                text = f"{MARKS[word]} {word}"
                return [(cells.fit(text, width), palette.states_by_name[word])]
            case "why":
                style = palette.text if word in _EMPHASIZED else palette.dim
                if isinstance(row, Group):
                    text = row.counted(view.at, width)
                else:
                    text = why(row, view.at, width)
                return [(cells.fit(text, width), style)]
            case "progress":
                return progress(row, width, palette)
            case "shares":
                return cells.share_bar(spent(row, places, view), width, palette)
            case "items":
                total = items(row)
                shown = "–" if total is None else figures.count(total, width)
            case "rate":
                shown = figures.rate(rate(row, places, view), width)
            case _:
                part = busy(row, places, view, makes=self.MAKES)
                shown = "–" if part is None else figures.percent(part, width)
        return [number(shown, spot)]

    def value(self, key: str, row: Line, places: Sequence[int], view: View) -> Value:
        """Return what lines are compared by in the order of that column."""
        return value(key, row, places, view, makes=self.MAKES)

    def action_open(self) -> None:
        """Ask for the details of the worker under the cursor; unfold or fold a group."""
        row = chosen_row(self)
        if isinstance(row, Group):
            self.post_message(self.Folded(self, row.group, is_unfolded=not row.is_unfolded))
        else:
            super().action_open()

    def action_fold(self, is_folded: bool) -> None:
        """Fold or unfold the group under the cursor, or of the worker under it; where there is
        nothing to do, the key does what it does elsewhere."""
        row = chosen_row(self)
        can_be = row is not None and (
            row.group in self._unfolded if is_folded else isinstance(row, Group)
        )
        if row is None or not can_be:
            raise SkipAction
        self.post_message(self.Folded(self, row.group, is_unfolded=not is_folded))


class ProducerTable(WorkerTable):
    """Producers and their progress: a percentage in half of 120 columns, a bar where there is more
    room. Their work is to let their intervals pass: what they do beside is in their details."""

    EMPTY = "no producers: no items will arrive"
    EMPTY_WATCHED = "every thread that puts also reads"
    COLUMNS: ClassVar[tuple[Column, ...]] = PRODUCERS
    PRIORITY: ClassVar[tuple[str, ...]] = PRIORITY["producers"]
    MAKES: ClassVar[bool] = True


class ConsumerTable(WorkerTable):
    """Consumers and stages, and how busy they are."""

    EMPTY = "no consumers: no items will leave"
    EMPTY_WATCHED = "no thread reads from a queue"
    PRIORITY: ClassVar[tuple[str, ...]] = PRIORITY["consumers"]


GROUP_HEAD = len("all 99, ")
"""Cells for the number of those in a group that wait."""
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
            seconds = figures.few_digits(at - row.since)
            waited = figures.duration(seconds, width - width_of(head) - 1)
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
            return f"for {figures.duration(figures.few_digits(at - row.since), width - 4)}"
        case _:
            return safe(note(row))


def _cut(name: str | None, width: int) -> str:
    return cells.fit_name(safe(name or "", 60), width).rstrip()


def _work(row: WorkerRow, width: int) -> str:
    """What a running worker works on; nothing where its items are not counted."""
    if not row.is_counted:
        return ""
    if row.item is not None:
        forms = (f"item {row.item}", f"#{row.item}")
    elif row.role is Role.PRODUCER:
        forms = ("making an item", "making")
    elif row.got_total:
        forms = ("between two items", "between items")
    else:
        forms = ("no item yet", "no item")
    return next((form for form in forms if len(form) <= width), forms[-1])


def _longest_wait(rows: Sequence[WorkerRow]) -> int:
    """The cells of the longest text about a blocked worker, and no less than of other ones."""
    queues = {name for row in rows for name in (*row.inputs, *row.outputs)}
    longest = max((width_of(safe(name, 60)) for name in queues), default=0)
    return max(longest + len(" empty 99.9 s"), len("between two items"))


def progress(row: Line, width: int, palette: Palette) -> Cell:
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
