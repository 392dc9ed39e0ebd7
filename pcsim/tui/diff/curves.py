"""One measure of both runs over time, over each other, with one scale and one axis."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.differences import Measure
from pcsim.analysis.trend import Stretch
from pcsim.text import rate, three_digits
from pcsim.tui import cells, plot
from pcsim.tui.diff.content import COUNTED, Difference, has_course, near, over_time
from pcsim.tui.diff.overlay import BOTH, NAMED, OF_A, OF_B, PLAIN, overlaid
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.lines import LineView

GUTTER = 10
HEADS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""Numbers that a scale may end with, from 1 to 10."""
RATES = 60
"""Parts of the time, of each of which a rate is: of shorter ones it would jump."""
LEAST = 3
"""Lines that the curves and the axis need."""
PARTED = "▲"
"""Stands where both are seen to differ for the first time."""


class Curves(LineView):
    """Draws what the cursor of the table is on."""

    def __init__(self, shown: Difference, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = shown
        self._key = "out"
        self._drawn: list[Sequence[Piece]] = []
        self.is_near = False
        """Whether only the time around where they part is drawn."""

    def show(self, measure: Measure | None) -> str:
        """Show a measure; what is drawn, for the title: of one that is not known over time, what
        comes out."""
        self._key = measure.key if measure is not None and has_course(measure.key) else "out"
        self._draw()
        if self._key in COUNTED:
            return f"{self._key} /s"
        return f"{self._key.split('.', 1)[1].rpartition('.')[0]}, items"

    def look_near(self, is_near: bool) -> None:
        """Draw only the time around where both part, or all of it again."""
        self.is_near = is_near
        self._draw()

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """What the colours are, as `(style name, text)`."""
        if self._shown.length <= 0:
            return ()
        cell = PLAIN if self.palette.no_color else dict.fromkeys(PLAIN, "█")
        signs = [(NAMED[one], f"{cell[one]} {one}") for one in (BOTH, OF_A, OF_B)]
        if self._shown.parts_at is not None:
            signs.append(("accent", f"{PARTED} they part"))
        return tuple(signs)

    def on_resize(self) -> None:
        """Draw for another size."""
        super().on_resize()
        self._draw()

    def _draw(self) -> None:
        self._drawn = self._drawing(self.palette, self.size.width, self.size.height)
        self.set_line_count(len(self._drawn), fixed=True)
        self.redraw_all()

    def notify_style_update(self) -> None:
        """Draw in other colours."""
        super().notify_style_update()
        if self.is_mounted:
            self._draw()

    def _drawing(self, palette: Palette, width: int, height: int) -> list[Sequence[Piece]]:
        columns = width - GUTTER - 1
        if columns < 10 or height < LEAST:
            return []
        if self._shown.length <= 0:
            return [[(" Neither is known over time: record the runs (--record).", palette.dim)]]
        step, first = self._window(columns)
        window = self._shown.length / RATES
        a, b = (
            over_time(course, self._key, step, columns, first, window)
            for course in self._shown.courses
        )
        top = plot.nice_ceiling(max(value or 0.0 for value in (*a, *b)), HEADS)
        label = rate(top) if self._key in COUNTED else three_digits(top)
        lines: list[Sequence[Piece]] = []
        lines += overlaid(a, b, top, label, height - 1, GUTTER, palette)
        at = self._shown.parts_at
        marks = () if at is None else (plot.Marked(at, ""),)
        stretch = Stretch(step, first, [])
        lines.append(plot.time_axis(stretch, columns, GUTTER, palette, marks, PARTED))
        return [cells.clip(line, width, palette.text) for line in lines]

    def _window(self, columns: int) -> tuple[float, int]:
        """Seconds of a column, and how many columns are left out before the first."""
        length, at = self._shown.length, self._shown.parts_at
        if not self.is_near or at is None:
            return length / columns, 0
        begin, end = near(at, length)
        step = (end - begin) / columns
        return step, int(begin / step)

    def pieces(self, line: int, _palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one line."""
        return self._drawn[line] if line < len(self._drawn) else ()
