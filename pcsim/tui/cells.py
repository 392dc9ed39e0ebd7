"""Text fitted to terminal cells, and bars made of them. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from pcsim import text as plain
from pcsim.snapshot import QueueRow
from pcsim.tui.glyphs import EIGHTHS_RIGHT, TROUGH
from pcsim.tui.styles import Palette, Piece


def width_of(text: str) -> int:
    """The cells that a text takes, by the measure that Textual puts lines together with."""
    return len(text) if text.isascii() else cell_len(text)


@lru_cache(8192)
def fit(text: str, width: int, align: str = "<") -> str:
    """Return the text in exactly `width` cells: padded, or cut with `…`."""
    return plain.fit(text, width, right=align == ">", measure=width_of)


def total_width(pieces: Sequence[Piece]) -> int:
    """The cells that the pieces take."""
    return sum(width_of(text) for text, _ in pieces)


def clip(pieces: Sequence[Piece], width: int, blank: Style) -> list[Piece]:
    """Return the pieces in exactly `width` cells: filled up, or cut with `…`."""
    fitted: list[Piece] = []
    room = width
    for text, style in pieces:
        cells = width_of(text)
        if cells > room:
            fitted.append((fit(text, room), style))
            return fitted
        fitted.append((text, style))
        room -= cells
    if room > 0:
        fitted.append((" " * room, blank))
    return fitted


def strip(pieces: Sequence[Piece], width: int, blank: Style) -> Strip:
    """Return the pieces as a strip of exactly `width` cells, neighbours of one style joined."""
    segments: list[Segment] = []
    text, style = "", blank
    for next_text, next_style in clip(pieces, width, blank):
        if next_style is style:
            text += next_text
        else:
            if text:
                segments.append(Segment(text, style))
            text, style = next_text, next_style
    if text:
        segments.append(Segment(text, style))
    return Strip(segments, width)


def bar(share: float, width: int, kind: str, palette: Palette) -> list[Piece]:
    """Return a bar that is filled to `share`, to an eighth of a cell; anything above 0 shows.

    Whole cells are a block in front of its own colour, so that no seam shows between them.
    """
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    if share < 1:
        eighths = min(eighths, max(width * 8 - 1, 0))
    whole, part = divmod(eighths, 8)
    rest = EIGHTHS_RIGHT[part] if part else ""
    rest += (TROUGH if palette.no_color else " ") * (width - whole - len(rest))
    pieces = [("█" * whole, palette.solid[kind]), (rest, palette.bar[kind])]
    return [piece for piece in pieces if piece[0]]


def level(fill: float) -> str:
    """The word for a fill from 0 to 1: `full`, `high` from 80 % on, or `normal`."""
    return "full" if fill >= 1 else "high" if fill >= 0.8 else "normal"


def depth_text(row: QueueRow) -> str:
    """Depth and capacity: `3/10`."""
    return f"{plain.count(row.depth)}/{plain.count(row.capacity)}"


def wrap(text: str, width: int, max_lines: int = 50) -> list[str]:
    """Return the text in lines of at most `width` cells, broken between words.

    Where there are more than `max_lines`, the last one ends with `…`.
    """
    width = max(width, 1)
    lines = plain.paragraph(text, width)
    if len(lines) > max_lines:
        lines = lines[:max_lines]
        lines[-1] = fit(lines[-1] + "…", width).rstrip()
        if not lines[-1].endswith("…"):
            lines[-1] = fit(lines[-1] + " …", width).rstrip()
    return lines
