"""Which columns of a table fit a width, and how wide each becomes. Pure; no jumps: widths
depend on the width there is and on nothing that a run changes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

NARROW_GAP, WIDE_GAP = 1, 2


class Column(NamedTuple):
    """A column: its key and heading, its least and most cells, and its weight.

    When room is short, columns first do with `scant` cells, where they can, and then leave in
    order of `rank`, the highest first. A heading wider than its column gives way to `short`.
    """

    key: str
    title: str
    least: int
    most: int = 0
    align: str = "<"
    rank: int = 0
    scant: int = 0
    short: str = ""

    def heading(self, width: int) -> str:
        """What stands over it when it has so many cells."""
        return self.short if self.short and len(self.title) > width else self.title

    @property
    def largest(self) -> int:
        """The most cells it can use."""
        return max(self.most, self.least)


class Placed(NamedTuple):
    """A column with the cells it got."""

    column: Column
    width: int


class Layout(NamedTuple):
    """The columns that have room, and the cells between them."""

    gap: int
    placed: tuple[Placed, ...]


@lru_cache(256)
def place(columns: tuple[Column, ...], width: int) -> Layout:
    """The columns that fit `width` cells, with the room shared out."""
    kept = list(columns)
    gap = WIDE_GAP if _needed(kept, WIDE_GAP) <= width else NARROW_GAP
    if _needed(kept, gap) > width:
        kept = [column._replace(least=column.scant or column.least) for column in kept]
    while len(kept) > 1 and _needed(kept, gap) > width:
        kept.remove(max(kept, key=lambda column: (column.rank, kept.index(column))))
    spare = max(width - _needed(kept, gap), 0)
    widths = {column.key: min(column.least, max(width, 0)) for column in kept}
    growing = [column for column in kept if column.largest > column.least]
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
    """The columns, that of this key as wide as the longest that it will ever show."""
    return tuple(
        column._replace(least=min(longest, column.least), most=min(longest, column.largest))
        if column.key == key
        else column
        for column in columns
    )


def _needed(columns: Sequence[Column], gap: int) -> int:
    return sum(column.least for column in columns) + gap * (len(columns) - 1)
