"""The warm-up that is found leaves out the beginning, and not more."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential, Hyperexponential, Time
from pcsim.experiments.simulate import simulate
from pcsim.experiments.warm_up import find_warm_up
from tests.support.small_scenarios import one_queue


def test_auto_finds_the_end_of_a_steady_climb() -> None:
    """Each item is worked on for 100 s, by as many workers as it takes: their number climbs for
    100 s and stays."""
    scenario = one_queue(1.0, 100.0, consumers=120, until=1000.0)
    result = simulate(scenario, warm_up="auto")
    assert result.warm_up == 100
    assert result.system.throughput.mean == pytest.approx(1.0, rel=0.01)
    assert result.system.mean_in_system.mean == pytest.approx(100.0, rel=0.01)
    assert simulate(scenario).system.throughput.mean < 0.91


def test_auto_finds_the_end_of_a_slow_beginning() -> None:
    """An M/G/many that begins empty reaches 1 - e**-3 of its mean of 50 after 150 s."""
    slow: Time = Exponential(50.0)
    scenario = one_queue(Exponential(1.0), slow, consumers=120, until=2000.0)
    result = simulate(scenario, warm_up="auto", replications=5)
    assert 50 <= result.warm_up <= 400
    assert result.system.mean_in_system.mean == pytest.approx(50.0, rel=0.05)


def test_auto_leaves_nothing_out_of_a_run_without_a_beginning() -> None:
    """A single item has no beginning to leave behind."""
    assert find_warm_up(one_queue(1.0, 0.5, items=1), 1) == (0.0, False)


def test_a_warm_up_that_is_found_leaves_half_of_every_replication() -> None:
    """Forty items with wide intervals take 20 s at one time and 200 at another."""
    wide = replace(one_queue(Hyperexponential(1.0, 3.0), Exponential(0.5), items=40), seed=2)
    ends = [simulate(wide, seed=2, replications=n).system.duration.mean for n in (1, 30)]
    assert ends[0] != ends[1]
    result = simulate(wide, replications=100, warm_up="auto")
    assert result.system.duration.count == 100
    result = simulate(replace(one_queue(1.0, 0.5, until=400.0), warm_up="auto"))
    assert result.warm_up <= 10
