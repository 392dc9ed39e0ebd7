"""Orders of workers other than that of their declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pcsim.snapshot import WorkerRow
from pcsim.tui.glyphs import STUCK_FIRST, standing

_RANK = {word: rank for rank, word in enumerate(STUCK_FIRST)}

Order = Callable[[Sequence[WorkerRow], Sequence[int]], Sequence[int]]


def stuck_first(rows: Sequence[WorkerRow], indices: Sequence[int]) -> list[int]:
    """Return the indices, failed workers first, then blocked ones, the longest blocked first."""

    def key(index: int) -> tuple[int, float]:
        row = rows[index]
        rank = _RANK[standing(row)]
        return rank, row.since if rank == 1 else 0.0

    return sorted(indices, key=key)
