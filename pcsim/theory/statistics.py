"""Confidence intervals of measured means, and the end of a series' warm-up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import filterfalse
from typing import NamedTuple

from pcsim.errors import TheoryError
from pcsim.theory.ranges import between_0_and_1, positive

BATCH = 5
"""The number of values in each mean that MSER-5 works with."""
TINY = 1e-300
"""Stands for 0 where something is divided by it."""


class Interval(NamedTuple):
    """A mean of `count` values and the confidence interval around it, from `low` to `high`.

    With one value, `half_width`, `low` and `high` are None; with none, the mean is 0.
    """

    mean: float
    half_width: float | None
    low: float | None
    high: float | None
    count: int  # type: ignore[assignment] # hides a tuple's own `count`, which is not needed


def confidence_interval(values: Iterable[float], level: float = 0.95) -> Interval:
    """Return the mean of independent values and its Student-t confidence interval.

    Law, *Simulation Modeling and Analysis*, 5th edition, section 4.5.

    Args:
        values: One or more finite numbers.
        level: The probability with which the interval contains the true mean, between 0 and 1.

    Raises:
        TheoryError: There is no value, one is not finite, or the level is wrong.

    >>> interval = confidence_interval([1.0, 2.0, 3.0])
    >>> interval.mean, round(interval.half_width, 2)
    (2.0, 2.48)
    """
    numbers = list(values)
    between_0_and_1("level", level)
    _check_finite(numbers)
    if not numbers:
        raise TheoryError(field="values", value=(), expected="at least one number")
    count = len(numbers)
    mean = math.fsum(numbers) / count
    if count == 1:
        return Interval(mean, None, None, None, 1)
    error = _standard_error([value - mean for value in numbers])
    half_width = student_t_quantile((1 + level) / 2, count - 1) * error
    return Interval(mean, half_width, mean - half_width, mean + half_width, count)


def _standard_error(differences: Sequence[float]) -> float:
    """That of a mean, from the differences of the values from it."""
    count = len(differences)
    try:
        variance = math.fsum(one**2 for one in differences) / (count - 1)
    except OverflowError:  # rates of times that are next to nothing: their squares are too large
        widest = max(map(abs, differences))
        return widest * _standard_error([one / widest for one in differences])
    return math.sqrt(variance / count)


def student_t_quantile(share: float, degrees: float) -> float:
    """Return the value that a Student-t variable does not exceed with this probability.

    The relative error is at most 1e-9 for 1 to a million degrees of freedom. By Newton's method
    on the incomplete beta function: Abramowitz and Stegun, 26.7.1 and 26.5.2.

    Args:
        share: The probability, between 0 and 1.
        degrees: The degrees of freedom, above 0.

    Raises:
        TheoryError: An argument is out of its range.

    >>> round(student_t_quantile(0.975, 10), 4)
    2.2281
    """
    between_0_and_1("share", share)
    positive("degrees", degrees)
    tail = min(share, 1 - share)
    # From 0 on, the tail falls and is convex: each step stops short of the root, so they rise
    # up to it, and it is reached when rounding lets none rise any more.
    value, rise = 0.0, math.inf
    while rise > 1e-15 * value:
        between, beyond, density = _student_t(value, degrees)
        excess = beyond - tail if tail < 0.25 else abs(share - 0.5) - between
        if not density:
            raise TheoryError("is too near to 0 or 1", field="share", value=share)
        rise = excess / density
        value += rise
    return value if share >= 0.5 else -value


def mser5(series: Sequence[float]) -> int:
    """Return the index at which the steady part of a series begins, by the rule MSER-5.

    The rule leaves out the beginning for which the standard error of the mean of the rest is
    the smallest: of means of 5 values each, their squared deviations divided by the square of
    their number. White, An effective truncation heuristic for bias reduction in simulation
    output, Simulation 69 (1997), 323-334; White, Cobb, Spratt, A comparison of five
    steady-state truncation heuristics for simulation, Winter Simulation Conference 2000, 755-760.

    Args:
        series: Finite numbers at equal distances; of several replications, their means.

    Returns:
        A multiple of 5, from 0 to half the length of the series. Half the length means that the
        series is too short. It is 0 for fewer than 15 values.

    Raises:
        TheoryError: A value is not finite.

    >>> mser5([9.0] * 5 + [1.0, 2.0] * 20)
    5
    """
    _check_finite(series)
    count = len(series) // BATCH
    best, least = 0, math.inf
    mean = squares = 0.0
    for number, first in enumerate(range(count - 1, -1, -1), start=1):
        batch = math.fsum(series[first * BATCH : (first + 1) * BATCH]) / BATCH
        off = batch - mean
        mean += off / number
        squares += off * (batch - mean)
        error = squares / number**2
        if 1 < number >= count - count // 2 and error <= least:
            best, least = first, error
    return best * BATCH


def half_of(count: int) -> int:
    """Return the index at which `mser5` gives up a series of that many values as too short."""
    return count // BATCH // 2 * BATCH


def _check_finite(values: Iterable[float]) -> None:
    for value in filterfalse(math.isfinite, values):
        raise TheoryError(field="each value", value=value, expected="finite")


def _student_t(value: float, degrees: float) -> tuple[float, float, float]:
    """The probabilities of 0 to this value and of more, and the density at it; value >= 0."""
    half = degrees / 2
    square = value * value / degrees
    fallen = math.exp(-half * math.log1p(square))
    density = _gamma_ratio(half) / math.sqrt(math.pi * degrees) * fallen / math.sqrt(1 + square)
    small = square / (1 + square)
    # B(a, b) of both arguments is the same; x**a * (1 - x)**b / B(a, b) is value * density.
    front = value * density
    if small < 1.5 / (half + 2.5):
        between = front * _beta_fraction(0.5, half, small)
        return between, 0.5 - between, density
    beyond = front * _beta_fraction(half, 0.5, 1 / (1 + square)) / (2 * half)
    return 0.5 - beyond, beyond, density


def _gamma_ratio(half: float) -> float:
    """Gamma(half + 1/2) / Gamma(half); by its asymptotic series when `half` is large, where the
    difference of logarithms has too few digits left."""
    if half < 30:
        return math.exp(math.lgamma(half + 0.5) - math.lgamma(half))
    summed = 0.0
    for factor in (-399 / 262144, -21 / 32768, 5 / 1024, 1 / 128, -1 / 8, 1.0):
        summed = summed / half + factor
    return summed * math.sqrt(half)


def _beta_fraction(first: float, second: float, share: float) -> float:
    """The continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8),
    forward by the method of Lentz, to the last digit."""
    fraction = numerator = 1.0
    denominator = 0.0
    for step in range(1, 100_000):
        half = step // 2
        odd = -(first + half) * (first + second + half)
        above = odd if step % 2 else half * (second - half)
        factor = above * share / ((first + step - 1) * (first + step))
        denominator = 1 / (1 + factor * denominator or TINY)
        numerator = 1 + factor / numerator or TINY
        change = numerator * denominator
        fraction *= change
        if abs(change - 1) < 1e-16:
            break
    return 1 / fraction
