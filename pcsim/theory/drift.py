"""Whether a measured series grows as long as it lasts: a test for where no mean says it."""

from __future__ import annotations

import math
from collections.abc import Sequence

BATCHES = 16
"""The number of batch means that are tested: long batches depend on each other little."""
CRITICAL = 2.326
"""The quantile of the standard normal distribution that 1 % exceed."""


def is_growing(series: Sequence[float]) -> bool:
    """Return whether a series grows as long as it lasts.

    Two things have to be true. The means of 16 batches have a trend upwards by the test of Mann
    and Kendall, one-sided at 1 %: Mann, Nonparametric tests against trend, Econometrica 13
    (1945), 245-259; Kendall, Rank Correlation Methods, Griffin 1948, ch. 8. And the series does
    not come back: nothing in its last third is as small as the mean of its first. A stable queue
    comes back again and again, however slowly it forgets; so the second keeps away the false
    alarms that the dependence of batches on each other would raise.

    Args:
        series: Numbers at equal distances, such as the depths of a queue. Of fewer than 16, and
            of a series that begins empty and stays short, nothing is said.

    >>> is_growing(range(100)), is_growing([3, 1, 2, 0] * 25)
    (True, False)
    """
    size = len(series) // BATCHES
    if not size:
        return False
    tested = series[len(series) - size * BATCHES :]
    third = len(tested) // 3
    if min(tested[-third:]) <= math.fsum(tested[:third]) / third:
        return False
    means = [math.fsum(tested[n * size : (n + 1) * size]) / size for n in range(BATCHES)]
    return _mann_kendall(means) > CRITICAL


def _mann_kendall(values: Sequence[float]) -> float:
    """The statistic of Mann and Kendall, which is nearly standard normal without a trend."""
    count = len(values)
    pairs = sum(
        (later > value) - (later < value)
        for number, value in enumerate(values)
        for later in values[number + 1 :]
    )
    variance = count * (count - 1) * (2 * count + 5) / 18
    return (pairs - (pairs > 0) + (pairs < 0)) / math.sqrt(variance)
