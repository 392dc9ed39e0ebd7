"""A question before something that would lose items: what would be lost, and what to do instead."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from pcsim.snapshot import Snapshot
from pcsim.text import plural
from pcsim.tui.questions import Question
from pcsim.tui.screens.modal import Window
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import TextLine


class QuestionScreen(Window):
    """Returns `drain`, `yes`, `leave` or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "answer('drain')", "drain", show=False),
        Binding("l", "leave", "leave", show=False),
        *(Binding(key, f"press('{key}')", show=False) for key in "xqr0L"),
        Binding("escape,n", "close", "stay", show=False),
        Binding("enter", "nothing", "", show=False),
    ]

    def __init__(self, question: Question, snapshot: Snapshot) -> None:
        self.question = question
        super().__init__(question.title, lines(question, snapshot))

    def show(self, view: View) -> None:
        """Ask with the numbers of the view."""
        self.show_lines(lines(self.question, view.snapshot))

    def action_press(self, key: str) -> None:
        """Say yes on the key that asked, and on `x`."""
        if key in (self.question.key, "x"):
            self.action_answer("yes")
        elif key == "q":  # as in every other window
            self.action_close()

    def action_leave(self) -> None:
        """Let the run go on, where that was asked."""
        if self.question.leave:
            self.action_answer("leave")

    def action_answer(self, answer: str) -> None:
        """Close the window with an answer."""
        self.dismiss(answer)

    def action_nothing(self) -> None:
        """Do nothing on enter: the answer has to be deliberate."""


def lines(question: Question, snapshot: Snapshot) -> list[TextLine]:
    """Return the question as lines."""
    lost = snapshot.totals.in_system
    state = "The run has not ended."
    if snapshot.phase.is_over:
        state = "The run has ended: no items would be lost."
    elif lost:
        state = f"The run has not ended: {plural(lost, 'item')} would be lost."
    ending = "discard the remaining items and " if lost else "abort the run and "
    if snapshot.phase.is_over:
        ending = ""
    left: list[TextLine] = [[("l   ", "key"), (question.leave, "text")]] if question.leave else []
    return [
        [(state, "strong")],
        [],
        [(f"{question.key:<4}", "key"), (ending + question.yes, "text")],
        [("d   ", "key"), (question.drain, "text")],
        *left,
        [("esc ", "key"), ("stay", "text")],
    ]
