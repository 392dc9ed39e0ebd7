"""What opens over the dashboard: a title, text to scroll, and a line of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import TextLine, TextView


class Window(ModalScreen[str | None]):
    """A panel over the dashboard that any of its keys closes."""

    ACTING: ClassVar[frozenset[str]] = frozenset()
    """The keys of the dashboard that do here what they do there."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "close", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[TextLine] = ()) -> None:
        super().__init__()
        self._lines = lines
        self.text = TextView()
        self.panel = Panel(title, self.text, id="window")

    def compose(self) -> ComposeResult:
        """The panel."""
        yield self.panel

    def on_mount(self) -> None:
        """Show the lines."""
        self.show_lines(self._lines)
        self.text.focus()

    def show_lines(self, lines: Sequence[TextLine]) -> None:
        """Show these, in a window that grows with them."""
        self.text.show_lines(lines)
        self.panel.styles.height = len(lines) + 2

    def action_close(self) -> None:
        """Close it, nothing chosen."""
        self.dismiss(None)
