"""Contract: how runs end by themselves, on both engines: limits, releases, times."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim.analysis.event_text import describe, note
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    End,
    ProducerSpec,
    QueueSpec,
    Routing,
    Scenario,
)  # fmt: skip
from pcsim.snapshot import Cause, EventKind, Phase, Snapshot
from tests.contract.bench import Bench, calling_at, is_full, line, queue, worker
from tests.support.cases import case
from tests.support.engines import endless


def test_at_max_items_the_rest_is_discarded(bench: Bench) -> None:
    """The last reader gone, its producers are released, and the log has what was lost."""
    got: list[int] = []
    final = bench.run(
        line(3, service=bench.slow_time, consumer_has={"max_items": 4}),
        {"P": bench.after_first(endless())},
        {"C": bench.slow(is_full("P"), got.append)},
    )
    assert got == [0, 1, 2, 3]
    assert final.phase is Phase.FINISHED
    assert note(worker(final, "C")) == "its limit of 4 reached"
    assert note(worker(final, "P")) == "the queue it puts into has no consumer left"
    lost = queue(final, "q").discarded_total
    assert final.totals.discarded == lost + worker(final, "P").discarded_total
    assert final.totals.produced == 4 + final.totals.discarded
    messages = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.DISCARDED]
    assert messages == [f"{lost} item{'s' * (lost > 1)}: no consumer is left"]


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_producer_is_released_when_none_of_its_queues_has_a_reader(
    bench: Bench, is_paused: bool
) -> None:
    """Neither a long interval nor a pause keeps it, whether it has one queue or several."""
    scenario = Scenario(
        (QueueSpec("a"), QueueSpec("b")),
        (
            ProducerSpec("P", ("a", "b"), 1e6),
            ProducerSpec("A", "a", 1e-6),
            ProducerSpec("B", "b", 1e-6),
        ),
        (ConsumerSpec("C", "a", 0, max_items=1), ConsumerSpec("D", "b", 0, max_items=1)),
    )
    sink = calling_at(2, lambda: bench.engine.pause_producing())  # when both have what they want
    bench.started(scenario, {}, {"C": sink, "D": sink} if is_paused else {})
    final = bench.end()
    assert final.phase is Phase.FINISHED
    assert final.at < 1e6
    assert note(worker(final, "P")) == "the queue it puts into has no consumer left"


@pytest.mark.parametrize("inputs", ["q", ("q", "r")])
def test_a_stage_that_waits_is_released_when_nobody_reads_what_it_puts(
    bench: Bench, inputs: str | tuple[str, ...]
) -> None:
    """It does not wait for one more item to find out, nor do the producers before it."""
    scenario = Scenario(
        (QueueSpec("q"), QueueSpec("r"), QueueSpec("s")),
        (
            ProducerSpec("P", ("q", "r"), 1e6),
            ProducerSpec("F", "q", bench.steady_time, items=1),
        ),
        (
            ConsumerSpec("S", inputs, 0, output="s"),
            ConsumerSpec("R", "r", 0, output="s"),
            ConsumerSpec("C", "s", 0, max_items=1),
        ),
    )
    final = bench.run(scenario)
    assert final.phase is Phase.FINISHED
    assert final.at < 1e6
    for name in "PSR":
        assert note(worker(final, name)) == "the queue it puts into has no consumer left"
    assert all(row.closed for row in final.queues)


def test_when_one_of_its_queues_closes_a_consumer_goes_on_with_the_rest(bench: Bench) -> None:
    """Until all are closed and empty."""
    got: list[str] = []
    scenario = Scenario(
        (QueueSpec("a", 2), QueueSpec("b", 2), QueueSpec("c", 2)),
        tuple(ProducerSpec(name.upper(), name, bench.steady_time) for name in "abc"),
        (ConsumerSpec("X", ("a", "b", "c"), 0),),
    )
    final = bench.run(
        scenario,
        {
            "A": ["a1"],
            "B": ["b1", "b2"],
            "C": [f"c{number}" for number in range(5)],
        },
        {"X": got.append},
    )
    assert sorted(got) == ["a1", "b1", "b2", "c0", "c1", "c2", "c3", "c4"]
    assert all(row.closed for row in final.queues)
    assert note(worker(final, "X")) == ""


def test_a_consumer_that_waits_on_several_ends_when_the_last_closes(bench: Bench) -> None:
    """Parked at all of them, with nothing to come."""
    scenario = Scenario(
        (QueueSpec("a"), QueueSpec("b")),
        (ProducerSpec("A", "a", 0, 0), ProducerSpec("B", "b", bench.steady_time)),
        (ConsumerSpec("X", ("a", "b"), 0, count=3),),
    )

    def all_wait(snapshot: Snapshot) -> bool:
        rows = [worker(snapshot, f"X-{number}") for number in (1, 2, 3)]
        return all(row.state == "blocked" for row in rows)

    final = bench.run(scenario, {"B": bench.steady([1], all_wait)})
    assert final.totals.consumed == 1
    assert final.phase is Phase.FINISHED


def test_a_run_ends_at_its_time(bench: Bench) -> None:
    """What is left is discarded; that is an end like another."""
    final = bench.run(
        line(3, service=1e3, end=End(time=0.02 if not bench.is_virtual else 50.0)),
        {"P": endless()},
    )
    assert final.phase is Phase.FINISHED
    assert final.stopped is Cause.TIME_LIMIT
    assert final.totals.discarded == final.totals.produced <= 5
    assert {row.end_cause for row in final.workers} == {Cause.TIME_LIMIT}
    causes = [e.cause for e in bench.engine.events().events if e.kind is EventKind.CONTROL]
    assert causes == [Cause.TIME_LIMIT]
    if bench.is_virtual:  # a machine may be too busy to fill the queue in time
        assert (final.at, final.totals.produced) == (50.0, 5)


def test_a_run_that_is_through_before_its_time_does_not_wait_for_it(bench: Bench) -> None:
    """An end in an hour keeps nobody."""
    final = bench.run(line(end=End(time=3600.0)), {"P": range(5)})
    assert final.totals.consumed == 5
    assert final.stopped is None
    assert final.at < 3600


def test_a_run_ends_when_its_number_of_items_was_produced(bench: Bench) -> None:
    """By all producers together, copies counted; and all of them dealt with."""
    final = bench.run(
        Scenario(
            (QueueSpec("a", 3), QueueSpec("b", 3)),
            (
                ProducerSpec("P", "a", 0, count=3),
                ProducerSpec("Q", ("a", "b"), 0, routing=Routing.BROADCAST),
            ),
            (ConsumerSpec("C", "a", 0, count=2), ConsumerSpec("D", "b", 0)),
            end=End(items=101),
        )
    )
    assert final.phase is Phase.FINISHED
    assert final.totals.produced + final.totals.copied == final.totals.consumed == 101


def test_a_producer_makes_as_many_items_as_it_is_set_to(bench: Bench) -> None:
    """Whatever its source could give."""
    for items in (0, 1, 7):
        with case(items):
            final = bench.run(line(items=items), {"P": endless()})
            assert worker(final, "P").produced_total == items
            assert final.phase is Phase.FINISHED


def test_copies_of_a_worker_are_numbered(bench: Bench) -> None:
    """`count`: as many workers, each with a source, a sink and a row of its own."""
    got: list[Any] = []
    final = bench.run(
        Scenario(
            (QueueSpec("q", 4),),
            (ProducerSpec("P", "q", 0, 3, count=3),),
            (ConsumerSpec("C", "q", 0, count=2),),
        ),
        {"P-2": ["x", "y", "z", "more"]},
        {"C-1": got.append, "C-2": got.append},
    )
    assert [row.name for row in final.workers] == ["P-1", "P-2", "P-3", "C-1", "C-2"]
    assert sorted(map(str, got)) == ["1", "1", "2", "2", "3", "3", "x", "y", "z"]


def test_bursts_let_every_item_come(bench: Bench) -> None:
    """Silence moves items, it takes none away."""
    scenario = line(
        items=40, interval=0.0001, producer_has={"bursts": Bursts(on=0.001, off=0.0005)}
    )
    assert bench.run(scenario).totals.consumed == 40


def test_times_may_be_drawn(bench: Bench) -> None:
    """Intervals and service times by a distribution."""
    scenario = line(2, 50, interval=Exponential(0.0001), service=Exponential(0.0001))
    assert bench.run(scenario).totals.consumed == 50


def test_a_run_of_50_items_ends_with_the_last_of_them() -> None:
    """The slow producer makes the last one; it does not live on for another of its intervals."""
    engine = VirtualEngine(
        Scenario(
            (QueueSpec("q", 100),),
            (ProducerSpec("slow", "q", 0.5), ProducerSpec("quick", "q", 0.01)),
            (ConsumerSpec("C", "q", 0.01),),
            end=End(items=50),
        )
    )
    engine.start()
    engine.join()
    final = engine.snapshot()
    assert final.totals.consumed == 50
    assert final.totals.consumed / final.at == pytest.approx(98, abs=1)
