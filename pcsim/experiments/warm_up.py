"""Where the beginning of a run ends, found by MSER-5 from pilot runs of the scenario."""

from __future__ import annotations

from pcsim.analysis.steadiness import WarmUp
from pcsim.experiments.one_run import Driver
from pcsim.kernel.choice import KernelChoice
from pcsim.scenario import Scenario
from pcsim.theory.statistics import half_of, mser5

SAMPLES = 1_000
"""Samples of the number of items in the system, from which the warm-up is found."""


def find_warm_up(scenario: Scenario, replications: int, kernel: KernelChoice = "auto") -> WarmUp:
    """Find the warm-up of a scenario.

    The series is the mean number of items in the system over the replications that still run,
    at 1,000 equidistant times of the first replication's duration. MSER-5 finds where its
    steady part begins.

    Args:
        scenario: What to simulate; it must end.
        replications: How many independent runs to average, 1 or more.
        kernel: Whether the compiled kernel runs them: see `simulate`.

    Returns:
        Seconds, 0 or more, and at most half of the shortest replication; and whether MSER-5
        would leave out half of it or more, which means that it is too short.

    Raises:
        PcsimError: The first error of the first replication.
    """
    driver = Driver(scenario, kernel, 1 + replications, notes_depths=False)
    shortest = driver.run().snapshot().at
    step = shortest / SAMPLES
    # In the middle of each step: at its end a run with a time limit is empty already.
    times = [(sample + 0.5) * step for sample in range(SAMPLES)]
    sums, counts = [0.0] * SAMPLES, [0] * SAMPLES
    for number in range(replications):
        inside = driver.inside(number, times)
        if inside.ended_at is not None:
            shortest = min(shortest, inside.ended_at)
        for sample, items in enumerate(inside.items):
            sums[sample] += items
            counts[sample] += 1
    means = [total / count for total, count in zip(sums, counts, strict=True) if count]
    found = mser5(means)
    seconds = min(found * step, shortest / 2)
    return WarmUp(seconds, bool(found) and found >= half_of(len(means)))
