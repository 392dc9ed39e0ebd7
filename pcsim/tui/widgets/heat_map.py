"""The heat map of sizes: a cursor that moves from size to size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.grid import Cell, Goal, Grid, Place
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.heat_lines import LEGEND, heading, numbers, shades, shape_of
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.text_view import Marked


class HeatMap(LineView, can_focus=True):
    """Sizes with their numbers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "up", show=False),
        Binding("down,j", "move(1, 0)", "down", show=False),
        Binding("left,h", "move(0, -1)", "left", show=False),
        Binding("right,l", "move(0, 1)", "right", show=False),
    ]

    class Moved(Message):
        """The cursor is on another size."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.grid = Grid()
        self.goals: tuple[Goal, ...] = ()
        self.place: Place = (0, 0)
        self._measure: int | None = None
        self._has_moved = False
        self._drawn: list[list[Marked]] = []
        self._heading: list[Marked] = []

    @property
    def chosen(self) -> Cell | None:
        """The size under the cursor; None where there are none."""
        return self.grid.at(self.place) if self.grid.size else None

    @property
    def measure_place(self) -> int:
        """The place of the measure whose numbers are shown."""
        if self._measure is None:  # what the first goal is about
            wanted = [one.measure for one in self.goals if one.measure in self.grid.measures]
            return self.grid.measures.index(wanted[0]) if wanted else 0
        return self._measure % max(len(self.grid.measures), 1)

    def next_measure(self) -> None:
        """Show the next measure."""
        self._measure = self.measure_place + 1
        self.fill()

    def show(self, grid: Grid, goals: tuple[Goal, ...]) -> None:
        """Show the sizes; the cursor begins on the cheapest that meets the goals."""
        if grid is self.grid and goals == self.goals:
            return
        if (grid.rows, grid.columns) != (self.grid.rows, self.grid.columns):
            self.place, self._has_moved = (0, 0), False
        self.grid, self.goals = grid, goals
        best = grid.cheapest(goals)
        if best is not None and not self._has_moved:
            self.place = best
        self.fill()

    def start_over(self) -> None:
        """Forget all sizes."""
        self.grid, self.goals, self._measure = Grid(), (), None
        self.place, self._has_moved = (0, 0), False

    def fill(self) -> None:
        """Draw the lines that have changed."""
        shape = shape_of(
            self.grid, self.measure_place, self.goals, self.size.width, self.size.height
        )
        drawn: list[list[Marked]] = []
        if shape is not None:
            self._heading = heading(shape)
            cursor = self.place
            for row in range(len(self.grid.rows)):
                drawn.append(numbers(shape, row, cursor))
                if shape.shaded:
                    drawn.append(shades(shape, row))
            if self.goals and shape.shaded:
                drawn += [[], [(f" {LEGEND}   ┃ frontier   ★ cheapest   ? on the edge", "dim")]]
            elif self.goals:
                drawn.append([(" ┃ frontier   ★ cheapest   ? on the edge   w other goal", "dim")])
        old, self._drawn = self._drawn, drawn
        if len(old) != len(drawn):
            self.set_line_count(len(drawn))
            self.redraw_all()
        else:
            self.redraw(n for n, line in enumerate(drawn) if line != old[n])

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """Return the line of headings."""
        return [(text, palette.named(name)) for text, name in self._heading]

    def pieces(self, line: int, palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one line."""
        if line >= len(self._drawn):
            return []
        return [(text, palette.named(name)) for text, name in self._drawn[line]]

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor."""
        if not self.grid.size:
            return
        row = max(0, min(self.place[0] + rows, len(self.grid.rows) - 1))
        column = max(0, min(self.place[1] + columns, len(self.grid.columns) - 1))
        self._go((row, column))

    def _go(self, place: Place) -> None:
        self.place, self._has_moved = place, True
        self.fill()
        line = place[0] * (2 if len(self._drawn) >= 2 * len(self.grid.rows) else 1)
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if line < top or line >= top + height:
            self.scroll_to(y=max(line - height + 1, 0) if line > top else line, animate=False,
                           immediate=True)  # fmt: skip
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """Choose the size that is clicked."""
        shape = shape_of(
            self.grid, self.measure_place, self.goals, self.size.width, self.size.height
        )
        if shape is None:
            return
        row = (self.scroll_offset.y + event.y) // shape.lines_of_a_row
        column = (event.x - shape.label) // shape.width
        if 0 <= row < len(self.grid.rows) and 0 <= column < len(self.grid.columns):
            self._go((row, column))

    def on_resize(self) -> None:
        """Draw it for another size."""
        super().on_resize()
        self.fill()
