"""The chart's arithmetic and characters: scales, columns of eighths, axes. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pcsim.analysis.trend import Stretch
from pcsim.text import clock_time, safe
from pcsim.tui import cells
from pcsim.tui.glyphs import EIGHTHS_UP
from pcsim.tui.styles import Palette, Piece

CHANGED = "✎"
"""Stands where the run was changed."""
EDGE = 2
"""Eighths of a cell above each lane, which keep it apart from the lane above."""
DAY = 86_400.0
TICKS = (
    *(float(head * unit) for unit in (1, 60) for head in (1, 2, 5, 10, 15, 30)),
    *(3600.0 * hours for hours in (1, 2, 3, 6, 12)),
    DAY,
)


class Lane(NamedTuple):
    """One measure over time: its name, its scale and what its columns look like."""

    name: str
    top: float
    top_label: str
    values: Sequence[float | None]
    kind_of: Callable[[float], str]
    """Returns the kind of a value: the name of the style that draws it."""


def nice_ceiling(number: float, heads: Sequence[float] = (1, 2, 5, 10)) -> float:
    """Return the smallest of …, 0.5, 1, 2, 5, 10, … that is not below the number; 1 for 0.

    Args:
        number: The number.
        heads: The round numbers from 1 to 10.
    """
    if number <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(number))
    return next(head * power for head in heads if head * power >= number * (1 - 1e-9))


def lane_lines(lane: Lane, height: int, gutter: int, palette: Palette) -> list[list[Piece]]:
    """Return the lane as `height` lines: a gutter with name and scale, then the columns."""
    eighths = [eighths_of(value, lane.top, height) for value in lane.values]
    lines = []
    for row in range(height):
        floor = (height - 1 - row) * 8
        label = lane.top_label if row == 0 else "0" if row == height - 1 else ""
        name = lane.name if row == 0 else ""
        room = max(gutter - 2 - cells.width_of(label), 2)
        pieces: list[Piece] = [
            (f" {cells.fit(name, room - 2)} ", palette.text),
            (f"{label} " if room else cells.fit(f"{label} ", gutter - 1), palette.dim),
            ("┤" if label else "│", palette.frame),
        ]
        for value, height_in_eighths in zip(lane.values, eighths, strict=True):
            pieces.append(_cell(value, height_in_eighths - floor, row == height - 1, lane, palette))
        lines.append(pieces)
    return lines


def eighths_of(value: float | None, top: float, height: int) -> int:
    """Return how high a column is, in eighths of a cell; at least one for what is above 0.

    Args:
        value: Its value; None where there is none.
        top: The value at the top of the scale.
        height: The cells of the scale.
    """
    if value is None or value <= 0 or top <= 0:
        return 0
    most = height * 8 - EDGE
    return max(min(round(value / top * most), most), 1)


def _cell(value: float | None, eighths: int, lowest: bool, lane: Lane, palette: Palette) -> Piece:
    if value is None:
        return " ", palette.frame
    if eighths <= 0:
        return ("▁" if lowest else " "), palette.frame
    kind = lane.kind_of(value)
    if eighths > 8:
        return "█", palette.chart_body[kind]
    return EIGHTHS_UP[eighths], palette.chart_top[kind]


def tick(min_seconds: float) -> float:
    """Return the seconds between two labels of an axis: a round time of that size or more."""
    round_times = (seconds for seconds in TICKS if seconds >= min_seconds * (1 - 1e-9))
    return next(round_times, None) or nice_ceiling(min_seconds / DAY) * DAY


class Marked(NamedTuple):
    """Something that was done to the run, at a time of it."""

    at: float
    text: str
    """What, in short; not safe for a terminal."""


def time_axis(
    stretch: Stretch,
    columns: int,
    gutter: int,
    palette: Palette,
    marks: Sequence[Marked] = (),
    sign: str = CHANGED,
) -> list[Piece]:
    """Return the line below the lanes, labelled with round times, with these marks on it."""
    every = tick(stretch.step * (10 if columns >= 24 else 8))
    marked = set(_columns(stretch, marks))
    text, number = "", math.ceil(stretch.begins_at / every - 1e-9)
    while (column := int(number * every / stretch.step + 1e-9) - stretch.first) < columns:
        label = "┴" + clock_time(number * every, tenths=False)
        if not marked.isdisjoint(range(column, column + len(label))):
            label = "┴"
        if len(text) <= column <= columns - len(label):
            text = text.ljust(column, "─") + label
        number += 1
    return [
        (" " * (gutter - 1), palette.dim),
        ("└", palette.frame),
        *_with_marks(text.ljust(columns, "─"), marked, sign, palette),
    ]


def mark_line(
    stretch: Stretch, columns: int, gutter: int, palette: Palette, marks: Sequence[Marked]
) -> list[Piece]:
    """Return the line below the axis: what was done, each under its mark; of those that have no
    room beside each other, the later ones."""
    text, free = "", columns
    for column, mark in sorted(zip(_columns(stretch, marks), marks, strict=True), reverse=True):
        if not 0 <= column < columns:
            continue
        said = f"{CHANGED} {safe(mark.text)} "
        begin = min(column, free - cells.width_of(said))
        if begin < 0:
            break
        text = said + " " * (free - begin - cells.width_of(said)) + text
        text, free = text, begin
    return [(" " * (gutter + free), palette.dim), (text, palette.dim)]


def _columns(stretch: Stretch, marks: Sequence[Marked]) -> list[int]:
    return [int(mark.at / stretch.step + 1e-9) - stretch.first for mark in marks]


def _with_marks(text: str, columns: set[int], sign: str, palette: Palette) -> list[Piece]:
    pieces: list[Piece] = []
    begin = 0
    for column in sorted(one for one in columns if 0 <= one < len(text)):
        pieces += [(text[begin:column], palette.dim), (sign, palette.accent)]
        begin = column + 1
    return [*pieces, (text[begin:], palette.dim)]
