"""Text fitted to terminal cells, and bars made of them. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from pcsim import text as plain
from pcsim.tui.glyphs import BAR, SPENT
from pcsim.tui.styles import Palette, Piece

COUNTED_WHOLE = 10_000
"""From here on a count is written in thousands."""
LONGEST_COUNT = len("12.3 k")


def width_of(text: str) -> int:
    """The cells that a text takes, by the measure that Textual puts lines together with."""
    return len(text) if text.isascii() else cell_len(text)


@lru_cache(8192)
def fit(text: str, width: int, align: str = "<") -> str:
    """Return the text in exactly `width` cells: padded, or cut with `…`."""
    return plain.fit(text, width, right=align == ">", measure=width_of)


@lru_cache(4096)
def fit_name(name: str, width: int) -> str:
    """Return a name in exactly `width` cells; a number at its end stays, as in `resize-s…12`."""
    if width_of(name) <= width:
        return fit(name, width)
    head = name.rstrip("0123456789")
    number = name[len(head) :]
    if not number or len(number) * 2 > width:
        return fit(name, width)
    return fit(fit(head, width - len(number)).rstrip() + number, width)


def fit_title(title: str, width: int) -> str:
    """Return a title in exactly `width` cells; the number of a group at its end stays: `res… ×2`.

    Args:
        title: A name, of a group with ` ×` and its number.
        width: The cells.
    """
    name, times, number = title.rpartition(" ×")
    tail = f" ×{number}"
    if not times or width_of(title) <= width or len(tail) * 2 > width:
        return fit_name(title, width)
    return fit(fit(name, width - len(tail)) + tail, width)


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
    """Return a bar that is filled to `share`; anything above 0 shows.

    Its cells leave their upper edge free, so that the bars of neighbouring rows stay apart. The
    last cell that is filled is as high as it is full, what is not filled has a line below it.
    """
    steps = len(BAR) - 1
    filled = round(min(max(share, 0.0), 1.0) * width * steps)
    if share > 0:
        filled = max(filled, 1)
    if share < 1:
        filled = min(filled, max(width * steps - 1, 0))
    whole, part = divmod(filled, steps)
    text = BAR[-1] * whole + (BAR[part] if part else "")
    pieces = [(text, palette.bar[kind]), (BAR[0] * (width - len(text)), palette.track)]
    return [piece for piece in pieces if piece[0]]


def share_bar(shares: Sequence[float], width: int, palette: Palette) -> list[Piece]:
    """Return a bar of where the time of a worker went, in exactly `width` cells.

    Args:
        shares: The part of the time for each of `glyphs.SPENT`, 0 to 1. Where they are all 0, there
            was no time yet, and the bar is blank.
        width: The cells.
        palette: The palette.
    """
    parts = _whole_cells(shares, width)
    pieces = [
        (glyph * part, palette.states_by_name[word])
        for (word, _, glyph), part in zip(SPENT, parts, strict=True)
        if part
    ]
    rest = width - sum(parts)
    return [*pieces, (" " * rest, palette.text)] if rest else pieces


def _whole_cells(shares: Sequence[float], width: int) -> list[int]:
    """The shares in whole cells, by the largest remainders; what is worth half a cell has one."""
    if not any(shares):
        return [0] * len(shares)
    exact = [share * width / sum(shares) for share in shares]
    parts = [max(int(part), 1 if part >= 0.5 else 0) for part in exact]
    by_rest = sorted(range(len(parts)), key=lambda place: exact[place] - parts[place])
    while sum(parts) > width:
        largest = max(range(len(parts)), key=parts.__getitem__)
        parts[largest] -= 1
    while sum(parts) < width:
        parts[by_rest.pop()] += 1
    return parts


def level(fill: float | None) -> str:
    """The word for a fill from 0 to 1: `full`, `high` from 80 % on, or `normal`, as is any of a
    queue that nothing limits."""
    if fill is None:
        return "normal"
    return "full" if fill >= 1 else "high" if fill >= 0.8 else "normal"


def depth_width(capacity: int | None) -> int:
    """The cells of the longest text of a depth and that capacity, such as `9999/12.3 k`."""
    if capacity is None:
        return LONGEST_COUNT
    of = len(plain.count(capacity))
    return of + 1 + (of if capacity < COUNTED_WHOLE else max(of, LONGEST_COUNT))


def wrap(text: str, width: int, max_lines: int = 50) -> list[str]:
    """Return the text in lines of at most `width` cells, broken between words.

    Where there are more than `max_lines`, the last one ends after a word, with `…`.
    """
    width = max(width, 1)
    lines = plain.paragraph(text, width)
    if len(lines) > max_lines:
        lines = lines[:max_lines]
        last = lines[-1]
        if width_of(last) >= width and " " in last:
            last = last.rpartition(" ")[0]
        lines[-1] = fit(f"{last}…", width).rstrip()
    return lines
