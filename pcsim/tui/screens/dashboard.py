"""The whole system on one screen; the style sheet decides what its size has room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from pcsim.snapshot import Phase, QueueRow, Snapshot, WorkerRow
from pcsim.text import count, plural
from pcsim.tui import cells
from pcsim.tui.column_layout import shared
from pcsim.tui.faults import Guarded, NotesFaults, contained
from pcsim.tui.focus import Focus
from pcsim.tui.glyphs import STUCK_FIRST, standing
from pcsim.tui.groups import Group, folded
from pcsim.tui.sorting import stuck_first
from pcsim.tui.view import View
from pcsim.tui.widgets.chart import Chart
from pcsim.tui.widgets.event_log import EventLog
from pcsim.tui.widgets.footer import KeyLine
from pcsim.tui.widgets.header import Header
from pcsim.tui.widgets.overview import Overview
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.queue_table import QueueTable
from pcsim.tui.widgets.report_view import ReportView
from pcsim.tui.widgets.table import Table
from pcsim.tui.widgets.worker_table import ConsumerTable, ProducerTable, WorkerTable

NORMAL, WIDE = 80, 120
"""Widths with room for more columns, and for tables side by side."""
TALL = 36
"""The height with room for frames and for the history."""
MIN_HISTORY, MAX_WORDS = 8, 3
"""On a lower screen: lines that a chart needs, and lines that the sentence may take."""


class Box(Container):
    """A container that its children cover: it draws nothing."""

    BLANK = True


class Dashboard(Guarded, Screen[None]):
    """Shows views; its own state is what is opened, and the order of workers."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it
        (0, "-narrow"),
        (NORMAL, "-normal"),
        (WIDE, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall")]  # noqa: RUF012
    AUTO_FOCUS: ClassVar[str | None] = "#queues"

    def __init__(self, when_mounted: Callable[[], None]) -> None:
        super().__init__()
        self._when_mounted = when_mounted
        self.header = Header(id="header")
        self.overview = Overview(id="overview")
        self.queues = QueueTable(id="queues")
        self.producers = ProducerTable(id="producers")
        self.consumers = ConsumerTable(id="consumers")
        self.all_workers = WorkerTable(id="workers")
        self.chart = Chart(id="chart")
        self.log_view = EventLog(id="events")
        self.report = ReportView(id="report")
        self.keys = KeyLine(id="keys")
        self.queues_panel = Panel("Queues", self.queues, id="queues-panel")
        self.workers_panel = Panel("Workers", self.all_workers, id="workers-panel")
        self.producers_panel = Panel("Producers", self.producers, id="producers-panel")
        self.consumers_panel = Panel("Consumers", self.consumers, id="consumers-panel")
        self.chart_panel = Panel("Depth and throughput", self.chart, id="chart-panel")
        self.events_panel = Panel("Events", self.log_view, id="events-panel")
        self.workers_row = Box(id="workers-row")
        self.stuck_first = False
        self._unfolded: set[str] = set()
        self._view: View | None = None
        tables = (self.queues, self.all_workers, self.producers, self.consumers)
        self._focus = Focus(self, tables, (self.report, self.log_view))

    def compose(self) -> ComposeResult:
        """Yield the parts, from top to bottom."""
        yield self.header
        yield Panel("System", self.overview, id="overview-panel")
        with Box(id="body"):
            yield self.queues_panel
            with self.workers_row:
                yield self.workers_panel
                yield self.producers_panel
                yield self.consumers_panel
            yield Panel("Report", self.report, id="report-panel")
            with Box(id="below"):
                yield self.chart_panel
                yield self.events_panel
        yield self.keys

    def expect_size(self, size: Size) -> None:
        """Set the classes for a size before the first layout, so that there is no second one."""
        width, height = size
        self.add_class("-wide" if width >= WIDE else "-normal" if width >= NORMAL else "-narrow")
        self.add_class("-tall" if height >= TALL else "-short")

    def on_mount(self) -> None:
        """Report that the parts can show something."""
        self._when_mounted()

    def on_screen_suspend(self) -> None:
        """Show the keys of the window that has opened."""
        self.keys.show_acting(getattr(self.app.screen, "ACTING", frozenset()))

    def on_screen_resume(self) -> None:
        """Show the keys of the dashboard again."""
        self.keys.show_acting(None)
        self.call_after_refresh(self.settle_focus)

    def show(self, view: View) -> None:
        """Show the view."""
        self._view = view
        snapshot, pictured = view.snapshot, view.pictured
        parts: list[Callable[[], None]] = [
            lambda: self.header.show(view),
            lambda: self.overview.show(pictured),
            lambda: self.queues.show(pictured.snapshot.queues, pictured),
            lambda: self._show_workers(pictured),
            lambda: self.chart.show(view),
            lambda: self.log_view.show(view),
            lambda: self.keys.show(view),
            lambda: self._title_queues(pictured.snapshot),
            self._fit,
            lambda: self.chart_panel.set_counts((("dim", self.chart.range_text),)),
        ]
        if snapshot.phase.is_over and not view.is_watched:
            parts.append(lambda: self.report.show(snapshot, view.result, view.found))
        app = cast(NotesFaults, self.app)
        for show_part in parts:
            with contained(app):  # the others are shown whatever one of them does
                show_part()

    def _show_workers(self, view: View) -> None:
        rows = tuple(view.snapshot.workers)
        makes = [not row.inputs for row in rows]  # a thread may begin to read at any time
        self._fill(self.workers_panel, rows, range(len(rows)), view)
        self._fill(self.producers_panel, rows, [i for i, one in enumerate(makes) if one], view)
        self._fill(self.consumers_panel, rows, [i for i, one in enumerate(makes) if not one], view)

    def _fill(
        self, panel: Panel, rows: Sequence[WorkerRow], indices: Sequence[int], view: View
    ) -> None:
        table = cast(WorkerTable, panel.child)
        if table.rows and not (panel.display and self.workers_row.display):
            return
        if self.stuck_first:
            indices = stuck_first(rows, indices)
        table.show_lines(folded(rows, indices, self._unfolded), view)
        states = [standing(rows[index]) for index in indices]
        counts = ((word, states.count(word)) for word in STUCK_FIRST)
        panel.set_counts(tuple((word, f"{number} {word}") for word, number in counts if number))

    def _title_queues(self, snapshot: Snapshot) -> None:
        words = Counter(cells.level(row.fill) for row in snapshot.queues)
        counts = [(word, f"{words[word]} {word}") for word in ("full", "high") if words[word]]
        if len(snapshot.queues) > 1:
            counts.insert(0, ("dim", plural(len(snapshot.queues), "queue")))
        if snapshot.totals.dropped:
            counts.append(("failed", f"▼ {count(snapshot.totals.dropped)} dropped"))
        self.queues_panel.set_counts(tuple(counts))

    def on_table_appeared(self) -> None:
        """Fill a table that was hidden until now."""
        if self._view is not None:
            self._show_workers(self._view.pictured)

    def _fit(self) -> None:
        """Give the tables the lines they need; the style sheet limits them.

        On a low screen the workers have the rest, or the history where that is enough for it.
        """
        height = self.app.size.height
        tall = height >= TALL
        rim = 3 if tall else 2
        wide = self.has_class("-wide")
        tables = (self.producers, self.consumers) if wide else (self.all_workers,)
        queues = self.queues.line_count + rim
        workers = max(table.line_count for table in tables) + rim
        words = max(self.overview.line_count, MAX_WORDS)
        rest = height - words - queues - workers - 2  # lines of the header and the keys
        spare = not tall and rest >= MIN_HISTORY
        self.set_class(spare, "-spare")
        self.queues_panel.styles.height = queues
        self.workers_row.styles.height = workers if tall or spare else "1fr"
        self._share_width()

    def _share_width(self) -> None:
        """Give each of two panels that stand side by side the width that it needs."""
        is_wide = self.has_class("-wide")
        beside = (
            (self.producers_panel, self.consumers_panel, is_wide),
            (self.chart_panel, self.events_panel, is_wide and not self.has_class("-over")),
        )
        for left, right, is_beside in beside:
            widths = shared(self.app.size.width, (left.need, right.need)) if is_beside else (1, 1)
            for panel, part in zip((left, right), widths, strict=True):
                panel.styles.width = f"{part}fr"

    def on_resize(self) -> None:
        """Make room for what fits another size."""
        self._fit()
        self.call_after_refresh(self.settle_focus)

    def watch_focused(self, focused: Widget | None) -> None:
        """See to it that there is always a focus, and that it can be seen."""
        self._focus.note(focused)
        self.call_after_refresh(self.settle_focus)

    def settle_focus(self, wanted: Widget | None = None) -> None:
        """Focus that widget if it is to be seen; see to it that something seen has the focus."""
        self._focus.settle(wanted)

    def enter_phase(self, phase: Phase, *, has_report: bool) -> None:
        """Show what belongs to a phase: after the end, the report if there is one."""
        shows_report = phase.is_over and has_report
        self.set_class(shows_report, "-over")
        self.remove_class("-chart", "-events")
        if shows_report:
            self.report.scroll_to(y=0, animate=False, immediate=True)
            self.call_after_refresh(self.settle_focus, self.report)
        else:
            self.call_after_refresh(self.settle_focus)

    def toggle(self, what: str) -> None:
        """Show or hide chart or events; without room of their own they replace the tables."""
        target = self.chart if what == "chart" else self.log_view
        other = "-events" if what == "chart" else "-chart"
        self.remove_class(other)
        if self.has_class(f"-{what}"):
            self.remove_class(f"-{what}")
            self.call_after_refresh(self.settle_focus)
            return
        self.add_class(f"-{what}")
        self.call_after_refresh(self.settle_focus, target)

    def back(self) -> None:
        """Close what was opened last."""
        if self.has_class("-chart") or self.has_class("-events"):
            self.remove_class("-chart", "-events")
        else:
            self.remove_class("-over")
        self.call_after_refresh(self.settle_focus)

    def toggle_report(self) -> None:
        """Switch between report and tables."""
        self.toggle_class("-over")
        target = self.report if self.has_class("-over") else self.queues
        self.call_after_refresh(self.settle_focus, target)

    def on_table_opened(self, message: Table.Opened) -> None:
        """Show the details of a row."""
        if isinstance(message.row, (QueueRow, WorkerRow)):
            self._show_details(message.row)

    def on_worker_table_folded(self, message: WorkerTable.Folded) -> None:
        """Unfold a group, or fold it with the cursor on it."""
        if message.is_unfolded:
            self._unfolded.add(message.group)
        else:
            self._unfolded.discard(message.group)
        if self._view is not None:
            self._show_workers(self._view.pictured)
            self._fit()
            message.table.choose(Group(message.group, ()).name)

    def on_report_view_failure_wanted(self) -> None:
        """Show the details of the worker that failed."""
        if self._view is None or self._view.snapshot.failure is None:
            return
        name = self._view.snapshot.failure.worker
        for row in self._view.snapshot.workers:
            if name and row.name == name:
                self._show_details(row)

    def _show_details(self, row: QueueRow | WorkerRow) -> None:
        from pcsim.tui.screens.details import DetailsScreen

        if self._view is not None:
            self.app.push_screen(DetailsScreen(row, self._view))

    def start_over(self) -> None:
        """Reset what belonged to the previous run."""
        self.report.show(None)
        self._unfolded.clear()
        for table in (self.queues, self.all_workers, self.producers, self.consumers):
            table.move_cursor(0)
            table.rows = ()
