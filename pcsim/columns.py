"""Aligned columns of plain text, measured as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

GAP = "  "


def display_width(text: str) -> int:
    """How many cells a terminal gives the text, once `formatting.safe` has passed it."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells: filled up with spaces, or cut with `…`."""
    spare = width - display_width(text)
    if spare < 0:
        kept, room = "", max(width - 1, 0)
        for character in text:
            room -= display_width(character)
            if room < 0:
                break
            kept += character
        text = kept + "…" if width > 0 else ""
        spare = width - display_width(text)
    return " " * spare + text if right else text + " " * spare


def table(rows: Sequence[Sequence[str]], width: int, first: int = 0) -> list[str]:
    """Lines of at most `width` cells: the first column to the left, of `first` cells or as
    wide as its widest and cut where room is short, the others to the right and as wide as
    their widest cell."""
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    room = width - sum(widths[1:]) - len(GAP) * (len(widths) - 1)
    widths[0] = max(min(max(widths[0], first), room), 1)
    return [
        GAP.join(fit(cell, size, right=i > 0) for i, (cell, size) in enumerate(pairs)).rstrip()
        for pairs in (list(zip(row, widths, strict=True)) for row in rows)
    ]


def paragraph(text: str, width: int) -> list[str]:
    """The text as lines of at most `width` cells."""
    from textwrap import wrap

    halves = wrap(text, width, break_on_hyphens=False)
    if display_width(text) > len(text):
        halves = [line for half in halves for line in _wrap_wide(half, width)]
    return [line.strip() for line in halves]


def _wrap_wide(text: str, width: int) -> list[str]:
    """The same for a line with characters two cells wide."""
    lines, room = [""], width
    for character in text:
        size = display_width(character)
        if size > room:
            lines.append("")
            room = width
        lines[-1] += character
        room -= size
    return lines
