"""Aligned columns of plain text, measured as a terminal shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from unicodedata import east_asian_width

GAP = "  "
_BREAK = re.compile(r"(?<!\d) | (?!%|[mµ]?s\b|[kMG]/s)")


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
    """The text in lines of at most `width` cells (1 or more), broken between words, but not
    between a number and its unit; a word that is too long is cut."""
    lines: list[str] = []
    line = ""
    for word in _BREAK.split(text):
        longer = f"{line} {word}" if line else word
        if display_width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while display_width(line) > width:
            head = _head(line, width)
            lines.append(head.rstrip())
            line = line[len(head) :].lstrip()
    return [*lines, line] if line else lines


def _head(text: str, width: int) -> str:
    """As much of it as fits; one character in any case."""
    reached = accumulate(map(display_width, text))
    return text[: max(sum(1 for cells in reached if cells <= width), 1)]
