"""Orders of workers other than that of their declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pcsim.snapshot import WorkerRow
from pcsim.tui.glyphs import WAITING, standing

_RANK = {
    word: rank
    for rank, word in enumerate(("failed", "blocked", "paused", "running", WAITING, "new", "done"))
}


Order = Callable[[Sequence[WorkerRow], Sequence[int]], Sequence[int]]


def stuck_first(rows: Sequence[WorkerRow], indices: Sequence[int]) -> list[int]:
    """Return the indices, failed workers first, then blocked ones, the longest blocked first.

    A worker that waits for items is not stuck: there is nothing for it to do.
    """

    def key(index: int) -> tuple[int, float]:
        row = rows[index]
        rank = _RANK[standing(row)]
        return rank, row.since if rank == 1 else 0.0

    return sorted(indices, key=key)
