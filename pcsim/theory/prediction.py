"""The predictions of a formula for a system in the long run."""

from __future__ import annotations

from typing import NamedTuple

from pcsim.theory.ranges import quantile_share
from pcsim.theory.tails import Tail


class Station(NamedTuple):
    """The shares of its time (0 to 1) that one server of a line's station spends at work,
    blocked by a full buffer behind it, and starved by an empty one before it."""

    utilization: float
    blocked: float | None = None
    starved: float | None = None


class Prediction(NamedTuple):
    """The steady state of a system. Rates are items/s, times seconds; None is what the theory
    leaves open.

    `throughput` counts items served; `utilization` is that of one server, 0 to 1; `loss` is the
    share of arrivals turned away. `mean_queue` items wait and `mean_system` are in the system at
    a time; an item that gets in waits for `waiting_time` and leaves after `sojourn_time`.
    `waits` and `sojourns` are how these two are spread. A line has its `stations`, in order, in
    place of one utilization. `relaxation` is the time in which its beginning is forgotten (see
    `pcsim.theory.relaxation`); a run needs many of them. `filling` is the time in which an
    overloaded queue fills from empty. `source` is where the formula stands.
    """

    model: str
    source: str
    throughput: float
    utilization: float | None = None
    loss: float | None = None
    mean_queue: float | None = None
    mean_system: float | None = None
    waiting_time: float | None = None
    sojourn_time: float | None = None
    waits: Tail | None = None
    sojourns: Tail | None = None
    stations: tuple[Station, ...] = ()
    relaxation: float | None = None
    filling: float = 0.0

    def waiting_quantile(self, share: float) -> float | None:
        """The waiting time, in seconds, that this share of the items that get in does not
        exceed; a `TheoryError` unless the share is from 0 to below 1."""
        return _quantile(self.waits, share)

    def sojourn_quantile(self, share: float) -> float | None:
        """The sojourn time, in seconds, that this share of the items that get in does not
        exceed; a `TheoryError` unless the share is from 0 to below 1."""
        return _quantile(self.sojourns, share)


def _quantile(tail: Tail | None, share: float) -> float | None:
    quantile_share(share)
    return None if tail is None else tail.quantile(share)
