"""Orders of rows other than that of their declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from pcsim.snapshot import WorkerRow
from pcsim.tui.glyphs import STUCK_FIRST, standing
from pcsim.tui.view import View

_RANK = {word: rank for rank, word in enumerate(STUCK_FIRST)}
RISING = frozenset(("name",))
"""The columns whose smallest value comes first, until the order is turned round; of all others it
is the largest."""
SORT_TIME = 1.0
"""Seconds for which rows stay in their order while their values change, to be read."""

Value: TypeAlias = Any
"""What rows are compared by; None, where there is nothing to compare, comes last."""


Ranked: TypeAlias = Callable[[Sequence[int]], Sequence[int]]
"""Returns the places of some rows in their order."""


class Named(Protocol):
    """A row with a name."""

    @property
    def name(self) -> str:
        """The name, not yet safe for a terminal."""


Row = TypeVar("Row", bound=Named)


class Order(NamedTuple):
    """The order by one column."""

    key: str
    is_turned: bool = False
    """Whether it is the other way round than it is at first."""

    @property
    def is_falling(self) -> bool:
        """Whether the largest value comes first."""
        return (self.key not in RISING) != self.is_turned

    @property
    def mark(self) -> str:
        """The sign beside the heading of the column."""
        return "↓" if self.is_falling else "↑"


def next_order(order: Order | None, keys: Sequence[str], first: str) -> Order | None:
    """Return the order by the column after the one of an order, and none after the last.

    Args:
        order: The order; None is that of the declaration.
        keys: The keys of the columns, from left to right.
        first: The key of the column that comes first; the others follow it, and go round.
    """
    start = keys.index(first) if first in keys else 0
    round_trip = [*keys[start:], *keys[:start]]
    if order is None or order.key not in round_trip:
        return Order(round_trip[0]) if round_trip else None
    place = round_trip.index(order.key) + 1
    return Order(round_trip[place]) if place < len(round_trip) else None


def clicked(order: Order | None, key: str) -> Order | None:
    """Return the order after a click on the heading of a column: the order by it, the same turned
    round, and that of the declaration."""
    if order is None or order.key != key:
        return Order(key)
    return None if order.is_turned else Order(key, is_turned=True)


def in_order(values: Sequence[Value], *, is_falling: bool) -> list[int]:
    """Return the places of the values in their order; equal ones stay as they are, those that are
    None come last."""
    known = [place for place, value in enumerate(values) if value is not None]
    known.sort(key=values.__getitem__, reverse=is_falling)
    return [*known, *(place for place, value in enumerate(values) if value is None)]


class Ranking:
    """The order of the rows of one table. It is found anew every `SORT_TIME` seconds, and where
    there are other rows."""

    def __init__(self) -> None:
        self._ranks: dict[str, int] = {}
        self._order: Order | None = None
        self._found_at = 0.0

    def ranks(
        self,
        names: Sequence[str],
        order: Order,
        value_of: Callable[[int], Value],
        now: float,
    ) -> list[int]:
        """Return which in their order each row is.

        Args:
            names: The names of the rows.
            order: The order.
            value_of: Returns what the row at that place is compared by.
            now: The time in seconds.
        """
        ranks = self._ranks
        is_recent = 0 <= now - self._found_at < SORT_TIME and order == self._order
        if not (is_recent and len(ranks) == len(names) and all(name in ranks for name in names)):
            values = [value_of(place) for place in range(len(names))]
            found = in_order(values, is_falling=order.is_falling)
            self._ranks = {names[place]: rank for rank, place in enumerate(found)}
            self._order, self._found_at = order, now
        return [self._ranks[name] for name in names]


class Ordering(Generic[Row]):
    """The order of the rows of a table, as the user has chosen it.

    Args:
        blocks: Returns the places of all rows in the order that a function finds; rows that belong
            together stay so.
    """

    def __init__(
        self, blocks: Callable[[Sequence[Row], Ranked], Sequence[int]] | None = None
    ) -> None:
        self.order: Order | None = None
        """None for the order of the declaration."""
        self._ranking = Ranking()
        self._blocks = blocks or (lambda rows, ranked: ranked(range(len(rows))))

    def mark_of(self, key: str) -> str:
        """Return the sign beside the heading of that column; none beside the others."""
        return self.order.mark if self.order is not None and self.order.key == key else ""

    def arranged(
        self,
        rows: Sequence[Row],
        places: Sequence[tuple[int, ...]],
        value_of: Callable[[str, Row, Sequence[int], View], Value],
        view: View,
    ) -> tuple[Sequence[Row], Sequence[tuple[int, ...]]]:
        """Return the rows and their places in the order.

        Args:
            rows: The rows.
            places: Where each of them is in the snapshot.
            value_of: Returns what a row is compared by in the order of a column.
            view: The view.
        """
        order = self.order
        if order is None:
            return rows, places
        ranks = self._ranking.ranks(
            [row.name for row in rows],
            order,
            lambda place: value_of(order.key, rows[place], places[place], view),
            view.seen_at,
        )
        found = self._blocks(rows, lambda some: sorted(some, key=ranks.__getitem__))
        return [rows[one] for one in found], [places[one] for one in found]


def trouble(row: WorkerRow) -> tuple[int, float]:
    """Return how much in trouble a worker is: most when it has failed, then when it is blocked, and
    the more the longer it is."""
    rank = _RANK[standing(row)]
    return -rank, -row.since if rank == 1 else 0.0


@lru_cache(4096)
def by_number(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what names are compared by so that `w-9` comes before `w-10`."""
    parts = re.findall(r"(\d+)|(\D+)", name)
    return tuple(
        (0, int(digits[:18]), "") if digits else (1, 0, text.casefold()) for digits, text in parts
    )
