"""Times that end with one of the events of a Poisson process, as in a bounded queue.

While all servers are busy, their completions come at a constant rate, so that a waiting time is
the time of a number of events: an Erlang time, or, where that number is random, a mixture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from pcsim.theory.tails import bisected

NEGLIGIBLE = 1e-18
"""A weight that many times smaller than the largest changes no sum of doubles."""
MOST_EVENTS = 100_000
"""A time that may take more events than this has no quantiles: they would take seconds."""


class Staged(NamedTuple):
    """A mixture of Erlang times, as what is left of it after each event of a Poisson process.

    Events come at `rate` (1/s). The first `sure` of them end no item's time; after `sure + k`
    events the share `remaining[k]` of the items goes on, and once that list is at its end, each
    event leaves the share `decay` of those before it. All terms of the sum are positive (this is
    uniformization: Jensen 1953; Grassmann 1977), so nothing cancels however many events.
    """

    rate: float
    sure: int
    remaining: tuple[float, ...]
    decay: float = 0.0

    def beyond(self, time: float) -> float:
        """To about 1e-15, in steps proportional to the root of the events in that time."""
        terms = list(_poisson(self.rate * time))
        reached = math.fsum(weight * self._after(number) for number, weight in terms)
        return reached / math.fsum(weight for _, weight in terms)

    def quantile(self, share: float) -> float:
        """By bisection."""
        return bisected(self.beyond, share, (self.sure + 1) / self.rate)

    def at_most(self, events: int) -> Staged:
        """The same, but over after `events` events at the latest."""
        return self._replace(remaining=(*self.remaining[: max(events - self.sure, 0)], 0.0))

    def _after(self, events: int) -> float:
        place = events - self.sure
        if place < 0:
            return 1.0
        last = len(self.remaining) - 1
        if place <= last:
            return self.remaining[place]
        return self.remaining[last] * self.decay ** (place - last)


def _poisson(mean: float) -> Iterator[tuple[int, float]]:
    """Numbers with their Poisson weights, relative to the largest, without negligible ones."""
    mode = int(mean)
    number, weight = mode, 1.0
    while weight > NEGLIGIBLE:
        yield number, weight
        number += 1
        weight *= mean / number
    number, weight = mode, 1.0
    while number > 0:
        weight *= number / mean
        if weight <= NEGLIGIBLE:
            return
        number -= 1
        yield number, weight


def found_busy(
    ratio: float, free: float, servers: int, service_rate: float, places: int
) -> tuple[Staged, Staged] | None:
    """The waiting and the sojourn time of the items that get into a bounded queue; None if they
    may take more than `MOST_EVENTS`.

    Such an item finds all servers busy and 0 to `places` - 1 items waiting, each number as
    probable as the one before it times `ratio`, or a server free. `free` is the weight of
    that, in the measure in which the largest weight of 0 to `places` waiting is 1.
    """
    fall, negligible = abs(math.log(ratio)), -math.log(NEGLIGIBLE)
    count = places if places * fall <= negligible else math.ceil(negligible / fall)
    sure = places - count if ratio > 1 else 0
    if sure + count > MOST_EVENTS:
        return None
    # An item that finds i waiting is served after i + 1 events.
    weights = [math.exp(-fall * number) for number in range(count)]
    if ratio > 1:
        weights.reverse()
        free = free * ratio if places else free
    waiting = [*accumulate(reversed(weights), initial=0.0)][::-1]
    total = free + waiting[0]
    served, decay = free, 1 - 1 / servers
    sojourns = [1.0]
    for weight, further in zip(weights, waiting[1:], strict=True):
        served = served * decay + weight
        sojourns.append((further + served) / total)
    rate = servers * service_rate
    waits = Staged(rate, sure, tuple(further / total for further in waiting))
    return waits, Staged(rate, sure, tuple(sojourns), decay)
