"""A result compares itself with theory, and knows when it is too short for it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim.analysis.result import Comparison, Result
from pcsim.analysis.result_report import text
from pcsim.experiments.simulate import simulate
from pcsim.scenario import Overflow, Scenario
from pcsim.theory.statistics import Interval
from tests.support.cases import case
from tests.support.small_scenarios import line, markovian, one_queue

LOSING = markovian(0.8, servers=2, capacity=2, overflow=Overflow.DROP_NEW)


def interval(low: float | None, high: float | None) -> Interval:
    if low is None or high is None:
        return Interval(1.0, None, None, None, 1)
    return Interval((low + high) / 2, (high - low) / 2, low, high, 10)


INTERVALS: list[tuple[float | None, float | None, bool | None]] = [
    (0.5, 1.5, True),
    (1.0, 1.5, True),
    (1.1, 1.5, False),
    (None, None, None),
    (1.0, 1.0, True),
    (1.001, 1.001, None),
]


def test_an_interval_agrees_when_it_covers() -> None:
    """One without a width covers by chance alone."""
    for low, high, agrees in INTERVALS:
        with case(low, high, agrees):
            assert Comparison("throughput", interval(low, high), 1.0, "1/s").agrees is agrees


def test_a_scenario_without_a_theory_is_compared_with_nothing() -> None:
    """One with a theory has comparisons, even of few items."""
    assert simulate(one_queue(1.0, 2.0, capacity=1, items=9), replications=2).comparisons
    assert simulate(markovian(0.9, producers=2, capacity=2), until=9.0).comparisons == ()


@pytest.mark.parametrize(
    ("load", "capacity", "is_too_short"), [(1.3, 1000, True), (1.3, 10, False), (0.7, 1000, False)]
)
def test_a_run_in_which_nothing_came_near_the_steady_state_is_marked(
    load: float, capacity: int, is_too_short: bool
) -> None:
    """It would take an hour to fill the queue from which theory loses a quarter of all items."""
    scenario = markovian(load, capacity=capacity, overflow=Overflow.DROP_NEW)
    result = simulate(scenario, until=500.0, replications=2)
    assert result.theory is not None
    assert result.is_too_short is is_too_short
    assert ("too short for this steady state" in text(result)) is is_too_short


def test_a_line_whose_producer_never_had_to_wait_is_marked() -> None:
    """A line blocks no worker before its buffer is full."""
    assert simulate(one_queue(1.0, 1.3, capacity=1000), until=500.0).is_too_short
    assert not simulate(one_queue(1.0, 1.3, capacity=10), until=500.0).is_too_short


@pytest.mark.parametrize(
    ("load", "capacity", "overflow", "until"),
    [
        (1.0, 10**6, Overflow.BLOCK, 20_000.0),
        (0.999, 10**6, Overflow.BLOCK, 20_000.0),
        (1.0, 10_000, Overflow.DROP_NEW, 20_000.0),
        (0.95, 10_000, Overflow.BLOCK, 5_000.0),
    ],
)
def test_a_queue_that_is_slow_to_settle_needs_a_longer_run(
    load: float, capacity: int, overflow: Overflow, until: float
) -> None:
    """Near a load of 1 the beginning is forgotten ever more slowly, though nothing is lost."""
    scenario = markovian(load, capacity=capacity, overflow=overflow)
    assert simulate(scenario, until=until).is_too_short


@pytest.mark.parametrize(
    ("until", "warm_up", "is_too_short"),
    [(5_000.0, 0.0, True), (50_000.0, 0.0, False), (8_000.0, 4_000.0, False)],
)
@pytest.mark.parametrize(
    "scenario",
    [
        markovian(1.3, capacity=1_000, overflow=Overflow.DROP_NEW),
        markovian(1.3, capacity=1_000),
        line([(1.0, 1, 0), (1.3, 1, 800)]),
    ],
)
def test_a_queue_that_was_full_only_at_last_is_marked(
    scenario: Scenario, until: float, warm_up: float, is_too_short: bool
) -> None:
    """It takes an hour to fill, which a warm-up may leave out."""
    result = simulate(scenario, until=until, warm_up=warm_up)
    assert result.snapshot.queues[0].peak_depth == result.snapshot.queues[0].capacity
    assert result.is_too_short is is_too_short


@pytest.mark.parametrize(("items", "is_too_short"), [(1, True), (10, True), (2_000, False)])
def test_a_few_items_are_no_steady_state(items: int, is_too_short: bool) -> None:
    """Below twenty items nothing is claimed about the long run."""
    for load in (0.01, 0.5):
        scenario = with_items(markovian(load), items)
        assert simulate(scenario, replications=20).is_too_short is is_too_short


def with_items(scenario: Scenario, items: int) -> Scenario:
    return replace(scenario, producers=(replace(scenario.producers[0], items=items),))


def test_parts_are_asked_for_by_name() -> None:
    """An unknown name is a KeyError."""
    result = simulate(one_queue(1.0, 3.0, capacity=1, items=5))
    assert result.queue("q").peak_depth.mean == 1
    assert result.waiting_time("q").mean.mean > 0
    assert result.worker("P").throughput.mean > 0
    for ask in (result.queue, result.waiting_time, result.worker):
        with pytest.raises(KeyError):
            ask("x")


def test_a_result_is_a_plain_tuple() -> None:
    """Equal runs have equal results."""
    result = simulate(one_queue(items=3))
    assert isinstance(result, Result)
    assert isinstance(result, tuple)
    assert result == simulate(one_queue(items=3))
