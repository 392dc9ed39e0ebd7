"""How waiting and sojourn times are spread: the share of items beyond a time, and quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

from pcsim.theory.ranges import quantile_share


class Tail(Protocol):
    """The spread of a time, in seconds."""

    def beyond(self, time: float) -> float:
        """The share of items whose time is longer than this, which is 0 or more."""
        ...

    def quantile(self, share: float) -> float:
        """The time that this share (0 to below 1) of the items does not exceed; another share
        is a `TheoryError`."""
        ...


class Delayed(NamedTuple):
    """0 for some, exponential with `rate` (1/s) for the share `delayed`."""

    delayed: float
    rate: float

    def beyond(self, time: float) -> float:
        """The share that has to wait, and for longer than this."""
        return self.delayed * math.exp(-self.rate * time)

    def quantile(self, share: float) -> float:
        """In closed form."""
        left = 1 - quantile_share(share)
        return max(math.log(self.delayed / left) / self.rate, 0.0) if self.delayed > 0 else 0.0


class Served(NamedTuple):
    """The time of `Delayed`, followed by an exponential one with `service_rate` (1/s)."""

    delayed: float
    rate: float
    service_rate: float

    def beyond(self, time: float) -> float:
        """The two rates may be equal or as far apart as they like: nothing cancels."""
        slow, apart = min(self.rate, self.service_rate), abs(self.rate - self.service_rate)
        passed = -math.expm1(-apart * time) / apart if apart * time > 0 else time
        both = math.exp(-self.rate * time) + self.rate * math.exp(-slow * time) * passed
        return (1 - self.delayed) * math.exp(-self.service_rate * time) + self.delayed * both

    def quantile(self, share: float) -> float:
        """By bisection."""
        return bisected(self.beyond, share, 1 / self.service_rate)


def bisected(beyond: Callable[[float], float], share: float, scale: float) -> float:
    """The time beyond which 1 - `share` are, to 1e-12 of itself; `scale` is one of its size."""
    left = 1 - quantile_share(share)
    if beyond(0.0) <= left:
        return 0.0
    low, high = 0.0, scale
    while beyond(high) > left:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if beyond(middle) > left:
            low = middle
        else:
            high = middle
    return (low + high) / 2
