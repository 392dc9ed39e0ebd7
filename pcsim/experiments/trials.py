"""Runs of a scenario and of its changes under the same random numbers, each made only once.

Long runs are cut to the time in which the scenario as it is has a number of events, so that a
diagnosis costs about the same whatever the scenario says of its end.
"""

from __future__ import annotations

import math

from msgspec.structs import replace

from pcsim.analysis.observation import Observation
from pcsim.distributions import mean_of
from pcsim.errors import PcsimError
from pcsim.experiments.one_run import finish, virtual_run
from pcsim.scenario import End, Scenario

EVENTS = 4_000
"""Events of the scenario as it is in one run, where it does not end before."""
EVENTS_PER_WORKER = 20
"""The same for each of its workers, where those are many."""
MOST_EVENTS = 60_000
"""Events to which a run is prolonged so that it has enough bursts, or all recorded arrivals."""
CYCLES = 8
"""Bursts of each producer that a run should have."""
WARM_UP = 0.1
"""The share of a run that was cut that is not measured."""


class Trials:
    """The runs that a diagnosis has made so far.

    Args:
        scenario: The scenario as it is. It must end, or a run is cut by its events.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.runs = 0
        self._kept: dict[tuple[int, int], Observation[float] | None] = {}
        self._scenarios: list[Scenario] = []  # keeps their ids from being used again
        self.duration, self._is_cut, self.events = _horizon(scenario)

    def replications_of(self, scenario: Scenario) -> int:
        """Return in how many replications a scenario has run, counted from the first."""
        number = 0
        while (id(scenario), number) in self._kept:
            number += 1
        return number

    def observe(self, scenario: Scenario, replication: int) -> Observation[float] | None:
        """Return the measures of one run; None where it fails, by a deadlock or otherwise."""
        key = id(scenario), replication
        if key not in self._kept:
            self._scenarios.append(scenario)
            self.runs += 1
            try:
                self._kept[key] = finish(virtual_run(self._limited(scenario), replication))
            except PcsimError:
                self._kept[key] = None
        return self._kept[key]

    def _limited(self, scenario: Scenario) -> Scenario:
        warm_up = 0.0 if scenario.warm_up == "auto" else scenario.warm_up
        if not self._is_cut:
            return replace(scenario, warm_up=warm_up)
        warm_up = min(max(warm_up, WARM_UP * self.duration), self.duration / 2)
        end = End(time=self.duration, items=scenario.end.items)
        return replace(scenario, end=end, warm_up=warm_up)


def throughput(observation: Observation[float] | None) -> float:
    """Return the items a second that leave a system; of a closed one, those that go round in it.

    It is 0 for a run that failed.
    """
    if observation is None:
        return 0.0
    consumed = observation.system.throughput
    return consumed or math.fsum(one.throughput for one in observation.workers.values())


def _horizon(scenario: Scenario) -> tuple[float, bool, int]:
    """The seconds that a run lasts, whether that is a cut, and its events, at most."""
    pilot = virtual_run(replace(scenario, warm_up=0.0))
    pilot.start()
    events = max(EVENTS, EVENTS_PER_WORKER * len(scenario.workers))
    pilot.advance(most=events)
    cycles = [
        CYCLES * (mean_of(one.bursts.on) + mean_of(one.bursts.off))
        for one in scenario.producers
        if one.bursts is not None
    ]
    least = max(cycles, default=0.0)
    while not pilot.phase.is_over and pilot.clock() < least and events < MOST_EVENTS:
        pilot.advance(most=EVENTS)
        events += EVENTS
    is_cut = not pilot.phase.is_over
    duration = pilot.clock()
    pilot.abort()
    pilot.join()
    return duration, is_cut, events
