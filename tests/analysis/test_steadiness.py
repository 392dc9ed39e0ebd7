"""What is said before any number: by the means of the times, or by the depths over the run."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim import run
from pcsim.analysis.steadiness import Steadiness, WarmUp, steadiness
from pcsim.distributions import Exponential, Instants
from pcsim.experiments.simulate import simulate
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.long_run import long_run
from tests.support.small_scenarios import AMPLE, markovian, one_queue


def tight_line(second: int, until: float = 4000.0) -> Scenario:
    """Two stages that could handle 1/s each, 0.9/s that come, and few slots between them."""
    return Scenario(
        (QueueSpec("a", AMPLE), QueueSpec("b", second)),
        (ProducerSpec("P", "a", Exponential(1 / 0.9)),),
        (
            ConsumerSpec("S", "a", Exponential(1.0), output="b"),
            ConsumerSpec("T", "b", Exponential(1.0)),
        ),
        end=End(time=until),
    )


def test_a_queue_that_grows_although_no_mean_shows_it_is_found() -> None:
    """With one slot between them the stages wait for each other, and only 0.7/s get through."""
    assert not long_run(tight_line(1)).overloads
    for replications in (1, 4):
        found = simulate(tight_line(1), replications=replications).steadiness
        assert found.growing == ("a",)
        assert found.cautions[0].startswith("queue 'a' grew")
        assert ("in 4 of 4 runs" in found.cautions[0]) == (replications == 4)
        assert found.cautions[0].endswith(
            "(test of Mann and Kendall, 1 %): no long-run value is to be seen"
        )
    assert simulate(tight_line(50)).steadiness.growing == ()


def test_stable_queues_raise_no_alarm_in_whole_runs() -> None:
    """Over 60 seeds; `tests/theory/test_drift.py` has more of them."""
    alarms = 0
    for seed in range(60):
        result = simulate(markovian(0.8), until=1000.0, seed=seed)
        alarms += bool(result.steadiness.growing)
    assert alarms <= 3


def test_a_queue_that_grows_in_few_of_many_runs_is_not_named() -> None:
    """A quarter of them, and two at least."""
    scenario = replace(markovian(0.5), end=End(time=1000.0))
    assert steadiness(scenario, [("q",)] * 1 + [()] * 3).growing == ()
    assert steadiness(scenario, [("q",)] * 2 + [()] * 2).growing == ("q",)
    assert steadiness(scenario, [("q",)] * 2 + [()] * 8).growing == ()
    assert steadiness(scenario, [("q",)] * 3 + [()] * 7).growing == ("q",)
    assert steadiness(scenario, [("q",)]).growing == ("q",)
    assert steadiness(scenario, [()]) == Steadiness()


def test_recorded_arrivals_that_are_too_many_are_named() -> None:
    """The log ends by itself: its numbers are whole, and have intervals, but are no long run."""
    log = one_queue(Instants(tuple(float(n) for n in range(400))), Exponential(1.5), seed=3)
    result = simulate(log, replications=3)
    assert result.steadiness.growing == ()
    assert result.steadiness.cautions == (
        "queue 'q' grew in 3 of 3 runs as long as items came (test of Mann and Kendall, 1 %): its"
        " numbers are those of these items, and not of a long run",
    )
    assert result.waiting_time("q").mean.low is not None
    calm = one_queue(Instants(tuple(float(n) for n in range(400))), Exponential(0.5), seed=3)
    assert simulate(calm).steadiness == Steadiness()


@pytest.mark.parametrize(
    ("warm_up", "is_reported"),
    [
        (WarmUp(500.0, True), True),
        (WarmUp(450.0), True),
        (WarmUp(300.0), False),
        (WarmUp(0.0), False),
        (None, False),
    ],
)
def test_a_warm_up_that_leaves_out_much_of_the_run_is_reported(
    warm_up: WarmUp | None, is_reported: bool
) -> None:
    """One that was found; what somebody chose is theirs."""
    scenario = replace(markovian(0.5), end=End(time=1000.0))
    cautions = steadiness(scenario, lasted=1000.0, warm_up=warm_up).cautions
    assert bool(cautions) == is_reported
    if cautions:
        assert "MSER-5" in cautions[0]
        assert " 45 % of the run" in cautions[0] or " 50 % of the run" in cautions[0]


def test_a_run_on_threads_is_judged_by_its_means() -> None:
    """Not where the times are those of own code."""
    busy = one_queue(0.001, 0.01, until=0.1)
    assert run(busy).steadiness.growing == ("q",)
    assert run(busy, sinks={"C": print_nothing}).steadiness == Steadiness()


def print_nothing(_item: object) -> None:
    """A destination."""
