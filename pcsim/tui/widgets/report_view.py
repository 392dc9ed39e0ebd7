"""The report of a run that is over: the text that headless runs print, as wide as there is room."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.snapshot import Snapshot
from pcsim.tui.widgets.text_view import TextLine, TextView

WIDEST = 100


class ReportView(TextView):
    """Made again only for another snapshot or another width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "details", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._snapshot: Snapshot | None = None
        self._made: tuple[Snapshot, int] | None = None

    def show(self, snapshot: Snapshot | None) -> None:
        """Show the report of that run's end."""
        self._snapshot = snapshot
        width = min(self.size.width - 3, WIDEST)
        if snapshot is None or width < 1 or self._made == (snapshot, width):
            return
        from pcsim import report

        self._made = (snapshot, width)
        self.show_lines(marked(report.text(snapshot, width)))

    class FailureWanted(Message):
        """Somebody wants to know how it failed."""

    def action_open(self) -> None:
        """Ask for what lies behind the report."""
        self.post_message(self.FailureWanted())

    def on_resize(self) -> None:
        """Another width has other lines."""
        self.show(self._snapshot)


def marked(text: str) -> list[TextLine]:
    """The report's lines: the first one and the headings of its tables stand out."""
    lines: list[TextLine] = []
    ink = "strong"
    for line, following in pairwise([*text.splitlines(), ""]):
        if line.startswith("Next:"):
            ink = "accent"
        elif following.startswith(" ") and line and not line.startswith(" "):
            ink = "strong"
        elif lines and ink != "accent":
            ink = "text"
        lines.append([(line, ink)])
    return lines
