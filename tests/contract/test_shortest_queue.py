"""Contract: the routing `shortest` counts the items that are queued or being worked on."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import fsum, sqrt
from statistics import fmean, stdev
from typing import Any, cast

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Routing, Scenario
from pcsim.snapshot import Snapshot
from tests.support.chains import steady


def test_items_go_in_turn_to_queues_that_are_equally_loaded() -> None:
    """With service shorter than the interval, all queues are empty each time."""
    engine = VirtualEngine(
        Scenario(
            (QueueSpec("a"), QueueSpec("b"), QueueSpec("c")),
            (ProducerSpec("P", ("a", "b", "c"), 1.0, 9, routing=Routing.SHORTEST),),
            tuple(ConsumerSpec(name.upper(), name, 0.5) for name in "abc"),
        )
    )
    engine.start()
    engine.join()
    assert [row.got_total for row in engine.snapshot().consumers] == [3, 3, 3]


def test_a_reader_that_has_ended_is_not_taken_for_a_busy_one() -> None:
    """Of two readers of `a` one leaves: the other is free, so `a` has its turn as before."""
    engine = VirtualEngine(
        Scenario(
            (QueueSpec("a"), QueueSpec("b")),
            (ProducerSpec("P", ("a", "b"), 1.0, 9, routing=Routing.SHORTEST),),
            (
                ConsumerSpec("A", "a", 0.5),
                ConsumerSpec("Leaves", "a", 0.5, max_items=1),
                ConsumerSpec("B", "b", 0.5),
            ),
        )
    )
    engine.start()
    engine.join()
    taken = {row.name: row.got_total for row in engine.snapshot().consumers}
    assert taken["A"] + taken["Leaves"] == 5
    assert taken["B"] == 4


@pytest.mark.parametrize("load", [0.3, 0.5, 0.8])
def test_two_servers_with_the_shortest_queue_wait_as_long_as_their_chain_says(load: float) -> None:
    """Join the shortest queue: M/M/2 with two lines, its Markov chain cut at 40 in a line."""
    expected = mean_wait_of_the_shortest_of_two(2 * load, 40)
    scenario = Scenario(
        (QueueSpec("a", 10**6), QueueSpec("b", 10**6)),
        (ProducerSpec("P", ("a", "b"), Exponential(1 / (2 * load)), routing=Routing.SHORTEST),),
        (ConsumerSpec("A", "a", Exponential(1.0)), ConsumerSpec("B", "b", Exponential(1.0))),
        seed=5,
    )
    waits = [mean_wait(long_run(scenario, number)) for number in range(20)]
    half_width = 2.86 * stdev(waits) / sqrt(len(waits))  # 99 % of Student's t with 19 degrees
    assert abs(fmean(waits) - expected) < half_width
    assert half_width < 0.1 * expected


def mean_wait(snapshot: Snapshot) -> float:
    """The mean time in both queues, of all items."""
    spreads = [row.waiting_time for row in snapshot.queues]
    return sum(one.count * one.mean for one in spreads) / sum(one.count for one in spreads)


def long_run(scenario: Scenario, replication: int) -> Snapshot:
    """The end of a run of 5,000 s in virtual time."""
    engine = VirtualEngine(replace(scenario, end=End(time=5000.0)), None, None, replication, False)
    engine.start()
    engine.join()
    return engine.snapshot()


def mean_wait_of_the_shortest_of_two(rate: float, most: int) -> float:
    """The mean wait for two servers of rate 1, where each item joins the line with fewer items,
    by solving the chain of both numbers."""

    def moves(state: Hashable) -> Iterator[tuple[Hashable, float]]:
        assert isinstance(state, tuple)
        few, many = state  # the lines are alike: their order is enough
        if few < most:
            yield tuple(sorted((few + 1, many))), rate
        if few:
            yield (few - 1, many), 1.0
        if many:
            yield tuple(sorted((few, many - 1))), 1.0

    shares = steady(moves, (0, 0))
    there = fsum(sum(cast("Any", state)) * share for state, share in shares.items())
    return there / rate - 1.0
