"""The screen of the app: header, tabs, sentence, one view of the run, and the line of keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from pcsim.snapshot import Phase, QueueRow, WorkerRow
from pcsim.tui.faults import Guarded, NotesFaults, contained
from pcsim.tui.focus import Focus
from pcsim.tui.groups import Group
from pcsim.tui.pages.page import Box, Page
from pcsim.tui.pages.table import BY_NUMBER, OVERVIEW, REPORT, TIMELINE
from pcsim.tui.pages.tables import TALL, TablesPage
from pcsim.tui.rules import add_rules
from pcsim.tui.screens.footer import KeyLine
from pcsim.tui.screens.tabs import TabLine
from pcsim.tui.view import View
from pcsim.tui.widgets.event_log import EventLog
from pcsim.tui.widgets.header import Header
from pcsim.tui.widgets.lines import FilterableView
from pcsim.tui.widgets.overview import Overview
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.table import Table, chosen_row, click_heading, order_by_next, turn_order
from pcsim.tui.widgets.time_bar import TimeBar, heading_of

if TYPE_CHECKING:
    from pcsim.tui.details.sections import Target
    from pcsim.tui.pages.timeline import TimelinePage
    from pcsim.tui.widgets.report_view import ReportView

NORMAL, WIDE = 80, 120
"""Widths with room for more columns, and for tables side by side."""


class Dashboard(Guarded, Screen[None]):
    """Shows one page at a time; its own state is which."""

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
        self.tabs = TabLine(id="tabs")
        self.overview = Overview(id="overview")
        self.keys = KeyLine(id="keys")
        self.time_bar = TimeBar(id="time-bar")
        self.tables = TablesPage()
        self.number = OVERVIEW
        """The digit of the page that is seen."""
        self._pages: dict[int, Page] = {OVERVIEW: self.tables}
        self.beside: list[Callable[[View], Callable[[], None]]] = []
        """Return what shows a view in a panel that is open beside the page."""
        self._view: View | None = None
        self._focus = Focus(self, lambda: self.page.for_focus if self.page.is_made else ())

    def compose(self) -> ComposeResult:
        """Yield the parts, from top to bottom."""
        yield self.header
        yield self.tabs
        yield Panel("System", self.overview, id="overview-panel")
        with Box(id="pages"):
            yield self.tables
        yield Panel("Time", self.time_bar, id="time-panel")
        yield self.keys

    @property
    def chosen_row(self) -> QueueRow | WorkerRow | None:
        """The queue or worker under the cursor of the table that has the focus, or had it last."""
        table = self.focused if isinstance(self.focused, Table) else self._focus.last
        row = None if table is None else chosen_row(table)
        row = row.members[0] if isinstance(row, Group) else row
        return row if isinstance(row, (QueueRow, WorkerRow)) else None

    @property
    def page(self) -> Page:
        """The page that is seen."""
        return self._pages[self.number]

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
        page = self.page
        parts: list[Callable[[], None]] = [
            lambda: self.header.show(view),
            lambda: self._show_words(view),
            *(page.shows(view) if page.is_made else ()),
            lambda: self.tabs.show(self.number, view, page.span(view)),
            lambda: self._show_past(view),
            *(part(view) for part in self.beside),
            lambda: self.keys.show(view, self.number),
        ]
        app = cast(NotesFaults, self.app)
        for show_part in parts:
            with contained(app):  # the others are shown whatever one of them does
                show_part()

    def _show_words(self, view: View) -> None:
        self.overview.show(view.pictured, has_drawing=self.page.HAS_DRAWING)
        self.page.words = self.overview.line_count

    def _show_past(self, view: View) -> None:
        has_past = view.past is not None
        if has_past != self.has_class("-past"):
            self.set_class(has_past, "-past")
            self.call_after_refresh(self.settle_focus, self.time_bar if has_past else None)
        if view.past is not None:
            self.query_one("#time-panel", Panel).set_counts(heading_of(view.past))
        self.time_bar.show(view)

    def open_page(self, number: int) -> None:
        """Show another page; it is made where it is opened for the first time.

        Args:
            number: Its digit.
        """
        if number == self.number:
            return
        self.page.display = False
        self.number = number
        page = self._pages.get(number)
        if page is None:
            add_rules(self.app, "pages")
            page = self._pages[number] = BY_NUMBER[number].make()
            self.query_one("#pages", Box).mount(page)
        page.display = True
        self.set_class(not page.HAS_DRAWING, "-words")
        if page.is_made:
            self.post_message(page.Rearranged())

    def on_resize(self) -> None:
        """Make room for what fits another size."""
        self.tables.fit()
        self.call_after_refresh(self.settle_focus)

    def watch_focused(self, focused: Widget | None) -> None:
        """See to it that there is always a focus, and that it can be seen."""
        self._focus.note(focused)
        self.call_after_refresh(self.settle_focus)

    def settle_focus(self, wanted: Widget | None = None) -> None:
        """Focus that widget if it is to be seen; see to it that something seen has the focus."""
        self._focus.settle(wanted)

    def on_page_rearranged(self, message: Page.Rearranged) -> None:
        """Draw the page once it has its place, and put the focus on what is seen then."""
        self.call_after_refresh(self._draw_page, message.wanted)

    def _draw_page(self, wanted: Widget | None) -> None:
        if self._view is not None:
            self.show(self._view)
        self.settle_focus(wanted)

    def enter_phase(self, phase: Phase, *, has_report: bool) -> None:
        """Show what belongs to a phase: after the end, the report if there is one."""
        self.tables.enter_phase()
        if phase.is_over and has_report:
            if self.number == OVERVIEW:
                self.open_page(REPORT)
        elif self.number == REPORT:
            self.open_page(OVERVIEW)
        self.call_after_refresh(self.settle_focus)

    def toggle(self, what: str) -> None:
        """Show or hide chart or events, on the overview."""
        if self.number != OVERVIEW:
            self.open_page(OVERVIEW)
            if self.tables.has_class(f"-{what}"):
                return
        self.tables.toggle(what)

    def back(self) -> bool:
        """Close what was opened last: something in the page, or the page. Before that, show all
        rows where some are filtered out. Whether there was anything to close."""
        focused = self.focused
        is_on_another = self.number != OVERVIEW
        if isinstance(focused, FilterableView) and focused.filter_text:
            focused.set_filter("")
        elif not self.page.back():
            self.open_page(OVERVIEW)
            return is_on_another
        self.call_after_refresh(self.settle_focus)
        return True

    def on_panel_heading_clicked(self, message: Panel.HeadingClicked) -> None:
        """Order the rows by the column whose heading was clicked."""
        if isinstance(message.child, Table):
            click_heading(message.child, message.x)

    def change_rows(self, what: str) -> None:
        """Do to the rows of what has the focus, or of the table that had it last, what a key asks
        for: `order` them by the next column, `turn` their order round, or `filter` them."""
        focused = self.focused
        if what == "filter":
            self._filter(focused if isinstance(focused, FilterableView) else self._focus.last)
            return
        table = focused if isinstance(focused, Table) else self._focus.last
        if table is not None and table in self.page.for_focus:
            (order_by_next if what == "order" else turn_order)(table)

    def _filter(self, target: FilterableView | None) -> None:
        if target is not None and self.keys.display:
            from pcsim.tui.widgets.filter_line import FilterLine

            self.mount(FilterLine(target, self.keys), before=self.keys)

    def on_table_opened(self, message: Table.Opened) -> None:
        """Show the details of a row."""
        if isinstance(message.row, (QueueRow, WorkerRow)):
            self.show_details(message.row)

    def on_page_opened(self, message: Page.Opened) -> None:
        """Show the details of a worker or a queue."""
        self.show_details(message.row)

    def on_page_line_wanted(self, message: Page.LineWanted) -> None:
        """Put a line to type in in the place of the keys."""
        if self.keys.display:
            message.line.take_place_of(self.keys)
            self.mount(message.line, before=self.keys)

    def on_waits_view_jam_wanted(self) -> None:
        """Show in the timeline where a queue was full for the first time."""
        self.open_page(TIMELINE)
        cast("TimelinePage", self.page).go_to_first_jam()

    def on_report_view_failure_wanted(self, _message: ReportView.FailureWanted) -> None:
        """Show the details of the worker that failed."""
        if self._view is None or self._view.snapshot.failure is None:
            return
        name = self._view.snapshot.failure.worker
        for row in self._view.snapshot.workers:
            if name and row.name == name:
                self.show_details(row)

    def on_event_log_opened(self, message: EventLog.Opened) -> None:
        """Show the journey of the item of an event, or the worker or queue that it is about."""
        from pcsim.tui.details.sections import Kind, Target

        line, view = message.event, self._view
        if line.item is not None:
            self._open(Target(Kind.ITEM, str(line.item)))
        elif view is not None:
            seen = view.pictured.snapshot
            rows: list[QueueRow | WorkerRow] = [*seen.queues, *seen.workers]
            row = next((one for one in rows if one.name == line.subject), None)
            if row is not None:
                self.show_details(row)

    def show_details(self, row: QueueRow | WorkerRow) -> None:
        """Show the details of a row."""
        from pcsim.tui.details.sections import Kind, Target

        self._open(Target(Kind.QUEUE if isinstance(row, QueueRow) else Kind.WORKER, row.name))

    def _open(self, target: Target) -> None:
        from pcsim.tui.screens.details import DetailsScreen

        if self._view is not None:
            self.app.push_screen(DetailsScreen(target, self._view))

    def start_over(self) -> None:
        """Reset what belonged to the previous run."""
        for page in self._pages.values():
            page.start_over()
