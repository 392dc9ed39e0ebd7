"""How long a queue was full and empty is measured once, whatever looks meanwhile."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.engine.books.histogram import FULL
from pcsim.engine.item import Item
from pcsim.engine.threads import ports
from pcsim.engine.threads.queue_times import Periods
from pcsim.snapshot.rows import ROUNDING
from pcsim.snapshot.window import queues_since
from tests.support.interruption import at_every_place, interrupted
from tests.support.metered import Bench
from tests.support.threads import Calling, until_waiting


def test_no_period_is_lost_or_added_twice() -> None:
    """The same for the periods in which a queue was full or empty."""

    def try_at(place: int) -> bool:
        periods = Periods()
        periods.ended += [(0.0, 1.0), (2.0, 4.0)]

        def look() -> None:
            periods.ended.append((5.0, 9.0))
            assert periods.so_far() == (7.0, None)

        (total, _), was_there = interrupted(look, place, periods.so_far)
        assert total in (3.0, 3.0 + 4.0 * was_there)
        assert periods.so_far() == (3.0 + 4.0 * was_there, None)
        return was_there

    at_every_place(try_at)


def test_no_moment_counts_twice_or_less_than_once() -> None:
    """Threads read the clock in one order and act in another: their periods overlap, end before
    they begin, and come late. Each moment counts once, from the begin of the run on."""
    periods = Periods()
    periods.open(10.0, is_so=False)
    periods.ended += [(14.0, 13.0), (9.0, 11.0), (10.5, 12.0), (12.0, 12.5)]
    assert periods.so_far() == (2.5, None)
    periods.ended += [(11.0, 12.4), (12.2, 13.5)]
    assert periods.so_far() == (3.5, None)
    periods.keep(False, 13.0)
    assert periods.so_far() == (3.5, 13.5)
    periods.keep(True, 13.2)
    assert periods.so_far() == (3.5, None)


@pytest.mark.parametrize("overflow", ["drop_old", "drop_new", "block"])
@pytest.mark.parametrize("capacity", [1, 4])
def test_shares_are_shares_and_depths_fit_the_capacity(overflow: str, capacity: int) -> None:
    """Whatever the threads do between the reading of a clock and what it is read for: in every
    snapshot of a busy run, and in the window between any two of them."""
    system = ProducerConsumerSystem()
    system.add_queue("q", capacity, overflow=overflow)
    for number in range(3):
        system.add_producer(f"P{number}", range(700), 0, "q")
        system.add_consumer(f"C{number}", None, 0, None, "q")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        system.start()
        seen = [system.snapshot()]
        while not system.wait_for_completion(0.001):
            seen.append(system.snapshot())
    finally:
        sys.setswitchinterval(before)
    seen.append(system.snapshot())
    rows = [(moment.queues[0], moment.at) for moment in seen]
    for earlier, later in pairwise(seen):
        (row,) = queues_since(earlier, later)
        rows.append((row, later.at - earlier.at))
    for row, at in rows:
        full, empty, depth = row.full_share(at), row.empty_share(at), row.mean_depth(at)
        assert 0.0 <= full <= 1.0
        assert 0.0 <= empty <= 1.0 - full + ROUNDING
        assert 0.0 <= depth <= capacity * (1.0 + ROUNDING)


def test_full_and_empty_time_are_measured() -> None:
    """A queue is empty until the first put and after the last get, full while no slot is free."""
    bench = Bench(2)
    gauge = bench.queue.gauge()
    assert (gauge.empty_since, gauge.full_since) == (0.0, None)
    bench.put(0, at=1.0)
    gauge = bench.queue.gauge()
    assert (gauge.empty_time, gauge.empty_since, gauge.full_since) == (1.0, None, None)
    bench.put(1, at=3.0)
    assert bench.queue.gauge().full_since == 3.0
    bench.got(at=7.0)
    gauge = bench.queue.gauge()
    assert (gauge.full_time, gauge.full_since, gauge.empty_since) == (4.0, None, None)
    bench.got(at=8.0)
    assert bench.queue.gauge().empty_since == 8.0
    bench.queue.end_marks(10.0)
    gauge = bench.queue.gauge()
    assert (gauge.empty_time, gauge.empty_since) == (3.0, None)
    assert (gauge.full_time, gauge.full_since) == (4.0, None)


def test_a_queue_with_a_putter_waiting_stays_full() -> None:
    """The slot that a get frees goes to the putter at once: the full period goes on."""
    bench = Bench(1)
    bench.put(0, at=1.0)
    put = Calling(bench.puts[0], Item(1, None, 1.0))
    until_waiting(bench.queue, putters=1)
    bench.got(at=4.0)
    put.result()
    gauge = bench.queue.gauge()
    assert (gauge.full_time, gauge.full_since) == (0.0, 1.0)
    bench.got(at=6.0)
    gauge = bench.queue.gauge()
    assert (gauge.full_time, gauge.full_since, gauge.empty_since) == (5.0, None, 6.0)


def test_a_full_period_begins_when_its_item_was_put_even_if_it_is_taken_by_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stage that is quick has taken it, and waits to put it elsewhere, before its putter looks
    whether the queue is full."""
    bench = Bench(1)
    bench.put(0)
    bench.got()

    def taken_and_put_elsewhere(_queue: object) -> None:
        bench.queue._items.popleft().queued_at = None

    monkeypatch.setattr(ports, "serve_now", taken_and_put_elsewhere)
    bench.queue._wants_item = True
    bench.put(1, at=2.0)
    assert bench.queue.gauge().full_since == 2.0


def test_a_consumer_that_is_waited_for_sees_no_gap() -> None:
    """An item handed over at once leaves the queue empty, from that moment on."""
    bench = Bench(1)
    get = Calling(bench.get)
    until_waiting(bench.queue, getters=1)
    bench.put(0, at=4.0)
    get.result()
    gauge = bench.queue.gauge()
    assert gauge.full_since is None
    assert gauge.empty_since == 4.0
    assert gauge.empty_time == 4.0


def test_waiting_times_peak_and_the_oldest_are_known() -> None:
    """The gauge has the spread of times in the queue, its peak depth, and since when its
    oldest item is there."""
    bench = Bench(5)
    for number, at in enumerate([1.0, 2.0, 4.0]):
        bench.put(number, at)
    bench.got(at=5.0)
    gauge = bench.queue.gauge()
    assert gauge.peak == 3
    assert gauge.oldest_queued_at == 2.0
    assert (gauge.waiting.count, gauge.waiting.max) == (1, 4.0)
    bench.got(at=5.0)
    bench.got(at=5.0)
    gauge = bench.queue.gauge()
    assert (gauge.peak, gauge.oldest_queued_at) == (3, None)
    assert gauge.waiting.count == 3
    assert gauge.waiting.mean == pytest.approx((4 + 3 + 1) / 3)


def test_every_waiting_time_is_counted_once() -> None:
    """However often a worker folds its times into the histogram."""
    bench = Bench(10)
    for number in range(2 * FULL + 7):
        bench.put(number, at=float(number))
        bench.got(at=number + 1.0)
    waiting = bench.queue.gauge().waiting
    assert waiting.count == 2 * FULL + 7
    assert waiting.mean == waiting.max == 1.0


def test_two_gets_that_find_it_empty_begin_one_empty_period() -> None:
    """A get that was overtaken, between its item and its look, by a put and another get notes
    nothing that is noted already: no time is counted twice."""
    bench = Bench(5)
    other = bench.get_port(1)
    bench.put(0, at=1.0)

    def overtake() -> None:
        bench.put(1, at=2.0)
        other()

    bench.clock.at_next_reading = overtake
    bench.got(at=2.0)
    bench.put(2, at=10.0)
    assert bench.queue.gauge().empty_time == 1.0 + 8.0


def test_those_that_are_never_taken_have_waited_too() -> None:
    """Three come at 1, 2 and 3 s; the third throws out the first, the second is taken at 5 s, and
    the third is discarded at 9 s."""
    bench = Bench(2, "drop_old")
    for number in (1, 2, 3):
        bench.put(number, at=float(number))
    assert (bench.queue.gauge().waited, bench.queue.gauge().came_at) == (2.0, 2.5)
    assert bench.got(at=5.0) == 2
    assert (bench.queue.gauge().waited, bench.queue.gauge().came_at) == (5.0, 3.0)
    bench.clock.now = 9.0
    bench.queue.waiting_times.reset()  # at the end of a warm-up
    bench.queue.shutdown(immediate=True)
    assert (bench.queue.gauge().waited, bench.queue.gauge().came_at) == (11.0, None)


def test_of_very_many_that_wait_a_snapshot_looks_at_some() -> None:
    """Evenly from the first to the last: 5,000 came at 0, 1, 2, ... s."""
    bench = Bench(5_000)
    for number in range(5_000):
        bench.put(number, at=float(number))
    assert bench.queue.gauge().came_at == pytest.approx(4999 / 2, rel=0.001)
