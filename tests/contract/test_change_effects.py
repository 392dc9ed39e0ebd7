"""Contract: what a change did is measured, on both engines: before it and after, with intervals."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim.analysis.change_effect import MadeChange, Sides, changes_in
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.experiments.simulate import run, simulate
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.changes import (
    AddWorkers,
    Change,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetInterval,
    SetServiceTime,
)
from pcsim.theory.statistics import Interval
from tests.contract.bench import Bench
from tests.support.cases import case

CLERK = Scenario(
    (QueueSpec("q", 4),),
    (ProducerSpec("P", "q", interval=0.05),),
    (ConsumerSpec("C", "q", service_time=0.1),),
)
"""Workers of one interval each: 10 a second by one clerk, 20 by two."""


def both(sides: Sides) -> tuple[Interval, Interval]:
    """The two sides of a measure."""
    assert sides.before is not None
    assert sides.after is not None
    return sides.before, sides.after


def changed(scenario: Scenario, *changes: Change, until: float) -> tuple[MadeChange, ...]:
    """What these changes did, in virtual time."""
    return simulate(replace(scenario, changes=changes), until=until).changes


@pytest.mark.parametrize("replications", [1, 8])
def test_another_rate_is_seen_as_theory_has_it(replications: int) -> None:
    """M/M/1 at a load of 0.5 and then of 0.8, whose waits are 1 and 4 services, and depths 0.5
    and 3.2: within the intervals, which are narrow."""
    scenario = Scenario(
        (QueueSpec("q", 10**6),),
        (ProducerSpec("P", "q", interval=Exponential(2.0)),),
        (ConsumerSpec("C", "q", service_time=Exponential(1.0)),),
        seed=5,
        changes=(SetInterval("P", Exponential(1.25), at=20_000.0),),
    )
    result = simulate(scenario, until=40_000, replications=replications)
    (made,) = result.changes
    assert (made.at, made.what, made.subject) == (20_000.0, "interval", "P")
    for sides, before, after, width in (
        (made.effect.throughput, 0.5, 0.8, 0.03),
        (made.effect.waiting_time, 1.0, 4.0, 0.25),
        (made.effect.depth, 0.5, 3.2, 0.25),
        (made.effect.sojourn_time, 2.0, 5.0, 0.25),
    ):
        for side, known in zip(both(sides), (before, after), strict=True):
            assert side.low is not None
            assert side.high is not None
            assert side.low <= known <= side.high
            assert side.high - side.low <= 2 * width * known
        assert sides.differs


def test_a_second_worker_doubles_a_line_that_one_worker_limits(bench: Bench) -> None:
    """Of equal times: 10 a second and then 20, and waits of half the time."""
    at, close = (200.0, 0.01) if bench.is_virtual else (1.2, 0.2)
    scenario = replace(CLERK, changes=(AddWorkers("C", at=at),))
    (made,) = (simulate if bench.is_virtual else run)(scenario, until=2 * at).changes
    before, after = both(made.effect.throughput)
    assert before.mean == pytest.approx(10, rel=close)
    assert after.mean == pytest.approx(20, rel=close)
    assert made.effect.throughput.differs
    if bench.is_virtual:  # else too few have waited
        assert made.effect.waits_text == "waited 399 ±1.9 ms → 200 ±0.16 ms"


def test_what_a_program_changes_is_measured_as_what_a_scenario_does(bench: Bench) -> None:
    """From any moment on, though nobody knew that before."""
    bench.started(CLERK)
    engine = bench.engine

    def pass_time(seconds: float) -> None:
        if isinstance(engine, VirtualEngine):
            engine.advance(until=engine.clock() + seconds)
        else:
            engine.join(seconds)

    pass_time(1.2)
    engine.steer(SetServiceTime("C", 0.05))
    pass_time(1.2)
    (made,) = changes_in(engine.observer.course.so_far())
    assert made.effect.throughput.differs
    assert made.now == "50 ms"
    engine.abort()
    bench.end()
    (ended,) = changes_in(engine.observer.course.so_far())
    assert ended.effect.throughput.before == made.effect.throughput.before


def test_a_change_that_does_nothing_is_seen_to_do_nothing() -> None:
    """More room for a producer that comes too seldom; a freeze that ends long before the end."""
    slow = replace(CLERK, producers=(ProducerSpec("P", "q", interval=Exponential(0.5)),), seed=2)
    for change in (SetCapacity("q", 100, at=500.0), Freeze("C", 1.0, at=500.0)):
        with case(change.what):
            (made,) = changed(slow, change, until=1000)
            assert made.effect.is_measured
            assert not made.effect.throughput.differs


def test_each_of_several_changes_is_compared_with_what_was_between() -> None:
    """In their order; one that could not be made is none."""
    made = changed(
        CLERK,
        AddWorkers("C", at=100.0),
        RemoveWorkers("C", at=200.0),
        SetServiceTime("C", 0.2, at=300.0),
        until=400,
    )
    rates = [[round(side.mean) for side in both(one.effect.throughput)] for one in made]
    assert rates == [[10, 20], [20, 10], [10, 5]]


def test_the_warm_up_is_no_side_of_a_change() -> None:
    """A change before its end has nothing before it."""
    scenario = replace(CLERK, warm_up=50.0)
    early, late = changed(
        scenario, SetServiceTime("C", 0.2, at=20.0), SetServiceTime("C", 0.1, at=100.0), until=200
    )
    assert early.effect.throughput.before is None
    assert [round(side.mean) for side in both(late.effect.throughput)] == [5, 10]
