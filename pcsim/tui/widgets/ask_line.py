"""The line in which a question of one's own is typed, in the place of the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

LONGEST = 300
"""Characters of a question."""


class AskLine(Input):
    """Enter asks; esc leaves everything as it is.

    Args:
        text: What stands there at first.
        ask: Called with what was typed.
        example: What may be typed.
        target: What has the focus again afterwards.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,up,down,tab,shift+tab", "leave", "leave", show=False),
    ]

    def __init__(self, text: str, ask: Callable[[str], None], example: str, target: Widget) -> None:
        super().__init__(
            text,
            placeholder=f"{example}   enter asks, esc leaves it",
            max_length=LONGEST,
            select_on_focus=False,
            compact=True,
            id="filter",
        )
        self._ask = ask
        self._target = target
        self._keys: Widget | None = None
        self.cursor_blink = False

    def take_place_of(self, keys: Widget) -> None:
        """Stand in the place of the line of keys."""
        self._keys = keys
        keys.display = False

    def on_mount(self) -> None:
        """Take what is typed."""
        self.focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Ask."""
        message.stop()
        self.action_leave()
        self._ask(message.value)

    def action_leave(self) -> None:
        """Give the keys their place back."""
        if self._keys is not None:
            self._keys.display = True
        self.screen.set_focus(self._target)
        self.remove()
