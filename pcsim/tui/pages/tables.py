"""The overview: the tables of queues and workers, with chart and events where there is room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from textual.app import ComposeResult
from textual.widget import Widget

from pcsim.snapshot import Snapshot, WorkerRow
from pcsim.text import count, plural
from pcsim.tui import cells
from pcsim.tui.column_layout import shared
from pcsim.tui.filtering import has_all, queue_text, words_of, worker_text
from pcsim.tui.glyphs import STUCK_FIRST, standing
from pcsim.tui.groups import Group, Lines, folded
from pcsim.tui.pages.page import Box, Page
from pcsim.tui.view import View
from pcsim.tui.widgets.chart import Chart
from pcsim.tui.widgets.event_log import EventLog
from pcsim.tui.widgets.lines import filter_title
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.queue_table import QueueTable
from pcsim.tui.widgets.table import Table, arrange_alike, start_over
from pcsim.tui.widgets.worker_table import ConsumerTable, ProducerTable, WorkerTable

TALL = 36
"""The height of a screen with room for frames and for the history."""
MIN_HISTORY, MAX_WORDS = 8, 3
"""On a lower screen: lines that a chart needs, and lines that the sentence may take."""


class Filled(NamedTuple):
    """What a table of workers shows, and what it was made of: as long as nothing happens in a run,
    its snapshots have the same rows, and there may be a thousand."""

    made_of: tuple[object, ...]
    lines: Lines
    counts: tuple[tuple[str, str], ...]

    def is_of(self, *parts: object) -> bool:
        """Whether it was made of these very rows, and of what equals the rest."""
        (rows, *rest), (these, *others) = self.made_of, parts
        return rows is these and rest == others


class TablesPage(Page):
    """Its own state is what is opened in it, and how the user wants its rows."""

    HAS_DRAWING = True

    def __init__(self) -> None:
        super().__init__(id="body")
        self.queues = QueueTable(id="queues")
        self.producers = ProducerTable(id="producers")
        self.consumers = ConsumerTable(id="consumers")
        self.all_workers = WorkerTable(id="workers")
        self.chart = Chart(id="chart")
        self.log_view = EventLog(id="events")
        self.queues_panel = Panel("Queues", self.queues, id="queues-panel")
        self.workers_panel = Panel("Workers", self.all_workers, id="workers-panel")
        self.producers_panel = Panel("Producers", self.producers, id="producers-panel")
        self.consumers_panel = Panel("Consumers", self.consumers, id="consumers-panel")
        self.chart_panel = Panel("Depth and throughput", self.chart, id="chart-panel")
        self.events_panel = Panel("Events", self.log_view, id="events-panel")
        self.workers_row = Box(id="workers-row")
        self._unfolded: set[str] = set()
        self._view: View | None = None
        self._filled: dict[Panel, Filled] = {}

    def compose(self) -> ComposeResult:
        """Yield the parts, from top to bottom."""
        yield self.queues_panel
        with self.workers_row:
            yield self.workers_panel
            yield self.producers_panel
            yield self.consumers_panel
        with Box(id="below"):
            yield self.chart_panel
            yield self.events_panel

    @property
    def for_focus(self) -> Sequence[Widget]:
        """The tables, and the events where none is seen."""
        return (self.queues, self.all_workers, self.producers, self.consumers, self.log_view)

    def shows(self, view: View) -> Sequence[Callable[[], None]]:
        """Return what shows the view, part by part."""
        self._view = view
        pictured = view.pictured
        return (
            lambda: self._show_queues(pictured),
            lambda: self._show_workers(pictured),
            lambda: self.chart.show(view),
            lambda: self.log_view.show(view),
            lambda: self._title_queues(pictured.snapshot),
            self.fit,
            lambda: self.chart_panel.set_counts((("dim", self.chart.range_text),)),
        )

    def span(self, view: View, /) -> str:
        """The last seconds of a run that goes on."""
        if view.recent is None or view.snapshot.phase.is_over:
            return ""
        return f"last {view.recent.at:.0f} s"

    def _show_queues(self, view: View) -> None:
        rows = view.snapshot.queues
        words = words_of(self.queues.filter_text)
        if words:
            places = [(at,) for at, row in enumerate(rows) if has_all(queue_text(row), words)]
            self.queues.show([rows[at] for (at,) in places], view, places)
        else:
            self.queues.show(rows, view)

    def _show_workers(self, view: View) -> None:
        # A thread may begin to read at any time.
        self._fill(self.workers_panel, view, lambda _: True)
        self._fill(self.producers_panel, view, lambda row: not row.inputs)
        self._fill(self.consumers_panel, view, lambda row: bool(row.inputs))

    def _fill(self, panel: Panel, view: View, belongs: Callable[[WorkerRow], bool]) -> None:
        table = cast(WorkerTable, panel.child)
        if table.rows and not (panel.display and self.workers_row.display):
            return
        made_of = view.snapshot.workers, table.filter_text, frozenset(self._unfolded)
        filled = self._filled.get(panel)
        if filled is None or not filled.is_of(*made_of):
            filled = self._filled[panel] = self._lines(made_of, belongs)
        table.show_lines(filled.lines, view)
        panel.set_counts((*filter_title(table), *filled.counts))

    def _lines(
        self,
        made_of: tuple[Sequence[WorkerRow], str, frozenset[str]],
        belongs: Callable[[WorkerRow], bool],
    ) -> Filled:
        workers, filter_text, unfolded = made_of
        rows, words, totals = tuple(workers), words_of(filter_text), Counter[str]()
        places = [place for place, row in enumerate(rows) if belongs(row)]
        if words:
            places = [one for one in places if has_all(worker_text(rows[one]), words)]
            totals = Counter(row.group for row in rows)
        states = [standing(rows[place]) for place in places]
        counts = ((word, states.count(word)) for word in STUCK_FIRST)
        known = tuple((word, f"{number} {word}") for word, number in counts if number)
        return Filled(made_of, folded(rows, places, unfolded, totals), known)

    def _title_queues(self, snapshot: Snapshot) -> None:
        words = Counter(cells.level(row.fill) for row in snapshot.queues)
        counts = [(word, f"{words[word]} {word}") for word in ("full", "high") if words[word]]
        if len(snapshot.queues) > 1:
            counts.insert(0, ("dim", plural(len(snapshot.queues), "queue")))
        if snapshot.totals.dropped:
            counts.append(("failed", f"▼ {count(snapshot.totals.dropped)} dropped"))
        self.queues_panel.set_counts((*filter_title(self.queues), *counts))

    def on_table_arranged(self, message: Table.Arranged) -> None:
        """Show the rows as the user wants them; workers are so in all of their tables."""
        tables: Sequence[Table[Any]] = (self.all_workers, self.producers, self.consumers)
        chosen = message.table
        for table in tables if isinstance(chosen, WorkerTable) else ():
            if table is not chosen:
                arrange_alike(table, chosen)
        if self._view is not None:
            pictured = self._view.pictured
            self._show_queues(pictured)
            self._show_workers(pictured)
            self._title_queues(pictured.snapshot)
            self.fit()

    def on_table_appeared(self) -> None:
        """Fill a table that was hidden until now."""
        if self._view is not None:
            self._show_workers(self._view.pictured)

    def fit(self) -> None:
        """Give the tables the lines they need; the style sheet limits them.

        On a low screen the workers have the rest, or the history where that is enough for it.
        """
        height = self.app.size.height
        tall = height >= TALL
        rim = 3 if tall else 2
        wide = self.screen.has_class("-wide")
        tables = (self.producers, self.consumers) if wide else (self.all_workers,)
        queues = self.queues.line_count + rim
        workers = max(table.line_count for table in tables) + rim
        words = max(self.words, MAX_WORDS)
        rest = height - words - queues - workers - 2  # lines of the header and the keys
        spare = not tall and rest >= MIN_HISTORY
        self.set_class(spare, "-spare")
        self.queues_panel.styles.height = queues
        self.workers_row.styles.height = workers if tall or spare else "1fr"
        self._share_width(is_wide=wide)

    def _share_width(self, *, is_wide: bool) -> None:
        """Give each of two panels that stand side by side the width that it needs."""
        beside = (
            (self.producers_panel, self.consumers_panel),
            (self.chart_panel, self.events_panel),
        )
        for left, right in beside:
            widths = shared(self.app.size.width, (left.need, right.need)) if is_wide else (1, 1)
            for panel, part in zip((left, right), widths, strict=True):
                panel.styles.width = f"{part}fr"

    def enter_phase(self) -> None:
        """Show the tables, as a new phase of the run begins."""
        self.remove_class("-chart", "-events")

    def toggle(self, what: str) -> None:
        """Show or hide chart or events; without room of their own they replace the tables."""
        target = self.chart if what == "chart" else self.log_view
        other = "-events" if what == "chart" else "-chart"
        self.remove_class(other)
        if self.has_class(f"-{what}"):
            self.remove_class(f"-{what}")
            self.post_message(self.Rearranged())
            return
        self.add_class(f"-{what}")
        self.post_message(self.Rearranged(target))

    def back(self) -> bool:
        """Close chart or events; whether one was opened."""
        if not (self.has_class("-chart") or self.has_class("-events")):
            return False
        self.remove_class("-chart", "-events")
        return True

    def on_worker_table_folded(self, message: WorkerTable.Folded) -> None:
        """Unfold a group, or fold it with the cursor on it."""
        if message.is_unfolded:
            self._unfolded.add(message.group)
        else:
            self._unfolded.discard(message.group)
        if self._view is not None:
            self._show_workers(self._view.pictured)
            self.fit()
            message.table.choose(Group(message.group, ()).name)

    def start_over(self) -> None:
        """Reset what belonged to the previous run."""
        self._unfolded.clear()
        tables: Sequence[Table[Any]] = (
            self.queues, self.all_workers, self.producers, self.consumers,
        )  # fmt: skip
        for table in tables:
            start_over(table)
