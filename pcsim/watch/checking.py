"""Whether a fitted scenario does what was recorded: the same simulated, beside what was measured.

A scenario that cannot repeat what is known answers no question about what is not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pcsim.analysis.result import Result
from pcsim.distributions import mean_of
from pcsim.experiments.simulate import simulate
from pcsim.scenario import Scenario
from pcsim.theory.statistics import Interval
from pcsim.watch.fitting import Fit

AGREES = 0.1
"""By no more than this share may a simulated measure differ from the recorded one, except by
chance: a recording is one run, and the runs of a simulation differ as well."""
MOST_CHANCE = 0.5
"""Where chance alone makes more than this share, the recording says too little."""
UNNOTICED = 1e-3
"""Seconds by which a wait may differ in any case: threads wake that late."""
OF_SERVICE = 0.05
"""The same as a share of the service that follows: waits of a small part of it are noise."""
FEWEST, REPLICATIONS = 3, 5
MOST_ITEMS = 400_000
"""Simulated, in all replications together, before they become fewer."""


class Checked(NamedTuple):
    """A queue as it was recorded and as it was simulated."""

    queue: str
    throughput: float
    """Items taken a second."""
    simulated_throughput: float
    wait: float
    """Mean seconds of an item in the queue."""
    simulated_wait: float
    leeway: float
    """Seconds by which the waits may differ in any case."""
    throughput_chance: float = 0.0
    """The share by which the throughput of one run differs from the mean of all, in 95 of 100."""
    wait_chance: float = 0.0
    """The same of the mean wait."""

    @property
    def throughput_error(self) -> float:
        """Simulated over recorded, less 1."""
        return _error(self.simulated_throughput, self.throughput)

    @property
    def wait_error(self) -> float:
        """Simulated over recorded, less 1."""
        return _error(self.simulated_wait, self.wait)

    @property
    def throughput_agrees(self) -> bool:
        """Whether the throughputs differ by no more than 10 %, or than chance makes."""
        return abs(self.throughput_error) <= _most(self.throughput_chance)

    @property
    def wait_is_near(self) -> bool:
        """Whether the waits differ by less than could be noticed."""
        return abs(self.simulated_wait - self.wait) <= self.leeway

    @property
    def wait_agrees(self) -> bool:
        """Whether the waits do, or differ by less than could be noticed."""
        return self.wait_is_near or abs(self.wait_error) <= _most(self.wait_chance)


class SelfCheck(NamedTuple):
    """All queues, and the simulation."""

    queues: tuple[Checked, ...]
    result: Result

    @property
    def agrees(self) -> bool:
        """Whether the scenario does what was recorded."""
        return all(each.throughput_agrees and each.wait_agrees for each in self.queues)


def simulated(fitted: Fit, scenario: Scenario) -> Result:
    """Simulate a fitted scenario, or one changed, for as long as was recorded.

    Args:
        fitted: What was fitted.
        scenario: Its scenario, or that with a change.
    """
    items = max(len(fitted.recording.items), 1)
    replications = min(max(MOST_ITEMS // items, FEWEST), REPLICATIONS)
    return simulate(scenario, until=fitted.seconds, replications=replications)


def self_check(fitted: Fit) -> SelfCheck:
    """Simulate what was recorded and compare.

    Args:
        fitted: What was fitted.
    """
    result = simulated(fitted, fitted.scenario)
    rows = []
    for queue, name in zip(fitted.recording.queues, fitted.queue_names, strict=True):
        waits = [
            item.got_at - item.put_at
            for item in fitted.recording.items
            if item.queue == queue.id and item.got_at is not None
        ]
        if name not in result.measured.queues or not waits:
            continue
        services = [
            mean_of(spec.service_time) for spec in fitted.scenario.consumers if name in spec.inputs
        ]
        rows.append(
            Checked(
                name,
                len(waits) / fitted.seconds,
                result.queue(name).throughput.mean,
                math.fsum(waits) / len(waits),
                result.waiting_time(name).mean.mean,
                max(UNNOTICED, OF_SERVICE * min(services, default=0.0)),
                _chance(result.queue(name).throughput, result.replications),
                _chance(result.waiting_time(name).mean, result.replications),
            )
        )
    return SelfCheck(tuple(rows), result)


def _most(chance: float) -> float:
    return max(AGREES, min(chance, MOST_CHANCE))


def _chance(measure: Interval, replications: int) -> float:
    """By which share one more run is off, in 95 of 100: wider than the interval of the mean."""
    if measure.high is None or not measure.mean > 0:
        return 0.0
    half_width = measure.high - measure.mean
    return half_width * math.sqrt(replications + 1) / measure.mean


def _error(simulated: float, recorded: float) -> float:
    if math.isnan(simulated) or not recorded:
        return 0.0 if not recorded and not simulated else math.inf
    return simulated / recorded - 1
