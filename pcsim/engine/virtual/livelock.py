"""Whether virtual time is in a livelock: items go round and round through stages that take none.

It is looked for between slices of events. A large number of items may be moved at one time without
a livelock: each of them goes on, and there are fewer at the end. In a livelock the moves are far
more than the items in the system, with the copies they make on their way, could need to come to
their end.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from pcsim.engine.books.ledger import Account
from pcsim.scenario import Scenario
from pcsim.snapshot import Snapshot

MOVES_BEFORE_LOOK = 200_000
"""Items got, put or refused at one time before the first look: about 0.2 s."""
MOST_ROUNDS = 100
"""How often every worker may have every item before that counts as going round and round."""


class Livelock:
    """What has happened at one time, from slice to slice."""

    def __init__(
        self,
        scenario: Scenario,
        accounts: list[Account],
        cells: list[Any],
        snapshot: Callable[[], Snapshot],
    ) -> None:
        self._cells = cells
        self._accounts = accounts
        self._moved_cells: list[int] = []
        self._known = 0
        """How many accounts they are of."""
        self._snapshot = snapshot
        copying = [one.ways for one in scenario.workers if one.routing.copies]
        self._copies = min(prod(copying[:100]), 10**6)
        self._at = -1.0
        self._looked = 0
        """Moves in all at the last look."""
        self._produced, self._there = -1, 0
        """Items that producers had made, and that were in the system, when the count began."""
        self._begun = 0
        """Moves in all when the count began."""

    def has_come(self, at: float) -> bool:
        """Whether time, which is `at` after one more slice of events, will never go on."""
        if at != self._at:
            self._at, self._produced, self._looked = at, -1, -1
            return False
        moves = self._moves()  # in a run whose time goes on they are not added up
        if self._looked < 0:
            self._looked = moves
        if moves - self._looked < MOVES_BEFORE_LOOK:
            return False
        self._looked = moves
        seen = self._snapshot()
        produced, there = sum(row.produced_total for row in seen.producers), seen.totals.in_system
        is_copying = self._copies > 1
        if produced != self._produced or not (is_copying or there == self._there):
            self._produced, self._there, self._begun = produced, there, moves
            return False
        most = MOST_ROUNDS * self._there * len(seen.workers) * self._copies
        return moves - self._begun > most

    def _moves(self) -> int:
        if len(self._accounts) != self._known:  # at first, and when workers have come
            self._known = len(self._accounts)
            self._moved_cells = [
                cell for one in self._accounts for cell in range(one.got_cell(0), one.end)
            ]
        return sum(map(self._cells.__getitem__, self._moved_cells))
