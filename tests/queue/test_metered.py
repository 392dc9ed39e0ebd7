"""A metered queue counts what goes through it, and its ports notify workers that have to wait."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from pcsim import runtime
from pcsim.engine.books.histogram import FULL
from pcsim.engine.books.ledger import QUEUE_DISCARDED, QUEUE_DROPPED
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.threads import ports
from pcsim.engine.threads.ports import put_port
from pcsim.errors import QueueOverflowError
from pcsim.queue import ShutDown
from pcsim.scenario import Overflow
from pcsim.snapshot import BlockReason
from tests.support.metered import DROPS, GOTS, PUTS, QUEUES, Bench
from tests.support.threads import Calling, until_waiting

# Counts.


def test_what_goes_in_and_out_is_counted() -> None:
    """Each put writes its producer's cell, each get its consumer's, and nothing else."""
    bench = Bench(3)
    for number in range(3):
        bench.put(number)
    assert bench.got() == 0
    assert bench.cells[PUTS] == 3
    assert bench.cells[GOTS] == 1
    assert sum(bench.cells) == 4
    assert bench.heard.notices == []


def test_a_waiting_worker_is_counted_when_served() -> None:
    """A blocked put is counted as put when its item is queued, a blocked get when it is given."""
    bench = Bench(1)
    bench.put(0)
    put = Calling(bench.put, 1)
    until_waiting(bench.queue, putters=1)
    assert bench.cells[PUTS] == 1
    assert bench.got() == 0
    put.result()
    assert (bench.cells[PUTS], bench.cells[GOTS]) == (2, 1)
    assert bench.got() == 1
    get = Calling(bench.got)
    until_waiting(bench.queue, getters=1)
    assert bench.cells[GOTS] == 2
    bench.put(2)
    assert get.result() == 2
    assert (bench.cells[PUTS], bench.cells[GOTS]) == (3, 3)


def test_a_worker_is_notified_why_it_waits_and_until_when() -> None:
    """The observer hears at which queue, for what, and the instant of the service."""
    bench = Bench(1)
    get = Calling(bench.get)
    until_waiting(bench.queue, getters=1)
    bench.put(0, at=2.0)
    assert get.result().taken_at == 2.0
    assert bench.heard.notices == [("blocked", 0, BlockReason.EMPTY), ("resumed", 2.0)]
    bench.heard.notices.clear()
    bench.put(1, at=3.0)
    late = Item(2, None, 3.0)
    put = Calling(bench.puts[0], late)
    until_waiting(bench.queue, putters=1)
    assert bench.got(at=7.0) == 1
    put.result()
    assert bench.heard.notices == [("blocked", 0, BlockReason.FULL), ("resumed", 7.0)]
    assert late.queued_at == 7.0


def test_a_worker_that_waits_for_several_is_counted_where_it_was_served() -> None:
    """A consumer of many queues has a cell for each; it takes turns among those with items."""
    bench = Bench(5, queues=3)
    for number in range(3):
        bench.put(number, queue=0)
        bench.put(10 + number, queue=2)
    assert [bench.got() for _ in range(6)] == [0, 10, 1, 11, 2, 12]
    get = Calling(bench.got)
    for queue in bench.queues:
        until_waiting(queue, getters=1)
    bench.put(5, queue=1)
    assert get.result() == 5
    assert bench.cells[GOTS : GOTS + 3] == [3, 1, 3]


# Times.


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
    """The slot that a get frees goes to the putter at once: the span when it is full goes on."""
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
    """An item handed over at once leaves the queue empty, from that instant on."""
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
    """The gauge has the spread of times in the queue, the most it ever held, and since when its
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


def test_two_gets_that_find_it_empty_begin_one_span() -> None:
    """A get that was overtaken, between its item and its look, by a put and another get notes
    nothing that is noted already: an instant is not counted twice."""
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


# A full queue.


class LateLock:
    """A lock whose timed waits end just after something has happened."""

    def __init__(self, at_timeout: Callable[[], object]) -> None:
        self._lock = threading.Lock()
        self._at_timeout = at_timeout

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """A wait with a timeout is always too long."""
        if timeout < 0:
            return self._lock.acquire(timeout=20.0)
        self._at_timeout()
        return False

    def release(self) -> None:
        """As ever."""
        self._lock.release()


def test_a_put_that_is_served_as_its_time_runs_out_is_a_put(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the next one waits again: what woke this one does not wake it."""
    bench = Bench(1)
    served: list[int] = []
    takes = [True, False, True]

    def take() -> None:
        if takes.pop(0):
            served.append(bench.got())

    with monkeypatch.context() as patch:
        patch.setattr("pcsim.runtime.Lock", lambda: LateLock(take))
        put = put_port(bench.queue, PUTS, DROPS, bench.heard, timeout=5.0).put
    for number in range(4):
        put(Item(number, None, 0.0, queued_at=0.0))
    assert served == [0, 1]
    assert bench.left == [3]
    assert (bench.cells[PUTS], bench.cells[DROPS]) == (3, 1)
    assert [notice for notice in bench.heard.notices if notice[0] == "dropped"] == [
        ("dropped", 2, 0)
    ]


def test_a_put_that_gives_up_leaves_the_line() -> None:
    """The slot that comes after its time goes to somebody else."""
    bench = Bench(1)
    bench.put(0)
    impatient = put_port(bench.queue, PUTS + 1, DROPS + 1, bench.heard, timeout=0.001).put
    impatient(Item(1, None, 0.0, queued_at=0.0))
    assert bench.heard.notices == [
        ("blocked", 0, BlockReason.FULL),
        ("dropped", 1, 0),
        ("gave up", 0.0),
    ]
    assert bench.got() == 0
    bench.put(2)
    assert bench.left == [2]
    assert bench.cells[DROPS + 1] == 1


def test_drop_new_drops_what_comes() -> None:
    """The incoming item is lost and counted by its producer; what is queued stays."""
    bench = Bench(2, "drop_new")
    for number in range(4):
        bench.put(number)
    assert bench.left == [0, 1]
    assert bench.heard.notices == [("dropped", 2, 0), ("dropped", 3, 0)]
    assert bench.cells[PUTS] == 2
    assert bench.cells[DROPS] == 2
    assert bench.cells[QUEUES + QUEUE_DROPPED] == 0


def test_drop_old_keeps_the_newest_while_a_getter_is_between_item_and_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has taken the only item and is about to free its slot: nothing needs to be dropped."""
    bench = Bench(1, "drop_old")
    bench.put(1)
    bench.queue._items.popleft()  # the first half of a get
    monkeypatch.setattr(
        runtime, "yield_thread", lambda: bench.queue._free.append(None)
    )  # the other
    bench.put(2)
    assert bench.left == [2]
    assert bench.heard.notices == []
    assert bench.cells[PUTS] == 2
    assert bench.cells[QUEUES + QUEUE_DROPPED] == 0


def test_drop_old_drops_what_is_there_longest() -> None:
    """The oldest item makes room and is counted by its queue; the incoming one is put."""
    bench = Bench(2, "drop_old")
    for number in range(4):
        bench.put(number)
    assert bench.left == [2, 3]
    assert bench.heard.notices == [("dropped", 0, 0), ("dropped", 1, 0)]
    assert bench.cells[PUTS] == 4
    assert bench.cells[DROPS] == 0
    assert bench.cells[QUEUES + QUEUE_DROPPED] == 2
    assert bench.queue.gauge().peak == 2


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


def test_fail_refuses_what_comes() -> None:
    """The put is an error that names the queue; nothing is counted, nothing is lost."""
    bench = Bench(1, "fail")
    bench.put(0)
    with pytest.raises(QueueOverflowError, match="'q0' is full"):
        bench.put(1)
    assert bench.left == [0]
    assert sum(bench.cells) == 1
    assert bench.heard.notices == []
    bench.got()
    bench.put(2)
    assert bench.left == [2]


@pytest.mark.parametrize("overflow", list(Overflow))
def test_no_policy_acts_while_there_is_room(overflow: Overflow) -> None:
    """They are about a full queue alone."""
    bench = Bench(2, overflow)
    for number in range(50):
        bench.put(number)
        assert bench.got() == number
    assert bench.heard.notices == []
    assert sum(bench.cells) == 100


# The end.


def test_a_closed_queue_drains_and_refuses() -> None:
    """What is queued is got and counted; then get and put raise `ShutDown`."""
    bench = Bench(2)
    bench.put(0)
    bench.put(1)
    bench.queue.shutdown()
    with pytest.raises(ShutDown):
        bench.put(2)
    assert [bench.got(), bench.got()] == [0, 1]
    with pytest.raises(ShutDown):
        bench.got()
    with pytest.raises(ShutDown):
        bench.put(3)
    assert (bench.cells[PUTS], bench.cells[GOTS]) == (2, 2)


@pytest.mark.parametrize("immediate", [False, True])
def test_a_close_resumes_waiting_workers(immediate: bool) -> None:
    """A blocked worker is notified that its wait is over, and when; nothing is counted for it."""
    bench = Bench(1)
    bench.put(0)
    put = Calling(bench.puts[0], Item(1, None, 0.0))
    until_waiting(bench.queue, putters=1)
    bench.clock.now = 5.0
    bench.queue.shutdown(immediate)
    assert isinstance(put.error(), ShutDown)
    assert bench.heard.notices == [("blocked", 0, BlockReason.FULL), ("gave up", 5.0)]
    assert bench.cells[PUTS] == 1


def test_an_immediate_close_discards_what_is_queued() -> None:
    """Each item is counted by its queue and knows what has become of it, and when."""
    bench = Bench(3)
    items = [bench.put(number, at=1.0) for number in range(3)]
    bench.clock.now = 6.0
    bench.queue.shutdown(immediate=True)
    assert bench.cells[QUEUES + QUEUE_DISCARDED] == 3
    assert {item.status for item in items} == {ItemStatus.DISCARDED}
    assert {item.ended_at for item in items} == {6.0}
    with pytest.raises(ShutDown):
        bench.got()


def test_a_consumer_of_several_goes_on_when_one_closes() -> None:
    """It is over when all of its queues are."""
    bench = Bench(2, queues=2)
    bench.queues[0].shutdown()
    bench.put(1, queue=1)
    assert bench.got() == 1
    get = Calling(bench.got)
    until_waiting(bench.queues[1], getters=1)
    bench.queues[1].shutdown()
    assert isinstance(get.error(), ShutDown)


# Many threads.


class Traffic:
    """Three producers and three consumers at all queues of a bench, and what came of them."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.bench = bench
        takes = [Calling(self.consume, consumer) for consumer in range(3)]
        gives = [Calling(self.produce, producer, number) for producer in range(3)]
        self.cuts: list[list[Any]] = []
        while any(give.is_going_on for give in gives):
            self.cuts.append(bench.cells[:])
        for give in gives:
            give.result()
        for queue in bench.queues:
            queue.shutdown()
        self.received = [take.result() for take in takes]
        self.cuts.append(bench.cells[:])

    def produce(self, producer: int, number: int) -> None:
        chance = random.Random(producer)
        ports = [self.bench.put_port(queue, producer) for queue in self.bench.queues]
        for count in range(number):
            chance.choice(ports)(Item(count, producer, 0.0, queued_at=0.0))

    def consume(self, consumer: int) -> list[Item]:
        get = self.bench.get_port(consumer)
        got: list[Item] = []
        while True:
            try:
                got.append(get())
            except ShutDown:
                return got


OVERFLOWS = pytest.mark.parametrize("overflow", ["block", "drop_new", "drop_old"])


@OVERFLOWS
@pytest.mark.parametrize("capacity", [1, 3, 100])
@pytest.mark.parametrize("queues", [1, 3])
def test_traffic_is_booked_exactly(overflow: str, capacity: int, queues: int) -> None:
    """At any time the depth by the ledger is from 0 to the capacity; in the end every
    item was got or dropped, none of them twice."""
    bench = Bench(capacity, overflow, queues)
    traffic = Traffic(bench, 1_200)
    for cut in traffic.cuts:
        dropped = sum(cut[QUEUES + 3 * index + QUEUE_DROPPED] for index in range(queues))
        depth = sum(cut[PUTS:GOTS]) - sum(cut[GOTS:DROPS]) - dropped
        assert 0 <= depth <= capacity * queues
    items = Counter((item.data, item.id) for got in traffic.received for item in got)
    assert set(items.values()) == {1}
    assert (
        len(items) + len([notice for notice in bench.heard.notices if notice[0] == "dropped"])
        == 3_600
    )
    assert sum(bench.cells[GOTS:DROPS]) == len(items)
    assert sum(queue.gauge().waiting.count for queue in bench.queues) == len(items)


@OVERFLOWS
def test_each_producer_s_items_are_got_in_order(overflow: str) -> None:
    """What is dropped leaves a gap; what is not dropped overtakes nothing."""
    for got in Traffic(Bench(3, overflow), 1_200).received:
        for producer in range(3):
            numbers = [item.id for item in got if item.data == producer]
            assert numbers == sorted(numbers)
