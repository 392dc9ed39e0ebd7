"""How many of the times of a run each value stands for: small to send, and quick to look into."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain

SIZES = "HIQ"
"""Forms of a number that is counted, the smallest first."""


class TimeCounts(Mapping[float, int]):
    """Times and how often each occurs, in their order.

    A run has a thousand of them. As arrays they take a tenth of a dictionary's memory, and pickling
    them copies a few bytes. Times that were counted in buckets are single-precision numbers, all
    but the longest, which is exact.

    Args:
        shorter: All times but the longest, which rise.
        longest: The longest time; without a meaning where there are none.
        numbers: How often each of them occurs.

    >>> counts = TimeCounts.of({2.0: 3, 1.0: 5})
    >>> counts[1.0], counts.total, counts.at(0.7), dict(counts)
    (5, 8, 2.0, {1.0: 5, 2.0: 3})
    """

    __slots__ = ("_longest", "_numbers", "_shorter")

    def __init__(self, shorter: array[float], longest: float, numbers: array[int]) -> None:
        self._shorter = shorter
        self._longest = longest
        self._numbers = numbers

    @classmethod
    def of(cls, counts: Mapping[float, int]) -> TimeCounts:
        """Return the same counts in this form.

        Args:
            counts: How often each time occurs.
        """
        if isinstance(counts, TimeCounts):
            return counts
        times = sorted(counts)
        numbers = [counts[one] for one in times]
        return cls(array("d", times[:-1]), times[-1] if times else 0.0, packed_counts(numbers))

    @property
    def parts(self) -> tuple[array[float], float, array[int]]:
        """What another is made of."""
        return self._shorter, self._longest, self._numbers

    @property
    def total(self) -> int:
        """How many times there are, each as often as it occurs."""
        return sum(self._numbers)

    @property
    def times(self) -> Sequence[float]:
        """The different times, which rise."""
        return [*self._shorter, self._longest] if self._numbers else []

    def at(self, share: float) -> float:
        """Return the time that this share of all does not exceed; there must be one.

        Args:
            share: From 0 to 1.
        """
        reached = self.reached()
        place = bisect_left(reached, share * reached[-1])
        return self._longest if place >= len(self._shorter) else self._shorter[place]

    def reached(self) -> array[int]:
        """Return how many times do not exceed the first, the second, and so on."""
        return array("q", accumulate(self._numbers))

    def place_after(self, time: float) -> int:
        """Return how many of the different times do not exceed this one.

        Args:
            time: Any time.
        """
        if time >= self._longest:
            return len(self._numbers)
        return bisect_right(self._shorter, time)

    def beyond(self, time: float) -> int:
        """Return how many times are longer than this one.

        Args:
            time: Any time.
        """
        return sum(self._numbers[self.place_after(time) :])

    def __getitem__(self, time: float) -> int:
        place = self.place_after(time) - 1
        if place < 0 or time != (
            self._longest if place == len(self._shorter) else self._shorter[place]
        ):
            raise KeyError(time)
        return self._numbers[place]

    def __iter__(self) -> Iterator[float]:
        return chain(self._shorter, (self._longest,)) if self._numbers else iter(())

    def __len__(self) -> int:
        return len(self._numbers)

    def __repr__(self) -> str:
        return f"TimeCounts.of({dict(zip(self, self._numbers, strict=True))})"

    def __reduce__(self) -> tuple[type[TimeCounts], tuple[array[float], float, array[int]]]:
        return TimeCounts, self.parts

    def __add__(self, other: TimeCounts) -> TimeCounts:
        both = dict(zip(self, self._numbers, strict=True))
        for time, number in zip(other, other._numbers, strict=True):
            both[time] = both.get(time, 0) + number
        return TimeCounts.of(both)


def packed_counts(numbers: Iterable[int]) -> array[int]:
    """Return numbers in the smallest form that has room for them.

    Args:
        numbers: 0 or more.
    """
    known = list(numbers)
    for size in SIZES:
        try:
            return array(size, known)
        except OverflowError:
            continue
    raise OverflowError("more times than can be counted")


NO_TIMES = TimeCounts.of({})
"""Those of a run that has measured none."""
