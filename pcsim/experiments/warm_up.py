"""Where the beginning of a run ends, found by MSER-5 from pilot runs of the scenario."""

from __future__ import annotations

from pcsim.analysis.steadiness import WarmUp
from pcsim.experiments.one_run import finish, virtual_run
from pcsim.scenario import Scenario
from pcsim.theory.statistics import half_of, mser5

SAMPLES = 1_000
"""Samples of the number of items in the system, from which the warm-up is found."""


def find_warm_up(scenario: Scenario, replications: int) -> WarmUp:
    """Find the warm-up of a scenario.

    The series is the mean number of items in the system over the replications that still run,
    at 1,000 equidistant times of the first replication's duration. MSER-5 finds where its
    steady part begins.

    Args:
        scenario: What to simulate; it must end.
        replications: How many independent runs to average, 1 or more.

    Returns:
        Seconds, 0 or more, and at most half of the shortest replication; and whether MSER-5
        would leave out half of it or more, which means that it is too short.

    Raises:
        PcsimError: The first error of the first replication.
    """
    pilot = virtual_run(scenario)
    finish(pilot)
    shortest = pilot.snapshot().at
    step = shortest / SAMPLES
    sums, counts = [0.0] * SAMPLES, [0] * SAMPLES
    for number in range(replications):
        run = virtual_run(scenario, number)
        run.start()
        for sample in range(SAMPLES):
            # In the middle of each step: at its end a run with a time limit is empty already.
            run.advance(until=(sample + 0.5) * step)
            snapshot = run.snapshot()
            if snapshot.phase.is_over:
                shortest = min(shortest, snapshot.at)
                break
            sums[sample] += snapshot.totals.in_system
            counts[sample] += 1
        run.abort()
        run.join()
    means = [total / count for total, count in zip(sums, counts, strict=True) if count]
    found = mser5(means)
    seconds = min(found * step, shortest / 2)
    return WarmUp(seconds, bool(found) and found >= half_of(len(means)))
