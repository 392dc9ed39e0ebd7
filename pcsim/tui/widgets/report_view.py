"""The report of a run that is over: the text that headless runs print, as wide as there is room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.report_lines import Line, LineRole, joined
from pcsim.snapshot import Snapshot
from pcsim.tui.widgets.text_view import TextLine, TextView

if TYPE_CHECKING:
    from pcsim.analysis.result import Result

WIDEST = 100
STYLES = {LineRole.TITLE: "strong", LineRole.HEADING: "strong", LineRole.ADVICE: "accent"}
"""The styles of lines that stand out, by their role."""


class ReportView(TextView):
    """Made again only for another snapshot or another width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "details", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._snapshot: Snapshot | None = None
        self._result: Result | None = None
        self._made: tuple[Snapshot, int] | None = None

    def show(self, snapshot: Snapshot | None, result: Result | None = None) -> None:
        """Show the report of that run's end, and what it has measured where that is more."""
        self._snapshot, self._result = snapshot, result
        width = min(self.size.width - 3, WIDEST)
        if snapshot is None or width < 1 or self._made == (snapshot, width):
            return
        from pcsim.analysis import report, result_report

        self._made = (snapshot, width)
        sections = [report.lines(snapshot, width, with_law=result is None)]
        if result is not None:
            sections.append(result_report.lines(result, width))
        self.show_lines(styled(joined(sections)))

    class FailureWanted(Message):
        """Somebody wants to know how it failed."""

    def action_open(self) -> None:
        """Ask for what lies behind the report."""
        self.post_message(self.FailureWanted())

    def on_resize(self) -> None:
        """Another width has other lines."""
        self.show(self._snapshot, self._result)


def styled(lines: Iterable[Line]) -> list[TextLine]:
    """The lines of a report, each in the style of its role."""
    return [[(line.text, STYLES.get(line.role, "text"))] for line in lines]
