"""What workers do, driven by hand: no thread, no lock, no engine."""

from __future__ import annotations

from collections.abc import Callable, Generator
from itertools import count as count_from
from itertools import repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcsim.distributions import Instants
from pcsim.engine.behaviours import (
    FailurePolicy,
    Get,
    Put,
    WorkerContext,
    consume,
    produce,
    relay,
)
from pcsim.engine.books.histogram import FULL
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import DONE, FAILED
from pcsim.engine.intervals import Bursty, on_schedule
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.kit import limited
from pcsim.engine.protocols import RunFlags
from pcsim.engine.raised import error_text
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from tests.support.cases import case


class Hand:
    """A stand-in for the engine: a clock, item numbers, counters, and a list of skipped items."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cells: list[Any] = [0] * 6
        self.times = ItemTimes()
        self.skipped: list[tuple[int, str]] = []
        self._numbers = count_from(1)

    def context(self) -> WorkerContext:
        """The context of a worker named W."""
        return WorkerContext(
            "W",
            lambda: self.now,
            self._numbers,
            self.cells,
            0,
            self.times,
            lambda item, error, *_: self.skipped.append((item.id, error_text(error))),
            RunFlags(),
        )


def effects(behaviour: Generator[Any, Any, None], items: list[Item]) -> list[str]:
    """Every effect of a behaviour as a short text; its gets are answered from `items`."""
    steps: list[str] = []
    reply: Any = None
    while True:
        try:
            effect = behaviour.send(reply)
        except StopIteration:
            return steps
        reply = None
        if isinstance(effect, float):
            steps.append(f"work {effect}")
            reply = 0.0
        elif isinstance(effect, Put):
            steps.append(f"put {effect.item.data} [{effect.item.status.value}]")
        else:
            assert isinstance(effect, Get)
            if not items:
                behaviour.close()
                return [*steps, "starved"]
            reply = items.pop(0)
            steps.append(f"get {reply.data}")


SIZES: list[Any] = [
    (None, None, ["work 2.0", "put a [queued]", "work 2.0", "put b [queued]", "work 2.0"]),
    (2, None, ["work 2.0", "put a [queued]", "work 2.0", "put b [queued]"]),
    (1, None, ["work 2.0", "put a [queued]", "put b [queued]", "work 2.0"]),
    (None, 1, ["work 2.0", "put a [queued]"]),
    (2, 0, []),
]


def test_a_producer_works_then_pulls_then_puts() -> None:
    """It has no item while it works, and past the size that it knows it asks without waiting."""
    for size, items, expected in SIZES:
        with case(size, items, expected):
            intervals = limited(repeat(2.0), size, items)
            assert effects(produce(["a", "b"], intervals, Hand().context()), []) == expected


def made_at(interval: float, source_time: float, number: int, blocked: float = 0.0) -> list[float]:
    """When a producer makes its items whose source takes a time for each, and whose puts are
    blocked for a time: all of it on a clock that only these times move."""
    hand = Hand()
    times: list[float] = []

    def source() -> Generator[int, None, None]:
        for item in range(number):
            hand.now += source_time
            yield item

    behaviour = produce(source(), repeat(interval), hand.context())
    reply: Any = None
    while True:
        try:
            effect = behaviour.send(reply)
        except StopIteration:
            return times
        if isinstance(effect, float):
            hand.now += effect
            reply = hand.now
        elif isinstance(effect, Put):
            times.append(effect.item.timestamp)
            hand.now += blocked
            reply = None


def test_an_interval_is_the_time_from_item_to_item() -> None:
    """What the source takes is part of it: with 30 ms of 50 there are 20 items a second."""
    times = made_at(0.05, 0.03, 40)
    assert times[0] == pytest.approx(0.08)
    assert times[-1] - times[0] == pytest.approx(39 * 0.05)


def test_a_source_that_takes_longer_than_the_interval_is_not_delayed_further() -> None:
    """Its items come as fast as it gives them, after the first interval."""
    times = made_at(0.05, 0.08, 40)
    assert times == pytest.approx([0.05 + 0.08 * number for number in range(1, 41)])


def test_the_wait_at_a_full_queue_is_added_to_an_interval() -> None:
    """As in virtual time, where a source takes none: blocked for 0.2 s, then the interval."""
    times = made_at(0.05, 0.03, 40, blocked=0.2)
    assert times[-1] - times[0] == pytest.approx(39 * 0.25)
    assert made_at(0.05, 0.0, 40, blocked=0.2) == pytest.approx(
        [0.05 + 0.25 * number for number in range(40)]
    )


def test_a_producer_without_interval_only_puts() -> None:
    """No work of nothing."""
    steps = effects(produce("ab", repeat(0.0), Hand().context()), [])
    assert steps == ["put a [queued]", "put b [queued]"]


def test_a_producer_that_is_closed_closes_its_source_once() -> None:
    """At any effect."""
    closed: list[int] = []

    def source() -> Generator[int, None, None]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(1)

    behaviour = produce(source(), repeat(0.0), Hand().context())
    first = next(behaviour)
    assert isinstance(first, Put)
    behaviour.close()
    behaviour.close()
    assert closed == [1]


def queued(*data: Any) -> list[Item]:
    """Items as they come out of a queue."""
    return [Item(number, datum, 0.0, "P", 0.0) for number, datum in enumerate(data, 1)]


def test_a_consumer_gets_works_and_delivers() -> None:
    """It counts the item, keeps its sojourn time, and fills in its record."""
    hand = Hand()
    got: list[str] = []
    items = queued("a", "b")
    kept = list(items)

    def deliver(data: str) -> None:
        hand.now += 1
        got.append(data)

    steps = effects(consume(deliver, repeat(3.0), hand.context()), items)
    assert steps == ["get a", "work 3.0", "get b", "work 3.0", "starved"]
    assert got == ["a", "b"]
    assert hand.cells[DONE] == 2
    assert [(i.status, i.consumer, i.ended_at) for i in kept] == [
        (ItemStatus.DONE, "W", 1.0),
        (ItemStatus.DONE, "W", 2.0),
    ]
    spread = hand.times.spread()
    assert (spread.count, spread.mean, spread.max) == (2, 1.5, 2.0)


@pytest.mark.parametrize("make", [consume, relay])
def test_a_limit_ends_a_taker(make: Callable[..., Generator[Any, Any, None]]) -> None:
    """After that many gets, and not one more."""
    items = queued("a", "b", "c")
    steps = effects(make(lambda data: data, repeat(0.0, 2), Hand().context()), items)
    assert [word for word in steps if word.startswith("get")] == ["get a", "get b"]
    assert len(items) == 1


@pytest.mark.parametrize("make", [consume, relay])
def test_a_failed_item_is_counted_or_raised(
    make: Callable[..., Generator[Any, Any, None]],
) -> None:
    """Skip: count it, report it, go on; without a policy the error comes out as it is."""
    hand = Hand()
    items = queued(1, 0, 2)
    kept = list(items)
    steps = effects(
        make(lambda data: 1 / data, repeat(0.0), hand.context(), failure_policy=FailurePolicy()),
        items,
    )
    assert [word for word in steps if word.startswith("get")] == ["get 1", "get 0", "get 2"]
    assert hand.cells[FAILED] == 1
    assert hand.skipped == [(2, "ZeroDivisionError: division by zero")]
    assert kept[1].status is ItemStatus.FAILED
    with pytest.raises(ZeroDivisionError):
        effects(make(lambda data: 1 / data, repeat(0.0), Hand().context()), queued(0))


def test_a_stage_puts_what_its_function_returns() -> None:
    """The item is the same record, its data is new, and it queues again."""
    hand = Hand()
    hand.now = 5.0
    items = queued(3)
    (kept,) = items
    steps = effects(relay(lambda data: data * 2, repeat(1.0), hand.context()), items)
    assert steps == ["get 3", "work 1.0", "put 6 [queued]", "starved"]
    assert (kept.data, kept.queued_at, kept.consumer) == (6, 5.0, "W")
    assert hand.cells[DONE] == 0


def test_a_consumers_pocket_is_folded_before_it_is_large() -> None:
    """Memory stays bounded, even if nobody takes a snapshot."""
    hand = Hand()
    behaviour = consume(lambda _: None, repeat(0.0), hand.context())
    next(behaviour)
    for number in range(FULL):
        behaviour.send(Item(number, None, 0.0))
    assert list(hand.times._pockets.values()) == [[]]
    assert hand.times.spread().count == FULL
    behaviour.close()


@settings(max_examples=50)
@given(st.lists(st.integers()), st.none() | st.integers(0, 20), st.none() | st.integers(0, 20))
def test_a_producer_gives_what_its_source_gives(
    source: list[int], size: int | None, items: int | None
) -> None:
    """However long it takes its source to be; `items` alone cuts it short."""
    behaviour = produce(source, limited(repeat(1.0), size, items), Hand().context())
    puts = [step for step in effects(behaviour, []) if step.startswith("put")]
    expected = source if items is None else source[:items]
    assert puts == [f"put {number} [queued]" for number in expected]


ARRIVALS = Instants((1.0, 2.0, 3.0, 4.0, 10.0))


def test_arrivals_are_kept_and_late_ones_come_at_once() -> None:
    """A producer that had to wait at a full queue catches up, and is on time again."""
    scenario = Scenario(
        queues=(QueueSpec("q", 1),),
        producers=(ProducerSpec("P", "q", ARRIVALS),),
        consumers=(ConsumerSpec("C", ("q",), 2.5),),
    )
    engine = VirtualEngine(scenario)
    engine.start()
    produced: list[float] = []
    for time in (1.0, 2.0, 3.0, 3.5, 4.0, 9.99, 10.0):
        engine.advance(until=time)
        produced.append(engine.snapshot().totals.produced)
    assert produced == [1, 2, 3, 3, 4, 4, 5]
    assert engine.join()
    assert engine.snapshot().totals.consumed == 5


def test_the_time_left_until_an_arrival_is_never_negative() -> None:
    """It is zero when the arrival is overdue."""
    now = iter([0.5, 2.5, 2.5])
    assert list(on_schedule([1.0, 2.0, 3.0], lambda: next(now))) == [0.5, 0.0, 0.5]


def test_an_interval_passes_only_while_a_producer_is_active() -> None:
    """An item that comes at the very end of a burst still belongs to it; one that takes longer
    than a burst comes after as many silences as it has ends of bursts before it."""
    intervals = Bursty(repeat(2.0), repeat(5.0)).intervals(iter([1.0, 1.0, 1.0, 5.0]))
    assert list(intervals) == [1.0, 1.0, 1.0 + 5.0, 5.0 + 2 * 5.0]
