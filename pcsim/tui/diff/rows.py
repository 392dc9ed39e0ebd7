"""The rows of a difference: each measure in both runs, with its interval and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.comparison_text import cells_of
from pcsim.analysis.differences import Row
from pcsim.tui import cells
from pcsim.tui.column_layout import Need
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes
from pcsim.tui.widgets.lines import LineView

HEADS = ("measure", "A", "B", "difference", "95 %", "verdict")
STYLE = {"better": "running", "worse": "failed", "unsure": "dim", "alike": "dim"}
"""The styles of verdicts, where they have one of their own."""
GAP = 3
NARROW = 100


class DiffRows(LineView, can_focus=True):
    """A table with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("pagedown", "move(10)", "page down", show=False),
        Binding("pageup", "move(-10)", "page up", show=False),
        Binding("home,g", "move(-100000)", "first", show=False),
        Binding("end,G", "move(100000)", "last", show=False),
    ]

    class Chosen(Message):
        """The cursor is on another row."""

    def __init__(self, rows: Sequence[Row], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = tuple(rows)
        self._texts = [cells_of(row) for row in self._rows]
        self._cursor = 0
        self._widths = [
            max(map(cells.width_of, column)) for column in zip(HEADS, *self._texts, strict=True)
        ]
        self.set_line_count(len(self._rows))

    @property
    def chosen(self) -> Row | None:
        """The row under the cursor; None where there are none."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def need(self) -> Need:
        """The cells of all columns."""
        wanted = sum(self._widths) + GAP * len(HEADS)
        return Need(wanted, wanted)

    def order(self, rows: Sequence[Row]) -> None:
        """Show the rows in this order; the cursor stays on its row."""
        before = self.chosen
        self._rows = tuple(rows)
        self._texts = [cells_of(row) for row in self._rows]
        if before is not None:
            self._cursor = self._rows.index(before)
        self.redraw_all()
        self._show_cursor()

    def action_move(self, rows: int) -> None:
        """Move the cursor by that many rows."""
        self._choose(min(max(self._cursor + rows, 0), len(self._rows) - 1))

    def _choose(self, row: int) -> None:
        if row == self._cursor or not 0 <= row < len(self._rows):
            return
        before, self._cursor = self._cursor, row
        self.redraw((before, row))
        self._show_cursor()
        self.post_message(self.Chosen())

    def _show_cursor(self) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if self._cursor < top or self._cursor >= top + height:
            wanted = self._cursor if self._cursor < top else self._cursor - height + 1
            self.scroll_to(y=max(wanted, 0), animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        """Choose the row that is clicked."""
        self._choose(self.scroll_offset.y + event.y)

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """Return the line of headings."""
        return self._line(HEADS, [palette.dim] * len(HEADS), palette)

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a line: that of the cursor has its own background."""
        app: HasPalettes = self.app  # type: ignore[assignment]
        return app.palettes.cursor() if line == self._cursor else self.palette

    def pieces(self, line: int, palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one row."""
        verdict = self._rows[line].verdict
        last = palette.named(STYLE.get(verdict, "text"))
        style = palette.dim if verdict == "alike" else palette.text
        return self._line(
            self._texts[line], [style, style, style, last, palette.dim, last], palette
        )

    def _line(self, texts: Sequence[str], styles: Sequence[Style], palette: Palette) -> list[Piece]:
        gap = GAP if self.size.width >= NARROW else 2
        pieces: list[Piece] = [(" ", palette.text)]
        for number, (text, style) in enumerate(zip(texts, styles, strict=True)):
            align = "<" if number in (0, len(HEADS) - 1) else ">"
            pieces.append((cells.fit(text, self._widths[number], align), style))
            pieces.append((" " * gap, palette.text))
        return pieces
