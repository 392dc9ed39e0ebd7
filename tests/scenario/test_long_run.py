"""Which queues have no long run, and which take long to get there, by the means of their times."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential, Lognormal, Time
from pcsim.experiments.one_run import finish, growing_queues, virtual_run
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)
from pcsim.scenario.long_run import LongRun, Outcome, long_run
from tests.support.small_scenarios import AMPLE, line, markovian, one_queue


def outcomes(found: LongRun) -> dict[str, Outcome]:
    """What becomes of each queue that is overloaded, by its name."""
    return {one.queues[0]: one.outcome for one in found.overloads}


def until(scenario: Scenario, time: float) -> Scenario:
    """The scenario with an end."""
    return replace(scenario, end=End(time=time))


@pytest.mark.parametrize(
    ("servers", "grows"), [(3, True), (4, True), (5, False)], ids=["4/3", "1", "4/5"]
)
def test_a_ward_with_three_or_four_beds_grows_and_one_with_five_does_not(
    servers: int, grows: bool
) -> None:
    """Four patients an hour, an hour in bed: at a load of exactly 1 chance makes it grow too."""
    ward = one_queue(
        Exponential(900.0),
        Exponential(3600.0),
        consumers=servers,
        until=720_000.0,
        capacity=100_000,
    )
    assert bool(long_run(ward).growing) == grows
    if grows:
        assert long_run(ward).growing[0].load == pytest.approx(4 / servers)


def test_at_a_load_of_1_nothing_grows_without_chance() -> None:
    """Each item is gone when the next one comes."""
    assert not long_run(one_queue(1.0, 1.0, until=1e6)).overloads
    assert long_run(one_queue(1.0, Exponential(1.0), until=1e6, capacity=10**6)).growing


@pytest.mark.parametrize(
    ("overflow", "outcome"),
    [
        (Overflow.BLOCK, Outcome.SATURATES),
        (Overflow.DROP_NEW, Outcome.LOSES),
        (Overflow.DROP_OLD, Outcome.LOSES),
        (Overflow.FAIL, Outcome.FAILS),
    ],
)
def test_a_small_queue_is_full_soon_and_does_what_its_policy_says(
    overflow: Overflow, outcome: Outcome
) -> None:
    """It is no unstable queue."""
    found = long_run(until(markovian(1.5, capacity=20, overflow=overflow), 5000.0))
    assert outcomes(found) == {"q": outcome}
    assert not found.growing


def test_whether_a_queue_is_full_before_the_run_ends_decides() -> None:
    """Of 1.5 a second that come, one a second is dealt with: 1,000 slots last 2,000 s."""
    busy = markovian(1.5, capacity=1000)
    assert outcomes(long_run(until(busy, 1900.0))) == {"q": Outcome.GROWS}
    assert outcomes(long_run(until(busy, 2100.0))) == {"q": Outcome.SATURATES}
    assert outcomes(long_run(busy)) == {"q": Outcome.GROWS}
    assert outcomes(long_run(replace(busy, queues=(QueueSpec("q", 999),)))) == {
        "q": Outcome.SATURATES
    }


def two_stages(first_capacity: int, second_capacity: int, slow: Time) -> Scenario:
    """A source of 1/s, a quick stage, and behind it a slow one."""
    return until(
        Scenario(
            (QueueSpec("a", first_capacity), QueueSpec("b", second_capacity)),
            (ProducerSpec("P", "a", Exponential(1.0)),),
            (
                ConsumerSpec("S", "a", Exponential(0.5), output="b"),
                ConsumerSpec("T", "b", slow),
            ),
        ),
        10_000.0,
    )


def test_a_stage_that_waits_makes_the_queue_before_it_grow() -> None:
    """It could handle 2/s, but behind it are few slots and 0.8/s."""
    found = long_run(two_stages(AMPLE, 5, Exponential(1.25)))
    assert outcomes(found) == {"a": Outcome.GROWS, "b": Outcome.SATURATES}
    (growing,) = found.growing
    assert growing.is_slowed
    assert growing.capacity == pytest.approx(0.8)
    assert outcomes(long_run(two_stages(5, 5, Exponential(1.25)))) == {
        "a": Outcome.SATURATES,
        "b": Outcome.SATURATES,
    }
    assert outcomes(long_run(two_stages(AMPLE, AMPLE, Exponential(1.25)))) == {"b": Outcome.GROWS}
    assert not long_run(two_stages(AMPLE, 5, Exponential(0.5))).overloads


def review(share: float) -> Scenario:
    """A stage that sends a share of its items back to its own queue."""
    return Scenario(
        (QueueSpec("q", AMPLE), QueueSpec("out", AMPLE)),
        (ProducerSpec("P", "q", Exponential(1.0)),),
        (
            ConsumerSpec(
                "S",
                "q",
                Exponential(0.8),
                output=("q", "out"),
                routing=Routing.RANDOM,
                weights=(share, 1 - share),
            ),
            ConsumerSpec("T", "out", 0.1),
        ),
    )


def retried(probability: float) -> Scenario:
    """A worker that tries what fails again, twice at most."""
    return Scenario(
        (QueueSpec("q", AMPLE), QueueSpec("dead", AMPLE)),
        (ProducerSpec("P", "q", Exponential(1.0)),),
        (
            ConsumerSpec(
                "S",
                "q",
                Exponential(0.6),
                failure_probability=probability,
                on_error=Retry(2, "dead"),
            ),
            ConsumerSpec("T", "dead", 0.1),
        ),
    )


def copied(number: int) -> Scenario:
    """A producer whose items go to several queues, all read by two workers."""
    names = tuple(f"q{n}" for n in range(number))
    return Scenario(
        tuple(QueueSpec(name, AMPLE) for name in names),
        (ProducerSpec("P", names, Exponential(1.0), routing=Routing.BROADCAST),),
        (ConsumerSpec("S", names, Exponential(0.8), count=2),),
    )


@pytest.mark.parametrize(
    ("scenario", "load"),
    [
        (review(0.1), None),
        (review(0.3), 0.8 + 0.3),
        (retried(0.3), None),
        (retried(0.5), 0.6 * 1.75),
        (copied(2), None),
        (copied(3), 1.2),
    ],
)
def test_feedback_retries_and_copies_are_load(scenario: Scenario, load: float | None) -> None:
    """1/(1 - 0.3) visits of 0.8 s each are too much; what comes back is bounded by what is done."""
    found = long_run(until(scenario, 5000.0))
    assert bool(found.growing) == (load is not None)
    if load is not None:
        assert found.growing[0].load == pytest.approx(load, rel=0.01)


@pytest.mark.parametrize(
    "scenario",
    [
        review(0.1),
        review(0.4),
        retried(0.2),
        retried(0.7),
        copied(2),
        copied(4),
        two_stages(AMPLE, 5, Exponential(1.6)),
        two_stages(AMPLE, AMPLE, Exponential(1.6)),
        two_stages(5, 5, Exponential(1.6)),
    ],
    ids=["review", "too much review", "retries", "too many retries", "two copies", "four copies",
         "waits", "second grows", "saturated"],
)  # fmt: skip
def test_what_the_means_say_is_seen_in_simulation(scenario: Scenario) -> None:
    """The same queues grow."""
    scenario = until(scenario, 3000.0)
    run = virtual_run(scenario, notes_depths=True)
    finish(run)
    by_means = {queue for one in long_run(scenario).growing for queue in one.queues}
    assert set(growing_queues(run)) == by_means


def test_the_shortest_of_several_queues_is_judged_with_the_others() -> None:
    """A slow till gets fewer customers: half of them would be too much for it."""

    def tills(routing: Routing, arrivals: float) -> Scenario:
        return until(
            Scenario(
                (QueueSpec("a", AMPLE), QueueSpec("b", AMPLE)),
                (ProducerSpec("P", ("a", "b"), Exponential(1 / arrivals), routing=routing),),
                (
                    ConsumerSpec("A", "a", Exponential(0.5)),
                    ConsumerSpec("B", "b", Exponential(2.0)),
                ),
            ),
            5000.0,
        )

    assert not long_run(tills(Routing.SHORTEST, 2.0)).overloads
    assert outcomes(long_run(tills(Routing.ROUND_ROBIN, 2.0))) == {"b": Outcome.GROWS}
    assert len(long_run(tills(Routing.SHORTEST, 2.6)).growing) == 2


def test_bursts_count_by_their_mean() -> None:
    """Half of the time nothing comes."""

    def bursty(mean: float) -> Scenario:
        scenario = one_queue(Exponential(mean), Exponential(1.0), until=10_000.0)
        (producer,) = scenario.producers
        return replace(scenario, producers=(replace(producer, bursts=Bursts(60.0, 60.0)),))

    assert not long_run(bursty(0.6)).overloads
    assert long_run(bursty(0.4)).growing


def test_sources_that_are_exhausted_leave_nothing_to_grow() -> None:
    """What they made is dealt with; but the end of the run may come before."""
    some = one_queue(Exponential(0.5), Exponential(1.0), items=1000)
    assert not long_run(some).overloads
    assert not long_run(until(some, 501.0)).overloads
    assert long_run(until(some, 499.0)).growing


def test_a_closed_system_has_no_unstable_queue() -> None:
    """Its items go round, and are no more than there are."""
    shop = Scenario(
        (QueueSpec("running", 10), QueueSpec("broken", 10)),
        (ProducerSpec("purchase", "running", 0.0, 10),),
        (
            ConsumerSpec("machine", "running", Exponential(300.0), count=10, output="broken"),
            ConsumerSpec("repairman", "broken", Exponential(60.0), output="running"),
        ),
        end=End(time=5000.0),
    )
    found = long_run(shop)
    assert not found.overloads
    assert not found.slow
    assert found.relaxation == {}


def test_a_run_that_is_short_beside_the_relaxation_time_is_too_short() -> None:
    """M/G/3 at a load of 0.99 takes days to forget how it began, at 0.8 minutes."""
    near_full = one_queue(
        Exponential(1.0), Lognormal(2.97, 1.0), consumers=3, until=2000.0, capacity=10**6
    )
    (slow,) = long_run(near_full).slow
    assert slow.relaxation == pytest.approx(2 / 2.8 * 0.99 / (1 - math.sqrt(0.99)) ** 2)
    assert not long_run(until(near_full, 300_000.0)).slow
    assert not long_run(until(markovian(0.8), 1000.0)).slow
    assert long_run(until(markovian(0.9), 1000.0)).slow
    assert long_run(markovian(0.9)).slow == ()


def test_a_line_without_chance_is_steady_at_once() -> None:
    """It has no relaxation time."""
    found = long_run(line([(2.0, 1, 0), (1.0, 1, 5), (1.5, 1, 5)], until=10.0))
    assert not found.slow
    assert set(found.relaxation.values()) == {0.0}
