"""States, each as probable as the one before it times a constant ratio.

So it is in every queue once all servers are busy, up to the last place. The sums are in closed
form and their differences are taken where they do not cancel, so that a ratio of nearly 1 and a
thousand million places give as many right digits as any others.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Ladder(NamedTuple):
    """States 0 to `last`, weighted by `ratio` to the power of their number and then divided by
    the largest of these weights."""

    ratio: float
    last: int

    @property
    def bottom(self) -> float:
        """The weight of state 0."""
        return 1.0 if self.ratio <= 1 else math.exp(-self.last * math.log(self.ratio))

    @property
    def top(self) -> float:
        """The weight of the last state."""
        return 1.0 if self.ratio >= 1 else math.exp(self.last * math.log(self.ratio))

    @property
    def total(self) -> float:
        """The sum of the weights."""
        fall = abs(math.log(self.ratio))
        if fall == 0:
            return self.last + 1.0
        return math.expm1(-(self.last + 1) * fall) / math.expm1(-fall)

    @property
    def mean(self) -> float:
        """The mean number of the state."""
        fall, count = abs(math.log(self.ratio)), self.last + 1
        if count * fall < 1:
            from_top = self.last / 2 + _bent(fall) - count * _bent(count * fall)
        else:
            from_top = _odds(fall) - count * _odds(count * fall)
        return from_top if self.ratio <= 1 else self.last - from_top


def _odds(exponent: float) -> float:
    """1 / (e**exponent - 1), which is 0 where that overflows."""
    return 1 / math.expm1(exponent) if exponent < 700 else 0.0


def _bent(exponent: float) -> float:
    """1 / (e**x - 1) - 1/x + 1/2 for x of 0 to 1, by its series with Bernoulli's numbers."""
    square = exponent * exponent
    factors = (
        1 / 12,
        -1 / 720,
        1 / 30240,
        -1 / 1209600,
        1 / 47900160,
        -691 / 1307674368000,
        1 / 74724249600,
        -3617 / 10670622842880000,
    )
    summed = 0.0
    for factor in reversed(factors):
        summed = summed * square + factor
    return summed * exponent
