"""The question before leaving: what would be lost, and the two ways to end the run."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from pcsim.snapshot import Snapshot
from pcsim.text import plural
from pcsim.tui.screens.modal import Window
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import TextLine


class QuitScreen(Window):
    """Answers `drain`, `abort` or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "answer('drain')", "drain and quit", show=False),
        Binding("x,q", "answer('abort')", "abort", show=False),
        Binding("escape,n", "close", "stay", show=False),
        Binding("enter", "nothing", "", show=False),
    ]

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__("Quit?", question(snapshot))

    def show(self, view: View) -> None:
        """Ask with the numbers of now."""
        self.show_lines(question(view.snapshot))

    def action_answer(self, answer: str) -> None:
        """Close with an answer."""
        self.dismiss(answer)

    def action_nothing(self) -> None:
        """Enter alone answers nothing: it must be meant."""


def question(snapshot: Snapshot) -> list[TextLine]:
    """The question as lines."""
    totals = snapshot.totals
    left = totals.queued + totals.in_producers_hands + totals.in_workers_hands
    what = "The run is going on."
    if snapshot.phase.is_over:
        what = "The run has ended: nothing would be lost."
    elif left:
        what = f"The run is going on: {plural(left, 'item')} would be lost."
    return [
        [(what, "strong")],
        [],
        [("d  ", "key"), ("drain: stop producing, empty the queues, then quit", "text")],
        [("x  ", "key"), ("abort: discard what is left and quit now", "text")],
        [("esc", "key"), (" stay", "text")],
    ]
