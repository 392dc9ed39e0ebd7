"""A run that never ends is refused, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential, Instants, Time, Uniform
from pcsim.engine.virtual import engine as virtual
from pcsim.errors import EndlessError, ScenarioError, WorkerError
from pcsim.experiments.simulate import adjusted, run, simulate
from pcsim.scenario import (
    ConsumerSpec,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)
from pcsim.scenario import termination as termination_module
from pcsim.scenario.forecast import forecast
from pcsim.scenario.termination import EndlessCause, Outcome, Termination, describe, termination
from pcsim.snapshot import Phase
from tests.support.cases import case
from tests.support.small_scenarios import one_queue, ring

NO_LIMIT = "this run never ends by itself: add until=3600 or items=10000"


def tandem(first: int | None, last: int | None, items: int | None = None) -> Scenario:
    """A stage and a consumer, with their `max_items`."""
    return Scenario(
        (QueueSpec("a"), QueueSpec("b")),
        (ProducerSpec("P", "a", 1.0, items),),
        (
            ConsumerSpec("S", "a", 0.5, first, output="b"),
            ConsumerSpec("C", "b", 0.5, last),
        ),
    )


def cycle(items: int | None = 2, *, way_out: bool = False) -> Scenario:
    """Two stages that feed each other, and perhaps one that takes from them."""
    outputs: str | tuple[str, ...] = ("a", "out") if way_out else "a"
    queues = (QueueSpec("a", 4), QueueSpec("b", 4), QueueSpec("out", 4))
    return Scenario(
        queues if way_out else queues[:2],
        (ProducerSpec("P", "a", 1.0, items),),
        (
            ConsumerSpec("S", "a", 0.5, output="b"),
            ConsumerSpec("T", "b", 0.5, output=outputs),
            *((ConsumerSpec("C", "out", 0.5),) if way_out else ()),
        ),
    )


@pytest.mark.parametrize(
    "scenario",
    [
        one_queue(),
        tandem(None, None),
        replace(one_queue(), producers=(*one_queue(items=2).producers, ProducerSpec("Q", "q"))),
        cycle(None, way_out=True),
    ],
)
def test_an_endless_run_is_refused(scenario: Scenario) -> None:
    """Without a limit it would simulate for ever."""
    answer = termination(scenario)
    assert (answer.outcome, answer.cause) == (Outcome.NEVER_ENDS, EndlessCause.NO_LIMIT)
    assert describe(answer) == NO_LIMIT
    with pytest.raises(EndlessError, match=f"^{NO_LIMIT}$"):
        simulate(scenario)


def test_the_answer_is_found_once_and_kept_with_the_scenario(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Forecast, simulation and command line all need it."""
    searched: list[Scenario] = []
    find = termination_module._find

    def counted(scenario: Scenario) -> Termination:
        searched.append(scenario)
        return find(scenario)

    monkeypatch.setattr(termination_module, "_find", counted)
    scenario = one_queue(until=5.0)
    forecast(scenario)
    simulate(scenario)
    assert termination(scenario) is termination(scenario)
    # The simulation has a scenario of its own: the one with its arguments.
    assert len(searched) == 2


def test_an_error_of_a_run_without_end_has_the_cause_and_the_workers() -> None:
    """As data, so that no program has to read its message."""
    with pytest.raises(EndlessError) as caught:
        simulate(one_queue())
    assert (caught.value.cause, caught.value.workers) == ("no limit", ("P",))


def test_an_endless_run_is_a_wrong_scenario() -> None:
    """Code that catches `ScenarioError` catches it too."""
    with pytest.raises(ScenarioError):
        simulate(one_queue())


def test_a_run_on_threads_may_be_endless() -> None:
    """A source may end it, or a control."""
    assert adjusted(one_queue(), must_end=False) == one_queue()
    assert run(one_queue(0.0, 0.0), sources={"P": range(4)}).system.consumed.mean == 4


ENDING: list[Scenario] = [
    one_queue(items=3),
    one_queue(until=5.0),
    one_queue(Instants(at=(1.0, 2.0)), 0.5),
    replace(one_queue(), end=End(items=3)),
    tandem(None, None, items=3),
    tandem(None, 3),
    tandem(3, None),
    cycle(2, way_out=True),
    replace(cycle(None, way_out=True), end=End(items=5)),
]


def test_a_run_that_ends_is_not_refused() -> None:
    """And it does end: when the last reader is gone, its feeders are released, stage by stage."""
    for scenario in ENDING:
        with case(scenario):
            assert termination(scenario) == Termination()
            assert simulate(scenario).snapshot.phase.is_over


@pytest.mark.parametrize("scenario", [cycle(2), replace(cycle(None), end=End(items=2))])
def test_items_that_go_round_for_ever_are_refused(scenario: Scenario) -> None:
    """A number of items does not end it: they come to no end."""
    with pytest.raises(EndlessError, match="go round through S, T without a way out: add until"):
        simulate(scenario)
    assert simulate(scenario, until=20.0, items=2).snapshot.at == 20.0


def with_stage(scenario: Scenario, **changed: Any) -> Scenario:
    """The same, with another first consumer."""
    first, *others = scenario.consumers
    return replace(scenario, consumers=(replace(first, **changed), *others))


def with_queue(scenario: Scenario, overflow: Overflow) -> Scenario:
    """The same, with another overflow of its first queue."""
    first, *others = scenario.queues
    return replace(scenario, queues=(replace(first, overflow=overflow), *others))


ALWAYS = {"failure_probability": 1.0, "on_error": Retry(1, "a")}


@pytest.mark.parametrize(
    "scenario",
    [
        with_queue(cycle(2), Overflow.DROP_NEW),
        with_queue(cycle(50), Overflow.DROP_OLD),
        with_queue(cycle(2), Overflow.FAIL),
        with_stage(cycle(2), put_timeout=1.0),
        with_stage(cycle(50), put_timeout=0.0),
        with_stage(cycle(2), failure_probability=0.5, on_error=Retry(2, "a")),
        with_stage(tandem(None, None, items=3), **ALWAYS),
    ],
)
def test_what_some_items_leave_by_is_no_way_out_for_the_last(scenario: Scenario) -> None:
    """A full queue drops, and what fails is tried again and goes to its dead letters: others
    still go round."""
    with pytest.raises(EndlessError, match="without a way out"):
        simulate(scenario)
    assert simulate(scenario, until=200.0, items=1).snapshot.at == 200.0


def test_items_that_go_round_in_no_time_are_refused() -> None:
    """No end at some time would come either."""
    quick = [replace(one, service_time=0.0) for one in cycle().consumers]
    scenario = replace(cycle(None), consumers=tuple(quick), end=End(10.0))
    with pytest.raises(EndlessError, match="no time: give one of S, T a service time"):
        simulate(scenario)
    slower = with_stage(scenario, service_time=0.5)
    assert simulate(slower).snapshot.at == 10.0


@pytest.mark.parametrize(
    "scenario",
    [
        with_stage(cycle(2), failure_probability=0.5, on_error="skip"),
        with_stage(cycle(2), max_items=5),
        with_stage(tandem(None, None, items=3), failure_probability=0.5, on_error=Retry(1, "a")),
    ],
)
def test_a_cycle_with_a_way_out_is_not_refused(scenario: Scenario) -> None:
    """Skipped, at the end of a stage, or by going on when it does not fail."""
    assert termination(scenario) == Termination()
    assert simulate(scenario).snapshot.phase.is_over


def test_a_full_queue_that_fails_ends_a_run() -> None:
    """However fast items come, and round whatever they go."""
    assert termination(with_queue(cycle(50), Overflow.FAIL)).ends
    scenario = one_queue(0.0, 1.0, overflow=Overflow.FAIL, until=10.0)
    with pytest.raises(WorkerError):
        simulate(scenario)


def test_a_cycle_that_fills_is_left_to_its_deadlock() -> None:
    """A deadlock ends a run."""
    assert termination(cycle(50)).ends


@pytest.mark.parametrize(
    ("interval", "service_time", "overflow"),
    [
        (0.0, 0.0, Overflow.BLOCK),
        (Uniform(0.0, 0.0), 0.0, Overflow.BLOCK),
        (0.0, 1.0, Overflow.DROP_NEW),
        (0.0, 1.0, Overflow.DROP_OLD),
    ],
)
def test_items_without_end_in_no_time_are_refused(
    interval: Time, service_time: Time, overflow: Overflow
) -> None:
    """Time stands still: not even an end at some time would come."""
    scenario = one_queue(interval, service_time, overflow=overflow, until=10.0)
    with pytest.raises(EndlessError, match="P makes items without end in no time"):
        simulate(scenario)
    assert simulate(scenario, items=3).snapshot.totals.produced == 3


def test_a_producer_that_has_to_wait_may_take_no_time() -> None:
    """Its queue fills, and then time goes on."""
    waits = one_queue(0.0, Exponential(1.0), capacity=2, until=10.0)
    assert simulate(waits).snapshot.at == 10.0
    last = tandem(None, None)
    quick = replace(
        last,
        producers=(replace(last.producers[0], interval=0.0),),
        consumers=(replace(last.consumers[0], service_time=0.0), last.consumers[1]),
    )
    assert simulate(quick, until=10.0).snapshot.at == 10.0


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_only_queues_that_get_items_make_a_producer_wait(weight: float) -> None:
    """One of weight 0 never fills."""
    scenario = Scenario(
        queues=(QueueSpec("quick", 1), QueueSpec("slow", 1)),
        producers=(
            ProducerSpec(
                "P", ("quick", "slow"), 0.0, routing=Routing.RANDOM, weights=(1.0, weight)
            ),
        ),
        consumers=(ConsumerSpec("C", "quick", 0.0), ConsumerSpec("D", "slow", 1.0)),
        end=End(time=10.0),
    )
    if weight:
        assert simulate(scenario).snapshot.at == 10.0
        return
    with pytest.raises(EndlessError, match="P makes items without end in no time"):
        simulate(scenario)


def with_producer(scenario: Scenario, **changed: Any) -> Scenario:
    """The same, with another producer."""
    return replace(scenario, producers=(replace(scenario.producers[0], **changed),))


def keeping_ring() -> Scenario:
    """A ring that keeps what comes: by chance 1 its stage puts back into its own queue."""
    circling = ring(Routing.RANDOM, "a", "b")
    stage, consumer = circling.consumers
    return replace(circling, consumers=(replace(stage, weights=(1.0, 0.0)), consumer))


def upstream(items: int, *outputs: str, seed: int = 0, **changed: Any) -> Scenario:
    """A stage before a ring, to which its outputs may lead."""
    circling = keeping_ring()
    return replace(
        circling,
        queues=(*circling.queues, QueueSpec("first")),
        producers=(ProducerSpec("P", "first", 1.0, items),),
        consumers=(
            *circling.consumers,
            ConsumerSpec("X", "first", 0.5, output=outputs, **changed),
        ),
        seed=seed,
    )


@pytest.mark.parametrize(
    "scenario",
    [
        keeping_ring(),
        with_producer(keeping_ring(), interval=1.0),
        upstream(2, "a", "b", routing=Routing.BROADCAST),
        upstream(1, "a", "b", routing=Routing.ROUND_ROBIN),
    ],
)
def test_a_cycle_that_an_item_surely_enters_is_refused(scenario: Scenario) -> None:
    """Whatever routing leads there, and keeps it there."""
    for variant in (scenario, replace(scenario, end=End(100.0))):
        expected = Termination(Outcome.STANDS_STILL, EndlessCause.CYCLE_IN_NO_TIME, ("S",))
        assert termination(variant) == expected


@pytest.mark.parametrize(
    "scenario",
    [
        replace(with_producer(keeping_ring(), interval=20.0), end=End(10.0)),
        replace(upstream(1, "b", "a", routing=Routing.ROUND_ROBIN), end=End(9.0)),
        replace(upstream(1, "b", "a", routing=Routing.SHORTEST), end=End(9.0)),
        replace(upstream(1, "b", "a", routing=Routing.RANDOM, weights=(99.0, 1.0)), end=End(9.0)),
        replace(upstream(1, "a", failure_probability=1.0, on_error="skip"), end=End(9.0)),
    ],
)
def test_a_cycle_to_which_perhaps_no_item_comes_is_not_refused(scenario: Scenario) -> None:
    """The run ends before, or they go elsewhere."""
    assert termination(scenario) == Termination()
    assert simulate(scenario).snapshot.phase is Phase.FINISHED


@pytest.mark.parametrize(
    "scenario",
    [
        with_producer(with_stage(keeping_ring(), service_time=0.5), items=3),
        with_producer(with_stage(ring(Routing.BROADCAST, "b", "a"), service_time=0.5), items=3),
        with_producer(ring(Routing.BROADCAST, "b", "a"), items=3),
    ],
)
def test_a_cycle_that_keeps_the_last_item_or_a_copy_is_refused(scenario: Scenario) -> None:
    """Nothing ever leaves it."""
    with pytest.raises(EndlessError, match="without a way out"):
        simulate(scenario)
    assert simulate(scenario, until=20_000.0).snapshot.totals.discarded


@pytest.mark.parametrize(
    "scenario",
    [
        with_stage(ring(Routing.SHORTEST, "b", "a"), service_time=0.5),
        with_stage(ring(Routing.SHORTEST, "a", "b"), service_time=0.5),
        with_stage(ring(Routing.BROADCAST, "b", "a", overflow=Overflow.FAIL), service_time=0.5),
        with_stage(ring(Routing.BROADCAST, "b", "a"), service_time=0.5),
    ],
)
def test_a_cycle_that_lets_the_last_go_or_fills_is_not_refused(scenario: Scenario) -> None:
    """To where fewer items are, by an overflow or by a deadlock."""
    assert termination(scenario) == Termination()
    engine = virtual.VirtualEngine(scenario)
    engine.start()
    assert engine.join()
