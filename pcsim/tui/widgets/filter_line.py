"""The line in which a filter is typed, in the place of the keys at the bottom of a screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from pcsim.tui.widgets.lines import FilterableView

LONGEST = 60
"""Characters of a filter."""


class FilterLine(Input):
    """Filters while it is typed in. Enter keeps the filter, esc gives it up.

    Args:
        target: What is filtered; it has the focus again afterwards.
        keys: The line of keys whose place this one takes.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "show all", show=False),
        Binding("up,down,tab,shift+tab", "keep", "keep", show=False),
    ]

    def __init__(self, target: FilterableView, keys: Widget) -> None:
        super().__init__(
            target.filter_text,
            placeholder="words that a row has in it; enter keeps, esc shows all",
            max_length=LONGEST,
            select_on_focus=False,
            compact=True,
            id="filter",
        )
        self._target = target
        self._keys = keys
        self.cursor_blink = False

    def on_mount(self) -> None:
        """Take the place of the keys."""
        self._keys.display = False
        self.focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Filter by what is there now."""
        message.stop()
        self._target.set_filter(message.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep the filter."""
        message.stop()
        self.action_keep()

    def action_give_up(self) -> None:
        """Show all rows again."""
        self._target.set_filter("")
        self.action_keep()

    def action_keep(self) -> None:
        """Give the keys their place back."""
        self._keys.display = True
        self.screen.set_focus(self._target)
        self.remove()
