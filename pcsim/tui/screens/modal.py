"""The window over the dashboard: a title and text to scroll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from pcsim.tui.faults import Guarded
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import TextLine, TextView


class Window(Guarded, ModalScreen[str | None]):
    """A panel over the dashboard; esc, enter and q close it."""

    ACTING: ClassVar[frozenset[str]] = frozenset()
    """The keys that act here as they do on the dashboard."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "close", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[TextLine] = ()) -> None:
        super().__init__()
        self._lines = lines
        self.text = TextView()
        self.panel = Panel(title, self.text, id="window")

    def compose(self) -> ComposeResult:
        """Yield the panel."""
        yield self.panel

    def on_mount(self) -> None:
        """Show the lines."""
        self.show_lines(self._lines)
        self.text.focus()

    def show_lines(self, lines: Sequence[TextLine]) -> None:
        """Show the lines, in a window that grows with them."""
        self.text.show_lines(lines)
        self.panel.styles.height = len(lines) + 2

    def action_close(self) -> None:
        """Close the window without an answer."""
        self.dismiss(None)
