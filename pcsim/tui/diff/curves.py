"""One measure of both runs over time: A above, B below, with one scale and one axis."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.differences import Measure
from pcsim.analysis.trend import Stretch
from pcsim.text import rate, three_digits
from pcsim.tui import cells, plot
from pcsim.tui.diff.content import COUNTED, Difference, has_course, over_time
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.lines import LineView

GUTTER = 14
LEAST = 5
"""Lines that both lanes and the axis need."""


class Curves(LineView):
    """Draws what the cursor of the table is on."""

    def __init__(self, shown: Difference, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = shown
        self._key = "out"
        self._drawn: list[Sequence[Piece]] = []

    def show(self, measure: Measure | None) -> str:
        """Show a measure; what is drawn, for the title: of one that is not known over time, what
        comes out."""
        self._key = measure.key if measure is not None and has_course(measure.key) else "out"
        self._draw()
        if self._key in COUNTED:
            return f"{self._key} /s"
        return f"{self._key.split('.', 1)[1].rpartition('.')[0]}, items"

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
        length = self._shown.length
        if columns < 10 or height < LEAST:
            return []
        if length <= 0:
            return [[(" Neither is known over time: record the runs (--record).", palette.dim)]]
        step = length / columns
        both = [over_time(course, self._key, step, columns) for course in self._shown.courses]
        most = max((value or 0.0 for values in both for value in values), default=0.0)
        top = plot.nice_ceiling(most)
        label = rate(top) if self._key in COUNTED else three_digits(top)
        lines: list[Sequence[Piece]] = []
        room = height - 1
        for letter, values, tall in zip("AB", both, (room // 2, room - room // 2), strict=True):
            lane = plot.Lane(letter, top, label, values, _of_a if letter == "A" else _of_b)
            lines += plot.lane_lines(lane, tall, GUTTER, palette)
        lines.append(plot.time_axis(Stretch(step, 0, []), columns, GUTTER, palette))
        return [cells.clip(line, width, palette.text) for line in lines]

    def pieces(self, line: int, _palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one line."""
        return self._drawn[line] if line < len(self._drawn) else ()


def _of_a(_value: float) -> str:
    return "consumed"


def _of_b(_value: float) -> str:
    return "normal"
