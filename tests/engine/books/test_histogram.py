"""A histogram keeps how times are spread; many workers share one without losing a time."""

from __future__ import annotations

import math
from functools import reduce
from itertools import chain
from operator import add
from random import Random

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.engine.books.histogram import FULL, MANY, SHARED_BY, Histogram, TimeStatistics, packed
from pcsim.engine.books.item_times import ItemTimes
from pcsim.snapshot import Spread
from tests.support.interruption import at_every_place, interrupted
from tests.support.threads import Calling

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


def test_a_time_just_longer_than_the_longest_is_the_longest() -> None:
    """Also where it falls into the same bucket."""
    histogram = Histogram()
    for time in (1.0, 1.001, 1.0005):
        histogram.add([time])
    assert histogram.spread.max == 1.001


def test_the_times_since_an_earlier_spread_are_those_that_came_after_it() -> None:
    """Their number and mean exactly, their longest exactly where none before was as long."""
    statistics = TimeStatistics()
    pocket = statistics.pocket()

    def after(*times: float) -> Spread:
        pocket.extend(times)
        return statistics.spread()

    earlier, later = after(1.0, 1.0, 1.0), after(2.0, 4.0)
    part = later.since(earlier)
    assert (part.count, part.mean, part.max) == (2, 3.0, 4.0)
    assert part.p50 == pytest.approx(2.0, rel=0.004)
    last = after(0.5).since(later)
    assert (last.count, last.mean) == (1, 0.5)
    assert last.max == pytest.approx(0.5, rel=0.004)
    assert later.since(later) == Spread()


def test_the_sum_of_all_holds_what_was_forgotten() -> None:
    """However often times were forgotten: a mean depth is made of all of them."""
    statistics = TimeStatistics()
    pocket = statistics.pocket()
    for number, time in enumerate((1.0, 2.0, 4.0)):
        pocket.append(time)
        assert statistics.spread().count == 1
        if number < 2:
            statistics.reset()
    assert statistics.sum_of_all == 7.0


def test_the_times_of_each_priority_are_forgotten_as_well() -> None:
    """A warm-up is one for all."""
    times = ItemTimes(goes_by_priority=True)
    assert times.by_priority is not None
    for priority in (1, 2, 1):
        times.by_priority.note(priority, 1.0)
    assert [spread.count for _, spread in times.priority_spreads()] == [2, 1]
    times.reset()
    times.by_priority.note(2, 3.0)
    assert [(key, one.count, one.mean) for key, one in times.priority_spreads() if one.count] == [
        (2, 1, 3.0)
    ]


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
    """To the last digit: a virtual run is the same whichever thread counts its times."""
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
    assert histogram.spread._replace(counts=None) == Spread(10, 0.0, 0.0, 0.0, 0.0)


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


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("in_one_thread", [False, True])
def test_no_time_is_lost_or_counted_twice(is_full: bool, in_one_thread: bool) -> None:
    """The inner look sees all that was there; the interrupted one goes on rightly."""
    number = 2 * FULL if is_full else 3

    def try_at(place: int) -> bool:
        times = TimeStatistics(in_one_thread)
        pockets = [times.pocket() for _ in range(20)]
        for pocket in (pockets[0], pockets[-1]):
            pocket += [1.0] * number

        def look() -> None:
            pockets[0].append(4.0)
            assert times.spread().count == 2 * number + 1

        def count() -> int:
            times.fold_full(pockets[0])
            return times.spread().count

        counted, was_there = interrupted(look, place, count)
        assert counted in (2 * number, 2 * number + was_there)
        final = times.spread()
        assert final.count == 2 * number + was_there
        assert times.sum_of_all == 2 * number + 4 * was_there
        assert final.max == (4.0 if was_there else 1.0)
        return was_there

    at_every_place(try_at)


def test_threads_that_count_take_turns() -> None:
    """A worker whose times another thread counts leaves them to it and does not wait; the next look
    counts them. Else threads that look would undo each other's work."""
    times = TimeStatistics()
    pocket = times.pocket()
    pocket += [1.0] * FULL
    uncounted: list[int] = []

    def another_worker() -> None:
        Calling(lambda: times.fold_full(pocket)).result()
        uncounted.append(len(pocket))

    spread, _ = interrupted(another_worker, 2, times.spread)
    assert uncounted == [FULL]
    assert spread.count == FULL


def test_times_are_reset_once() -> None:
    """What was measured before does not count, what was noted meanwhile may."""

    def try_at(place: int) -> bool:
        times = TimeStatistics()
        pocket = times.pocket()
        pocket += [1.0, 2.0]

        def look() -> None:
            pocket.append(4.0)
            times.spread()

        _, was_there = interrupted(look, place, times.reset)
        assert times.spread().count <= was_there
        assert times.sum_of_all == 3.0 + 4.0 * was_there
        return was_there

    at_every_place(try_at)
