"""Contract: what becomes of failed items, on both engines: errors, retries, dead letters."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.analysis.event_text import describe, note
from pcsim.distributions.streams import stream
from pcsim.engine.raised import LONGEST_TEXT, LONGEST_TRACEBACK
from pcsim.errors import SimulatedFailure, WorkerError
from pcsim.scenario import (
    ConsumerSpec,
    ProducerSpec,
    QueueSpec,
    Retry,
    Scenario,
)  # fmt: skip
from pcsim.snapshot import BlockReason, EventKind, Phase
from tests.contract.bench import Bench, Boom, failing_at, is_done, line, refusing, worker
from tests.support.cases import case


def test_a_failing_sink_ends_the_run_and_is_named(bench: Bench) -> None:
    """Worker, item, cause; all others are stopped; all is accounted for."""
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
    place = f"on item {error.item_number} ({error.payload}) from {error.producer}"
    assert (error.worker, error.producer[:2]) == ("C", "P-")
    assert isinstance(error.__cause__, Boom)
    assert str(error) == f"C failed {place}: Boom: at 5"
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert "in sink" in final.failure.traceback
    assert (worker(final, "C").done_total, worker(final, "C").failed_total) == (4, 1)
    assert final.totals.failed == 1
    states = Counter(row.state for row in final.workers)
    assert states == {"failed": 1, "done": 4}
    messages = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.FAILED]
    assert messages == [f"failed {place}: Boom: at 5"]


def test_a_failing_source_ends_the_run_after_what_it_gave(bench: Bench) -> None:
    """No item failed, so it has no number; those that it gave before are delivered, however slow
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
    assert (error.worker, error.item_number, error.items_before) == ("P", 0, 2)
    assert worker(final, "P").produced_total == 2
    assert final.totals.failed == 0


def check_sink_fails(bench: Bench, error: BaseException) -> None:
    """Check that a sink that raises this error fails its run by it."""

    def sink(_: int) -> None:
        raise error

    bench.run(line(), {"P": range(5)}, {"C": sink})
    assert bench.engine.error is not None
    assert bench.engine.error.__cause__ is error


def test_whatever_a_sink_raises_is_its_failure(bench: Bench) -> None:
    """Even what Python means otherwise."""
    for error in (StopIteration("mine"), SystemExit(3), GeneratorExit()):
        with case(error):
            check_sink_fails(bench, error)


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


def test_a_skipped_item_is_counted_and_logged(bench: Bench) -> None:
    """`skip`: the run goes on and succeeds."""
    got: list[int] = []
    final = bench.run(
        line(consumer_has={"on_error": "skip"}), {"P": range(9)}, {"C": failing_at(4, got.append)}
    )
    assert final.phase is Phase.FINISHED
    assert got == [0, 1, 2, 4, 5, 6, 7, 8]
    assert (final.totals.consumed, final.totals.failed) == (8, 1)
    messages = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    assert messages == ["item 4 (3) from P failed, skipped: Boom: at 4"]


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


def check_run_ends(bench: Bench, policy: str, error: BaseException) -> None:
    """Check that this error is neither skipped nor tried again."""
    tried: list[int] = []

    def sink(data: int) -> None:
        tried.append(data)
        raise Boom if policy == "second try" and len(tried) == 1 else error

    scenario = line(consumer_has={"on_error": "skip"}) if policy == "skip" else retrying(3)
    final = bench.run(scenario, {"P": range(5)}, {"C": sink})
    assert tried == [0] * (2 if policy == "second try" else 1)
    assert bench.engine.error is not None
    assert bench.engine.error.__cause__ is error
    assert (final.totals.failed, worker(final, "C").failed_total) == (1, 1)
    messages = [e for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    assert len(messages) == len(tried) - 1


@pytest.mark.parametrize("policy", ["skip", "retry", "second try"])
def test_what_is_no_mere_exception_ends_the_run_at_once(bench: Bench, policy: str) -> None:
    """No `on_error` takes an exit for a fault of the item: nothing is skipped or tried again."""
    for error in (SystemExit(3), KeyboardInterrupt(), GeneratorExit()):
        with case(error):
            check_run_ends(bench, policy, error)


def test_without_tries_what_fails_goes_straight_to_the_dead_letters(bench: Bench) -> None:
    """Each item is tried once."""
    tried: Counter[int] = Counter()
    dead: list[int] = []

    def sink(data: int) -> None:
        tried[data] += 1
        if data == 2:
            raise Boom("no")

    final = bench.run(retrying(0), {"P": range(4)}, {"C": sink, "D": dead.append})
    assert tried == {0: 1, 1: 1, 2: 1, 3: 1}
    assert dead == [2]
    assert final.totals.failed == 0


@pytest.mark.parametrize("retries", [1, 3])
def test_what_fails_too_often_goes_to_the_dead_letters(bench: Bench, retries: int) -> None:
    """After this many more tries, each of them logged; it is not failed, and consumed there."""
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
    messages = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    tries = [f"try {number} of {retries} follows" for number in range(1, retries + 1)]
    assert messages == [
        *(f"item 3 (2) from P failed, {text}: Boom: no 2" for text in tries),
        "item 3 (2) from P failed, goes to the dead letters: Boom: no 2",
        f"item 5 (4) from P failed, {tries[0]}: Boom: no 4",
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
    """Without a policy it ends the run."""
    final = bench.run(line(items=5, consumer_has={"failure_probability": 1.0}))
    assert bench.engine.error is not None
    assert isinstance(bench.engine.error.__cause__, SimulatedFailure)
    assert final.failure is not None
    assert final.failure.item_number == 1


async def coroutine_function(data: int) -> int:
    """Runs only where it is awaited."""
    return data


def generator_function(data: int) -> Iterator[int]:
    """Runs only where it is iterated over."""
    yield data


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("function", [coroutine_function, generator_function])
@pytest.mark.parametrize("is_stage", [False, True], ids=["consumer", "stage"])
def test_a_result_of_which_nothing_has_run_is_an_error_of_the_item(
    bench: Bench, function: Callable[[int], object], is_stage: bool
) -> None:
    """A coroutine or a generator is no result. It is closed, so no warning appears."""
    queues = (QueueSpec("q"), QueueSpec("out"))[: 1 + is_stage]
    output = "out" if is_stage else None
    consumers: tuple[ConsumerSpec, ...] = (
        ConsumerSpec("C", "q", 0, output=output, on_error="skip"),
    )
    if is_stage:
        consumers += (ConsumerSpec("D", "out", 0),)
    final = bench.run(
        Scenario(queues, (ProducerSpec("P", "q", 0),), consumers),
        {"P": range(3)},
        {"C": lambda data: function(data) if data else data},
    )
    gc.collect()
    assert (final.totals.consumed, final.totals.failed) == (1, 2)
    events = [e for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    assert [(e.item, e.payload, e.producer) for e in events] == [(2, "1", "P"), (3, "2", "P")]
    assert all("so nothing has run" in event.message for event in events)


@pytest.mark.filterwarnings("error")
def test_a_result_that_has_not_run_is_refused_at_the_next_try_as_well(bench: Bench) -> None:
    """Another try brings no result either: the item goes to the dead letters."""
    dead: list[int] = []
    bench.run(retrying(2), {"P": range(2)}, {"C": coroutine_function, "D": dead.append})
    gc.collect()
    assert dead == [0, 1]


def test_an_item_has_one_number_and_its_data_wherever_it_fails(bench: Bench) -> None:
    """With several producers and consumers, the error, the failure and the event agree, and name
    the item by its number in the system, its data and its producer."""

    def sink(data: str) -> None:
        if data == "Q7":
            raise Boom(data)

    final = bench.run(
        Scenario(
            (QueueSpec("q", 2),),
            (ProducerSpec("P", "q", 0), ProducerSpec("Q", "q", 0)),
            (ConsumerSpec("C", "q", 0, count=2),),
        ),
        {name: [f"{name}{number}" for number in range(9)] for name in "PQ"},
        {"C-1": sink, "C-2": sink, "C": sink},
    )
    error, failure = bench.engine.error, final.failure
    assert isinstance(error, WorkerError)
    assert failure is not None
    (event,) = [e for e in bench.engine.events().events if e.kind is EventKind.FAILED]
    assert event.item == failure.item_number == error.item_number >= 8
    assert {one.payload for one in (error, failure, event)} == {"Q7"}
    assert {one.producer for one in (error, failure, event)} == {"Q"}
    got = [e for e in bench.engine.events().events if e.kind is EventKind.RESUMED and e.item]
    numbers = [e.item for e in got if e.reason is BlockReason.EMPTY]
    assert len(set(numbers)) == len(numbers), "no two items have the same number"


def test_what_is_kept_of_errors_is_bounded(bench: Bench) -> None:
    """Each text is cut, in events, rows and the failure: a response body in every error of a long
    run does not fill the memory."""

    def sink(_: object) -> None:
        raise Boom("x" * 100_000)

    bench.run(line(consumer_has={"on_error": "skip"}), {"P": range(20)}, {"C": sink})
    events = [e for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    assert [len(event.message) for event in events] == [LONGEST_TEXT] * 20
    final = bench.run(line(), {"P": range(20)}, {"C": sink})
    (event,) = [e for e in bench.engine.events().events if e.kind is EventKind.FAILED]
    assert final.failure is not None
    texts = event.message, final.failure.message, worker(final, "C").error
    assert [len(text) for text in texts] == [LONGEST_TEXT] * 3
    assert len(final.failure.traceback) <= LONGEST_TRACEBACK
    assert len(str(bench.engine.error)) < LONGEST_TEXT + 100
    assert bench.engine.error is not None
    assert len(str(bench.engine.error.__cause__)) == 100_000, "the error itself is whole"


class Hostile:
    """An item whose text cannot be made."""

    def __repr__(self) -> str:
        raise Boom("repr")


def test_the_data_of_an_item_that_failed_is_shown_safely(bench: Bench) -> None:
    """Cut, escaped, and named by its type alone where its `repr` raises."""

    def sink(_: object) -> None:
        raise Boom

    bench.run(
        line(consumer_has={"on_error": "skip"}),
        {"P": ["\x1b[31mred", "long " * 50, Hostile()]},
        {"C": sink},
    )
    events = [e for e in bench.engine.events().events if e.kind is EventKind.SKIPPED]
    red, long, hostile = (event.payload for event in events)
    assert red == "\\e[31mred"
    assert len(long) <= 61
    assert hostile.startswith("<Hostile")
