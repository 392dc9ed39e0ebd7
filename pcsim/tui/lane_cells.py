"""The signs of the timeline: what a worker did, or how full a queue was, in one cell."""

from __future__ import annotations

from typing import NamedTuple

from pcsim.analysis.lanes import Did
from pcsim.tui import cells
from pcsim.tui.glyphs import EIGHTHS_UP, WAITING

RUNS, IS_FULL, SOME, WAITS, PAUSES, FAILED = "━", "▒", "╍", "·", "‖", "✗"
LEGEND = (
    (RUNS, "running", "running"),
    (IS_FULL, "blocked", "blocked, full"),
    (SOME, "blocked", "some of them"),
    (WAITS, WAITING, "blocked, empty"),
    (PAUSES, "paused", "paused"),
    (FAILED, "failed", "failed"),
    ("▁▄█", "normal", "queue fill"),
)
"""Each sign with the style that it has, and what it means."""
SOME_SHARE = 0.25
"""From this share on, the workers of a group that are blocked count as some of them, and so do
those that are not."""


class Sign(NamedTuple):
    """What stands in one cell."""

    text: str
    style: str
    """The name of its style."""


NOTHING = Sign(" ", "dim")


def worker_sign(did: Did, size: int) -> Sign:
    """Return the sign for what the workers of a lane did: what they did longest.

    Args:
        did: How long they were in each state.
        size: How many workers have the lane.
    """
    total = did.total
    if total <= 0:
        return NOTHING
    if did.failed > 0.5 * total:
        return Sign(FAILED, "failed")
    blocked = did.full / total
    if size > 1 and SOME_SHARE <= blocked <= 1 - SOME_SHARE:
        return Sign(SOME, "blocked")
    kinds = (
        (did.running, RUNS, "running"),
        (did.full, IS_FULL, "blocked"),
        (did.empty, WAITS, WAITING),
        (did.paused, PAUSES, "paused"),
        (did.failed, FAILED, "failed"),
    )
    _, text, style = max(kinds, key=lambda kind: kind[0])
    return Sign(text, style)


def queue_sign(depth: float | None, capacity: int | None, most: float) -> Sign:
    """Return the sign for how full a queue was.

    Args:
        depth: Its mean depth; None where there was no such queue.
        capacity: Its capacity; None where it has none.
        most: The depth that fills the cell: its capacity, or the most that ever waited.
    """
    if depth is None:
        return NOTHING
    share = min(depth / most, 1.0) if most > 0 else 0.0
    if share < 0.005:
        return NOTHING
    text = EIGHTHS_UP[max(round(share * 7), 1)]  # the edge above keeps lanes apart
    return Sign(text, "normal" if capacity is None else cells.level(min(share + 0.03, 1.0)))
