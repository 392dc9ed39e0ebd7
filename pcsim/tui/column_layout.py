"""Which columns of a table fit a width, and how wide each becomes; and which panel has which width.

Widths depend on the room, and on names and sizes that a run does not change, so nothing jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

NARROW_GAP, WIDE_GAP = 1, 2
MARGIN = 2
"""Cells beside the columns: one for the mark of the cursor, one at the end."""
SCROLLBAR = 1


class Column(NamedTuple):
    """A column: its key, its heading, and its width in cells.

    It never has less than `least`; where there is room it has `enough`, and more than that up to
    `most`. Where not all columns have their least, those leave that stand last in the priority of
    the table. A heading that is too wide becomes `short`.
    """

    key: str
    title: str
    least: int
    enough: int = 0
    most: int = 0
    align: str = "<"
    short: str = ""
    is_extra: bool = False
    """Whether a table gets no room for it that another one needs."""

    def heading(self, width: int) -> str:
        """Return the heading for a column of that width."""
        return self.short if self.short and len(self.title) > width else self.title

    @property
    def comfortable(self) -> int:
        """The width that it has where there is room."""
        return max(self.enough, self.least)

    @property
    def largest(self) -> int:
        """The largest width that is of use."""
        return max(self.most, self.comfortable)


class Placed(NamedTuple):
    """A column with its width."""

    column: Column
    width: int


class Layout(NamedTuple):
    """The columns that have room, and the width of the gap between them."""

    gap: int
    placed: tuple[Placed, ...]


@lru_cache(256)
def place(columns: tuple[Column, ...], priority: tuple[str, ...], width: int) -> Layout:
    """Return the columns that fit `width` cells, with the room shared among them.

    Args:
        columns: All columns, from left to right.
        priority: Their keys, the most important first.
        width: The room in cells.
    """
    by_importance = sorted(columns, key=lambda column: priority.index(column.key))
    while len(by_importance) > 1 and _least(by_importance, NARROW_GAP) > width:
        by_importance.pop()
    is_roomy = _comfortable(by_importance, WIDE_GAP) <= width
    gap = WIDE_GAP if is_roomy else NARROW_GAP
    widths = {column.key: min(column.least, max(width, 0)) for column in by_importance}
    spare = max(width - _least(by_importance, gap), 0)
    for column in by_importance:
        more = min(column.comfortable - column.least, spare)
        widths[column.key] += more
        spare -= more
    growing = [column for column in by_importance if column.largest > widths[column.key]]
    while spare > 0 and growing:
        share = max(spare // len(growing), 1)
        for column in tuple(growing):
            more = min(share, column.largest - widths[column.key], spare)
            widths[column.key] += more
            spare -= more
            if widths[column.key] >= column.largest:
                growing.remove(column)
    kept = (column for column in columns if column.key in widths)
    return Layout(gap, tuple(Placed(column, widths[column.key]) for column in kept))


def widened(
    columns: tuple[Column, ...], key: str, longest: int, beside: int = 0
) -> tuple[Column, ...]:
    """Return the columns, the one with that key as wide as its longest text, within its bounds.

    Args:
        columns: All columns.
        key: The key of the column to fit.
        longest: The cells of the longest text that it will ever show.
        beside: The cells beside it that are of use where there is room.
    """
    return tuple(
        column._replace(
            least=min(longest, column.least),
            enough=min(longest, column.largest),
            most=min(longest + beside, column.largest),
        )
        if column.key == key
        else column
        for column in columns
    )


class Fit:
    """The columns of a table, fitted to its rows.

    While some rows stay, the columns only grow: where threads come and go, nothing jumps.

    Args:
        columns: The columns of a table without rows.
    """

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns
        self._names: list[str] | None = None

    def to(self, names: list[str], fitted: Callable[[], tuple[Column, ...]]) -> bool:
        """Fit them to the rows of these names; whether that has changed them.

        Args:
            names: The names of all rows.
            fitted: Returns the columns that fit these rows alone.
        """
        before, self._names = self._names, names
        is_first = before is None
        before = before or []
        are_same = names == before or (len(names) == len(before) and set(names) == set(before))
        if are_same and not is_first:
            return False
        columns = fitted()
        if not set(names).isdisjoint(before):
            columns = _grown(self.columns, columns)
        is_new, self.columns = columns != self.columns, columns
        return is_new


def _grown(before: tuple[Column, ...], now: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns of now, each at least as wide as it was before, if it was there."""
    was = {column.key: column for column in before}

    def wider(column: Column) -> Column:
        old = was.get(column.key, column)
        return column._replace(
            least=max(column.least, old.least),
            enough=max(column.enough, old.enough),
            most=max(column.most, old.most),
        )

    return tuple(map(wider, now))


class Need(NamedTuple):
    """The cells that a panel needs: for less it leaves things out, more is of no use to it."""

    least: int
    enough: int


@lru_cache(256)
def need(columns: tuple[Column, ...]) -> Need:
    """Return what a table of these columns needs: to show all of them, and to show them wide."""
    needed = [column for column in columns if not column.is_extra]
    return Need(
        _least(needed, NARROW_GAP) + MARGIN + SCROLLBAR,
        max(_comfortable(columns, WIDE_GAP), _largest(columns, NARROW_GAP)) + MARGIN + SCROLLBAR,
    )


def shared(width: int, needs: Sequence[Need]) -> tuple[int, ...]:
    """Return the widths of panels that stand side by side in `width` cells.

    Each has its least; then one with enough leaves the rest to the others. Where all have
    enough they share what is left alike, and where not all have their least, all have the same
    part of it.
    """
    least, enough = sum(one.least for one in needs), sum(one.enough for one in needs)
    if least >= width:
        parts = [width * one.least // max(least, 1) for one in needs]
    elif enough >= width:
        spare, wanted = width - least, max(enough - least, 1)
        parts = [one.least + spare * (one.enough - one.least) // wanted for one in needs]
    else:
        parts = _filled(width, [one.enough for one in needs])
    parts[-1] += width - sum(parts)
    return tuple(parts)


def _filled(width: int, parts: list[int]) -> list[int]:
    """The parts, the smallest ones made larger until they take the width together."""
    level = max(parts)
    while level > 0 and sum(max(part, level) for part in parts) > width:
        level -= 1
    filled = [max(part, level) for part in parts]
    rest = width - sum(filled)
    return [part + rest // len(parts) for part in filled]


def _least(columns: Sequence[Column], gap: int) -> int:
    return sum(column.least for column in columns) + gap * (len(columns) - 1)


def _comfortable(columns: Sequence[Column], gap: int) -> int:
    return sum(column.comfortable for column in columns) + gap * (len(columns) - 1)


def _largest(columns: Sequence[Column], gap: int) -> int:
    return sum(column.largest for column in columns) + gap * (len(columns) - 1)
