"""The right formula for a scenario, and none where none holds."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from pcsim.analysis.matching_theory import prediction, without_queue
from pcsim.distributions import (
    Empirical,
    Exponential,
    Gamma,
    Hyperexponential,
    Instants,
    Lognormal,
    Normal,
    Time,
    Uniform,
)
from pcsim.experiments.simulate import simulate
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    Discipline,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Scenario,
)
from pcsim.scenario.changes import SetCapacity
from pcsim.theory.queues import erlang_b
from tests.support.cases import case
from tests.support.small_scenarios import line, markovian, one_queue

PLAIN = markovian(0.5)
CONSTANT = line([(1.0, 1, 0), (2.0, 1, 2), (1.5, 1, 2)])


def model(scenario: Scenario) -> str | None:
    predicted = prediction(scenario)
    return None if predicted is None else predicted.model


def with_producer(scenario: Scenario = PLAIN, **changes: object) -> Scenario:
    first, *others = scenario.producers
    return replace(scenario, producers=(replace(first, **changes), *others))


def with_consumer(scenario: Scenario = PLAIN, **changes: object) -> Scenario:
    first, *others = scenario.consumers
    return replace(scenario, consumers=(replace(first, **changes), *others))


def with_queue(scenario: Scenario = PLAIN, **changes: object) -> Scenario:
    first, *others = scenario.queues
    return replace(scenario, queues=(replace(first, **changes), *others))


MODELS: list[tuple[Scenario, str]] = [
    (PLAIN, "M/M/1"),
    (markovian(0.5, servers=4), "M/M/4"),
    (markovian(0.5, producers=4), "M/M/1"),
    (with_producer(items=1000), "M/M/1"),
    (markovian(3.0, capacity=2, overflow=Overflow.DROP_NEW), "M/M/1/3"),
    (markovian(0.5, overflow=Overflow.DROP_NEW), "M/M/1/10001"),
    (markovian(1.5, capacity=9), "M/M/1 -> 9 -> M/M/1, blocking after service"),
    (one_queue(Exponential(1.0), 0.5), "M/G/1"),
    (one_queue(1.0, Exponential(0.5)), "G/M/1"),
    (one_queue(1.0, 0.5), "deterministic line"),
    (one_queue(1.0, 2.0, producers=3), "deterministic line"),
    (CONSTANT, "deterministic line"),
]


def test_the_right_model_is_found() -> None:
    """Times, servers, capacity and policy decide which model it is."""
    for scenario, wanted in MODELS:
        with case(scenario, wanted):
            assert model(scenario) == wanted


def test_m_m_1_has_its_own_source() -> None:
    """The name and the source of a formula are shown with it."""
    predicted = prediction(PLAIN)
    assert predicted is not None
    assert predicted.source.endswith("sec. 2.2")


WITHOUT_FORMULA: list[Scenario] = [
    with_producer(bursts=Bursts(1.0, 1.0)),
    with_producer(put_timeout=1.0),
    with_producer(items=0),
    with_producer(interval=Instants(at=(0.0, 1.0, 3.0))),
    with_producer(interval=Normal(1.0, 0.2)),
    with_consumer(put_timeout=1.0),
    with_consumer(max_items=10),
    with_consumer(failure_probability=0.1, on_error="skip"),
    with_queue(discipline=Discipline.LIFO),
    with_queue(discipline=Discipline.PRIORITY),
    with_queue(overflow=Overflow.DROP_OLD),
    with_queue(overflow=Overflow.FAIL),
    with_consumer(with_queue(overflow=Overflow.DROP_NEW), service_time=0.5),
    markovian(0.9, capacity=3, servers=2),
    markovian(0.9, capacity=3, producers=2),
    one_queue(Exponential(1.0), 0.9, capacity=5),
    one_queue(1.0, Exponential(0.9), capacity=5),
    one_queue(Exponential(1.0), 1.2),
    one_queue(Exponential(1.0), Uniform(0.1, 0.3), consumers=2),
    one_queue(1.0, Exponential(0.9), producers=2),
    one_queue(1.0, 0.5, overflow=Overflow.DROP_NEW),
    with_consumer(CONSTANT, max_items=3),
    replace(PLAIN, consumers=(*PLAIN.consumers, ConsumerSpec("D", "q", Exponential(1.0)))),
]


def test_where_no_formula_holds_there_is_none() -> None:
    """A prediction that does not hold would be worse than none."""
    for scenario in WITHOUT_FORMULA:
        with case(scenario):
            assert model(scenario) is None


def test_there_is_none_for_a_system_that_is_changed_while_it_runs() -> None:
    """The long run of none of its states is what was measured."""
    steady = markovian(0.8)
    assert prediction(steady) is not None
    changed = replace(steady, changes=(SetCapacity(steady.queues[0].name, 7, at=5.0),))
    assert prediction(changed) is None
    assert without_queue(changed) is None


def test_there_is_none_for_several_queues_or_outputs() -> None:
    """The formulas are for one station, or for a line with constant times."""
    queues = (QueueSpec("a", 100), QueueSpec("b", 100))
    by_turns = Scenario(
        queues,
        (ProducerSpec("P", ("a", "b"), Exponential(1.0)),),
        (ConsumerSpec("C", ("a", "b"), Exponential(0.5)),),
    )
    tandem = Scenario(
        queues,
        (ProducerSpec("P", "a", Exponential(1.0)),),
        (
            ConsumerSpec("S", "a", Exponential(0.5), output="b"),
            ConsumerSpec("C", "b", Exponential(0.5)),
        ),
    )
    assert model(by_turns) is None
    assert model(tandem) is None


def test_there_is_none_where_items_are_tried_again() -> None:
    """A queue for dead letters is no next station: with constant times it passed for one."""
    retrying = Scenario(
        (QueueSpec("work"), QueueSpec("dead")),
        (ProducerSpec("P", "work", 1.0),),
        (
            ConsumerSpec("C", "work", 0.5, on_error=Retry(2, "dead")),
            ConsumerSpec("D", "dead", 3.0),
        ),
    )
    assert model(retrying) is None


def test_there_is_none_for_streams_that_end_apart() -> None:
    """Several producers, one with only a few items: nothing is steady after them."""
    others = (ProducerSpec("B", "q", Exponential(4.0), items=10),)
    assert model(replace(PLAIN, producers=(*PLAIN.producers, *others))) is None


def test_there_is_none_for_producers_alike_that_end_by_chance() -> None:
    """A hundred with an item each are no Poisson stream, nor do they lose like one."""
    few = with_producer(interval=Exponential(200.0), count=100, items=1)
    assert model(few) is None
    assert without_queue(with_queue(few, overflow=Overflow.DROP_NEW)) is None
    assert model(with_producer(interval=Exponential(200.0), count=100)) == "M/M/1"
    constant = with_producer(CONSTANT, count=3, items=10)
    assert model(constant) == "deterministic line"


def test_a_line_that_branches_or_turns_back_is_none() -> None:
    """The rate of the slowest station is that of a line alone."""
    queues = (QueueSpec("a"), QueueSpec("b"))
    turned = Scenario(
        queues,
        (ProducerSpec("P", "a", 1.0, items=3),),
        (ConsumerSpec("S", "a", 1.0, output="b"), ConsumerSpec("T", "b", 1.0, output="a")),
    )
    branched = Scenario(
        queues,
        (ProducerSpec("P", ("a", "b"), 1.0),),
        (ConsumerSpec("S", "a", 1.0), ConsumerSpec("T", "b", 1.0)),
    )
    joined = Scenario(
        queues,
        (ProducerSpec("P", "a", 1.0), ProducerSpec("Q", "b", 1.0)),
        (ConsumerSpec("S", "a", 1.0, output="b"), ConsumerSpec("T", "b", 1.0)),
    )
    assert [model(one) for one in (turned, branched, joined)] == [None, None, None]


@pytest.mark.parametrize(("capacity", "wanted"), [(60, None), (300, "G/M/1")])
def test_a_queue_of_bursty_arrivals_is_not_taken_for_unbounded(
    capacity: int, wanted: str | None
) -> None:
    """At a load of one half 60 places are plenty for M/M/1, and too few where intervals vary:
    the chance falls by sigma for each place, which is 0.86 here, not by the load."""
    interval: Time = Hyperexponential(2.0, 5.0)
    assert model(one_queue(Exponential(2.0), Exponential(1.0), capacity=60)) == "M/M/1"
    assert model(one_queue(interval, Exponential(1.0), capacity=capacity)) == wanted


def test_one_long_service_can_fill_a_queue() -> None:
    """A lognormal time has no bound that falls exponentially."""
    heavy = Lognormal(0.5, 4.0)
    assert model(one_queue(Exponential(1.0), heavy, capacity=500)) is None
    assert model(one_queue(Exponential(1.0), Lognormal(0.5, 0.5), capacity=500)) == "M/G/1"


CAPACITIES: list[tuple[Time, int, int]] = [
    (Empirical((1.0,) * 99_999 + (300.0,)), 200, 2_000),
    (Empirical((1.0,) * 100), 10, 50),
    (Hyperexponential(1.0, 10.0), 500, 2_000),
    (Gamma(1.0, 3.0), 100, 500),
    (Lognormal(1.0, 3.0), 5_000, 20_000),
    (Normal(1.0, 0.2), 15, 25),
    (Uniform(0.0, 2.0), 20, 50),
    (1.0, 10, 50),
]


def test_a_queue_is_unbounded_where_it_is_never_full() -> None:
    """At a load of one half; one service of 300 s in 100,000 fills 52 places once in a while,
    which changes the mean wait by a third."""
    for service, few, plenty in CAPACITIES:
        with case(service, few, plenty):
            arrivals = Exponential(2.0)
            assert model(one_queue(arrivals, service, capacity=few)) is None
            assert model(one_queue(arrivals, service, capacity=plenty)) == "M/G/1"


def test_numbers_beyond_a_formula_are_no_error() -> None:
    """It raises nothing, whatever the load and however near to 1."""
    for mean in (1 + 1e-15, 1 + 1e-12, 1 + 1e-8, 1.0, 1e12):
        for service in (1.0, 1e-12, 1e12):
            for capacity in (1, 10**9):
                poisson = one_queue(Exponential(mean), Exponential(service), capacity=capacity)
                wide = Hyperexponential(mean, 1000.0)
                for scenario in (
                    poisson,
                    with_queue(poisson, overflow=Overflow.DROP_NEW),
                    one_queue(mean, Exponential(service), capacity=capacity),
                    one_queue(wide, Exponential(service), capacity=capacity),
                ):
                    predicted = prediction(scenario)
                    numbers = (
                        [] if predicted is None else [n for n in predicted if isinstance(n, float)]
                    )
                    assert all(map(math.isfinite, numbers))


def test_a_long_list_of_intervals_is_none() -> None:
    """The root of G/M/1 goes through it again and again."""
    few, many = (tuple([1.0, 2.0] * half) for half in (100, 10_000))
    assert model(one_queue(Empirical(few), Exponential(0.5))) == "G/M/1"
    assert model(one_queue(Empirical(many), Exponential(0.5))) is None


@pytest.mark.parametrize("service", [Exponential(2.0), Uniform(1.0, 3.0), 2.0])
def test_erlang_b_is_what_would_be_lost_if_nobody_could_wait(service: Time) -> None:
    """Whatever the distribution of the service times; and a queue loses less."""
    scenario = one_queue(
        Exponential(1.0), service, capacity=2, consumers=3, overflow=Overflow.DROP_NEW
    )
    predicted = without_queue(scenario)
    assert predicted is not None
    assert predicted.loss == erlang_b(1.0, 2.0, 3).loss == pytest.approx(4 / 19)
    assert "Erlang B" in predicted.source
    measured = simulate(scenario, until=2000.0, seed=1)
    assert measured.without_queue == predicted
    assert 0 < measured.queue("q").loss.mean < 4 / 19


WITHOUT_ERLANG_B: list[Scenario] = [
    PLAIN,
    CONSTANT,
    one_queue(1.0, Exponential(2.0), overflow=Overflow.DROP_NEW),
    with_consumer(markovian(0.5, overflow=Overflow.DROP_NEW), max_items=10),
    with_producer(markovian(0.5, overflow=Overflow.DROP_NEW), put_timeout=1.0),
]


def test_erlang_b_is_shown_only_where_it_holds() -> None:
    """It needs Poisson arrivals and a queue that drops what finds it full."""
    for scenario in WITHOUT_ERLANG_B:
        with case(scenario):
            assert without_queue(scenario) is None
