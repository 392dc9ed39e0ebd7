"""Depth of the queues and throughput over time, one lane each, over one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pcsim.analysis.event_text import short_change
from pcsim.analysis.trend import Sample, depths_of
from pcsim.snapshot import QueueRow
from pcsim.text import count, duration, rate, safe
from pcsim.tui import cells, plot
from pcsim.tui.column_layout import Need
from pcsim.tui.glyphs import MARK
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import View
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.panel import Panel

MIN_PERIOD = 60.0
"""Seconds of ours that the chart of a run that is going shows at least."""
MAX_DEPTH_LANES = 6
GUTTER = 17
MIN_COLUMNS, ENOUGH_COLUMNS = 24, 40
LEAST_WITH_MARKS = 7
"""Lines from which on it is written below the axis what was changed."""
LINES = 10_000
"""More lines than any screen: the chart fills its height."""


class Chart(LineView, can_focus=True):
    """Drawn again when a new time slot starts, not with every frame."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._key: object = None
        self._drawn: list[list[Piece]] = []
        self._shown_queues = 0
        """Queues that there was room for."""
        self.set_line_count(LINES, fixed=True)

    @property
    def need(self) -> Need:
        """Names and scales, and columns for some seconds."""
        return Need(GUTTER + MIN_COLUMNS, GUTTER + ENOUGH_COLUMNS)

    def show(self, view: View) -> None:
        """Show the history of the run."""
        self._view = view
        if self.size.height < 2 or not self.display:
            return
        columns = self._columns(self.size.width)
        stretch = view.trend.stretch(columns, self._period(view))
        known = sum(sample is not None for sample in stretch.samples)
        stopped_at = view.at if view.is_standing or view.snapshot.phase.is_over else None
        names = [row.name for row in view.snapshot.queues]
        key = (
            view.trend, stretch.step, stretch.first, known, stopped_at, view.named.queues, names,
            len(view.changes),
        )  # fmt: skip
        if key != self._key:
            self._key = key
            self._redraw()

    @property
    def range_text(self) -> str:
        """The part of the run that is shown, in words."""
        view = self._view
        if view is None:
            return ""
        stretch = view.trend.stretch(self._columns(self.size.width), self._period(view))
        total, shown = len(view.snapshot.queues), self._shown_queues
        part = f"{shown} of {total} queues, " if 0 < shown < total else ""
        if stretch.first == 0:
            return f"{part}since {'you looked' if view.is_watched else 'the start'}"
        return f"{part}last {duration(round(view.at - stretch.begins_at))}"

    @staticmethod
    def _period(view: View) -> float | None:
        if view.snapshot.phase.is_over:
            return None
        if view.timing is None:
            return MIN_PERIOD
        return None if view.timing.speed is None else MIN_PERIOD * view.timing.speed

    def _redraw(self) -> None:
        old, self._drawn = self._drawn, self._draw(self.palette, self.size.width, self.size.height)
        if len(old) != len(self._drawn):
            self.redraw_all()
        else:
            self.redraw(line for line, now in enumerate(self._drawn) if now != old[line])

    def pieces(self, line: int, _palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one line of the chart."""
        if len(self._drawn) != self.size.height:
            self._drawn = self._draw(self.palette, self.size.width, self.size.height)
        return self._drawn[line] if line < len(self._drawn) else []

    def on_resize(self) -> None:
        """Draw for another number of columns."""
        self._key = None
        if self._view is not None:
            self.show(self._view)
        if isinstance(self.parent, Panel):
            self.parent.set_counts((("dim", self.range_text),))

    def notify_style_update(self) -> None:
        """Draw in the new theme."""
        super().notify_style_update()
        if self._view is not None and self._drawn and self.is_attached:
            self._drawn = self._draw(self.palette, self.size.width, self.size.height)

    def _gutter(self, width: int) -> int:
        # In virtual time a rate may be as small as 0.0005/s.
        virtual = self._view is not None and self._view.timing is not None
        return 16 if width < 44 else GUTTER + 3 if virtual else GUTTER

    def _columns(self, width: int) -> int:
        return max(width - self._gutter(width) - 1, 1)

    def _draw(self, palette: Palette, width: int, height: int) -> list[list[Piece]]:
        view = self._view
        if view is None or height < 2:
            return []
        gutter, columns = self._gutter(width), self._columns(width)
        stretch = view.trend.stretch(columns, self._period(view))
        marks = _marks(view)
        has_line = height >= LEAST_WITH_MARKS and any(one.at >= stretch.begins_at for one in marks)
        room = height - 1 - has_line
        lanes = self._lanes(view, stretch.samples, max(room // 2, 2))
        if not lanes:
            return []
        share, rest = divmod(room, len(lanes))
        lines: list[list[Piece]] = []
        for index, lane in enumerate(lanes):
            tall = share + (index < rest)
            lines += plot.lane_lines(lane, tall, gutter, palette)
        lines = lines[:room]
        lines.append(plot.time_axis(stretch, columns, gutter, palette, marks))
        if has_line:
            lines.append(plot.mark_line(stretch, columns, gutter, palette, marks))
        return [cells.clip(line, width, palette.text) for line in lines]

    def _lanes(self, view: View, samples: Sequence[Sample | None], limit: int) -> list[plot.Lane]:
        queues, named = view.snapshot.queues, view.named.queues

        def rank(index: int) -> tuple[bool, float]:
            row = queues[index]
            return row.name not in named, -row.peak_depth / (row.capacity or _scale(row))

        shown = sorted(range(len(queues)), key=rank)
        has_rate = view.snapshot.is_counted  # else nobody knows what was consumed
        shown = sorted(shown[: max(min(limit - has_rate, MAX_DEPTH_LANES), 1)])
        self._shown_queues = len(shown)
        lanes = []
        for index in shown:
            row = queues[index]
            top = _scale(row)
            values = depths_of(samples, row.name)
            kind_of = partial(_kind, row.capacity)
            name = safe(row.name, 40) + (f" {MARK}" if row.name in named else "")
            lanes.append(plot.Lane(name, top, count(int(top)), values, kind_of))
        if has_rate:
            rates = [None if sample is None else sample.consumed_rate for sample in samples]
            top = plot.nice_ceiling(max((value for value in rates if value), default=1.0))
            lanes.append(plot.Lane("consumed", top, rate(top), rates, lambda _: "consumed"))
        return lanes


def _scale(row: QueueRow) -> float:
    """The depth at the top of a lane: the capacity, or less where little of it was ever used."""
    most = row.capacity
    peak = max(row.peak_depth, row.depth)
    if most is not None and (peak * 10 >= most or most <= 20):
        return float(most)
    return plot.nice_ceiling(max(peak, 10))


def _kind(capacity: int | None, depth: float) -> str:
    return cells.level(None if capacity is None else depth / capacity)


def _marks(view: View) -> list[plot.Marked]:
    """What was changed while it ran."""
    return [plot.Marked(one.at, short_change(one.event)) for one in view.changes]
