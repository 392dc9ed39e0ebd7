"""A window in which one of several lines is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from pcsim.tui import cells
from pcsim.tui.screens.modal import Window
from pcsim.tui.widgets.text_view import TextLine


class ChoosingScreen(Window):
    """Returns the place of the line that was chosen, from 0, as text; None where none was.

    Args:
        title: What is chosen.
        choices: What each line is, and what is to be known of it; safe for a terminal.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False, priority=True),
        Binding("up,k", "move(-1)", "up", show=False, priority=True),
        Binding("home,g", "move(-1000)", "first", show=False, priority=True),
        Binding("end,G", "move(1000)", "last", show=False, priority=True),
        Binding("enter", "choose", "choose", show=False, priority=True),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]]) -> None:
        self._choices = choices
        self._place = 0
        super().__init__(title, self._drawn())

    def _drawn(self) -> list[TextLine]:
        widest = max(cells.width_of(words) for words, _ in self._choices)
        lines: list[TextLine] = []
        for place, (words, note) in enumerate(self._choices):
            is_here = place == self._place
            lines.append(
                [
                    ("▸ " if is_here else "  ", "accent"),
                    (cells.fit(words, widest), "strong" if is_here else "text"),
                    (f"   {note}", "dim"),
                ]
            )
        keys = [("enter ", "key"), ("choose   ", "text"), ("esc ", "key"), ("back", "text")]
        return [*lines, [], keys]

    def action_move(self, lines: int) -> None:
        """Choose another line."""
        self._place = min(max(self._place + lines, 0), len(self._choices) - 1)
        self.show_lines(self._drawn())
        self.text.scroll_to(y=max(self._place - self.text.size.height + 3, 0), animate=False)

    def action_choose(self) -> None:
        """Close the window with what is chosen."""
        self.dismiss(str(self._place))

    def on_click(self, event: events.Click) -> None:
        """Choose the line that is clicked."""
        if event.widget is not self.text:
            return
        place = event.y + self.text.scroll_offset.y
        if 0 <= place < len(self._choices):
            self.dismiss(str(place))
