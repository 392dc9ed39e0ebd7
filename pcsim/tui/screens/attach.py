"""The question before pcsim's agent runs in a program that is watched from outside."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from pcsim.tui.screens.modal import Window
from pcsim.tui.widgets.text_view import TextLine

QUESTION: tuple[TextLine, ...] = (
    [("pcsim's agent would run in the program, in a thread of its own.", "strong")],
    [],
    [("It shows how long items wait, and counts all of them.", "text")],
    [("It is taken back when you leave, and the program goes on.", "text")],
    [],
    [("a   ", "key"), ("attach", "text")],
    [("esc ", "key"), ("stay outside", "text")],
)


class AttachScreen(Window):
    """The question. Returns `yes` or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "yes", "attach", show=False),
        Binding("escape,n,q", "close", "stay", show=False),
        Binding("enter", "nothing", "", show=False),
    ]

    def __init__(self) -> None:
        super().__init__("Attach?", QUESTION)

    def action_yes(self) -> None:
        """Close the window with a yes."""
        self.dismiss("yes")

    def action_nothing(self) -> None:
        """Do nothing on enter: the answer has to be deliberate."""
