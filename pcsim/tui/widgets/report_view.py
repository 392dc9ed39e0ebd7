"""The report of a run that is over: the text that headless runs print, as wide as there is room."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.snapshot import Snapshot
from pcsim.tui.widgets.text_view import TextLine, TextView

if TYPE_CHECKING:
    from pcsim.analysis.result import Result

WIDEST = 100


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
        text = report.text(snapshot, width, with_law=result is None)
        if result is not None:
            text += "\n" + result_report.text(result, width)
        self.show_lines(marked(text))

    class FailureWanted(Message):
        """Somebody wants to know how it failed."""

    def action_open(self) -> None:
        """Ask for what lies behind the report."""
        self.post_message(self.FailureWanted())

    def on_resize(self) -> None:
        """Another width has other lines."""
        self.show(self._snapshot, self._result)


def marked(text: str) -> list[TextLine]:
    """The report's lines: the first one and the headings of its tables stand out."""
    lines: list[TextLine] = []
    palette = "strong"
    for line, following in pairwise([*text.splitlines(), ""]):
        if line.startswith("Next:"):
            palette = "accent"
        elif following.startswith(" ") and line and not line.startswith(" "):
            palette = "strong"
        elif lines and (palette != "accent" or not line):  # the advice ends with its paragraph
            palette = "text"
        lines.append([(line, palette)])
    return lines
