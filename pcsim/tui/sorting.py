"""Orders of workers other than that of their declaration."""

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


def stuck_first(rows: Sequence[WorkerRow], indices: Sequence[int]) -> list[int]:
    """Return the indices, failed workers first, then blocked ones, the longest blocked first."""

    def key(index: int) -> tuple[int, float]:
        row = rows[index]
        rank = _RANK[row.state]
        return rank, row.since if rank == 1 else 0.0

    return sorted(indices, key=key)
