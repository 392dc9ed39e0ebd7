"""How rarely an unbounded queue holds as many items as would fill a bounded one."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from pcsim.theory.ranges import positive, stable, whole

STEPS = 40
"""Halvings of the interval in which a rate lies: beyond them nothing is gained."""
FINE = 32
"""Times that differ by less than a factor of e to the power of 1 / FINE go together."""


def mg1_overflow(
    arrival_rate: float, service_time: float, moment: Callable[[float], float], places: int
) -> float:
    """Return an upper bound of the chance that `places` items or more (1 or more) wait: 0 to 1.

    The steady state has Poisson arrivals, one server, and an unbounded queue in order of arrival.

    `moment(rate)` is E[exp(rate S)] of the service time S, for rates above 0 per second; infinite
    where that is. Chernoff's bound P(N >= n) <= E[z^N] / z^n, the least over z > 1: the items
    that wait have come while one waited, so E[z^N] = E[exp(arrival_rate (z - 1) W)] (Keilson,
    Servi, Operations Research Letters 7, 1988), which the formula of Pollaczek and Khinchine
    gives (Gross, Shortle, Thompson, Harris, Fundamentals of Queueing Theory, 4th ed., sec. 5.1.5).
    Raises `TheoryError` for numbers out of their range, and a load of 1 or more.
    """
    positive("arrival_rate", arrival_rate)
    positive("service_time", service_time)
    whole("places", places, 1)
    load = stable("M/G/1", arrival_rate * service_time)

    def drift(rate: float) -> float:
        """Positive up to the rate at which the wait has no such moment any more."""
        return rate - arrival_rate * (moment(rate) - 1)

    low, high = 0.0, (1 - load) / service_time
    while drift(high) > 0:
        low, high = high, high * 2
    for _ in range(STEPS):
        middle = (low + high) / 2
        if drift(middle) > 0:
            low = middle
        else:
            high = middle
    least = 0.0
    for step in range(1, STEPS):
        rate = low * (1 - 0.5**step)
        if (slope := drift(rate)) > 0:
            tail = math.log((1 - load) * rate / slope) - places * math.log1p(rate / arrival_rate)
            least = min(least, tail)
    return math.exp(least)


def heavy_mg1_overflow(
    arrival_rate: float,
    service_time: float,
    rest_beyond: Callable[[float], float],
    places: int,
    negligible: float,
) -> float:
    """The same where no moment is finite; `negligible` or less where it can be shown to be so.

    `rest_beyond(t)`, which falls to 0, is the share of what a service in progress has left, R,
    that is longer than t: E[(S - t)+] / E[S]. A wait is the sum of a geometric number of these,
    with the load as its parameter (Pollaczek-Khinchine; Asmussen, Applied Probability and Queues,
    2nd ed., ch. VIII.5). That one of them is longer than a time has at most the chance
    rest_beyond(time) load / (1 - load), which is made half of `negligible`; for those that are
    not, E[exp(rate R)] is finite, and Chernoff's bound holds.
    """
    load = stable("M/G/1", positive("arrival_rate", arrival_rate) * service_time)
    odds = load / (1 - load)
    longest = service_time
    while rest_beyond(longest) * odds > negligible / 2:
        longest *= 1.1
    # Each counts as the next longer of these, the last few as none.
    steps = [longest * math.exp(-number / FINE) for number in range(20 * FINE, -1, -1)]
    beyond = [1.0, *map(rest_beyond, steps)]
    shares = [before - after for before, after in pairwise(beyond)]

    def moment(rate: float) -> float:
        if rate * longest > 700:
            return math.inf
        rests = math.fsum(
            share * math.exp(rate * step) for share, step in zip(shares, steps, strict=True)
        )
        return 1 + rate * service_time * rests

    return mg1_overflow(arrival_rate, service_time, moment, places) + beyond[-1] * odds
