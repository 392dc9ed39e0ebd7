"""The time of a recording as a bar: where it stands, what happened when, and how full queues were.

Arrows move it by a moment, with shift by ten; a click or a drag goes to any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from pcsim.snapshot.control import Point
from pcsim.text import clock_time
from pcsim.tui import cells
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import PastView, View
from pcsim.tui.widgets.lines import LineView

GUTTER = 14
"""Cells before the bar: the names of its lines."""
LEVELS = " ▁▂▃▄▅▆▇█"
MARKS = {"full": "▐", "drop": "▼", "failure": "✗", "change": "✎", "own": "◆"}
"""The sign of each kind of mark."""
LEGEND = "▐ first full   ▼ first drop   ✗ failure   ✎ change   ◆ marked by you"
TICKS = 12
"""Cells that a time under the bar needs at least."""


class TimeBar(LineView, can_focus=True):
    """Drawn again when the time has moved by a cell, or there is more of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.rewind('move', -1)", "a moment back", show=False),
        Binding("right", "app.rewind('move', 1)", "a moment on", show=False),
        Binding("shift+left", "app.rewind('move', -10)", "ten moments back", show=False),
        Binding("shift+right", "app.rewind('move', 10)", "ten moments on", show=False),
        Binding("home", "app.rewind('end', -1)", "to the begin", show=False),
        Binding("end", "app.rewind('end', 1)", "to the end", show=False),
        Binding("enter", "app.rewind('play', 0)", "play or stop", show=False),
        Binding("escape", "app.look_back", "back to now", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._past: PastView | None = None
        self._key: object = None

    def on_resize(self) -> None:
        """Draw it for another size."""
        self.set_line_count(max(self.size.height, 1), fixed=True)
        self.redraw_all()

    def show(self, view: View) -> None:
        """Show where the view stands in its past."""
        self._past = past = view.past
        if past is None:
            return
        self.set_line_count(max(self.size.height, 1), fixed=True)
        width = self._columns(self.size.width)
        key = (self._place(past.at, width), past.begins, past.length, past.points, past.marks,
               past.own)  # fmt: skip
        if key != self._key:
            self._key = key
            self.redraw_all()

    @staticmethod
    def _columns(width: int) -> int:
        return max(width - GUTTER - 1, 8)

    def _place(self, at: float, columns: int) -> int:
        """The column of a time."""
        past = self._past
        if past is None or past.length <= past.begins:
            return 0
        share = (at - past.begins) / (past.length - past.begins)
        return min(max(round(share * (columns - 1)), 0), columns - 1)

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return one line: on a high screen two curves, the bar, the times, the signs; else bar
        and times."""
        past = self._past
        if past is None:
            return []
        draws: tuple[Callable[[PastView, Palette, int], list[Piece]], ...]
        draws = (self._full, self._out, self._bar, self._times, self._legend)
        if self.size.height < len(draws):
            draws = draws[2:4]
        return draws[line](past, palette, self._columns(width)) if line < len(draws) else []

    def _full(self, past: PastView, palette: Palette, columns: int) -> list[Piece]:
        most = max((len(point.queues) for point in past.points), default=0)
        counts = [point.full for point in past.points]
        # While nothing happens there is no further point, and what is full stays so.
        heights = self._heights(past, columns, counts, most, after=counts[-1] if counts else 0)
        return [_name("full queues", palette), (heights, palette.fill["full"])]

    def _out(self, past: PastView, palette: Palette, columns: int) -> list[Piece]:
        points = past.points
        rates = [
            (one.consumed - before.consumed) / (one.at - before.at) if one.at > before.at else 0.0
            for before, one in pairwise((Point(past.begins, 0, 0, 0, 0, 0, (), ()), *points))
        ]
        heights = self._heights(past, columns, rates, max(rates, default=0.0))
        return [_name("out /s", palette), (heights, palette.states_by_name["running"])]

    def _heights(
        self,
        past: PastView,
        columns: int,
        values: Sequence[float],
        most: float,
        after: float = 0.0,
    ) -> str:
        """A column for each cell: the largest value of the points that fall into it, or the one
        before it; `after` the last point that value."""
        found = [0.0] * columns
        seen = [False] * columns
        for point, value in zip(past.points, values, strict=True):
            place = self._place(point.at, columns)
            found[place] = max(found[place], value)
            seen[place] = True
        latest = after
        for place in range(columns - 1, -1, -1):  # a point is the end of what it stands for
            latest = found[place] if seen[place] else latest
            found[place] = latest
        scale = (len(LEVELS) - 1) / most if most else 0.0
        return "".join(LEVELS[min(round(value * scale), len(LEVELS) - 1)] for value in found)

    def _bar(self, past: PastView, palette: Palette, columns: int) -> list[Piece]:
        signs = ["─"] * columns
        signs[0], signs[-1] = "├", "┤"
        styles = [palette.frame] * columns
        kinds = {"full": palette.fill["full"], "drop": palette.states_by_name["failed"],
                 "failure": palette.states_by_name["failed"], "change": palette.key,
                 "own": palette.accent}  # fmt: skip
        for mark in (*past.marks, *past.own):
            place = self._place(mark.at, columns)
            signs[place], styles[place] = MARKS[mark.kind], kinds[mark.kind]
        here = self._place(past.at, columns)
        signs[here], styles[here] = "┃", palette.accent
        glyph = "▶" if past.is_playing else "○"
        shown = cells.fit(f"{glyph} {clock_time(past.at)}", GUTTER - 1)
        return [(f" {shown}", palette.accent), *zip(signs, styles, strict=True)]

    def _times(self, past: PastView, palette: Palette, columns: int) -> list[Piece]:
        line = [" "] * columns
        number = max(columns // TICKS, 1)
        for tick in range(number + 1):
            at = past.begins + (past.length - past.begins) * tick / number
            text = clock_time(at)
            place = min(self._place(at, columns), columns - len(text))
            line[max(place, 0) : place + len(text)] = text
        return [_name("", palette), ("".join(line)[:columns], palette.dim)]

    def _legend(self, _past: PastView, palette: Palette, columns: int) -> list[Piece]:
        return [_name("", palette), (LEGEND[:columns], palette.dim)]

    # The mouse.

    async def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to that time, and follow the mouse until it is let go."""
        self.capture_mouse()
        await self._go_to(event.x)

    async def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while it is held."""
        if self.app.mouse_captured is self:
            await self._go_to(event.x)

    def on_mouse_up(self) -> None:
        """Stay there."""
        self.release_mouse()

    async def _go_to(self, x: int) -> None:
        past = self._past
        if past is None:
            return
        columns = self._columns(self.size.width)
        share = min(max((x - GUTTER) / max(columns - 1, 1), 0.0), 1.0)
        at = past.begins + share * (past.length - past.begins)
        await self.run_action(f"app.rewind('seek', {at!r})")


def heading_of(past: PastView) -> tuple[tuple[str, str], ...]:
    """Return what the title of the bar says, as `(style name, text)`: how long ago it is."""
    if past.now is None:
        return ()
    return (("key", f"{ago(past)}; {past.now.words}"), ("dim", "← → a moment   b now"))


def ago(past: PastView) -> str:
    """Return how long before now a moment was."""
    return f"{clock_time(past.ago, tenths=False)} ago"


def _name(text: str, palette: Palette) -> Piece:
    return f" {cells.fit(text, GUTTER - 1)}", palette.dim
