"""Whether the items in a queue become more or fewer, as is said of one that has no capacity."""

from __future__ import annotations

import math

from pcsim.snapshot import QueueRow
from pcsim.text import rate

BY_CHANCE = 2.0
"""Standard deviations of the depth that mean nothing, if the items that passed came by chance."""


def growth(row: QueueRow, at: float) -> float:
    """How many items a second a queue gained: below 0 for those that it lost; 0 where the change
    may be by chance.

    Args:
        row: The queue, over the whole run or a part of it.
        at: How long that was, in seconds.

    >>> from pcsim.snapshot import QueueRow
    >>> growth(QueueRow("urls", None, depth=310, put_total=600, got_total=290), 10.0)
    31.0
    >>> growth(QueueRow("urls", None, depth=7, put_total=600, got_total=593), 10.0)
    0.0
    """
    change = row.depth - row.carried
    passed = max(min(row.put_total, row.got_total), 0)  # below 0, it is another queue of that name
    if at <= 0 or abs(change) <= max(BY_CHANCE * math.sqrt(passed), 1):
        return 0.0
    return change / at


def growth_words(row: QueueRow, at: float) -> str:
    """`growing 31/s`, `shrinking 4/s`, or `steady`: of the same row."""
    change = growth(row, at)
    if not change:
        return "steady"
    return f"{'growing' if change > 0 else 'shrinking'} {rate(abs(change))}"
