"""The report of a run that is over, and beside it the history where there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.widget import Widget

from pcsim.tui.pages.page import Box, Page
from pcsim.tui.view import View
from pcsim.tui.widgets.chart import Chart
from pcsim.tui.widgets.event_log import EventLog
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.report_view import ReportView


class ReportPage(Page):
    """The text is made again only for another run."""

    HAS_DRAWING = True

    def __init__(self) -> None:
        super().__init__(id="report-page")
        self.report = ReportView(id="report")
        self.chart = Chart(id="report-chart")
        self.log_view = EventLog(id="report-events")
        self._chart_panel = Panel("Depth and throughput", self.chart)

    def compose(self) -> ComposeResult:
        """Yield the report and the history."""
        yield Panel("Report", self.report, id="report-panel")
        with Box(id="beside-report"):
            yield self._chart_panel
            yield Panel("Events", self.log_view)

    @property
    def for_focus(self) -> Sequence[Widget]:
        """The report, which is read and scrolled."""
        return (self.report, self.log_view)

    def shows(self, view: View) -> Sequence[Callable[[], None]]:
        """Return what shows the view, part by part."""
        return (
            lambda: self.report.show(view.snapshot, view.result, view.found),
            lambda: self.chart.show(view),
            lambda: self.log_view.show(view),
            lambda: self._chart_panel.set_counts((("dim", self.chart.range_text),)),
        )

    def start_over(self) -> None:
        """Forget the report."""
        self.report.show(None)
        self.report.scroll_to(y=0, animate=False, immediate=True)
