"""The lanes of the timeline: one line for each worker, group or queue, over one time axis.

A lane advances by whole columns, and at most every half second: a line that scrolls is all new
for the terminal. What a column shows does not change once it is over, so it is found once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.firsts import FirstKind
from pcsim.analysis.lanes import Lane, lanes_of
from pcsim.snapshot import QueueRow, WorkerRow
from pcsim.tui.filtering import has_row, words_of
from pcsim.tui.pages.keys import TIMELINE_KEYS
from pcsim.tui.pages.lane_lines import (
    COARSEST,
    FINEST,
    LaneLines,
    Room,
    Window,
    axis,
    by_blocking,
    power,
    room_of,
)
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes, View
from pcsim.tui.widgets.lines import FilterableView, no_row
from pcsim.tui.widgets.panel import Panel

WIDTH_AT_FIRST = 0.25
"""Seconds of ours in a column, unless another width is chosen."""
BETWEEN = 0.5
"""Seconds of ours between two changes while time passes."""


class LaneView(FilterableView, can_focus=True):
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
        self.goes_to_jam = False
        """Whether the cursor goes to where a queue was full for the first time, once it is seen."""
        self._width: float | None = None
        self._unfolded: frozenset[str] = frozenset()
        self._window = Window(WIDTH_AT_FIRST, 0, 1)
        self._drawer = LaneLines()
        self._drawn: dict[int, list[Piece]] = {}
        self._drawn_at = -math.inf
        self._key: object = None

    # What is shown

    def show(self, view: View) -> None:
        """Show the history of the run, where as much of it is new as is worth it."""
        before, self.view = self.view, view.pictured
        if before is None or before.lanes is not view.lanes:
            if before is None or not (view.frozen or before.frozen):
                self.cursor, self._width = None, None
            self._drawer.forget()
        if self.goes_to_jam and self.is_attached:
            self.goes_to_jam, self.cursor, self._key = False, _first_jam(view), None
            self._drawn_at = -math.inf
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
        lanes = self._filtered(lanes_of(view.snapshot, self._unfolded), view)
        if self.worst_first:
            lanes = by_blocking(lanes, view, self._window)
        is_new = [lane.name for lane in lanes] != [lane.name for lane in self.lanes]
        name = self.lanes[self.chosen].name if self.chosen < len(self.lanes) else None
        self.lanes = lanes
        self.chosen = next((n for n, lane in enumerate(lanes) if lane.name == name), 0)
        window = self._find_window(view)
        if window.width != self._window.width:
            self._drawer.forget()
        head_changed, self._window = window != self._window, window
        if is_new or max(len(lanes), 1) != self.line_count:
            self._drawn.clear()
            self.set_line_count(max(len(lanes), 1))
            self.redraw_all()
        else:
            self.redraw([line for line in self.visible_lines() if self._has_changed(line)])
        if head_changed and isinstance(self.parent, Panel):
            self.parent.redraw()
        self.post_message(self.Moved())

    def _filtered(self, lanes: list[Lane], view: View) -> list[Lane]:
        words = words_of(self.filter_text)
        if not words:
            return lanes
        rows: dict[str, list[QueueRow | WorkerRow]] = {}
        for row in chain[QueueRow | WorkerRow](view.snapshot.queues, view.snapshot.workers):
            rows.setdefault(row.name, []).append(row)
        return [
            lane for lane in lanes
            if has_row((row for name in lane.members or (lane.name,) for row in rows.get(name, ())
                        if isinstance(row, QueueRow) is lane.is_queue), words)
        ]  # fmt: skip

    def set_filter(self, text: str) -> None:
        """Show only lanes of which a row has each word of the text in it; all, where it is
        empty."""
        if text != self.filter_text:
            self.filter_text = text
            self.redraw_all()
            self.update()

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
        columns = self._room.columns
        end = min(view.lanes.ends_at, view.at)
        width = self._width
        if width is None:
            pace = (view.timing.speed or 0.0) if view.timing is not None else 1.0
            width = power(max(WIDTH_AT_FIRST * max(pace, 1.0), view.lanes.step))
            if view.snapshot.phase.is_over or (view.timing is not None and not pace):
                width = max(power(end / columns), FINEST)
        last = math.ceil(end / width - 1e-9)
        first = max(last - columns, 0)
        if self.cursor is not None:
            at = math.floor(self.cursor / width + 1e-9)
            if self._window.width == width:
                first = self._window.first
            first = max(min(first, at), at - columns + 1, 0)
        return Window(width, first, columns)

    @property
    def _room(self) -> Room:
        return room_of(self.lanes, self.scrollable_content_region.width)

    # Drawing

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """Return the time axis, with the cursor in it."""
        column = self.column
        cursor = None if column is None else column[0]
        changed_at = () if self.view is None else [one.at for one in self.view.changes]
        return axis(self._window, self._room, cursor, palette, changed_at)

    def _draw(self, line: int, palette: Palette) -> list[Piece]:
        if self.view is None:
            return []
        chosen = self.has_focus and line == self.chosen
        return self._drawer.draw(
            self.lanes[line], self.view, self._window, self._room, palette, chosen
        )

    def _has_changed(self, line: int) -> bool:
        if line >= len(self.lanes):
            return False
        now = self._draw(line, self.palette_of(line))
        if now == self._drawn.get(line):
            return False
        self._drawn[line] = now
        return True

    def pieces(self, line: int, palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return a lane as it was drawn last."""
        if line >= len(self.lanes):
            return [(no_row(self), palette.dim)] if line == 0 and self.filter_text else []
        before = self._drawn.get(line)
        if before is None:
            self._drawn[line] = before = self._draw(line, palette)
        return before

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a lane: the chosen one has one while there is the focus."""
        if self.has_focus and line == self.chosen:
            app: HasPalettes = self.app  # type: ignore[assignment]
            return app.palettes.cursor()
        return self.palette

    # Keys

    def action_time(self, columns: int) -> None:
        """Move the cursor by columns; it begins at the newest one."""
        view = self.view
        if view is None:
            return
        width, end = self._window.width, min(view.lanes.ends_at, view.at)
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
        if factor > 1 and self._window.columns * self._window.width >= view.lanes.ends_at:
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
        at = None if self.view is None else _first_jam(self.view)
        if at is not None:
            self.go_to(at)

    def action_next_event(self) -> None:
        """Go to the next event after the cursor that is still known."""
        view, column = self.view, self.column
        if view is None:
            return
        after = column[1] if column is not None else 0.0
        times = [event.at for event in view.events if event.at >= after]
        if times:
            self.go_to(min(times))

    async def action_go_there(self) -> None:
        """Show all views as they were at the cursor; without one, the key acts as in any view."""
        if self.cursor is None:
            raise SkipAction
        at, self.cursor = self.cursor, None
        await self.run_action(f"app.look_back({at!r})")

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
        column = event.x - self._room.name - 1
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


def _first_jam(view: View) -> float | None:
    """When a queue was full for the first time; None where none was."""
    return next((first.at for first in view.firsts if first.kind is FirstKind.FULL), None)
