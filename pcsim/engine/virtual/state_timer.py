"""What a worker does in virtual time and since when, kept apart from the ledger."""

from __future__ import annotations

from typing import Any

from pcsim.engine.books.ledger import Activity, StateTimes


class StateTimer:
    """What a worker does now, since when, and how long it was blocked before.

    A worker blocks and goes on many times a second, so this is written into the ledger only when
    the ledger is read (`write`). One thread alone reads it, so the difference cannot be seen.
    """

    __slots__ = ("activity", "empty_time", "full_time", "since")

    def __init__(self) -> None:
        self.activity = Activity()
        self.since = 0.0
        self.full_time = self.empty_time = 0.0

    def write(self, cells: list[Any], cell: int) -> None:
        """Bring a worker's cell of the ledger up to date."""
        times: StateTimes = cells[cell]
        if times.doing is not self.activity or times.since != self.since:
            cells[cell] = times._replace(
                doing=self.activity,
                since=self.since,
                blocked_full=self.full_time,
                blocked_empty=self.empty_time,
            )
