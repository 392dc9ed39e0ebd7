"""Contract: where items go, on both engines: routing and stages."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from pcsim.analysis import report
from pcsim.analysis.event_text import note
from pcsim.analysis.statistics import statistics
from pcsim.distributions.streams import stream, weighted_choices
from pcsim.headless import progress
from pcsim.scenario import (
    ConsumerSpec,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)  # fmt: skip
from pcsim.snapshot import Cause, Snapshot
from tests.contract.bench import Bench, is_done, is_full, queue, refusing, worker


def fork(bench: Bench, routing: Routing, *, staged: bool = False, **has: Any) -> Scenario:
    """One producer (or stage) into a, b and c, each with a consumer."""
    outputs = ("a", "b", "c")
    queues = tuple(QueueSpec(name, 20) for name in (*outputs, *(["q"] if staged else [])))
    consumers = tuple(ConsumerSpec(name.upper(), name, 0) for name in outputs)
    if not staged:
        producer = ProducerSpec("P", outputs, bench.steady_time, routing=routing, **has)
        return Scenario(queues, (producer,), consumers, seed=3)
    producer = ProducerSpec("P", "q", bench.steady_time)
    stage = ConsumerSpec("S", "q", 0, output=outputs, routing=routing, **has)
    return Scenario(queues, (producer,), (*consumers, stage), seed=3)


def routed(bench: Bench, scenario: Scenario, items: int = 12) -> dict[str, list[int]]:
    """What each of the consumers got."""
    got: dict[str, list[int]] = {name: [] for name in "ABC"}
    final = bench.run(
        scenario, {"P": range(items)}, {name: kept.append for name, kept in got.items()}
    )
    assert final.totals.consumed == sum(map(len, got.values()))
    assert final.totals.produced + final.totals.copied == final.totals.consumed
    return got


@pytest.mark.parametrize("staged", [False, True])
def test_round_robin_puts_into_each_in_turn(bench: Bench, staged: bool) -> None:
    """In the order in which they are listed."""
    got = routed(bench, fork(bench, Routing.ROUND_ROBIN, staged=staged))
    assert got == {"A": [0, 3, 6, 9], "B": [1, 4, 7, 10], "C": [2, 5, 8, 11]}


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("weights", [(), (1.0, 0.0, 3.0)])
def test_random_routing_is_drawn_from_the_workers_own_stream(
    bench: Bench, staged: bool, weights: tuple[float, ...]
) -> None:
    """So both engines choose the same: in proportion to the weights, and evenly without weights."""
    got = routed(bench, fork(bench, Routing.RANDOM, staged=staged, weights=weights), 100)
    name = "S" if staged else "P"
    drawn = list(islice(weighted_choices(weights or (1, 1, 1), stream(3, 0, name, "routing")), 100))
    expected = {
        consumer: [number for number, output in enumerate(drawn) if output == place]
        for place, consumer in enumerate("ABC")
    }
    assert got == expected
    if weights:
        assert not got["B"]
        assert len(got["C"]) > 2 * len(got["A"]) > 0


def test_the_shortest_queue_is_the_one_with_the_fewest_items_not_done(bench: Bench) -> None:
    """The item in the hands of A counts: all that follow go to `b`, where nobody is busy."""
    got: dict[str, list[int]] = {"A": [], "B": []}

    def settled(snapshot: Snapshot) -> bool:
        has_first = worker(snapshot, "A").got_total == 1
        b = worker(snapshot, "B")
        return has_first and queue(snapshot, "b").depth == 0 and b.in_hand == 0

    def source() -> Any:
        yield 0
        yield from bench.steady(range(1, 7), settled)

    bench.run(
        Scenario(
            (QueueSpec("a"), QueueSpec("b")),
            (ProducerSpec("P", ("a", "b"), bench.steady_time, routing=Routing.SHORTEST),),
            (ConsumerSpec("A", "a", bench.slow_time), ConsumerSpec("B", "b", 0)),
        ),
        {"P": source()},
        {"A": bench.slow(is_done("P"), got["A"].append), "B": got["B"].append},
    )
    assert got == {"A": [0], "B": [1, 2, 3, 4, 5, 6]}


@pytest.mark.parametrize("staged", [False, True])
def test_broadcast_puts_a_copy_into_each(bench: Bench, staged: bool) -> None:
    """Each copy is an item of its own with the same data, counted as a copy where it is made."""
    got = routed(bench, fork(bench, Routing.BROADCAST, staged=staged), 5)
    assert got == {name: [0, 1, 2, 3, 4] for name in "ABC"}
    final = bench.engine.snapshot()
    assert worker(final, "P").produced_total == 5
    assert worker(final, "S" if staged else "P").copied_total == 10
    assert (final.totals.produced, final.totals.copied) == (5, 10)
    assert final.totals.consumed == 15
    assert "produced 5   copies 10   consumed 15" in report.text(final)
    assert "5 produced + 10 copies = 15 consumed" in report.text(final)
    assert "5 produced" in progress.line(final)
    assert "10 copies" in progress.line(final)
    totals = statistics(final)["totals"]
    assert isinstance(totals, dict)
    assert (totals["produced"], totals["copied"]) == (5, 10)


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("routing", list(Routing))
def test_when_one_of_its_queues_closes_a_worker_goes_on_with_the_others(
    bench: Bench, routing: Routing, staged: bool
) -> None:
    """A takes one item and goes; what the routing would give to its queue goes to the other."""
    got: dict[str, list[int]] = {"A": [], "B": []}
    outputs = ("a", "b")

    def settled(snapshot: Snapshot) -> bool:
        taken = worker(snapshot, "A").got_total
        in_hands = [row.in_hand for row in snapshot.workers if row.name != "P"]
        depths = [row.depth for row in snapshot.queues]
        return not any((*in_hands, *depths)) and (not taken or queue(snapshot, "a").closed)

    consumers = [ConsumerSpec("A", "a", 0, max_items=1), ConsumerSpec("B", "b", 0)]
    maker: dict[str, Any] = {"interval": bench.steady_time, "queue": "q" if staged else outputs}
    if staged:
        consumers.append(ConsumerSpec("S", "q", 0, output=outputs, routing=routing))
    else:
        maker["routing"] = routing
    final = bench.run(
        Scenario(
            tuple(QueueSpec(name) for name in "abq"[: 3 if staged else 2]),
            (ProducerSpec("P", **maker),),
            tuple(consumers),
        ),
        {"P": bench.steady(range(12), settled)},
        {name: kept.append for name, kept in got.items()},
    )
    assert len(got["A"]) == 1
    all_or_rest = set(range(12)) - (set() if routing is Routing.BROADCAST else set(got["A"]))
    assert got["B"] == sorted(all_or_rest)
    assert final.totals.discarded == 0
    assert note(worker(final, "S" if staged else "P")) == ""


@pytest.mark.parametrize("staged", [False, True])
def test_an_item_that_waits_at_a_queue_that_closes_goes_elsewhere(
    bench: Bench, staged: bool
) -> None:
    """What was queued there is discarded; the worker puts its next one into the other queue."""
    got: dict[str, list[int]] = {"A": [], "B": []}
    outputs = ("a", "b")
    maker = "S" if staged else "P"
    consumers = [
        ConsumerSpec("A", "a", bench.slow_time, max_items=1),
        ConsumerSpec("B", "b", 0),
    ]
    if staged:
        consumers.append(ConsumerSpec("S", "q", 0, output=outputs))
    final = bench.run(
        Scenario(
            (QueueSpec("a", 1), QueueSpec("b", 9), *([QueueSpec("q", 9)] if staged else [])),
            (ProducerSpec("P", "q" if staged else outputs, 0),),
            tuple(consumers),
        ),
        {
            "P": bench.steady(
                range(7),
                lambda now: (
                    worker(now, "P").produced_total != 1 or bool(worker(now, "A").got_total)
                ),
            )
        },
        {"A": bench.slow(is_full(maker), got["A"].append), "B": got["B"].append},
    )
    assert got == {"A": [0], "B": [1, 3, 4, 5, 6]}
    assert final.totals.discarded == queue(final, "a").discarded_total == 1
    assert note(worker(final, maker)) == ""


def test_an_item_goes_to_no_queue_whose_weight_is_0(bench: Bench) -> None:
    """Once the only other queue has closed, the producer has nowhere to put it, and ends."""
    final = bench.run(
        Scenario(
            (QueueSpec("a", 2), QueueSpec("b", 2)),
            (
                ProducerSpec(
                    "P", ("a", "b"), bench.steady_time, routing=Routing.RANDOM, weights=(1.0, 0.0)
                ),
                ProducerSpec("Q", "b", bench.steady_time, 3),
            ),
            (ConsumerSpec("A", "a", 0, max_items=2), ConsumerSpec("B", "b", 0)),
        )
    )
    assert (worker(final, "A").got_total, worker(final, "B").got_total) == (2, 3)
    assert worker(final, "P").end_cause is Cause.NO_CONSUMER


def test_a_copy_is_what_the_stage_made_and_not_what_others_make_of_it(bench: Bench) -> None:
    """The stage behind the first output changes its item before the second output has its copy."""
    got: list[str] = []
    bench.run(
        Scenario(
            (QueueSpec("q"), QueueSpec("a", 1), QueueSpec("b", 1), QueueSpec("end")),
            (ProducerSpec("P", "q", 0),),
            (
                ConsumerSpec("S", "q", 0, output=("a", "b"), routing=Routing.BROADCAST),
                ConsumerSpec("T", "a", 0, output="end"),
                ConsumerSpec("B", "b", 0),
                ConsumerSpec("C", "end", 0),
            ),
        ),
        {"P": range(40)},
        {"S": lambda data: f"s{data}", "T": lambda data: f"t{data}", "B": got.append},
    )
    assert got == [f"s{number}" for number in range(40)]


def test_a_dead_letter_queue_may_be_one_of_the_outputs(bench: Bench) -> None:
    """It then takes its turn, and what failed besides."""
    got: dict[str, list[int]] = {"A": [], "B": []}
    bench.run(
        Scenario(
            (QueueSpec("q"), QueueSpec("a"), QueueSpec("b")),
            (ProducerSpec("P", "q", bench.steady_time),),
            (
                ConsumerSpec("S", "q", 0, output=("a", "b"), on_error=Retry(1, "b")),
                ConsumerSpec("A", "a", 0),
                ConsumerSpec("B", "b", 0),
            ),
        ),
        {"P": range(6)},
        {"S": refusing(4), "A": got["A"].append, "B": got["B"].append},
    )
    assert got == {"A": [0, 2, 5], "B": [1, 3, 4]}


def test_stages_pass_on_what_they_make(bench: Bench) -> None:
    """One after the other; an item keeps its beginning, and is consumed once."""
    got: list[str] = []
    final = bench.run(
        Scenario(
            (QueueSpec("a", 1), QueueSpec("b", 2), QueueSpec("c", 3)),
            (ProducerSpec("P", "a", 0),),
            (
                ConsumerSpec("S", "a", 0, output="b"),
                ConsumerSpec("T", "b", 0, output="c"),
                ConsumerSpec("C", "c", 0),
            ),
        ),
        {"P": range(30)},
        {"S": lambda data: data * 2, "T": lambda data: f"<{data}>", "C": got.append},
    )
    assert got == [f"<{number * 2}>" for number in range(30)]
    assert worker(final, "S").put_total == worker(final, "S").got_total == 30
    assert (final.totals.produced, final.totals.consumed) == (30, 30)
