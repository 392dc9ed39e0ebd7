"""A deadlock is warned of only where it can happen, and always there: beside simulations."""

from __future__ import annotations

from contextlib import suppress

import pytest
from msgspec.structs import replace

from pcsim import ProducerConsumerSystem
from pcsim.distributions import Exponential
from pcsim.errors import DeadlockError
from pcsim.experiments.one_run import virtual_run
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
from pcsim.scenario.deadlock_risk import deadlock_risk

SEEDS = range(12)


def ring(items: int | None, *stations: tuple[int, int]) -> Scenario:
    """A cycle; each station has a number of slots before it and of workers."""
    size = len(stations)
    return Scenario(
        tuple(QueueSpec(f"q{n}", slots) for n, (slots, _) in enumerate(stations)),
        (ProducerSpec("P", "q0", 0.0, items),),
        tuple(
            ConsumerSpec(
                f"S{n}",
                f"q{n}",
                Exponential(1.0 + n),
                count=workers,
                output=f"q{(n + 1) % size}",
            )
            for n, (_, workers) in enumerate(stations)
        ),
    )


def deadlocks(scenario: Scenario, until: float = 300.0) -> int:
    """At how many seeds its run ends in a deadlock."""
    ended = 0
    for seed in SEEDS:
        run = virtual_run(replace(scenario, seed=seed, end=End(time=until)))
        run.start()
        run.join()
        failure = run.snapshot().failure
        ended += failure is not None and failure.is_deadlock
    return ended


@pytest.mark.parametrize(
    "stations",
    [
        ((1, 1),),
        ((1, 1), (1, 1)),
        ((3, 2), (1, 4)),
        ((2, 1), (1, 1), (4, 3)),
    ],
)
def test_a_closed_loop_deadlocks_with_as_many_items_as_places_and_not_with_one_less(
    stations: tuple[tuple[int, int], ...],
) -> None:
    """Places are slots and hands: at each of 12 seeds, or at none."""
    places = sum(map(sum, stations))
    risk = deadlock_risk(ring(places, *stations))
    assert risk is not None
    assert risk.places == places
    assert risk.stages == tuple(f"S{n}" for n in range(len(stations)))
    assert deadlock_risk(ring(places - 1, *stations)) is None
    assert deadlock_risk(ring(None, *stations)) is not None
    assert deadlocks(ring(places, *stations)) == len(SEEDS)
    assert deadlocks(ring(places - 1, *stations)) == 0


def figure_eight(items: int) -> Scenario:
    """A stage sends items by chance into a small loop or a large one; both come back."""
    return Scenario(
        (QueueSpec("hub", 2), QueueSpec("small", 1), QueueSpec("large", 5)),
        (ProducerSpec("P", "hub", 0.0, items),),
        (
            ConsumerSpec("H", "hub", 0.5, output=("small", "large"), routing=Routing.RANDOM),
            ConsumerSpec("A", "small", Exponential(2.0), output="hub"),
            ConsumerSpec("B", "large", Exponential(1.0), output="hub"),
        ),
    )


def test_of_two_loops_the_one_with_the_fewest_places_decides() -> None:
    """Two slots and one, and two hands: five items can block it, four cannot."""
    risk = deadlock_risk(figure_eight(5))
    assert risk == (("H", "A"), 5)
    assert deadlock_risk(figure_eight(4)) is None
    assert deadlocks(figure_eight(5)) > 0
    assert deadlocks(figure_eight(4)) == 0


def rework(capacity: int, interval: float, items: int | None = None) -> Scenario:
    """A stage that sends a fifth of its items back to its own queue."""
    return Scenario(
        (QueueSpec("q", capacity), QueueSpec("out", 100)),
        (ProducerSpec("P", "q", Exponential(interval), items),),
        (
            ConsumerSpec(
                "S",
                "q",
                Exponential(1.0),
                output=("q", "out"),
                routing=Routing.RANDOM,
                weights=(1.0, 4.0),
            ),
            ConsumerSpec("T", "out", 0.1),
        ),
    )


def test_a_loop_that_items_leave_may_fill_by_chance() -> None:
    """Unless its queue is stable and so large that this never happens, or too few items come."""
    assert deadlock_risk(rework(5, 2.0)) == (("S",), 6)
    assert deadlocks(rework(5, 2.0), 3000.0) > 0
    assert deadlock_risk(rework(1000, 2.0)) is None
    assert deadlock_risk(rework(1000, 1.0)) is not None
    assert deadlock_risk(rework(5, 2.0, items=5)) is None
    assert deadlock_risk(rework(5, 2.0, items=6)) is not None


def test_a_reader_that_never_waits_there_keeps_a_queue_going() -> None:
    """A second worker takes from the queue and delivers."""
    scenario = rework(5, 0.5)
    helped = replace(
        scenario, consumers=(*scenario.consumers, ConsumerSpec("U", "q", Exponential(3.0)))
    )
    assert deadlock_risk(scenario) is not None
    assert deadlock_risk(helped) is None
    assert deadlocks(scenario) == len(SEEDS)
    assert deadlocks(helped) == 0


@pytest.mark.parametrize("overflow", [Overflow.DROP_NEW, Overflow.DROP_OLD, Overflow.FAIL])
def test_a_stage_or_queue_that_does_not_wait_breaks_the_cycle(overflow: Overflow) -> None:
    """It drops what does not fit, itself or its queue."""
    loop = ring(99, (2, 1), (2, 1))
    (first, second), stages = loop.queues, loop.consumers
    assert deadlock_risk(replace(loop, queues=(first, replace(second, overflow=overflow)))) is None
    timed = replace(stages[0], put_timeout=1.0)
    assert deadlock_risk(replace(loop, consumers=(timed, stages[1]))) is None


def test_copies_may_be_more_than_the_items_that_are_made() -> None:
    """Two of each item come into the loop."""
    loop = ring(None, (2, 1), (2, 1))
    copying = ProducerSpec("P", ("q0", "q1"), 1.0, 3, routing=Routing.BROADCAST)
    assert deadlock_risk(replace(loop, producers=(copying,))) is not None
    fewer = replace(copying, items=2)
    assert deadlock_risk(replace(loop, producers=(fewer,))) is None


def test_ways_that_no_item_takes_do_not_count() -> None:
    """Dead letters of a stage that never fails, except in code of one's own, which may."""
    letters = Scenario(
        (QueueSpec("q", 2), QueueSpec("dead", 2)),
        (ProducerSpec("P", "q", 1.0),),
        (
            ConsumerSpec("S", "q", 1.0, on_error=Retry(1, "dead")),
            ConsumerSpec("T", "dead", 1.0, output="q"),
        ),
    )
    assert deadlock_risk(letters) is None
    assert deadlock_risk(letters, {}) == (("S", "T"), 6)
    assert deadlock_risk(letters, {"P": 5}) is None


def test_a_system_of_own_code_warns_by_the_size_of_its_source(
    recwarn: pytest.WarningsRecorder,
) -> None:
    """Three items cannot fill four places."""
    for size, number in ((3, 0), (4, 1)):
        system = ProducerConsumerSystem()
        system.add_queue("a", 1)
        system.add_queue("b", 1)
        system.add_producer("P", range(size), 0, "a")
        system.add_consumer("S", None, 0, None, "a", output="b")
        system.add_consumer("T", None, 0, None, "b", output="a")
        system.start()
        system.abort()
        with suppress(DeadlockError):  # four items may have filled it before the abort
            system.wait_for_completion(10)
        assert len(recwarn.list) == number
    assert "with 4 in its queues and hands" in str(recwarn.list[0].message)


def test_a_long_ring_is_judged_quickly() -> None:
    """A thousand queues: each is looked at a few times."""
    stations = [(2, 1)] * 1000
    risk = deadlock_risk(ring(3000, *stations))
    assert risk is not None
    assert risk.places == 3000
    assert deadlock_risk(ring(2999, *stations)) is None
