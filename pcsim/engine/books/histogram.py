"""How measured times are spread, in constant memory.

A time falls into the bucket that the upper 16 bits of its single-precision form name: sign,
exponent and seven bits of mantissa. Buckets are thus 1/128 of their power of two wide, and the
middle of one is within 0.4 % of every time in it, from nanoseconds to years. Counting them is
done by `struct`, `memoryview` and `Counter`, a few C calls for thousands of times; by numpy in a
fifth of the time, where it is loaded and there is but one thread. Among busy threads it would
cost more: each of its calls lets go of the global lock, and waits for its turn to go on.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections import Counter
from itertools import accumulate, chain, count, islice
from typing import Any

from pcsim import runtime
from pcsim.engine.books.bucket_counts import BucketCounts, middle, quantiles, spread_of
from pcsim.snapshot import Spread
from pcsim.theory.counts import TimeCounts, packed_counts

FULL = 4096
"""Times in a pocket that are counted into the histogram before there are many more."""

LOOK_EVERY = 64
"""After this many times a worker checks whether its pocket is full: a power of two."""

SHARED_BY = 16
"""Threads to a pocket: a snapshot of a thousand looks into fewer, and emptying one stays short."""

MANY = 1024
"""From this many times on numpy is worth the call."""

LONGEST_TURN = 0.1
"""Seconds for which a thread that reads waits for another one that does."""

OCTAVE = 128
"""Buckets in which times double."""

_UPPER_HALF = slice(1, None, 2) if sys.byteorder == "little" else slice(0, None, 2)


class Histogram:
    """Counts of times in seconds, 0 or more. One thread at a time may use it.

    `generation` is how often all times were forgotten before.
    """

    def __init__(self, generation: int = 0) -> None:
        self.generation = generation
        self._buckets: Counter[int] = Counter()
        self._window = _Window()
        self._sorted: list[int] = []
        self._count = 0
        self._sum = 0.0
        self._max = 0.0
        self._spread = Spread()

    def add(self, times: Any, total: float | None = None) -> None:
        """Count these times, a list or `packed`; `total` is the sum of all so far, where it is
        known."""
        if not len(times):
            return
        self._count += len(times)
        self._sum = _added(times, self._sum) if total is None else total
        if isinstance(times, list):
            self._count_list(times)
        else:
            self._window.count(times)
            self._max = max(self._max, float(times.max()))

    def _count_list(self, times: list[float]) -> None:
        buckets, known, top = self._buckets, len(self._buckets), _buckets_of([self._max])[0]
        at_top = buckets[top]
        buckets.update(_buckets_of(times))
        new = islice(reversed(buckets), len(buckets) - known)
        if buckets[top] > at_top or max(new, default=0) > top:  # else none can be the longest
            self._max = max(self._max, max(times))

    def copy(self) -> Histogram:
        """Another with the same times, to add more to."""
        twin = Histogram(self.generation)
        twin._buckets, twin._sorted = self._buckets.copy(), self._sorted.copy()
        twin._window = self._window.copy()
        twin._count, twin._sum, twin._max = self._count, self._sum, self._max
        twin._spread = self._spread
        return twin

    @classmethod
    def of_counts(
        cls, generation: int, buckets: Counter[int], number: int, total: float, longest: float
    ) -> Histogram:
        """Make one of times that are counted already; its buckets are in order."""
        made = cls(generation)
        made._buckets, made._sorted = buckets, list(buckets)
        made._count, made._sum, made._max = number, total, longest
        return made

    @property
    def is_settled(self) -> bool:
        """Whether its spread is known already."""
        return self._spread.count == self._count

    def settle(self) -> None:
        """Find its spread."""
        counts = self._counts()
        self._spread = spread_of(counts, origin=counts)

    def _counts(self) -> BucketCounts:
        order = self._in_order()
        return BucketCounts(
            self._buckets, order, self._count, self._sum, self._max, self.generation
        )

    @property
    def spread(self) -> Spread:
        """The measures of all times so far; the same object while there are no new ones."""
        if not self.is_settled:
            self.settle()
        return self._spread

    def counts(self) -> TimeCounts:
        """How many times each value stands for: the middle of a bucket, or the longest time."""
        order = self._in_order()
        if not order:
            return TimeCounts.of({})
        shorter = array("f", map(middle, order[:-1]))  # which are such numbers exactly
        longest = min(middle(order[-1]), self._max)
        return TimeCounts(shorter, longest, packed_counts(map(self._buckets.__getitem__, order)))

    def quantile(self, share: float) -> float:
        """The time that this share (0 to 1) of all times does not exceed; 0.0 for none."""
        return self.quantiles(share)[0]

    def quantiles(self, *shares: float) -> list[float]:
        """The same for several shares, looked up in one walk over the buckets."""
        return quantiles(self._counts(), *shares)

    def _in_order(self) -> list[int]:
        """The buckets from the shortest times to the longest: new ones are the last that the
        counter has, and a list that is nearly in order is sorted in one go over it."""
        self._buckets.update(self._window.emptied())
        new = len(self._buckets) - len(self._sorted)
        if new:
            self._sorted += islice(reversed(self._buckets), new)
            self._sorted.sort()
        return self._sorted


class _Window:
    """Counts of packed times: an array over the buckets from the lowest to the highest seen,
    zero apart. Adding two arrays is cheaper than a thousand looks into a dictionary."""

    def __init__(self) -> None:
        self._zeros = 0
        self._lowest = 0
        self._counts: Any = ()

    def count(self, times: Any) -> None:
        """Count these packed times."""
        import numpy

        with numpy.errstate(over="ignore"):
            buckets = times.astype("<f4").view("<u2")[1::2]
        lowest, highest = int(buckets.min()), int(buckets.max())
        if not lowest:
            others = buckets[buckets > 0]
            self._zeros += len(buckets) - len(others)
            if not len(others):
                return
            buckets, lowest = others, int(others.min())
        if not self._lowest <= lowest <= highest < self._lowest + len(self._counts):
            self._widen(lowest, highest)
        self._counts += numpy.bincount(buckets - self._lowest, minlength=len(self._counts))

    def _widen(self, lowest: int, highest: int) -> None:
        import numpy

        begin, end = lowest // OCTAVE * OCTAVE, (highest // OCTAVE + 1) * OCTAVE
        old = self._counts
        if len(old):
            begin, end = min(begin, self._lowest), max(end, self._lowest + len(old))
        self._counts = numpy.zeros(end - begin, dtype=numpy.intp)
        if len(old):
            self._counts[self._lowest - begin :][: len(old)] = old
        self._lowest = begin

    def copy(self) -> _Window:
        """Another with the same counts."""
        twin = _Window()
        twin._zeros, twin._lowest = self._zeros, self._lowest
        twin._counts = self._counts.copy() if len(self._counts) else ()
        return twin

    def emptied(self) -> dict[int, int]:
        """How many fell into each bucket since this was last asked."""
        counts: dict[int, int] = {}
        if self._zeros:
            counts[0], self._zeros = self._zeros, 0
        if len(self._counts):
            places = self._counts.nonzero()[0]
            numbers = self._counts[places].tolist()
            counts.update(zip((places + self._lowest).tolist(), numbers, strict=True))
            self._counts[:] = 0
        return counts


class TimeStatistics:
    """Times that several workers measure and put into pockets, which takes no lock: appending
    to a list is one C call, so a few workers may share one, and all that run `in_one_thread`.

    Nobody who looks waits for another, not even for one whom a signal handler or a `__del__`
    that looks as well has interrupted: what is to be is worked out aside, and put in place only
    where nobody has come between (`_takings` is still the same), without a call on the way.
    Threads that look at the same time would do each other's work again and again, so they take
    turns; but only as long as they have patience, for a turn may be interrupted.
    """

    def __init__(self, in_one_thread: bool = False) -> None:
        self._turn = runtime.RLock()
        self._lock = runtime.RLock()
        """Held where something is put in place, and nowhere else."""
        self._sharing = math.inf if in_one_thread else SHARED_BY
        self._in_one_thread = in_one_thread
        self._workers = count()
        self._pockets: dict[float, list[float]] = {}
        self._sums: dict[int, float] = {}
        """Of the times of each pocket, by its `id`: added one after the other, so that the last
        digit depends neither on when somebody looked nor on how Python sums a list."""
        self._batches: list[Any] = []
        """What was taken out of pockets and is not counted yet."""
        self._takings = 0
        self._forgotten = 0.0
        self._histogram = Histogram()
        """Never changed, but replaced."""

    def pocket(self) -> list[float]:
        """A list, for one more worker to append to; it calls `fold_full` every `LOOK_EVERY`
        times."""
        return self._pockets.setdefault(next(self._workers) // self._sharing, [])

    def fold_full(self, pocket: list[float]) -> None:
        """Count what is in the pocket so far, where that is much. Its workers may go on appending
        meanwhile."""
        if len(pocket) >= FULL and self._turn.acquire(blocking=False):
            try:
                self._take(pocket)
                self._counted(is_asked=False)
            finally:
                self._turn.release()

    def spread(self) -> Spread:
        """How all times so far are spread."""
        has_turn = self._turn.acquire(timeout=LONGEST_TURN)
        try:
            self._take_all()
            return self._counted(is_asked=True).spread
        finally:
            if has_turn:
                self._turn.release()

    def counts(self) -> TimeCounts:
        """How many of all times so far each value stands for."""
        self.spread()
        return self._histogram.counts()

    def take_over(self, buckets: Counter[int], number: int, total: float, longest: float) -> None:
        """In one thread, where nothing is noted: have these times, which somebody else has counted
        since the last `reset`."""
        generation = self._histogram.generation
        self._histogram = Histogram.of_counts(generation, buckets, number, total, longest)
        self._sums = {0: total}

    def reset(self) -> None:
        """Begin anew: what was measured so far does not count."""
        self._take_all()
        while True:
            takings, forgotten = self._takings, self._forgotten + self._total()
            fresh = Histogram(self._histogram.generation + 1)
            sums, batches = dict[int, float](), list[Any]()
            with self._lock:
                if self._takings == takings:
                    self._takings = takings + 1
                    self._forgotten, self._sums = forgotten, sums
                    self._histogram, self._batches = fresh, batches
                    return

    @property
    def sum_of_all(self) -> float:
        """Seconds, of all times up to the last `spread`: those that were forgotten as well."""
        return self._forgotten + self._total()

    def _total(self) -> float:
        return _added(list(self._sums.values()), 0.0)

    def _take_all(self) -> None:
        for pocket in list(self._pockets.values()):
            if pocket:
                self._take(pocket)

    def _take(self, pocket: list[float]) -> None:
        """Make a batch of what is in the pocket."""
        key = id(pocket)
        while True:
            takings = self._takings
            times = pocket.copy()
            if not times:
                return
            batch = packed(times) if self._in_one_thread else times
            total = _added(batch, self._sums.get(key, 0.0))
            more, taken = (batch,), slice(len(times))
            with self._lock:
                if self._takings == takings:
                    self._takings = takings + 1
                    self._batches += more
                    self._sums[key] = total
                    del pocket[taken]
                    return

    def _counted(self, is_asked: bool) -> Histogram:
        """Count the batches; the spread is found only where it `is_asked` for."""
        while True:
            takings, known, batches = self._takings, self._histogram, self._batches.copy()
            if not batches and (known.is_settled or not is_asked):
                return known
            following = known.copy()
            total = self._total()
            for times in batches if self._in_one_thread else [list(chain(*batches))]:
                following.add(times, total)
            if is_asked:
                following.settle()
            counted = slice(len(batches))
            with self._lock:
                if self._takings == takings:
                    self._takings = takings + 1
                    self._histogram = following
                    del self._batches[counted]
                    return following


def packed(times: list[float]) -> Any:
    """The same as an array of numpy, where that is loaded and worth it."""
    if len(times) >= MANY and "numpy" in sys.modules:
        import numpy

        # A third of the time that numpy itself takes to look into a list.
        return numpy.frombuffer(struct.pack(f"{len(times)}d", *times))
    return times


if sys.version_info < (3, 12):

    def _in_turn(times: list[float], begin: float) -> float:
        return sum(times, begin)

else:  # `sum` makes up for what rounding loses

    def _in_turn(times: list[float], begin: float) -> float:
        return runtime.deque(accumulate(times, initial=begin), maxlen=1)[0]


def _added(times: Any, begin: float) -> float:
    """The times added to `begin` one after the other; to the last digit the same either way."""
    if isinstance(times, list):
        return _in_turn(times, begin)
    import numpy

    terms = times.copy()
    terms[0] += begin
    return float(numpy.add.accumulate(terms)[-1])


def _buckets_of(times: list[float]) -> list[int]:
    """The buckets that the times fall into; those beyond the largest limit share the last."""
    try:
        single = struct.pack(f"{len(times)}f", *times)
    except OverflowError:  # `array` takes three times as long, and makes them infinite
        single = array("f", times).tobytes()
    return memoryview(single).cast("H")[_UPPER_HALF].tolist()
