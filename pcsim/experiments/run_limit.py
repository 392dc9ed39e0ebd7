"""What limits a run: found by simulating what was described of it, or what was measured of it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from msgspec.structs import replace

from pcsim.analysis.bottleneck import MIN_ITEMS
from pcsim.analysis.contention import held_up
from pcsim.analysis.counterfactual import Basis, Diagnosis, Verdict
from pcsim.experiments.changes import is_random
from pcsim.experiments.counterfactuals import MOST_WORKERS, diagnose
from pcsim.experiments.measured import AGREES, measure
from pcsim.experiments.one_run import virtual_run
from pcsim.scenario import Scenario
from pcsim.snapshot import Snapshot
from pcsim.theory.statistics import confidence_interval

LONGEST = 1.25
"""A simulation that lasts longer than this many times the run does not agree with it."""
MOST_EVENTS = 60_000
"""Events of the simulation that is compared with the run."""


def diagnose_run(scenario: Scenario, snapshot: Snapshot) -> Diagnosis:
    """Find what limits a run that has finished, by simulating it.

    A run in virtual time is what its scenario describes. Of a run on threads the scenario is
    simulated first as it was described and then with the times that were measured: the first
    that comes to the throughput of the run is diagnosed.

    Args:
        scenario: What it ran.
        snapshot: Its end.

    >>> from pcsim.engine.virtual.engine import VirtualEngine
    >>> from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec
    >>> engine = VirtualEngine(
    ...     Scenario(
    ...         (QueueSpec("q", 2),),
    ...         (ProducerSpec("P", "q", interval=0.0, items=40),),
    ...         (ConsumerSpec("C", "q", service_time=0.005),),
    ...     )
    ... )
    >>> engine.start()
    >>> engine.join()
    True
    >>> diagnose_run(engine.scenario, engine.snapshot()).limit.names
    ('C',)
    """
    if snapshot.engine == "virtual" or len(scenario.workers) > MOST_WORKERS:
        return diagnose(scenario)
    if snapshot.totals.consumed < MIN_ITEMS:
        return Diagnosis(Verdict.TOO_EARLY, confidence_interval([0.0]))
    for basis, candidate in _candidates(scenario, snapshot):
        if comes_to_the_same(candidate, snapshot):
            return held_up(diagnose(candidate)._replace(basis=basis), snapshot)
    return Diagnosis(Verdict.UNLIKE, confidence_interval([snapshot.throughput]))


def _candidates(scenario: Scenario, snapshot: Snapshot) -> Iterator[tuple[Basis, Scenario]]:
    measured = measure(scenario, snapshot)
    if measured.is_as_described:
        yield Basis.DESCRIBED, scenario
    yield Basis.MEASURED, measured.scenario


def comes_to_the_same(scenario: Scenario, snapshot: Snapshot) -> bool:
    """Whether a simulation of the scenario has about the throughput that a run had.

    Args:
        scenario: What to simulate.
        snapshot: The end of the run, or a time in it.
    """
    run = virtual_run(replace(scenario, warm_up=0.0))
    run.start()
    run.advance(until=LONGEST * snapshot.at, most=MOST_EVENTS)
    simulated = run.snapshot()
    run.abort()
    run.join()
    if simulated.failure is not None or simulated.at <= 0:
        return False
    here, there = _flow(snapshot) / _moving_time(snapshot), _flow(simulated) / simulated.at
    chance = 2 / math.sqrt(max(_flow(snapshot), 1)) if is_random(scenario) else 0.0
    return abs(there - here) <= (AGREES + min(chance, 2 * AGREES)) * here


def _flow(snapshot: Snapshot) -> int:
    """Items consumed; where none ever is, as in a closed system, those that workers took."""
    return snapshot.totals.consumed or sum(row.got_total for row in snapshot.consumers)


def _moving_time(snapshot: Snapshot) -> float:
    """The time of the run without pauses of producing."""
    paused = [row.spent(snapshot.at).paused for row in snapshot.producers]
    return snapshot.at - min(paused, default=0.0)
