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

HEADS = ("measure", "A", "B", "difference", "95 %", "  verdict")
FEW_HEADS = ("measure", "A", "B", "difference", "")
"""The columns where there is not much room: the difference has its interval, the verdict is a
sign."""
STYLE = {"better": "running", "worse": "failed", "unsure": "dim", "alike": "dim"}
"""The styles of verdicts, where they have one of their own."""
SIGNS = {"better": "✓", "worse": "✗", "more": "↑", "less": "↓", "alike": "=", "unsure": "?"}
"""The sign of each verdict."""
LEAST_GAP, GAP = 2, 8
"""Cells between two columns."""
NARROW = 100
"""Cells below which there is not much room."""


class Columns:
    """The columns of a table, as wide as their widest cells.

    Args:
        heads: What stands above each.
        texts: The cells of each row.
    """

    def __init__(self, heads: Sequence[str], texts: Sequence[Sequence[str]]) -> None:
        self.heads = heads
        self.texts = texts
        self.widths = [
            max(map(cells.width_of, column)) for column in zip(heads, *texts, strict=True)
        ]


class DiffRows(LineView, can_focus=True):
    """A table with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "down", show=False),
        Binding("up", "move(-1)", "up", show=False),
        Binding("pagedown", "move(10)", "page down", show=False),
        Binding("pageup", "move(-10)", "page up", show=False),
        Binding("home,g", "move(-100000)", "first", show=False),
        Binding("end,G", "move(100000)", "last", show=False),
    ]

    class Chosen(Message):
        """The cursor is on another row."""

    def __init__(self, rows: Sequence[Row], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self._wide, self._narrow = Columns(HEADS, ()), Columns(FEW_HEADS, ())
        self._cursor = 0
        self.order(rows)

    @property
    def chosen(self) -> Row | None:
        """The row under the cursor; None where there are none."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def need(self) -> Need:
        """The cells of all columns."""
        wanted = sum(self._wide.widths) + LEAST_GAP * len(HEADS)
        return Need(wanted, wanted)

    @property
    def _columns(self) -> Columns:
        return self._wide if self.size.width >= NARROW else self._narrow

    def order(self, rows: Sequence[Row]) -> None:
        """Show these rows in this order; the cursor stays on its measure."""
        before = self.chosen
        self._rows = tuple(rows)
        self._wide = Columns(HEADS, [_whole(row) for row in self._rows])
        self._narrow = Columns(FEW_HEADS, [_folded(row) for row in self._rows])
        places = {row.measure.key: place for place, row in enumerate(self._rows)}
        self._cursor = 0 if before is None else places.get(before.measure.key, 0)
        self.set_line_count(len(self._rows))
        self.redraw_all()
        if self.is_mounted:
            self.show_cursor()

    def choose(self, key: str) -> None:
        """Choose the row of a measure, where there is one."""
        for place, row in enumerate(self._rows):
            if row.measure.key == key:
                self._choose(place)

    def action_move(self, rows: int) -> None:
        """Move the cursor by that many rows."""
        self._choose(min(max(self._cursor + rows, 0), len(self._rows) - 1))

    def _choose(self, row: int) -> None:
        if row == self._cursor or not 0 <= row < len(self._rows):
            return
        before, self._cursor = self._cursor, row
        self.redraw((before, row))
        self.show_cursor()
        self.post_message(self.Chosen())

    def show_cursor(self) -> None:
        """Scroll to the row of the cursor."""
        top, height = self.scroll_offset.y, self.size.height
        if self._cursor < top or self._cursor >= top + height:
            wanted = self._cursor if self._cursor < top else self._cursor - height + 1
            self.scroll_to(y=max(wanted, 0), animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        """Choose the row that is clicked."""
        self._choose(self.scroll_offset.y + event.y)

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """Return the line of headings."""
        heads = self._columns.heads
        return self._line(heads, [palette.dim] * len(heads), palette)

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a line: that of the cursor has its own background."""
        app: HasPalettes = self.app  # type: ignore[assignment]
        return app.palettes.cursor() if line == self._cursor else self.palette

    def pieces(self, line: int, palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one row."""
        verdict = self._rows[line].verdict
        last = palette.named(STYLE.get(verdict, "text"))
        style = palette.dim if verdict == "alike" else palette.text
        columns = self._columns
        between = [palette.dim] * (len(columns.heads) - 5)
        return self._line(columns.texts[line], [style, style, style, last, *between, last], palette)

    def _line(self, texts: Sequence[str], styles: Sequence[Style], palette: Palette) -> list[Piece]:
        widths = self._columns.widths
        room = self.size.width - 1 - sum(widths)
        gap = min(max(room // len(widths), LEAST_GAP), GAP)
        pieces: list[Piece] = [(" ", palette.text)]
        for number, (text, style) in enumerate(zip(texts, styles, strict=True)):
            align = "<" if number in (0, len(widths) - 1) else ">"
            pieces.append((cells.fit(text, widths[number], align), style))
            pieces.append((" " * gap, palette.text))
        return pieces


def _whole(row: Row) -> list[str]:
    *texts, verdict = cells_of(row)
    return [*texts, f"{SIGNS[verdict]} {verdict}"]


def _folded(row: Row) -> list[str]:
    words, a, b, difference, interval, verdict = cells_of(row)
    return [words, a, b, difference if interval == "–" else f"{difference} {interval}",
            SIGNS[verdict]]  # fmt: skip
