"""How the lanes of the timeline are drawn: the axis, the signs, the shares of what is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from pcsim.analysis.lanes import Lane
from pcsim.snapshot import QueueRow
from pcsim.text import clock_time, percent, safe
from pcsim.tui import cells, figures
from pcsim.tui.glyphs import MARK
from pcsim.tui.lane_cells import Sign, queue_sign, worker_sign
from pcsim.tui.plot import CHANGED, tick
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import View

FINEST, COARSEST = 1 / 16, float(2**24)
"""The widths of a column that can be chosen, in seconds."""
MIN_NAME, MAX_NAME, MAX_NARROW_NAME = 10, 20, 16
STATS, MIN_STATS = 24, 20
"""Cells for what stands at the right, in a wide window and in a narrow one."""
WIDE = 100


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


class Room(NamedTuple):
    """The cells of the parts of a line."""

    name: int
    columns: int
    stats: int


def room_of(lanes: Sequence[Lane], width: int) -> Room:
    """Return the cells for names, columns of time and shares.

    Args:
        lanes: All lanes.
        width: The cells that there are.
    """
    longest = max((cells.width_of(safe(lane.title)) for lane in lanes), default=0)
    is_wide = width >= WIDE
    name = max(min(longest + 5, MAX_NAME if is_wide else MAX_NARROW_NAME), MIN_NAME)
    stats = STATS if is_wide else MIN_STATS
    return Room(name, max(width - name - stats - 2, 1), stats)


def axis(
    window: Window,
    room: Room,
    cursor: float | None,
    palette: Palette,
    changed_at: Sequence[float] = (),
) -> list[Piece]:
    """Return the time axis.

    Args:
        window: What part of the run is shown.
        room: The cells of the parts of a line.
        cursor: The begin of the column that the cursor is at, in seconds; None for no cursor.
        palette: The palette.
        changed_at: When the run was changed: each is marked.
    """
    signs = {int(at / window.width + 1e-9) - window.first: CHANGED for at in changed_at}
    every = tick(window.width * 8)
    text, number = "", math.ceil(window.begins_at / every - 1e-9)
    while (column := round(number * every / window.width) - window.first) < window.columns:
        label = clock_time(number * every, tenths=every < 1)
        is_free = signs.keys().isdisjoint(range(column, column + len(label)))
        if is_free and len(text) <= column <= window.columns - len(label):
            text = text.ljust(column) + label
        number += 1
    text = text.ljust(window.columns)
    pieces, begin = [(" " * (room.name + 1), palette.dim)], 0
    if cursor is not None:
        signs[round(cursor / window.width) - window.first] = "▼"
    for place in sorted(place for place in signs if 0 <= place < window.columns):
        pieces += [(text[begin:place], palette.dim), (signs[place], palette.accent)]
        begin = place + 1
    pieces.append((text[begin:], palette.dim))
    head = f"{'run':>6}  {'full':>5}  {'empty':>5}"
    return [*pieces, (head[: room.stats], palette.dim)]


class LaneLines:
    """Draws lanes; what a column shows that is over is found once."""

    def __init__(self) -> None:
        self._signs: dict[str, dict[int, Sign]] = {}

    def forget(self) -> None:
        """Forget the columns, as where they have another width."""
        self._signs.clear()

    def draw(
        self, lane: Lane, view: View, window: Window, room: Room, palette: Palette, chosen: bool
    ) -> list[Piece]:
        """Return the line of a lane.

        Args:
            lane: The lane.
            view: The run.
            window: What part of it is shown.
            room: The cells of the parts of a line.
            palette: The palette.
            chosen: Whether the cursor is on it.
        """
        named = view.named.workers.union(view.named.queues)
        is_named = lane.name in named or any(name in named for name in lane.members)
        title = ("  " if lane.is_member else "▐ " if lane.is_queue else "") + safe(lane.title)
        mark = f" {MARK}" if is_named else ""
        shown = cells.fit_name(title, min(room.name - len(mark), max(cells.width_of(title), 1)))
        pieces: list[Piece] = [("▸" if chosen else " ", palette.accent)]
        pieces.append((shown, palette.dim if lane.is_queue else palette.text))
        pieces.append((cells.fit(mark, room.name - cells.width_of(shown)), palette.accent))
        signs = self._signs_of(lane, view, window)
        pieces += [
            ("".join(sign.text for sign in run), palette.named(style))
            for style, run in groupby(signs, key=lambda sign: sign.style)
        ]
        return pieces + _stats(lane, view, window, room.stats, palette)

    def _signs_of(self, lane: Lane, view: View, window: Window) -> list[Sign]:
        kept = self._signs.setdefault(lane.track, {})
        width, first, columns = window
        lanes, end = view.lanes, view.lanes.ends_at
        row = queue_row(view, lane.name) if lane.is_queue else None
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


def _stats(lane: Lane, view: View, window: Window, room: int, palette: Palette) -> list[Piece]:
    """Shares of the time that is shown; of a queue, how full it is."""
    if lane.is_queue:
        row = queue_row(view, lane.name)
        if row is None:
            return []
        share = view.lanes.full_share(lane, window.begins_at, window.ends_at)
        word = cells.level(row.fill)
        depth = figures.depth(row.depth, row.capacity, 9)
        said = f"{percent(share)} full" if row.capacity is not None else "no bound"
        if row.dropped_total:
            said = "drops"
        style = palette.named(word) if word in ("full", "high") else palette.text
        return [
            (cells.fit(depth, 9, ">"), style),
            (cells.fit(f" {said}", room - 9, ">"), palette.dim),
        ]
    did = view.lanes.did(lane, window.begins_at, window.ends_at)
    total = did.total
    shares = [percent(part / total) if total > 0 else "–" for part in did[:3]]
    styles = (palette.text, palette.states_by_name["blocked"], palette.dim)
    gap = "  " if room >= STATS else " "
    return [
        (f"{share:>6}{gap}", palette.dim if share in ("0 %", "–") else style)
        for share, style in zip(shares, styles, strict=True)
    ]


def by_blocking(lanes: Sequence[Lane], view: View, window: Window) -> list[Lane]:
    """Return the lanes, those that were blocked most, or full, first.

    Args:
        lanes: The lanes.
        view: The run.
        window: What part of it counts.
    """

    def share(lane: Lane) -> float:
        if lane.is_queue:
            return view.lanes.full_share(lane, window.begins_at, window.ends_at)
        did = view.lanes.did(lane, window.begins_at, window.ends_at)
        return did.full / did.total if did.total > 0 else 0.0

    return sorted(lanes, key=share, reverse=True)


def power(width: float) -> float:
    """Return the smallest width of a column that is as large: a power of two."""
    return 2.0 ** math.ceil(math.log2(max(width, FINEST)) - 1e-9)


def queue_row(view: View, name: str) -> QueueRow | None:
    """Return the row of a queue; None where there is none of that name."""
    return next((row for row in view.snapshot.queues if row.name == name), None)
