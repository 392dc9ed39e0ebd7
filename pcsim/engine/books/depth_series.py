"""The depths of queues over a run, in constant memory however long it lasts."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.distributions import mean_of
from pcsim.scenario import Scenario

MOST = 128
"""Rows at which each two that follow each other become one, their mean."""
AIM = 64
"""Rows that are aimed at where it is known how long the run lasts."""


class DepthSeries:
    """The depth of each queue at equal distances of time.

    Args:
        step: Seconds from one row to the next. It doubles where there are too many rows.
    """

    def __init__(self, step: float) -> None:
        self.step = step
        self._rows: list[Sequence[float]] = []

    @property
    def next_at(self) -> float:
        """The time for which the next row is."""
        return (len(self._rows) + 1) * self.step

    def add(self, depths: Sequence[float]) -> None:
        """Add the depths of all queues at the time `next_at`."""
        rows = self._rows
        rows.append(depths)
        if len(rows) == MOST:
            pairs = zip(rows[::2], rows[1::2], strict=True)
            self._rows = [
                [(one + other) / 2 for one, other in zip(first, second, strict=True)]
                for first, second in pairs
            ]
            self.step *= 2

    def take_over(self, step: float, rows: list[Sequence[float]]) -> None:
        """Have these rows, which somebody else has noted by the same rules."""
        self.step, self._rows = step, rows

    def between(self, begin: float, end: float) -> list[Sequence[float]]:
        """Return the rows from one time to another, in seconds."""
        first, last = int(begin / self.step), int(end / self.step)
        return self._rows[first:last]


def first_step(scenario: Scenario) -> float:
    """The seconds after which the depths of the queues are noted, at first."""
    if scenario.end.time is not None:
        return scenario.end.time / AIM
    times = [mean_of(one.interval) for one in scenario.producers]
    times += [mean_of(one.service_time) for one in scenario.consumers]
    return min((time for time in times if time > 0), default=1.0)
