"""Runs of a scenario and of its changes under the same random numbers, each made only once.

Long runs are cut to the time in which the scenario as it is has a number of events, so that a
diagnosis costs about the same whatever the scenario says of its end.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from pcsim.analysis.observation import Observation
from pcsim.distributions import mean_of
from pcsim.errors import PcsimError
from pcsim.experiments.one_run import Driver, virtual_run
from pcsim.scenario import End, Scenario
from pcsim.scenario.cycles import endless
from pcsim.scenario.flow import arrival_rates, pools
from pcsim.snapshot import Snapshot

EVENTS = 4_000
"""Events of the scenario as it is in one run, where it does not end before."""
EVENTS_PER_WORKER = 20
"""The same for each of its workers, where those are many."""
MOST_EVENTS = 60_000
"""Events to which a run is prolonged so that it has enough bursts."""
LONGER = 8
"""Runs that are longer have this many times the events."""
WHOLE = 1.5
"""A run that ends before it has this many times the events is not cut."""
WHOLE_BATCH = 5.0
"""The same of one that ends with its items, or in which workers leave: its end is part of it."""
MOST_FILLING = 8
"""Queues that fill later than in this many times the usual length of a run are not waited for."""
FULL = 0.05
"""A queue is filled when it is full for this share of the time."""
EVENTS_PER_ITEM = 1
"""Events of each item at each worker, about."""
EVENTS_TO_MAKE_ONE = 20
"""What it costs to make a worker ready for a run, in events."""
MOST_FAILING = 8
"""Replications in a row that fail, after which no further one is tried."""
CYCLES = 8
"""Bursts of each producer that a run should have."""
WARM_UP = 0.1
"""The share of a run that was cut that is not measured."""


class Trials:
    """The runs that a diagnosis has made so far.

    Args:
        scenario: The scenario as it is. It must end, or a run is cut by its events.
        events: Events of it in one run, where it does not end before.
    """

    def __init__(self, scenario: Scenario, events: int = EVENTS) -> None:
        self.runs = 0
        self._spent = 0.0
        self._scenario = scenario
        self._kept: dict[tuple[int, int], Observation[float] | None] = {}
        self._scenarios: list[Scenario] = []  # keeps their ids from being used again
        self._drivers: dict[int, Driver] = {}
        self._usable: list[int] = []
        self._horizon = horizon = find_horizon(scenario, events)
        self.duration, self.events = horizon.duration, horizon.events

    @property
    def spent(self) -> float:
        """The cost of all runs so far, in events: a million of them take two or three seconds."""
        longer = self.__dict__.get("longer")
        return self._spent + (0.0 if longer is None else longer.spent)

    @cached_property
    def longer(self) -> Trials:
        """Runs of the same scenario that are several times as long."""
        return Trials(self._scenario, LONGER * EVENTS)

    def replications_of(self, scenario: Scenario) -> int:
        """Return in how many replications a scenario has run, counted from the first."""
        number = 0
        while (id(scenario), number) in self._kept:
            number += 1
        return number

    def observe(self, scenario: Scenario, number: int) -> Observation[float] | None:
        """Return the measures of one run; None where it fails, by a deadlock or otherwise.

        Args:
            scenario: The scenario as it is, or changed.
            number: Which of the replications in which the scenario as it is does not fail.
        """
        key = id(scenario), number
        if key not in self._kept:
            self._scenarios.append(scenario)
            self._kept[key] = self._run(scenario, self._replication(number))
        return self._kept[key]

    def limited(self, scenario: Scenario) -> Scenario:
        """Return a scenario with the end and the warm-up that its runs have here."""
        warm_up = 0.0 if scenario.warm_up == "auto" else scenario.warm_up
        horizon = self._horizon
        if not horizon.is_cut:
            return replace(scenario, warm_up=warm_up)
        warm_up = min(max(warm_up, horizon.warm_up), 0.9 * horizon.duration)
        end = End(time=horizon.duration, items=scenario.end.items)
        return replace(scenario, end=end, warm_up=warm_up)

    def _replication(self, number: int) -> int:
        """The replication of that number among those in which the scenario does not fail.

        Where nearly all fail, the rest of them counts as well.
        """
        while len(self._usable) <= number:
            tried = self._usable[-1] + 1 if self._usable else 0
            for later in range(tried, tried + MOST_FAILING):
                seen = self._run(self._scenario, later)
                if seen is not None:
                    tried = later
                    break
            self._kept[id(self._scenario), len(self._usable)] = seen
            self._usable.append(tried)
        return self._usable[number]

    def _run(self, scenario: Scenario, replication: int) -> Observation[float] | None:
        self.runs += 1
        self._spent += EVENTS_TO_MAKE_ONE * len(scenario.workers)
        try:
            seen = self._driver(scenario).observe(replication)
        except PcsimError:
            self._spent += self.events
            return None
        items = math.fsum(one.throughput for one in seen.workers.values()) * self.duration
        self._spent += EVENTS_PER_ITEM * items
        return seen

    def _driver(self, scenario: Scenario) -> Driver:
        """What drives the runs of a scenario, which is kept."""
        if id(scenario) not in self._drivers:
            self._drivers[id(scenario)] = Driver(self.limited(scenario), notes_depths=False)
        return self._drivers[id(scenario)]


def throughput(observation: Observation[float] | None) -> float:
    """Return the items a second that leave a system; of a closed one, those that go round in it.

    It is 0 for a run that failed.
    """
    if observation is None:
        return 0.0
    consumed = observation.system.throughput
    return consumed or math.fsum(one.throughput for one in observation.workers.values())


class Horizon(NamedTuple):
    """How long the runs are."""

    duration: float
    """Seconds of virtual time."""
    warm_up: float
    """Seconds that are not measured, where a run is cut."""
    is_cut: bool
    """Whether the scenario itself would go on for longer."""
    events: int
    """Events of the scenario as it is, at most."""


def find_horizon(scenario: Scenario, events: int = EVENTS) -> Horizon:
    """Find how long a run must be to show what limits the scenario.

    A run that ends soon is not cut. Others are cut after some events, but have several bursts, and
    begin to be measured when the queues that fill in the long run have been filled.

    Args:
        scenario: The scenario as it is.
        events: Those of a run that needs no more.
    """
    pilot = virtual_run(replace(scenario, warm_up=0.0))
    pilot.start()
    least = max(events, EVENTS_PER_WORKER * len(scenario.workers))
    pilot.advance(most=least)
    passed, short = least, pilot.clock()
    cycles = [
        CYCLES * (mean_of(one.bursts.on) + mean_of(one.bursts.off))
        for one in scenario.producers
        if one.bursts is not None
    ]
    longest = max(cycles, default=0.0)
    while not pilot.phase.is_over and pilot.clock() < longest and passed < MOST_EVENTS:
        pilot.advance(most=EVENTS)
        passed += EVENTS
    duration, events = pilot.clock(), passed
    filling, filled = _filling(scenario), 0.0
    while not pilot.phase.is_over and filling and passed < MOST_FILLING * least:
        before = pilot.snapshot()
        pilot.advance(most=least)
        passed += least
        for name in _filled(before, pilot.snapshot()) & filling:
            filling.remove(name)
            filled = before.at
    whole = WHOLE_BATCH if _is_batch(scenario) else WHOLE
    pilot.advance(most=max(math.ceil(whole * least) - passed, 0))
    is_cut, end = not pilot.phase.is_over, pilot.clock()
    pilot.abort()
    pilot.join()
    if not is_cut:
        return Horizon(end, 0.0, False, passed)
    begin = max(WARM_UP * duration, filled)
    lasting = max(duration, begin + (1 - WARM_UP) * short)
    return Horizon(lasting, begin, True, math.ceil(events * lasting / duration))


def _is_batch(scenario: Scenario) -> bool:
    """Whether its workers have numbers of items to deal with, and end then."""
    if endless(scenario):
        return False
    limits = [scenario.end.items, *(one.items for one in scenario.producers)]
    limits += [one.max_items for one in scenario.consumers]
    return any(one is not None for one in limits)


def _filling(scenario: Scenario) -> set[str]:
    """The queues to which more items come than their readers can handle, and that hold them up."""
    waiting = {queue.name for queue in scenario.queues if queue.overflow.waits}
    rates = arrival_rates(scenario)
    overloaded: set[str] = set()
    for pool in pools(scenario):
        if math.fsum(rates[name] for name in pool.queues) > pool.capacity:
            overloaded.update(pool.queues)
    return waiting & overloaded


def _filled(before: Snapshot, now: Snapshot) -> set[str]:
    """The queues that were full for a notable share of the time between."""
    span = now.at - before.at
    return {
        row.name
        for was, row in zip(before.queues, now.queues, strict=True)
        if row.full_share(now.at) * now.at - was.full_share(before.at) * before.at >= FULL * span
    }
