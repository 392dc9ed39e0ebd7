"""How measured times are spread, in constant memory.

A time falls into the bucket that the upper 16 bits of its single-precision form name: sign,
exponent and seven bits of mantissa. Buckets are thus 1/128 of their power of two wide, and the
middle of one is within 0.4 % of every time in it, from nanoseconds to years. Counting them is
done by `array`, `memoryview` and `Counter`, a few C calls for thousands of times.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections import Counter

from pcsim import runtime
from pcsim.snapshot import Spread

FOLD_EVERY = 4096
"""A worker counts the times in its pocket into the histogram after so many."""

_UPPER_HALF = slice(1, None, 2) if sys.byteorder == "little" else slice(0, None, 2)


class Histogram:
    """Counts of times in seconds, 0 or more. One thread at a time may use it."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self._count = 0
        self._sum = 0.0
        self._max = 0.0
        self._spread = Spread()

    def add(self, times: list[float]) -> None:
        """Count these times."""
        if not times:
            return
        halves = memoryview(array("f", times).tobytes()).cast("H")[_UPPER_HALF]
        self._buckets.update(halves.tolist())
        self._count += len(times)
        self._sum += sum(times)
        self._max = max(self._max, max(times))

    @property
    def spread(self) -> Spread:
        """The measures of all times so far; the same object while there are no new ones."""
        if self._spread.count != self._count:
            self._spread = Spread(
                self._count,
                self._sum / self._count,
                self.quantile(0.50),
                self.quantile(0.99),
                self._max,
            )
        return self._spread

    def quantile(self, share: float) -> float:
        """The time that this share (0 to 1) of all times does not exceed; 0.0 for none."""
        rank = share * self._count
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= rank and seen:
                return min(_middle(bucket), self._max)
        return 0.0


class GatheredTimes:
    """Times that several workers measure, each into a pocket of its own, without a lock."""

    def __init__(self) -> None:
        self._lock = runtime.Lock()
        self._pockets: list[list[float]] = []
        self._histogram = Histogram()

    def pocket(self) -> list[float]:
        """A new list, for one worker to append to; it calls `fold` every `FOLD_EVERY` times."""
        pocket: list[float] = []
        self._pockets.append(pocket)
        return pocket

    def fold(self, pocket: list[float]) -> None:
        """Count what is in the pocket so far. Its worker may go on appending meanwhile."""
        with self._lock:
            number = len(pocket)
            self._histogram.add(pocket[:number])
            del pocket[:number]

    def spread(self) -> Spread:
        """How all times so far are spread."""
        for pocket in self._pockets:
            if pocket:
                self.fold(pocket)
        with self._lock:
            return self._histogram.spread


def _middle(bucket: int) -> float:
    """The time in the middle of a bucket; 0 for the bucket of exact zeros."""
    if not bucket:
        return 0.0
    value: float = struct.unpack("<f", struct.pack("<I", (bucket << 16) + 0x8000))[0]
    return value
