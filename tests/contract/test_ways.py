"""Contract: where items go, on both engines: routing, stages, retries and dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.analysis.event_text import describe, note
from pcsim.distributions.streams import stream, weighted_choices
from pcsim.errors import DeadlockError, SimulatedFailure, WorkerError
from pcsim.scenario import (
    ConsumerSpec,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)  # fmt: skip
from pcsim.snapshot import EventKind, Phase, Snapshot
from tests.contract.bench import (
    Bench,
    Boom,
    failing_at,
    is_done,
    is_full,
    line,
    queue,
    worker,
)


def fork(bench: Bench, routing: Routing, *, staged: bool = False, **has: Any) -> Scenario:
    """One producer (or stage) into a, b and c, each with a consumer."""
    ways = ("a", "b", "c")
    queues = tuple(QueueSpec(name, 20) for name in (*ways, *(["q"] if staged else [])))
    consumers = tuple(ConsumerSpec(name.upper(), name, 0) for name in ways)
    if not staged:
        producer = ProducerSpec("P", ways, bench.steady_time, routing=routing, **has)
        return Scenario(queues, (producer,), consumers, seed=3)
    producer = ProducerSpec("P", "q", bench.steady_time)
    stage = ConsumerSpec("S", "q", 0, output=ways, routing=routing, **has)
    return Scenario(queues, (producer,), (*consumers, stage), seed=3)


def routed(bench: Bench, scenario: Scenario, items: int = 12) -> dict[str, list[int]]:
    """What each of the consumers got."""
    got: dict[str, list[int]] = {name: [] for name in "ABC"}
    final = bench.run(
        scenario, {"P": range(items)}, {name: kept.append for name, kept in got.items()}
    )
    assert final.totals.consumed == sum(map(len, got.values()))
    assert final.totals.produced == final.totals.consumed
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
    """So both engines choose alike: in proportion to the weights, each alike without."""
    got = routed(bench, fork(bench, Routing.RANDOM, staged=staged, weights=weights), 100)
    name = "S" if staged else "P"
    drawn = list(islice(weighted_choices(weights or (1, 1, 1), stream(3, 0, name, "routing")), 100))
    expected = {
        who: [number for number, way in enumerate(drawn) if way == at]
        for at, who in enumerate("ABC")
    }
    assert got == expected
    if weights:
        assert not got["B"]
        assert len(got["C"]) > 2 * len(got["A"]) > 0


def test_the_shortest_queue_is_the_one_where_the_fewest_wait(bench: Bench) -> None:
    """Its consumer busy, `a` keeps the item that waits; what follows goes to `b`."""
    got: dict[str, list[int]] = {"A": [], "B": []}

    def settled(snapshot: Snapshot) -> bool:
        holds_first = worker(snapshot, "A").got_total == 1
        b = worker(snapshot, "B")
        return holds_first and queue(snapshot, "b").depth == 0 and b.in_hand == 0

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
    assert got == {"A": [0, 1], "B": [2, 3, 4, 5, 6]}


@pytest.mark.parametrize("staged", [False, True])
def test_broadcast_puts_a_copy_into_each(bench: Bench, staged: bool) -> None:
    """Each copy is an item of its own, counted as produced, with the same data."""
    got = routed(bench, fork(bench, Routing.BROADCAST, staged=staged), 5)
    assert got == {name: [0, 1, 2, 3, 4] for name in "ABC"}
    final = bench.engine.snapshot()
    assert worker(final, "P").produced_total == (5 if staged else 15)
    if staged:
        assert worker(final, "S").produced_total == 10
    assert final.totals.produced == 15


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("routing", list(Routing))
def test_when_one_of_its_queues_closes_a_worker_goes_on_with_the_others(
    bench: Bench, routing: Routing, staged: bool
) -> None:
    """A takes one item and goes; what the routing would give to its queue goes to the other."""
    got: dict[str, list[int]] = {"A": [], "B": []}
    ways = ("a", "b")

    def settled(snapshot: Snapshot) -> bool:
        taken = worker(snapshot, "A").got_total
        holds = [row.in_hand for row in snapshot.workers if row.name != "P"]
        depths = [row.depth for row in snapshot.queues]
        return not any((*holds, *depths)) and (not taken or queue(snapshot, "a").closed)

    consumers = [ConsumerSpec("A", "a", 0, max_items=1), ConsumerSpec("B", "b", 0)]
    maker: dict[str, Any] = {"interval": bench.steady_time, "queue": "q" if staged else ways}
    if staged:
        consumers.append(ConsumerSpec("S", "q", 0, output=ways, routing=routing))
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
    """What was queued there is discarded; who holds the next one puts it into the other queue."""
    got: dict[str, list[int]] = {"A": [], "B": []}
    ways = ("a", "b")
    maker = "S" if staged else "P"
    consumers = [
        ConsumerSpec("A", "a", bench.slow_time, max_items=1),
        ConsumerSpec("B", "b", 0),
    ]
    if staged:
        consumers.append(ConsumerSpec("S", "q", 0, output=ways))
    final = bench.run(
        Scenario(
            (QueueSpec("a", 1), QueueSpec("b", 9), *([QueueSpec("q", 9)] if staged else [])),
            (ProducerSpec("P", "q" if staged else ways, 0),),
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


def test_a_copy_is_what_the_stage_made_and_not_what_others_make_of_it(bench: Bench) -> None:
    """The first way's stage changes its item before the second way has its copy."""
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


def test_a_dead_letter_queue_may_be_one_of_the_ways(bench: Bench) -> None:
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


def refusing(*data: int) -> Any:
    """A function that raises on these, however often it is tried."""

    def act(given: int) -> int:
        if given in data:
            raise Boom(f"not {given}")
        return given

    return act


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


# Failures.


def test_a_failing_sink_ends_the_run_and_is_named(bench: Bench) -> None:
    """Worker, item number, cause; everybody else is stopped; all is accounted for."""
    final = bench.run(
        Scenario(
            (QueueSpec("q", 2),),
            (ProducerSpec("P", "q", 0, count=2),),
            (ConsumerSpec("C", "q", 0), ConsumerSpec("D", "q", 1e-9, count=2)),
        ),
        {},
        {"C": failing_at(5)},
    )
    error = bench.engine.error
    assert isinstance(error, WorkerError)
    assert (error.worker, error.item_number) == ("C", 5)
    assert isinstance(error.__cause__, Boom)
    assert str(error) == "C failed on item 5: Boom: at 5"
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert "in sink" in final.failure.traceback
    assert (worker(final, "C").done_total, worker(final, "C").failed_total) == (4, 1)
    assert final.totals.failed == 1
    states = Counter(row.state for row in final.workers)
    assert states == {"failed": 1, "done": 4}
    told = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.FAILED]
    assert told == ["failed on item 5: Boom: at 5"]


def test_a_failing_source_ends_the_run_after_what_it_gave(bench: Bench) -> None:
    """The item it was about to give is numbered; those before it are delivered, however slow
    the consumer is. Another producer is asked for no more."""

    def source() -> Any:
        yield 1
        yield 2
        raise Boom("third")

    got: list[int] = []
    scenario = line(service=bench.slow_time)
    other = ProducerSpec("Q", "q", bench.steady_time)
    final = bench.run(
        replace(scenario, producers=(*scenario.producers, other)),
        {"P": source(), "Q": bench.steady(count(100), is_done("P"))},
        {"C": bench.slow(is_done("P"), got.append)},
    )
    assert [number for number in got if number < 100] == [1, 2]
    assert final.totals.discarded == 0
    assert final.phase is Phase.FAILED
    error = bench.engine.error
    assert isinstance(error, WorkerError)
    assert (error.worker, error.item_number) == ("P", 3)
    assert worker(final, "P").produced_total == 2
    assert final.totals.failed == 0


@pytest.mark.parametrize("error", [StopIteration("mine"), SystemExit(3), GeneratorExit()])
def test_whatever_a_sink_raises_is_its_failure(bench: Bench, error: BaseException) -> None:
    """Even what Python means otherwise."""

    def sink(_: int) -> None:
        raise error

    bench.run(line(), {"P": range(5)}, {"C": sink})
    assert bench.engine.error is not None
    assert bench.engine.error.__cause__ is error


@pytest.mark.parametrize("where", ["close", "iter"])
def test_a_source_may_fail_at_its_beginning_and_at_its_end(bench: Bench, where: str) -> None:
    """Where it is made an iterator, and where it is closed."""

    def rows() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise Boom(where)

    class Source:
        def __iter__(self) -> Iterator[int]:
            if where == "iter":
                raise Boom(where)
            return rows()

    final = bench.run(line(items=1), {"P": Source()})
    assert final.failure is not None
    assert final.failure.message == f"Boom: {where}"
    assert final.failure.worker == "P"


def test_a_skipped_item_is_counted_and_told(bench: Bench) -> None:
    """`skip`: the run goes on and succeeds."""
    got: list[int] = []
    final = bench.run(
        line(consumer_has={"on_error": "skip"}), {"P": range(9)}, {"C": failing_at(4, got.append)}
    )
    assert final.phase is Phase.FINISHED
    assert got == [0, 1, 2, 4, 5, 6, 7, 8]
    assert (final.totals.consumed, final.totals.failed) == (8, 1)
    told = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    assert told == ["item 4 failed, skipped: Boom: at 4"]


def retrying(retries: int, **has: Any) -> Scenario:
    """A consumer that tries again, and another for its dead letters."""
    return Scenario(
        (QueueSpec("q", 2), QueueSpec("dead", 2)),
        (ProducerSpec("P", "q", 0),),
        (
            ConsumerSpec("C", "q", 0, on_error=Retry(retries, "dead"), **has),
            ConsumerSpec("D", "dead", 0),
        ),
    )


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
@pytest.mark.parametrize("remedy", ["skip", "retry", "second try"])
def test_what_is_no_mere_exception_ends_the_run_at_once(
    bench: Bench, error: BaseException, remedy: str
) -> None:
    """No `on_error` takes an exit for a fault of the item: nothing is skipped or tried again."""
    tried: list[int] = []

    def sink(data: int) -> None:
        tried.append(data)
        raise Boom if remedy == "second try" and len(tried) == 1 else error

    scenario = line(consumer_has={"on_error": "skip"}) if remedy == "skip" else retrying(3)
    final = bench.run(scenario, {"P": range(5)}, {"C": sink})
    assert tried == [0] * (2 if remedy == "second try" else 1)
    assert bench.engine.error is not None
    assert bench.engine.error.__cause__ is error
    assert (final.totals.failed, worker(final, "C").failed_total) == (1, 1)
    told = [e for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    assert len(told) == len(tried) - 1


@pytest.mark.parametrize("retries", [1, 3])
def test_what_fails_too_often_goes_to_the_dead_letters(bench: Bench, retries: int) -> None:
    """After so many more tries, each of them told; it is not failed, and consumed there."""
    tried: Counter[int] = Counter()
    dead: list[int] = []

    def sink(data: int) -> None:
        tried[data] += 1
        if data == 2 or (data == 4 and tried[data] == 1):
            raise Boom(f"no {data}")

    final = bench.run(retrying(retries), {"P": range(6)}, {"C": sink, "D": dead.append})
    assert tried == {0: 1, 1: 1, 2: 1 + retries, 3: 1, 4: 2, 5: 1}
    assert dead == [2]
    assert (final.totals.consumed, final.totals.failed) == (6, 0)
    assert (worker(final, "C").done_total, worker(final, "C").put_total) == (5, 1)
    told = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    tries = [f"try {number} of {retries} follows" for number in range(1, retries + 1)]
    assert told == [
        *(f"item 3 failed, {said}: Boom: no 2" for said in tries),
        "item 3 failed, goes to the dead letters: Boom: no 2",
        f"item 5 failed, {tries[0]}: Boom: no 4",
    ]


def test_a_stage_tries_again_and_passes_on_what_it_makes_then(bench: Bench) -> None:
    """The data of a dead letter is what came in."""
    got: list[str] = []
    dead: list[int] = []
    seen: Counter[int] = Counter()

    def act(data: int) -> str:
        seen[data] += 1
        if data == 1 or (data == 2 and seen[data] < 3):
            raise Boom("again")
        return f"made {data}"

    bench.run(
        Scenario(
            (QueueSpec("q"), QueueSpec("out"), QueueSpec("dead")),
            (ProducerSpec("P", "q", 0),),
            (
                ConsumerSpec("S", "q", 0, output="out", on_error=Retry(2, "dead")),
                ConsumerSpec("C", "out", 0),
                ConsumerSpec("D", "dead", 0),
            ),
        ),
        {"P": range(4)},
        {"S": act, "C": got.append, "D": dead.append},
    )
    assert got == ["made 0", "made 2", "made 3"]
    assert dead == [1]


def test_when_nobody_reads_the_dead_letters_any_more_work_goes_on(bench: Bench) -> None:
    """Until there is one: with nowhere to go, it ends its consumer, and is discarded."""
    got: list[int] = []
    scenario = Scenario(
        (QueueSpec("q", 2), QueueSpec("dead", 2)),
        (ProducerSpec("P", "q", bench.steady_time),),
        (
            ConsumerSpec("C", "q", 1e-9, on_error=Retry(1, "dead")),
            ConsumerSpec("D", "dead", 0, max_items=1),
        ),
    )

    def source() -> Any:
        yield from range(2)
        yield from bench.steady(range(2, 9), is_done("D"))

    def sink(data: int) -> None:
        refusing(1, 6)(data)
        got.append(data)

    final = bench.run(scenario, {"P": source()}, {"C": sink})
    assert got == [0, 2, 3, 4, 5]
    assert note(worker(final, "C")) == "the queue it puts into has no consumer left"
    assert final.totals.consumed == 6
    assert final.phase is Phase.FINISHED


def test_the_same_items_fail_by_chance_on_both_engines(bench: Bench) -> None:
    """One draw a try, from the consumer's own stream."""
    scenario = line(
        items=200, consumer_has={"failure_probability": 0.3, "on_error": "skip"}, seed=11
    )
    got: list[int] = []
    final = bench.run(scenario, {}, {"C": got.append})
    drawn = stream(11, 0, "C", "failure").random(512).tolist()[:200]
    assert got == [number for number, chance in enumerate(drawn, 1) if chance >= 0.3]
    assert final.totals.failed == 200 - len(got)


def test_a_failure_by_chance_is_an_error_like_any_other(bench: Bench) -> None:
    """Without a remedy it ends the run."""
    final = bench.run(line(items=5, consumer_has={"failure_probability": 1.0}))
    assert bench.engine.error is not None
    assert isinstance(bench.engine.error.__cause__, SimulatedFailure)
    assert final.failure is not None
    assert final.failure.item_number == 1


# Cycles.


def ring(capacity: int, service: float = 0, **has: Any) -> Scenario:
    """Two stages that put into each other's queue."""
    return Scenario(
        (QueueSpec("a", capacity, **has), QueueSpec("b", capacity, **has)),
        (ProducerSpec("P", "a", 0),),
        (ConsumerSpec("S", "a", 0, output="b"), ConsumerSpec("T", "b", service, output="a")),
    )


def test_a_full_cycle_is_a_deadlock_and_says_who_waits(bench: Bench) -> None:
    """The same words on both engines. T holds its first item until all else stands still."""

    def all_stand(snapshot: Snapshot) -> bool:
        return is_full("P")(snapshot) and is_full("S")(snapshot)

    scenario = ring(1, service=bench.slow_time)
    final = bench.run(scenario, {"P": range(20)}, {"T": bench.slow(all_stand)})
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert final.failure.is_deadlock
    assert final.failure.worker == ""
    assert isinstance(bench.engine.error, DeadlockError)
    told = "deadlock: P waits on a (full); S waits on b (full); T waits on a (full)"
    assert str(bench.engine.error) == final.failure.message == told
    assert final.totals.discarded == final.totals.produced == 5
    failed = [event for event in bench.engine.events().events if event.kind is EventKind.FAILED]
    assert [(event.subject, describe(event)) for event in failed] == [("run", told)]


def test_a_cycle_that_has_emptied_itself_ends(bench: Bench) -> None:
    """Nobody will ever put again: that is an end, not a deadlock."""
    rounds: Counter[int] = Counter()

    def twice(data: int) -> int:
        rounds[data] += 1
        if rounds[data] == 2:
            raise Boom("out")
        return data

    final = bench.run(
        Scenario(
            (QueueSpec("a", 50), QueueSpec("b", 50)),
            (ProducerSpec("P", "a", 0),),
            (
                ConsumerSpec("S", "a", 0, output="b", on_error="skip"),
                ConsumerSpec("T", "b", 0, output="a"),
            ),
        ),
        {"P": range(10)},
        {"S": twice},
    )
    assert final.phase is Phase.FINISHED
    assert final.failure is None
    assert final.totals.failed == 10


def test_the_end_of_a_worker_can_leave_the_others_in_deadlock(bench: Bench) -> None:
    """The last other reader of a queue has its fill and ends, while a stage waits to put into
    that queue: nobody blocks any more, and the deadlock is found at once, though others go on."""

    def only_r_works(snapshot: Snapshot) -> bool:
        return is_done("P")(snapshot) and is_full("S")(snapshot)

    final = bench.run(
        Scenario(
            (QueueSpec("a", 1), QueueSpec("b", 1)),
            (ProducerSpec("P", "a", 0), ProducerSpec("Q", "b", 1.5 * bench.slow_time, 3)),
            (
                ConsumerSpec("R", "a", bench.slow_time, max_items=1),
                ConsumerSpec("S", "a", bench.steady_time, output="a"),
                ConsumerSpec("C", "b", 0),
            ),
        ),
        {"P": range(3)},
        {"R": bench.slow(only_r_works)},
    )
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert final.failure.is_deadlock
    assert isinstance(bench.engine.error, DeadlockError)
    assert worker(final, "R").done_total == 1
    assert worker(final, "R").state == "done"
    if bench.is_virtual:
        assert final.at == bench.slow_time


def test_a_put_that_gives_up_is_no_deadlock(bench: Bench) -> None:
    """With a put timeout a full cycle goes on by dropping."""
    scenario = Scenario(
        (QueueSpec("a", 1), QueueSpec("b", 1)),
        (ProducerSpec("P", "a", 0, put_timeout=0.001),),
        (
            ConsumerSpec("S", "a", 0, output="b", put_timeout=0.001),
            ConsumerSpec("T", "b", 0, output="a", put_timeout=0.001, max_items=30),
        ),
        end=End(items=200),
    )
    final = bench.run(scenario)
    assert final.failure is None
    assert final.phase is Phase.FINISHED
    assert worker(final, "T").got_total == 30


@pytest.mark.parametrize("overflow", [Overflow.DROP_NEW, Overflow.DROP_OLD])
def test_a_cycle_that_drops_never_blocks(bench: Bench, overflow: Overflow) -> None:
    """It goes round until somebody stops it."""
    bench.started(ring(2, overflow=overflow), {"P": range(20)})
    bench.until(lambda s: worker(s, "T").put_total >= 50)
    bench.engine.abort()
    final = bench.end()
    assert final.phase is Phase.ABORTED
    assert final.failure is None
