"""Text fitted to terminal cells, and bars made of them. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from pcsim.text import paragraph
from pcsim.tui.glyphs import EIGHTHS_RIGHT, TROUGH
from pcsim.tui.styles import Palette, Piece


def width_of(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


@lru_cache(8192)
def fit(text: str, width: int, align: str = "<") -> str:
    """The text in exactly `width` cells: padded, or cut with `…`."""
    if width <= 0:
        return ""
    cells = width_of(text)
    if cells > width:
        return (text[: width - 1] if text.isascii() else set_cell_size(text, width - 1)) + "…"
    space = " " * (width - cells)
    return space + text if align == ">" else text + space


def total_width(pieces: Sequence[Piece]) -> int:
    """How many cells the pieces take."""
    return sum(width_of(text) for text, _ in pieces)


def clip(pieces: Sequence[Piece], width: int, blank: Style) -> list[Piece]:
    """The pieces in exactly `width` cells: filled up, or cut with `…`."""
    kept: list[Piece] = []
    left = width
    for text, style in pieces:
        cells = width_of(text)
        if cells > left:
            kept.append((fit(text, left), style))
            return kept
        kept.append((text, style))
        left -= cells
    if left > 0:
        kept.append((" " * left, blank))
    return kept


def strip(pieces: Sequence[Piece], width: int, blank: Style) -> Strip:
    """The pieces as a strip of exactly `width` cells, neighbours of one style joined."""
    segments: list[Segment] = []
    text, style = "", blank
    for more, its_style in clip(pieces, width, blank):
        if its_style is style:
            text += more
        else:
            if text:
                segments.append(Segment(text, style))
            text, style = more, its_style
    if text:
        segments.append(Segment(text, style))
    return Strip(segments, width)


def bar(share: float, width: int, kind: str, palette: Palette) -> list[Piece]:
    """A bar that is filled to `share`, to an eighth of a cell; anything above 0 shows.

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
    """How full something is, in a word: `full`, `high` or `normal`."""
    return "full" if fill >= 1 else "high" if fill >= 0.8 else "normal"


def wrap(text: str, width: int, most: int = 50) -> list[str]:
    """The text in lines of at most `width` cells, broken between words, `…` after the last."""
    width = max(width, 1)
    lines = paragraph(text, width)
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = fit(lines[-1] + "…", width).rstrip()
        if not lines[-1].endswith("…"):
            lines[-1] = fit(lines[-1] + " …", width).rstrip()
    return lines
