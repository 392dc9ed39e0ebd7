"""The ways of items through a run, noted only while somebody follows them.

An item that is made while items are followed has a path, in which its workers note when they pass
it on. So what is known of an item lives as long as it does. When it ends, a plain copy goes into
a ring of the latest, which keeps nothing of its data alive.
"""

from __future__ import annotations

from itertools import count
from typing import TypeAlias

import msgspec

KEPT = 2_000
"""How many journeys are kept of items that have ended."""
MOST_STOPS = 100
"""Stops of one item that are kept: one that goes round in a cycle makes very many."""

Passed: TypeAlias = tuple[float, float, str, float]
"""When an item was queued and taken, by which worker, and when that was done with it; on the
run's clock."""


Ended: TypeAlias = tuple[
    int, str | None, float, tuple[Passed, ...], float | None, float | None, str | None,
    float | None, str,
]  # fmt: skip
"""What is kept of an item that has ended: a plain tuple, which is quick to make. Its number,
producer, the time of its making, what was noted; when it was queued and taken last, and by whom;
when it ended, and how. Times are on the run's clock."""


class Journeys:
    """The latest items that have ended, in a list: any thread may note one, in two C calls."""

    def __init__(self) -> None:
        self._numbers = count()
        self._ring: list[Ended | None] = [None] * KEPT

    def keep(self, ended: Ended) -> None:
        """Keep what is known of an item that has ended."""
        self._ring[next(self._numbers) % KEPT] = ended

    def ended(self, item: int) -> Ended | None:
        """Return what is known of an item that has ended lately; None of any other."""
        kept = self._ring.copy()
        return next((one for one in kept if one is not None and one[0] == item), None)


class Path(msgspec.Struct, eq=False, gc=False):
    """What workers note of one item: nothing in it refers to it.

    Attributes:
        journeys: Where its journey is kept in the end.
        passed: What was noted so far; of a copy, at first what was of its original.
    """

    journeys: Journeys
    passed: tuple[Passed, ...] = ()

    def copy(self) -> Path:
        """Return the path of a copy of the item."""
        return Path(self.journeys, self.passed)

    def note(self, queued_at: float, taken_at: float, worker: str, at: float) -> None:
        """A worker was done with the item, and passes it on."""
        self.passed = (*self.passed[1 - MOST_STOPS :], (queued_at, taken_at, worker, at))
