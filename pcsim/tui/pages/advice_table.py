"""The table of changes: a cursor that stays on its row, and the keys that act on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.advice import Advice, AdviceRow
from pcsim.tui.pages.advice_lines import columns, heading, line, rows_of
from pcsim.tui.pages.keys import WHAT_IF_KEYS
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.text_view import TextLine


class AdviceTable(LineView, can_focus=True):
    """Rows of changes, the best first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(binding for key in WHAT_IF_KEYS for binding in key.bindings()),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "move(-10)", "page up", show=False),
        Binding("pagedown", "move(10)", "page down", show=False),
        Binding("home,g", "move(-100000)", "first", show=False),
        Binding("end,G", "move(100000)", "last", show=False),
        Binding("minus", "wanted('fewer')", "fewer runs", show=False),
    ]

    class Wanted(Message):
        """The user wants something of the table.

        Args:
            what: `try` the chosen row in the run, the next `measure`, `more` or `fewer` runs, to
                `ask`, to `verify` the chosen row, to `copy` the table.
        """

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._advice = Advice()
        self._rows: tuple[AdviceRow, ...] = ()
        self._shown: list[TextLine] = []
        self._heading: TextLine = ()
        self._cursor = 0
        self._label = ""
        self._measure = 0
        self._drawn: tuple[Advice, int, int] | None = None

    @property
    def chosen(self) -> AdviceRow | None:
        """The row under the cursor; None where there are none."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def measure_name(self) -> str:
        """The measure that is shown; "" where none is known."""
        measures = self._advice.measures
        return measures[self._measure % len(measures)].name if measures else ""

    def next_measure(self) -> None:
        """Show the next measure."""
        self._measure += 1
        self.show(self._advice)

    def start_over(self) -> None:
        """Begin with the first row, and the first measure."""
        self._cursor, self._label, self._measure = 0, "", 0

    def show(self, advice: Advice) -> bool:
        """Show the rows; whether anything is another than before."""
        width = self.scrollable_content_region.width
        drawn = advice, self._measure, width
        if self._drawn is not None and self._drawn == drawn and self._drawn[0] is advice:
            return False
        self._drawn, self._advice = drawn, advice
        self._rows = rows_of(advice)
        places = [place for place, row in enumerate(self._rows) if row.label == self._label]
        if places:
            self._cursor = places[0]
        self._cursor = max(min(self._cursor, len(self._rows) - 1), 0)
        shape = columns(advice, self._measure, width)
        own = 0 if advice.asked is None else len(advice.asked.rows)
        old, self._shown = self._shown, []
        if shape is not None:
            self._heading = heading(shape)
            self._shown = [
                line(row, shape, is_own=1 <= place <= own, is_old=advice.is_old)
                for place, row in enumerate(self._rows)
            ]
        if len(old) != len(self._shown):
            self.set_line_count(len(self._shown))
            self.redraw_all()
        else:
            self.redraw(n for n, now in enumerate(self._shown) if now != old[n])
        return True

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """Return the line of headings."""
        return [(text, palette.named(name)) for text, name in self._heading]

    def pieces(self, line: int, palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one row."""
        if line >= len(self._shown):
            return []
        mark = "▸" if self.has_focus and line == self._cursor else " "
        words = [(text, palette.named(name)) for text, name in self._shown[line]]
        return [(mark, palette.accent), *words]

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a line: that of the cursor is another one."""
        if self.has_focus and line == self._cursor:
            app: HasPalettes = self.app  # type: ignore[assignment]
            return app.palettes.cursor()
        return self.palette

    def action_move(self, rows: int) -> None:
        """Move the cursor by that many rows."""
        self._choose(max(min(self._cursor + rows, len(self._rows) - 1), 0))

    def _choose(self, row: int) -> None:
        if not 0 <= row < len(self._rows):
            return
        before, self._cursor = self._cursor, row
        self._label = self._rows[row].label
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if row < top or row >= top + height:
            wanted = row if row < top else row - height + 1
            self.scroll_to(y=wanted, animate=False, immediate=True)
        self.redraw((before, row))

    def on_click(self, event: events.Click) -> None:
        """Choose the row that is clicked."""
        self._choose(self.scroll_offset.y + event.y)

    def action_wanted(self, what: str) -> None:
        """Ask for something: see `Wanted`."""
        self.post_message(self.Wanted(what))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.redraw((self._cursor,))

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.redraw((self._cursor,))
