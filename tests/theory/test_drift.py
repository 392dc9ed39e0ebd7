"""The drift test: silent about stable queues, sure of those that grow."""

from __future__ import annotations

import random
from itertools import accumulate

import pytest

from pcsim.theory.drift import is_growing


def depths(load: float, lasts: float, seed: int, samples: int = 256) -> list[float]:
    """The number of items in M/M/1 with a mean service of 1 s, at equal distances of time."""
    generator = random.Random(seed)
    found: list[float] = []
    now, number, step = 0.0, 0, lasts / samples
    while len(found) < samples:
        rate = load + (number > 0)
        now += generator.expovariate(rate)
        while len(found) < samples and now > (len(found) + 1) * step:
            found.append(float(number))
        number += 1 if generator.random() < load / rate else -1
    return found


@pytest.mark.parametrize(("load", "lasts"), [(0.5, 400.0), (0.8, 1000.0), (0.9, 4000.0)])
def test_stable_queues_raise_no_alarm(load: float, lasts: float) -> None:
    """At most 5 in a hundred, over 200 seeds of runs that last ten relaxation times."""
    alarms = sum(is_growing(depths(load, lasts, seed)) for seed in range(200))
    assert alarms <= 10


@pytest.mark.parametrize(("load", "lasts", "least"), [(1.05, 10_000.0, 97), (1.33, 500.0, 100)])
def test_queues_that_grow_are_found(load: float, lasts: float, least: int) -> None:
    """Nearly always, where they have the time to grow."""
    seen = sum(is_growing(depths(load, lasts, seed)) for seed in range(100))
    assert seen >= least


def test_a_series_that_rises_and_stays_is_not_growing() -> None:
    """A queue that fills at the beginning has a steady state."""
    noise = random.Random(0)
    climb = [min(n, 40) + noise.uniform(-5, 5) for n in range(400)]
    assert not is_growing(climb)


def test_constant_falling_and_short_series_are_not_growing() -> None:
    """Nothing is said of what is too short to say anything about."""
    assert not is_growing([3.0] * 200)
    assert not is_growing(list(range(200, 0, -1)))
    assert not is_growing(list(range(15)))
    assert is_growing(list(range(16)))
    assert not is_growing([])


def test_a_walk_without_drift_is_not_taken_for_a_sure_growth() -> None:
    """It comes back in most cases."""
    alarms = 0
    for seed in range(100):
        steps = random.Random(seed)
        walk = list(accumulate(steps.choice((-1.0, 1.0)) for _ in range(256)))
        alarms += is_growing(walk)
    assert alarms < 50
