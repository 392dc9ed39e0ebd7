"""Which columns of a table fit a width, and how wide each becomes.

Widths depend on the room alone and on nothing that a run changes, so no column jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

NARROW_GAP, WIDE_GAP = 1, 2


class Column(NamedTuple):
    """A column: its key, its heading, its smallest and largest width, and its rank.

    Where room is short, columns first shrink to `short_width` cells, if they have one, and then
    leave in order of `rank`, the highest first. A heading that is too wide becomes `short`.
    """

    key: str
    title: str
    min_width: int
    max_width: int = 0
    align: str = "<"
    rank: int = 0
    short_width: int = 0
    short: str = ""

    def heading(self, width: int) -> str:
        """Return the heading for a column of that width."""
        return self.short if self.short and len(self.title) > width else self.title

    @property
    def largest(self) -> int:
        """The largest width that is of use."""
        return max(self.max_width, self.min_width)


class Placed(NamedTuple):
    """A column with its width."""

    column: Column
    width: int


class Layout(NamedTuple):
    """The columns that have room, and the width of the gap between them."""

    gap: int
    placed: tuple[Placed, ...]


@lru_cache(256)
def place(columns: tuple[Column, ...], width: int) -> Layout:
    """Return the columns that fit `width` cells, with the room shared among them."""
    kept = list(columns)
    gap = WIDE_GAP if _needed(kept, WIDE_GAP) <= width else NARROW_GAP
    if _needed(kept, gap) > width:
        kept = [
            column._replace(min_width=column.short_width or column.min_width) for column in kept
        ]
    while len(kept) > 1 and _needed(kept, gap) > width:
        kept.remove(max(kept, key=lambda column: (column.rank, kept.index(column))))
    spare = max(width - _needed(kept, gap), 0)
    widths = {column.key: min(column.min_width, max(width, 0)) for column in kept}
    growing = [column for column in kept if column.largest > column.min_width]
    while spare > 0 and growing:
        share = max(spare // len(growing), 1)
        for column in tuple(growing):
            more = min(share, column.largest - widths[column.key], spare)
            widths[column.key] += more
            spare -= more
            if widths[column.key] >= column.largest:
                growing.remove(column)
    return Layout(gap, tuple(Placed(column, widths[column.key]) for column in kept))


def as_wide_as(columns: tuple[Column, ...], key: str, longest: int) -> tuple[Column, ...]:
    """Return the columns, the one with that key as wide as its longest text.

    Args:
        columns: All columns.
        key: The key of the column to fit.
        longest: The cells of the longest text that it will ever show.
    """
    return tuple(
        column._replace(
            min_width=min(longest, column.min_width), max_width=min(longest, column.largest)
        )
        if column.key == key
        else column
        for column in columns
    )


def _needed(columns: Sequence[Column], gap: int) -> int:
    return sum(column.min_width for column in columns) + gap * (len(columns) - 1)
