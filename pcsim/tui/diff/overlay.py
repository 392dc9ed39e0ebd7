"""Two measures over each other: what both have, and by how much one of them has more. Pure
functions."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style

from pcsim.tui import cells, plot
from pcsim.tui.glyphs import EIGHTHS_UP
from pcsim.tui.styles import Palette, Piece

BOTH, OF_A, OF_B = "both", "A more", "B more"
"""The parts of a column: up to the smaller value, and from there to the larger one."""
PLAIN = {BOTH: "▒", OF_A: "░", OF_B: "█"}
"""The cell of each part where there are no colours."""
SEEN = 3
"""Eighths of a cell by which one has more, at least, where one cell has the ends of both."""
NAMED = {BOTH: "track", OF_A: "consumed", OF_B: "normal"}
"""The name of the style of each part."""


def overlaid(
    a: Sequence[float | None],
    b: Sequence[float | None],
    top: float,
    label: str,
    height: int,
    gutter: int,
    palette: Palette,
) -> list[list[Piece]]:
    """Return both as `height` lines: a gutter with the scale, then the columns.

    Args:
        a: A value for each column; None where there is none.
        b: The same.
        top: The value at the top of the scale.
        label: That in words.
        height: How many lines there are.
        gutter: Cells before the columns.
        palette: For the styles.
    """
    both = [
        tuple(plot.eighths_of(value, top, height) for value in pair)
        for pair in zip(a, b, strict=True)
    ]
    lines = []
    for row in range(height):
        floor = (height - 1 - row) * 8
        said = label if row == 0 else "0" if row == height - 1 else ""
        pieces: list[Piece] = [
            (cells.fit(f"{said} ", gutter - 1, ">"), palette.dim),
            ("┤" if said else "│", palette.frame),
        ]
        for known, (of_a, of_b) in zip(zip(a, b, strict=True), both, strict=True):
            part = OF_A if of_a > of_b else OF_B
            low, high = (min(max(one - floor, 0), 8) for one in sorted((of_a, of_b)))
            is_lowest = row == height - 1
            if None in known and high:
                pieces.append(_alone(high, part, palette))
            else:
                pieces.append(_cell(low, high, part, palette, is_lowest=is_lowest))
        lines.append(pieces)
    return lines


def _alone(high: int, part: str, palette: Palette) -> Piece:
    """One cell of the one that goes on where the other has ended: that is no difference."""
    if palette.no_color:
        return ("·" if high >= 4 else " "), palette.text
    calm = palette.chart_body[NAMED[part]]
    return EIGHTHS_UP[high], Style(color=calm.color, bgcolor=palette.text.bgcolor)


def _cell(low: int, high: int, part: str, palette: Palette, *, is_lowest: bool) -> Piece:
    """One cell: up to `low` eighths both, from there to `high` the one that has more."""
    if not high:
        return ("▁" if is_lowest else " "), palette.frame
    if palette.no_color:
        plain = PLAIN[BOTH if low >= high or low >= 4 else part]
        return (plain if high >= 4 else " "), palette.text
    both, more = palette.named(NAMED[BOTH]), palette.named(NAMED[part])
    if low >= high:
        return EIGHTHS_UP[high], both
    if not low:
        return EIGHTHS_UP[high], more
    if high == 8:
        return EIGHTHS_UP[low], Style(color=both.color, bgcolor=more.color)
    return EIGHTHS_UP[high], more if high - low >= SEEN else both
