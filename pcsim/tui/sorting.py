"""Orders of workers other than their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pcsim.snapshot import WorkerRow, WorkerState

_RANK = {
    WorkerState.FAILED: 0,
    WorkerState.BLOCKED: 1,
    WorkerState.PAUSED: 2,
    WorkerState.RUNNING: 3,
    WorkerState.NEW: 4,
    WorkerState.DONE: 5,
}


Order = Callable[[Sequence[WorkerRow], Sequence[int]], Sequence[int]]


def stuck_first(rows: Sequence[WorkerRow], places: Sequence[int]) -> list[int]:
    """The places, those of failed workers first, then of blocked ones, the longest first."""

    def key(place: int) -> tuple[int, float]:
        row = rows[place]
        rank = _RANK[row.state]
        return rank, row.since if rank == 1 else 0.0

    return sorted(places, key=key)
