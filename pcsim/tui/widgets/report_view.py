"""The report of a run that is over: the text that headless runs print, at the width there is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.report_lines import Line, LineRole, joined
from pcsim.snapshot import Snapshot
from pcsim.tui.widgets.text_view import TextLine, TextView

if TYPE_CHECKING:
    from pcsim.analysis.counterfactual import Diagnosis
    from pcsim.analysis.result import Result

MAX_WIDTH = 100
STYLES = {LineRole.TITLE: "strong", LineRole.HEADING: "strong", LineRole.ADVICE: "accent"}
"""The styles of lines that stand out, by their role."""


class ReportView(TextView):
    """The text is made again only for another snapshot or another width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "details", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._snapshot: Snapshot | None = None
        self._result: Result | None = None
        self._found: Diagnosis | None = None
        self._made: tuple[Snapshot, Diagnosis | None, int] | None = None

    def show(
        self,
        snapshot: Snapshot | None,
        result: Result | None = None,
        found: Diagnosis | None = None,
    ) -> None:
        """Show the report of a run that is over, its result and its limit where they are known."""
        self._snapshot, self._result, self._found = snapshot, result, found
        width = min(self.size.width - 3, MAX_WIDTH)
        if snapshot is None or width < 1 or self._made == (snapshot, found, width):
            return
        from pcsim.analysis import report, result_report

        self._made = (snapshot, found, width)
        cautions = () if result is None else result.steadiness.cautions
        with_law = result is None
        sections = [
            report.lines(snapshot, width, with_law=with_law, found=found, cautions=cautions)
        ]
        if result is not None:
            sections.append(result_report.lines(result, width))
        self.show_lines(styled(joined(sections)))

    class FailureWanted(Message):
        """The user asks why the run failed."""

    def action_open(self) -> None:
        """Ask for the details of the failure."""
        self.post_message(self.FailureWanted())

    def on_resize(self) -> None:
        """Make the text for another width."""
        self.show(self._snapshot, self._result, self._found)


def styled(lines: Iterable[Line]) -> list[TextLine]:
    """Return the lines of a report, each in the style of its role."""
    return [[(line.text, STYLES.get(line.role, "text"))] for line in lines]
