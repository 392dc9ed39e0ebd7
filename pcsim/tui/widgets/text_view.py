"""Lines of text to read and scroll: the report, the help, a row's details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.lines import LineView

Marked = tuple[str, str]
"""A text and the name of its style."""
TextLine = Sequence[Marked]


class TextView(LineView, can_focus=True):
    """Shows lines of text; only those that changed are drawn again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "scroll_up", "up", show=False),
        Binding("j", "scroll_down", "down", show=False),
        Binding("g", "scroll_home", "top", show=False),
        Binding("G", "scroll_end", "bottom", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text: list[TextLine] = []

    def show_lines(self, lines: Sequence[TextLine]) -> None:
        """Show the lines."""
        old, self._text = self._text, list(lines)
        if len(old) != len(self._text):
            self.set_line_count(len(self._text))
            self.redraw_all()
        else:
            self.redraw(line for line, now in enumerate(self._text) if now != old[line])

    def pieces(self, line: int, palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one line."""
        return [
            (" ", palette.text),
            *((text, palette.named(name)) for text, name in self._text[line]),
        ]
