"""Quantiles of times that several independent runs measured, with confidence intervals."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pcsim.theory.counts import TimeCounts
from pcsim.theory.statistics import Interval, student_t_quantile

Counts: TypeAlias = Mapping[float, int]
"""How many times a run measured each value."""

LEAST_BEYOND = 6.0
"""Independent times beyond a quantile that are needed, where their number is known beforehand."""
LEAST_BEYOND_ESTIMATED = 8.0
"""The same where the runs themselves have to show it."""
CELLS = 128
"""Cells of measured times in which they double."""
TYPICAL = 0.9
"""The quantile at which the dependence of times on each other is estimated: there are enough
beyond it."""


def pooled_quantiles(
    runs: Sequence[Counts],
    shares: Sequence[float],
    independent: float | None = None,
    level: float = 0.95,
) -> list[Interval]:
    """Return quantiles of the times of all runs together, with their confidence intervals.

    The estimate is the quantile of all times in one heap. The mean of the quantiles of runs is
    not: that of a short run is too small, and more runs do not mend it. The interval is that of
    Woodruff, Confidence intervals for medians and other position measures, Journal of the
    American Statistical Association 47 (1952), 635-646: the share of times that do not exceed
    the estimate has a standard error, found from how it differs between the runs, and the
    quantiles of the shares that far below and above are the ends.

    Measured times are counted in cells, 128 to a power of two, and each value is the middle of its
    cell; so the ends are the outer edges of theirs.

    Times of one run depend on each other: some hundred that follow each other may be worth one.
    Where less than a few independent times are beyond the estimate, or the share above it is 1
    or more, there is no interval: the runs are too short for that quantile.

    Args:
        runs: What each independent run measured.
        shares: Of the times that do not exceed the quantile; between 0 and 1.
        independent: How many independent times all runs together are worth; None where that is
            not known.
        level: The probability with which an interval contains the true quantile.

    Returns:
        For each share an interval; with `half_width`, `low` and `high` None where the runs are
        too short, or there is but one.

    >>> runs = [{1.0: 50, 2.0: 50}, {1.0: 48, 2.0: 52}, {1.0: 53, 2.0: 47}]
    >>> estimate, _, low, high, _ = pooled_quantiles(runs, [0.25])[0]
    >>> estimate, round(low, 3), round(high, 3)
    (1.0, 0.996, 1.004)
    """
    runs = [run for run in runs if run]
    pool = _Pool(runs)
    if not runs:
        return [Interval(0.0, None, None, None, 0) for _ in shares]
    if len(runs) == 1:
        return [Interval(pool.at(share), None, None, None, 1) for share in shares]
    factor = student_t_quantile((1 + level) / 2, len(runs) - 1)
    least = LEAST_BEYOND
    if independent is None:
        independent, least = pool.independent(), LEAST_BEYOND_ESTIMATED
    return [
        pool.interval(share, factor, is_enough=independent * (1 - share) >= least)
        for share in shares
    ]


def _half_cell(value: float) -> float:
    """Half the width of the cell of which the value is the middle: of `CELLS` to a power of two."""
    return math.ldexp(1.0, math.frexp(value)[1] - 1) / CELLS / 2 if value else 0.0


class _Pool:
    """The times of all runs in one heap."""

    def __init__(self, runs: Sequence[Counts]) -> None:
        self._runs = [TimeCounts.of(run) for run in runs]
        self._reached = [run.reached() for run in self._runs]
        self._sizes = [reached[-1] for reached in self._reached]
        self._total = sum(self._sizes)
        self._values = sorted(set().union(*(run.times for run in self._runs)))

    def at(self, share: float) -> float:
        """The time that this share of all does not exceed."""
        wanted = max(share * self._total, 1)
        place = bisect_left(self._values, wanted, key=lambda value: sum(self._up_to(value)))
        return self._values[place]

    def _up_to(self, value: float) -> list[int]:
        """How many times of each run do not exceed the value. To add the runs up at the few values
        that are looked at is quicker than at each."""
        places = (run.place_after(value) for run in self._runs)
        return [
            reached[place - 1] if place else 0
            for reached, place in zip(self._reached, places, strict=True)
        ]

    def interval(self, share: float, factor: float, *, is_enough: bool) -> Interval:
        """The quantile, with an interval of `factor` standard errors to each side."""
        value, count = self.at(share), len(self._runs)
        error = self._error(value)
        off = factor * error
        if error and (not is_enough or share + off >= 1):
            return Interval(value, None, None, None, count)
        low, high = self.at(share - off), self.at(share + off)
        if error:  # the values are known to half a cell
            low, high = low - _half_cell(low), high + _half_cell(high)
        return Interval(value, (high - low) / 2, low, high, count)

    def independent(self) -> float:
        """How many independent times all are worth, by how a share differs between the runs."""
        error = self._error(self.at(TYPICAL))
        total = float(self._total)
        return min(TYPICAL * (1 - TYPICAL) / error**2, total) if error else total

    def _error(self, value: float) -> float:
        """The standard error of the share of times that do not exceed the value: that of a ratio
        of means over the runs."""
        total, count = self._total, len(self._runs)
        below = self._up_to(value)
        share = sum(below) / total
        squares = math.fsum(
            (number - share * size) ** 2 for number, size in zip(below, self._sizes, strict=True)
        )
        return math.sqrt(squares / (count - 1) * count) / total
