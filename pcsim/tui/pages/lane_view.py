"""The lanes of the timeline: one line for each worker, group or queue, over one time axis.

A lane advances by whole columns, and at most every half second: a line that scrolls is all new
for the terminal. What a column shows does not change once it is over, so it is found once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.lanes import Lane, lanes_of
from pcsim.snapshot import QueueRow, WorkerRow
from pcsim.text import clock_time, percent, safe
from pcsim.tui import cells, figures
from pcsim.tui.glyphs import MARK
from pcsim.tui.lane_cells import Sign, queue_sign, worker_sign
from pcsim.tui.pages.keys import TIMELINE_KEYS
from pcsim.tui.plot import tick
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes, View
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.panel import Panel

FINEST, COARSEST = 1 / 16, float(2**24)
"""The widths of a column that can be chosen, in seconds."""
WIDTH_AT_FIRST = 0.25
"""Seconds of ours in a column, unless another width is chosen."""
BETWEEN = 0.5
"""Seconds of ours between two changes while time passes."""
MIN_NAME, MAX_NAME = 10, 20
STATS, MIN_STATS = 24, 20
"""Cells for what stands at the right, in a wide window and in a narrow one."""


class Window(NamedTuple):
    """What part of the run is shown."""

    width: float
    """Seconds of a column."""
    first: int
    """The number of the first column."""
    columns: int

    @property
    def begins_at(self) -> float:
        """Its left edge, in seconds of the run."""
        return self.first * self.width

    @property
    def ends_at(self) -> float:
        """Its right edge."""
        return (self.first + self.columns) * self.width


class LaneView(LineView, can_focus=True):
    """Its own state is the width of a column, the cursor, and the order of the lanes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(binding for key in TIMELINE_KEYS for binding in key.bindings()),
        Binding("up,k", "lane(-1)", "lane above", show=False),
        Binding("down,j", "lane(1)", "lane below", show=False),
        Binding("pageup", "lane(-10)", "page up", show=False),
        Binding("pagedown", "lane(10)", "page down", show=False),
    ]

    class Moved(Message):
        """The cursor, the window or what is known has changed."""

    class Chosen(Message):
        """The user asks for the details of a lane.

        Args:
            row: A worker, or a queue.
        """

        def __init__(self, row: QueueRow | WorkerRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view: View | None = None
        self.lanes: list[Lane] = []
        self.chosen = 0
        """The lane that the cursor is on."""
        self.cursor: float | None = None
        """The time that the cursor is at; None for now."""
        self.worst_first = False
        self._width: float | None = None
        self._unfolded: frozenset[str] = frozenset()
        self._window = Window(WIDTH_AT_FIRST, 0, 1)
        self._signs: dict[str, dict[int, Sign]] = {}
        self._drawn: dict[int, list[Piece]] = {}
        self._drawn_at = -math.inf
        self._key: object = None

    # What is shown

    def show(self, view: View) -> None:
        """Show the history of the run, where as much of it is new as is worth it."""
        before, self.view = self.view, view
        if before is None or before.lanes is not view.lanes:
            if before is None or not (view.frozen or before.frozen):
                self.cursor, self._width = None, None
            self._signs.clear()
        goes_on = not (view.snapshot.phase.is_over or view.is_standing or view.frozen)
        too_soon = goes_on and 0 <= view.seen_at - self._drawn_at < BETWEEN
        key = (view.lanes, view.lanes.version, view.named, view.frozen, self.size)
        if not self.is_attached or (too_soon and before is not None) or key == self._key:
            return
        self._key, self._drawn_at = key, view.seen_at
        self.update()

    def update(self) -> None:
        """Draw what has changed."""
        view = self.view
        if view is None or self.size.width < 1:
            return
        lanes = lanes_of(view.snapshot, self._unfolded)
        if self.worst_first:
            lanes = self._by_blocking(lanes)
        is_new = [lane.name for lane in lanes] != [lane.name for lane in self.lanes]
        name = self.lanes[self.chosen].name if self.chosen < len(self.lanes) else None
        self.lanes = lanes
        self.chosen = next((n for n, lane in enumerate(lanes) if lane.name == name), 0)
        window = self._find_window(view)
        if window.width != self._window.width:
            self._signs.clear()
        head_changed, self._window = window != self._window, window
        if is_new or len(lanes) != self.line_count:
            self._drawn.clear()
            self.set_line_count(len(lanes))
            self.redraw_all()
        else:
            width = self.scrollable_content_region.width
            changed = [line for line in self.visible_lines() if self._has_changed(line, width)]
            self.redraw(changed)
        if head_changed and isinstance(self.parent, Panel):
            self.parent.redraw()
        self.post_message(self.Moved())

    @property
    def window(self) -> Window:
        """The part of the run that is shown."""
        return self._window

    @property
    def column(self) -> tuple[float, float] | None:
        """The column of the cursor, from when to when; None for now."""
        if self.cursor is None:
            return None
        width = self._window.width
        begin = math.floor(self.cursor / width + 1e-9) * width
        return begin, begin + width

    def _find_window(self, view: View) -> Window:
        columns = max(self._columns, 1)
        end = view.lanes.ends_at
        width = self._width
        if width is None:
            pace = (view.timing.speed or 0.0) if view.timing is not None else 1.0
            width = _power(max(WIDTH_AT_FIRST * max(pace, 1.0), view.lanes.step))
            if view.snapshot.phase.is_over or (view.timing is not None and not pace):
                width = max(_power(end / columns), FINEST)
        last = math.ceil(end / width - 1e-9)
        first = max(last - columns, 0)
        if self.cursor is not None:
            at = math.floor(self.cursor / width + 1e-9)
            if self._window.width == width:
                first = self._window.first
            first = max(min(first, at), at - columns + 1, 0)
        return Window(width, first, columns)

    @property
    def _name_width(self) -> int:
        longest = max((cells.width_of(safe(lane.title)) for lane in self.lanes), default=0)
        is_narrow = self.size.width < 100
        return max(min(longest + 5, 16 if is_narrow else MAX_NAME), MIN_NAME)

    @property
    def _stats_width(self) -> int:
        return STATS if self.size.width >= 100 else MIN_STATS

    @property
    def _columns(self) -> int:
        return self.scrollable_content_region.width - self._name_width - self._stats_width - 2

    # Drawing

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """Return the time axis, with the cursor in it."""
        window = self._window
        every = tick(window.width * 8)
        text = ""
        number = math.ceil(window.begins_at / every - 1e-9)
        while (column := round(number * every / window.width) - window.first) < window.columns:
            label = clock_time(number * every, tenths=every < 1)
            if len(text) <= column <= window.columns - len(label):
                text = text.ljust(column) + label
            number += 1
        pieces = [(" " * (self._name_width + 1), palette.dim)]
        text = text.ljust(window.columns)
        at = self.column
        if at is not None:
            place = round(at[0] / window.width) - window.first
            pieces += [(text[:place], palette.dim), ("▼", palette.accent)]
            pieces.append((text[place + 1 :], palette.dim))
        else:
            pieces.append((text, palette.dim))
        pieces.append((f"{'run':>6}  {'full':>5}  {'empty':>5}"[: self._stats_width], palette.dim))
        return pieces

    def _has_changed(self, line: int, width: int) -> bool:
        if line >= len(self.lanes):
            return False
        now = self._draw(line, self.palette_of(line), width)
        if now == self._drawn.get(line):
            return False
        self._drawn[line] = now
        return True

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return a lane as it was drawn last."""
        if line >= len(self.lanes):
            return []
        before = self._drawn.get(line)
        if before is None:
            self._drawn[line] = before = self._draw(line, palette, width)
        return before

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a lane: the chosen one has one while there is the focus."""
        if self.has_focus and line == self.chosen:
            app: HasPalettes = self.app  # type: ignore[assignment]
            return app.palettes.cursor()
        return self.palette

    def _draw(self, line: int, palette: Palette, _width: int) -> list[Piece]:
        view, lane = self.view, self.lanes[line]
        if view is None:
            return []
        named = view.named.workers.union(view.named.queues)
        is_named = lane.name in named or any(name in named for name in lane.members)
        indent = "  " if lane.is_member else ""
        title = indent + ("▐ " if lane.is_queue else "") + safe(lane.title)
        mark = f" {MARK}" if is_named else ""
        room = self._name_width - len(mark)
        shown = cells.fit_name(title, min(room, max(cells.width_of(title), 1)))
        chosen = self.has_focus and line == self.chosen
        pieces: list[Piece] = [("▸" if chosen else " ", palette.accent)]
        pieces.append((shown, palette.dim if lane.is_queue else palette.text))
        pieces.append((cells.fit(mark, self._name_width - cells.width_of(shown)), palette.accent))
        signs = self._signs_of(lane, view)
        pieces += [
            ("".join(sign.text for sign in run), palette.named(style))
            for style, run in groupby(signs, key=lambda sign: sign.style)
        ]
        pieces += self._stats(lane, view, palette)
        return pieces

    def _signs_of(self, lane: Lane, view: View) -> list[Sign]:
        kept = self._signs.setdefault(lane.track, {})
        width, first, columns = self._window
        lanes, end = view.lanes, view.lanes.ends_at
        row = _queue(view, lane.name) if lane.is_queue else None
        signs = []
        for column in range(first, first + columns):
            sign = kept.get(column)
            if sign is None:
                begin, until = column * width, (column + 1) * width
                if lane.is_queue:
                    depth = lanes.depth(lane, begin, until)
                    capacity = None if row is None else row.capacity
                    most = capacity or max(row.peak_depth if row is not None else 0, 1)
                    sign = queue_sign(depth, capacity, most)
                else:
                    sign = worker_sign(lanes.did(lane, begin, until), len(lane.members))
                if until <= end:
                    kept[column] = sign
            signs.append(sign)
        if len(kept) > 20 * columns:
            kept.clear()
        return signs

    def _stats(self, lane: Lane, view: View, palette: Palette) -> list[Piece]:
        window, room = self._window, self._stats_width
        if lane.is_queue:
            row = _queue(view, lane.name)
            if row is None:
                return []
            share = view.lanes.full_share(lane, window.begins_at, window.ends_at)
            word = cells.level(row.fill)
            depth = figures.depth(row.depth, row.capacity, 9)
            said = f"{percent(share)} full" if row.capacity is not None else "no bound"
            if row.dropped_total:
                said = "drops"
            style = palette.named(word) if word in ("full", "high") else palette.text
            return [(cells.fit(depth, 9, ">"), style),
                    (cells.fit(f"  {said}", room - 9, ">"), palette.dim)]  # fmt: skip
        did = view.lanes.did(lane, window.begins_at, window.ends_at)
        total = did.total
        shares = [percent(part / total) if total > 0 else "–" for part in did[:3]]
        styles = (palette.text, palette.states_by_name["blocked"], palette.dim)
        return [
            (f"{share:>6} " + (" " if room >= STATS else ""),
             palette.dim if share in ("0 %", "–") else style)
            for share, style in zip(shares, styles, strict=True)
        ]  # fmt: skip

    def _by_blocking(self, lanes: list[Lane]) -> list[Lane]:
        view, window = self.view, self._window
        if view is None:
            return lanes

        def share(lane: Lane) -> float:
            if lane.is_queue:
                return view.lanes.full_share(lane, window.begins_at, window.ends_at)
            did = view.lanes.did(lane, window.begins_at, window.ends_at)
            return did.full / did.total if did.total > 0 else 0.0

        return sorted(lanes, key=share, reverse=True)

    # Keys

    def action_time(self, columns: int) -> None:
        """Move the cursor by columns; it begins at the newest one."""
        view = self.view
        if view is None:
            return
        width, end = self._window.width, view.lanes.ends_at
        now = math.ceil(end / width - 1e-9) - 1
        at = now if self.cursor is None else math.floor(self.cursor / width + 1e-9) + columns
        self.go_to(None if at > now else max(at, 0) * width)

    def go_to(self, at: float | None) -> None:
        """Put the cursor at a time of the run; None for now."""
        self.cursor = at
        self.update()
        if isinstance(self.parent, Panel):
            self.parent.redraw()

    def action_zoom(self, factor: float) -> None:
        """Make the columns wider or narrower."""
        width = self._window.width * factor
        view = self.view
        if view is None or not FINEST <= width <= COARSEST:
            return
        if factor > 1 and self._columns * self._window.width >= view.lanes.ends_at:
            return
        self._width = width
        self.update()

    def action_lane(self, lanes: int) -> None:
        """Choose another lane."""
        before = self.chosen
        self.chosen = max(min(self.chosen + lanes, len(self.lanes) - 1), 0)
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if self.chosen < top:
            self.scroll_to(y=self.chosen, animate=False, immediate=True)
        elif self.chosen >= top + height:
            self.scroll_to(y=self.chosen - height + 1, animate=False, immediate=True)
        self._redraw_lanes(before, self.chosen)
        self.post_message(self.Moved())

    def action_first_jam(self) -> None:
        """Go to where a queue was full for the first time."""
        first = () if self.view is None else self.view.lanes.first_full.values()
        if first:
            self.go_to(min(first))

    def action_next_event(self) -> None:
        """Go to the next event after the cursor that is still known."""
        view, column = self.view, self.column
        if view is None:
            return
        after = column[1] if column is not None else 0.0
        times = [event.at for event in view.events if event.at >= after]
        if times:
            self.go_to(min(times))

    def action_order_lanes(self) -> None:
        """Order the lanes by how much they were blocked, or along the flow."""
        self.worst_first = not self.worst_first
        self.update()

    def action_open(self) -> None:
        """Unfold or fold a group; else ask for the details of the lane."""
        view = self.view
        if view is None or not self.lanes:
            return
        lane = self.lanes[self.chosen]
        if len(lane.members) > 1:
            self._unfolded ^= {lane.name}
            self.update()
            return
        rows: Sequence[QueueRow | WorkerRow] = (
            view.snapshot.queues if lane.is_queue else view.snapshot.workers
        )
        for row in rows:
            if row.name == lane.name:
                self.post_message(self.Chosen(row))

    def on_click(self, event: events.Click) -> None:
        """Choose the lane, and put the cursor at the time."""
        self.action_lane(self.scroll_offset.y + event.y - self.chosen)
        column = event.x - self._name_width - 1
        if 0 <= column < self._window.columns:
            self.go_to((self._window.first + column) * self._window.width)

    def _redraw_lanes(self, *lines: int) -> None:
        for line in lines:
            self._drawn.pop(line, None)
        self.redraw(lines)

    def on_focus(self) -> None:
        """Show which lane is chosen."""
        self._redraw_lanes(self.chosen)

    def on_blur(self) -> None:
        """Hide which lane is chosen."""
        self._redraw_lanes(self.chosen)

    def on_resize(self) -> None:
        """Make room for as many columns as there are now."""
        self._drawn.clear()
        self.update()

    def notify_style_update(self) -> None:
        """Draw in the new theme."""
        super().notify_style_update()
        self._drawn.clear()


def _power(width: float) -> float:
    """The smallest power of two that is as large."""
    return 2.0 ** math.ceil(math.log2(max(width, FINEST)) - 1e-9)


def _queue(view: View, name: str) -> QueueRow | None:
    return next((row for row in view.snapshot.queues if row.name == name), None)
