"""The parts under the engine, each by itself: histogram, log, numbers in words, behaviours."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from functools import reduce
from itertools import chain, repeat
from itertools import count as count_from
from operator import add
from random import Random
from typing import Any
from unicodedata import category

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcsim.analysis.event_text import describe
from pcsim.engine.assembly import _limited
from pcsim.engine.behaviours import FailurePolicy, Get, Put, WorkerContext, consume, produce, relay
from pcsim.engine.books.event_log import EventLog
from pcsim.engine.books.histogram import FULL, MANY, SHARED_BY, Histogram, TimeStatistics, packed
from pcsim.engine.books.ledger import DONE, FAILED, Activity
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.numbering import limited_ids
from pcsim.engine.worker import error_text
from pcsim.snapshot import BlockReason, Cause, EventKind, Spread, WorkerState
from pcsim.text import (
    clock_time,
    count,
    duration,
    encodable,
    exact_time,
    percent,
    plural,
    rate,
    safe,
    safe_value,
    three_digits,
)

# The histogram.

TIMES = st.floats(min_value=1e-9, max_value=1e8)


@given(st.lists(TIMES, min_size=1, max_size=300), st.floats(0.001, 1))
def test_quantiles_are_within_0_4_percent_of_exact_ones(times: list[float], share: float) -> None:
    """From nanoseconds to years."""
    histogram = Histogram()
    histogram.add(times)
    exact = sorted(times)[max(math.ceil(share * len(times)) - 1, 0)]
    assert histogram.quantile(share) == pytest.approx(exact, rel=0.004)


@given(st.lists(st.lists(TIMES | st.just(0.0), max_size=50), max_size=10))
def test_count_mean_and_max_are_exact(batches: list[list[float]]) -> None:
    """However the times come in."""
    histogram = Histogram()
    for batch in batches:
        histogram.add(batch)
    times = [time for batch in batches for time in batch]
    spread = histogram.spread
    assert spread.count == len(times)
    if times:
        assert spread.mean == pytest.approx(sum(times) / len(times))
        assert spread.max == max(times)
        assert spread.p50 <= spread.p99 <= spread.max
    else:
        assert spread == Spread()
        assert histogram.quantile(0.5) == 0.0


@given(st.lists(st.lists(TIMES, min_size=1, max_size=50), min_size=1, max_size=10))
def test_quantiles_are_the_same_whenever_they_were_asked_for_before(
    batches: list[list[float]],
) -> None:
    """What was put in order for one question serves the next."""
    asked, silent = Histogram(), Histogram()
    for batch in batches:
        asked.add(batch)
        silent.add(batch)
        assert 0.0 <= asked.spread.p50 <= asked.spread.p99
    assert asked.quantiles(0.0, 0.25, 0.5, 1.0) == silent.quantiles(0.0, 0.25, 0.5, 1.0)


def test_a_spread_without_new_times_is_the_same_object() -> None:
    """So that a row can be compared quickly."""
    histogram = Histogram()
    histogram.add([0.1, 0.2])
    before = histogram.spread
    histogram.add([])
    assert histogram.spread is before
    histogram.add([0.3])
    assert histogram.spread is not before


@given(
    st.integers(0, 2**32),
    st.integers(FULL, FULL + 100),
    st.lists(st.integers(-20, 10), min_size=1, max_size=4),
)
def test_many_times_at_once_have_the_sum_of_one_after_the_other(
    seed: int, number: int, centres: list[int]
) -> None:
    """To the last digit: a virtual run is the same whoever counts its times."""
    chance = Random(seed)
    batches = [
        [chance.choice((0.0, 1.0)) * chance.lognormvariate(centre, 2) for _ in range(number)]
        for centre in centres
    ]
    times = list(chain(*batches))
    gathered = TimeStatistics(in_one_thread=True)
    pocket = gathered.pocket()
    for batch in batches:
        pocket += batch
        gathered.fold_full(pocket)
    spread = gathered.spread()
    assert isinstance(packed(times), numpy.ndarray)
    assert spread.mean == reduce(add, times, 0.0) / len(times)
    assert spread.max == max(times)
    few = Histogram()
    for begin in range(0, len(times), 500):
        few.add(times[begin : begin + 500])  # as lists
    assert few.spread.max == max(times)
    assert few.quantiles(0.0, 0.3, 0.5, 1.0) == [
        gathered._histogram.quantile(share) for share in (0.0, 0.3, 0.5, 1.0)
    ]


def test_times_of_nothing_are_nothing() -> None:
    """Exact zeros stay exact."""
    histogram = Histogram()
    histogram.add([0.0] * 10)
    assert histogram.spread == Spread(10, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("number", [1, MANY])
def test_a_time_beyond_all_buckets_is_counted(number: int) -> None:
    """Virtual time may be as long as a float is."""
    histogram = Histogram()
    histogram.add(packed([1e300] * number))
    spread = histogram.spread
    assert spread.mean == pytest.approx(1e300)
    assert (spread.count, spread.p50, spread.p99, spread.max) == (number, 1e300, 1e300, 1e300)


def test_pockets_are_emptied_into_one_spread() -> None:
    """However many workers share one; nothing is counted twice."""
    times = TimeStatistics()
    first, *_, second = [times.pocket() for _ in range(SHARED_BY + 1)]
    assert first is not second
    first.extend([1.0] * 3)
    second.extend([2.0] * 2)
    assert times.spread().count == 5
    assert not first
    assert not second
    first.append(3.0)
    times.fold_full(first)
    assert first  # it is not full
    first.extend([2.0] * FULL)
    times.fold_full(first)
    assert not first
    assert times.spread().count == 6 + FULL
    assert times.spread().max == 3.0
    shared = TimeStatistics(in_one_thread=True)
    assert len({id(shared.pocket()) for _ in range(1000)}) == 1


# The log.


def test_the_log_lets_the_oldest_go_and_says_how_many() -> None:
    """A reader that comes late knows what it has missed."""
    log = EventLog(kept=5)
    for number in range(12):
        log.append(10.0 + number, EventKind.ENDED, "run", message=f"event {number}")
    batch = log.since(0, origin=10.0)
    assert [event.number for event in batch.events] == [7, 8, 9, 10, 11]
    assert (batch.evicted, batch.next_number) == (7, 12)
    assert batch.events[0].at == 7.0
    later = log.since(9, origin=10.0)
    assert [describe(event) for event in later.events] == ["event 9", "event 10", "event 11"]
    assert later.evicted == 0
    assert log.since(12, origin=10.0) == ((), 0, 12)
    assert EventLog().since(0, 0.0) == ((), 0, 0)


def test_the_log_makes_events_only_when_they_are_read() -> None:
    """Blocked and resumed are kept as they came; their fields are filled in later."""
    log = EventLog()
    putting = Activity(WorkerState.BLOCKED, 0, "main", BlockReason.FULL)
    getting = Activity(WorkerState.BLOCKED, 0, "main", BlockReason.EMPTY)
    log.keep((next(log.numbers), 0.5, EventKind.BLOCKED, "P", putting))
    log.keep((next(log.numbers), 1.0, EventKind.RESUMED, "P", (putting, 7, 0.048)))
    log.keep((next(log.numbers), 2.0, EventKind.RESUMED, "C", (getting, 8, 1.2)))
    log.append(-1.0, EventKind.CONTROL, "run", cause=Cause.DRAINED)
    assert [(event.at, describe(event)) for event in log.since(0, 0.0).events] == [
        (0.5, "blocked, main full"),
        (1.0, "put 7 into main after 48 ms"),
        (2.0, "got 8 from main after 1.2 s"),
        (0.0, "draining"),
    ]


# Numbers and texts.


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (duration(0), "0 s"),
        (duration(-1), "0 s"),
        (duration(None), "–"),
        (duration(math.nan), "–"),
        (duration(math.inf), "–"),
        (duration(12e-6), "12 µs"),
        (duration(0.9994e-3), "999 µs"),
        (duration(0.048), "48 ms"),
        (duration(0.9994), "999 ms"),
        (duration(1.2), "1.2 s"),
        (duration(99.94), "99.9 s"),
        (duration(125), "2:05"),
        (duration(3725), "1:02:05"),
        (clock_time(4.2), "0:04.2"),
        (clock_time(725), "12:05.0"),
        (clock_time(3725.04), "1:02:05.0"),
        (clock_time(-1), "0:00.0"),
        (exact_time(4.25), "0:04.250"),
        (exact_time(3725.000137), "1:02:05.000137"),
        (exact_time(59.9999999), "1:00.000"),
        (count(0), "0"),
        (count(9_999), "9999"),
        (count(12_300), "12.3 k"),
        (count(999_499), "999 k"),
        (count(999_500), "1 M"),
        (count(4_500_000), "4.5 M"),
        (count(1_200_000_000), "1.2 G"),
        (rate(4.9), "4.9/s"),
        (rate(0.05), "0.05/s"),
        (rate(12_300), "12.3 k/s"),
        (rate(None), "–"),
        (rate(math.inf), "–"),
        (percent(0.784), "78 %"),
        (percent(None), "–"),
        (plural(1, "item"), "1 item"),
        (plural(20_000, "item"), "20 k items"),
        (three_digits(0.05), "0.05"),
        (three_digits(480), "480"),
    ],
)
def test_numbers_are_said_as_people_say_them(told: str, shown: str) -> None:
    """At most three digits, and a unit."""
    assert told == shown


@given(st.text(max_size=300), st.integers(1, 80))
def test_safe_text_has_nothing_that_moves_a_terminal(text: str, limit: int) -> None:
    """Whatever came in, one printable line comes out."""
    shown = safe(text, limit)
    assert all(character.isprintable() or category(character) == "Zs" for character in shown)
    assert len(shown) <= max(limit * 10, 1)
    assert safe(shown, 10_000) == shown


def test_what_cannot_be_shown_is_told_by_its_type() -> None:
    """A hostile `repr` is caught, whatever it raises."""

    class Hostile:
        def __repr__(self) -> str:
            raise KeyboardInterrupt

    assert safe_value(Hostile()) == "<Hostile: repr raised KeyboardInterrupt>"
    assert safe_value("\x1b[31mred") == "\\e[31mred"
    assert len(safe_value(list(range(10_000)))) <= 60
    assert encodable("a – b → c", "ascii") == "a - b -> c"
    assert encodable("漢", "ascii") == "\\u6f22"
    assert encodable("漢", "utf-8") == "漢"


def test_an_error_is_told_in_a_line() -> None:
    """Its type, and what it says."""
    assert error_text(ValueError("wrong")) == "ValueError: wrong"
    assert error_text(ValueError()) == "ValueError"


# Behaviours, by hand: no thread, no lock, no engine.


class Hand:
    """What lends a clock, numbers and books to a behaviour, and keeps what it says."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cells: list[Any] = [0] * 6
        self.times = TimeStatistics()
        self.skipped: list[tuple[int, str]] = []
        self._numbers = count_from(1)

    def around(self) -> WorkerContext:
        """The surroundings of a worker named W."""
        return WorkerContext(
            "W",
            lambda: self.now,
            self._numbers,
            self.cells,
            0,
            self.times,
            lambda item, error, *_: self.skipped.append((item.id, error_text(error))),
        )


def effects(behaviour: Generator[Any, Any, None], items: list[Item]) -> list[str]:
    """What a behaviour asks for, in short, answered from the items."""
    told: list[str] = []
    reply: Any = None
    while True:
        try:
            effect = behaviour.send(reply)
        except StopIteration:
            return told
        reply = None
        if isinstance(effect, float):
            told.append(f"work {effect}")
            reply = 0.0
        elif isinstance(effect, Put):
            told.append(f"put {effect.item.data} [{effect.item.status.value}]")
        else:
            assert isinstance(effect, Get)
            if not items:
                behaviour.close()
                return [*told, "starved"]
            reply = items.pop(0)
            told.append(f"get {reply.data}")


def queued(*data: Any) -> list[Item]:
    """Items as they come out of a queue."""
    return [Item(number, datum, 0.0, "P", 0.0) for number, datum in enumerate(data, 1)]


@pytest.mark.parametrize(
    ("size", "items", "told"),
    [
        (None, None, ["work 2.0", "put a [queued]", "work 2.0", "put b [queued]", "work 2.0"]),
        (2, None, ["work 2.0", "put a [queued]", "work 2.0", "put b [queued]"]),
        (1, None, ["work 2.0", "put a [queued]", "put b [queued]", "work 2.0"]),
        (None, 1, ["work 2.0", "put a [queued]"]),
        (2, 0, []),
    ],
)
def test_a_producer_works_then_pulls_then_puts(
    size: int | None, items: int | None, told: list[str]
) -> None:
    """It holds nothing while it works, and after the size it knows it asks without waiting."""
    intervals = _limited(repeat(2.0), size, items)
    assert effects(produce(["a", "b"], intervals, Hand().around()), []) == told


def test_a_producer_without_interval_only_puts() -> None:
    """No work of nothing."""
    told = effects(produce("ab", repeat(0.0), Hand().around()), [])
    assert told == ["put a [queued]", "put b [queued]"]


def test_a_producer_that_is_closed_closes_its_source_once() -> None:
    """At any effect."""
    closed: list[int] = []

    def source() -> Generator[int, None, None]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(1)

    behaviour = produce(source(), repeat(0.0), Hand().around())
    first = next(behaviour)
    assert isinstance(first, Put)
    behaviour.close()
    behaviour.close()
    assert closed == [1]


def test_a_consumer_gets_works_and_delivers() -> None:
    """The books, the sojourn times and the item's record are kept on the way."""
    hand = Hand()
    got: list[str] = []
    items = queued("a", "b")
    kept = list(items)

    def deliver(data: str) -> None:
        hand.now += 1
        got.append(data)

    told = effects(consume(deliver, repeat(3.0), hand.around()), items)
    assert told == ["get a", "work 3.0", "get b", "work 3.0", "starved"]
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
    told = effects(make(lambda data: data, repeat(0.0, 2), Hand().around()), items)
    assert [word for word in told if word.startswith("get")] == ["get a", "get b"]
    assert len(items) == 1


@pytest.mark.parametrize("make", [consume, relay])
def test_a_failed_item_is_counted_or_raised(
    make: Callable[..., Generator[Any, Any, None]],
) -> None:
    """Skip: counted, told, and on to the next; else the error comes out as it is."""
    hand = Hand()
    items = queued(1, 0, 2)
    kept = list(items)
    told = effects(
        make(lambda data: 1 / data, repeat(0.0), hand.around(), failure_policy=FailurePolicy()),
        items,
    )
    assert [word for word in told if word.startswith("get")] == ["get 1", "get 0", "get 2"]
    assert hand.cells[FAILED] == 1
    assert hand.skipped == [(2, "ZeroDivisionError: division by zero")]
    assert kept[1].status is ItemStatus.FAILED
    with pytest.raises(ZeroDivisionError):
        effects(make(lambda data: 1 / data, repeat(0.0), Hand().around()), queued(0))


def test_a_stage_puts_what_its_function_returns() -> None:
    """The item is the same record, its data is new, and it queues again."""
    hand = Hand()
    hand.now = 5.0
    items = queued(3)
    (kept,) = items
    told = effects(relay(lambda data: data * 2, repeat(1.0), hand.around()), items)
    assert told == ["get 3", "work 1.0", "put 6 [queued]", "starved"]
    assert (kept.data, kept.queued_at, kept.consumer) == (6, 5.0, "W")
    assert hand.cells[DONE] == 0


def test_a_consumers_pocket_is_folded_before_it_is_large() -> None:
    """Memory stays bounded, even if nobody takes a snapshot."""
    hand = Hand()
    behaviour = consume(lambda _: None, repeat(0.0), hand.around())
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
    """Whatever size it believes in; `items` alone cuts it short."""
    puts = [
        effect.item.data
        for effect in produce(source, _limited(repeat(1.0), size, items), Hand().around())
        if isinstance(effect, Put)
    ]
    assert puts == (source if items is None else source[:items])


def test_the_last_number_is_not_lost_while_others_ask_for_it() -> None:
    """Another producer asks while the first is telling that there are enough."""
    others: list[int | None] = []
    numbers = limited_ids(3, count_from(1), lambda: others.append(next(numbers, None)))
    assert list(numbers) == [1, 2, 3]
    assert others == [None]
