"""The question before the app quits: what would be lost, and how to end the run."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from pcsim.snapshot import Snapshot
from pcsim.text import plural
from pcsim.tui.screens.modal import Window
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import TextLine


class QuitScreen(Window):
    """Returns `drain`, `abort` or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "answer('drain')", "drain and quit", show=False),
        Binding("x,q", "answer('abort')", "abort", show=False),
        Binding("escape,n", "close", "stay", show=False),
        Binding("enter", "nothing", "", show=False),
    ]

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__("Quit?", question(snapshot))

    def show(self, view: View) -> None:
        """Ask with the numbers of the view."""
        self.show_lines(question(view.snapshot))

    def action_answer(self, answer: str) -> None:
        """Close the window with an answer."""
        self.dismiss(answer)

    def action_nothing(self) -> None:
        """Do nothing on enter: the answer has to be deliberate."""


def question(snapshot: Snapshot) -> list[TextLine]:
    """Return the question as lines."""
    totals = snapshot.totals
    lost = totals.in_system
    state = "The run has not ended."
    if snapshot.phase.is_over:
        state = "The run has ended: no items would be lost."
    elif lost:
        state = f"The run has not ended: {plural(lost, 'item')} would be lost."
    return [
        [(state, "strong")],
        [],
        [("d  ", "key"), ("drain: stop producing, empty the queues, then quit", "text")],
        [("x  ", "key"), ("abort: discard the remaining items and quit now", "text")],
        [("esc", "key"), (" stay", "text")],
    ]
