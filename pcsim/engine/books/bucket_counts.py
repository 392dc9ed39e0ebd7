"""Counts of times by the bucket that each fell into, from which quantiles are found.

They do not change once a histogram has given them away. So those of an earlier time can be taken
from those of a later one, and what remains are the times in between.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

from pcsim.snapshot import Spread

TOO_LONG = 0x7F80
"""The bucket of times that are too long for a single."""
SHOWN = (0.50, 0.90, 0.95, 0.99)
"""The shares whose quantiles a spread has."""


class BucketCounts(NamedTuple):
    """Counts of all times up to some moment."""

    buckets: Mapping[int, int]
    order: Sequence[int]
    """The buckets from the shortest times to the longest."""
    number: int
    total: float
    """Seconds, of all times together."""
    longest: float
    generation: int
    """How often all times were forgotten before the first of these."""

    def since(self, earlier: Any) -> Spread:
        """How the times are spread that came after an `earlier` count of the same times.

        Their longest is known exactly where no earlier one was as long.
        """
        if not isinstance(earlier, BucketCounts) or earlier.generation != self.generation:
            return spread_of(self)  # since then all was forgotten
        if self.number <= earlier.number:
            return Spread()
        before = earlier.buckets.get
        buckets, counts = self.buckets, dict[int, int]()
        for bucket in self.order:
            count = buckets[bucket] - before(bucket, 0)
            if count > 0:
                counts[bucket] = count
        longest = self.longest
        if longest <= earlier.longest and counts:
            longest = min(middle(next(reversed(counts))), longest)
        number, total = self.number - earlier.number, max(self.total - earlier.total, 0.0)
        return spread_of(BucketCounts(counts, list(counts), number, total, longest, 0))

    def up_to(self, limits: Sequence[float]) -> list[int]:
        """How many of the times are no longer than each of these, which rise. A time counts as one
        in the middle of its bucket."""
        reached = [0, *accumulate(map(self.buckets.__getitem__, self.order))]
        middles = [min(middle(one), self.longest) for one in self.order]
        return [reached[bisect_right(middles, limit)] for limit in limits]


def spread_of(counts: BucketCounts, origin: BucketCounts | None = None) -> Spread:
    """How they are spread; `origin` is what later ones are taken from."""
    if not counts.number:
        return Spread()
    p50, p90, p95, p99 = quantiles(counts, *SHOWN)
    mean = counts.total / counts.number
    return Spread(counts.number, mean, p50, p99, counts.longest, p90, p95, origin)


def quantiles(counts: BucketCounts, *shares: float) -> list[float]:
    """The time that each of these shares (0 to 1) of all times does not exceed; 0.0 for none."""
    if not counts.number:
        return [0.0] * len(shares)
    buckets, order = counts.buckets, counts.order
    reached = list(accumulate(map(buckets.__getitem__, order)))
    places = (bisect_left(reached, max(share * counts.number, 1)) for share in shares)
    return [min(middle(order[place]), counts.longest) for place in places]


@cache
def middle(bucket: int) -> float:
    """The time in the middle of a bucket; 0 for the bucket of exact zeros, and infinity for the
    one of times too long for a single."""
    if not bucket or bucket >= TOO_LONG:
        return math.inf if bucket else 0.0
    value: float = struct.unpack("<f", struct.pack("<I", (bucket << 16) + 0x8000))[0]
    return value
