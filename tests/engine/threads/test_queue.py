"""A metered queue ends as its run ends, and is exact under traffic."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.engine.books.ledger import QUEUE_BLOCK, QUEUE_DISCARDED, QUEUE_DROPPED
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.threads.ports import put_port
from pcsim.queue import ShutDown
from pcsim.queue.handing import give_slots
from pcsim.snapshot import BlockReason
from tests.support.cases import case
from tests.support.metered import DROPS, GOTS, PUTS, QUEUES, Bench
from tests.support.threads import Calling, until_waiting


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


MOST_CUTS = 5_000
"""Looks at the ledger while items move: more would be in their way."""


class Traffic:
    """Three producers and three consumers at all queues of a bench, and what came of them."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.bench = bench
        takes = [Calling(self.consume, consumer) for consumer in range(3)]
        gives = [Calling(self.produce, producer, number) for producer in range(3)]
        self.cuts: list[list[Any]] = []
        while any(give.is_going_on for give in gives) and len(self.cuts) < MOST_CUTS:
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


def check_traffic(overflow: str, capacity: int, queues: int) -> None:
    """Check the ledger during and after three producers and three consumers."""
    bench = Bench(capacity, overflow, queues)
    traffic = Traffic(bench, 1_200)
    for cut in traffic.cuts:
        dropped = sum(cut[QUEUES + QUEUE_BLOCK * index + QUEUE_DROPPED] for index in range(queues))
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
def test_traffic_is_counted_exactly(overflow: str) -> None:
    """At any time the depth by the ledger is from 0 to the capacity; in the end every
    item was got or dropped, none of them twice."""
    for capacity, queues in product((1, 3, 100), (1, 3)):
        with case(capacity, queues):
            check_traffic(overflow, capacity, queues)


@OVERFLOWS
def test_each_producers_items_are_got_in_order(overflow: str) -> None:
    """What is dropped leaves a gap; what is not dropped overtakes nothing."""
    for got in Traffic(Bench(3, overflow), 1_200).received:
        for producer in range(3):
            numbers = [item.id for item in got if item.data == producer]
            assert numbers == sorted(numbers)


def _smaller(capacity: int) -> Bench:
    """A queue of three items whose capacity has become that."""
    bench = Bench(3)
    for number in range(3):
        bench.put(number)
    bench.queue.change(replace(bench.queue.spec, capacity=capacity))
    return bench


def test_a_put_gives_back_a_slot_that_a_smaller_capacity_takes_away() -> None:
    """A get has freed it and not served yet: the put that comes between takes nothing."""
    bench = _smaller(1)
    bench.queue._items.popleft()
    bench.queue._free.append(None)
    port = put_port(bench.queue, PUTS, DROPS, bench.heard)
    assert not port.try_put(Item(9, None, 0.0))
    assert (bench.queue.depth(), bench.queue._slots) == (2, 2)


def test_a_slot_above_the_capacity_is_for_nobody() -> None:
    """Not even for a put that waits."""
    bench = _smaller(1)
    put = Calling(bench.puts[0], Item(9, None, 0.0))
    until_waiting(bench.queue, putters=1)
    with bench.queue._mutex:
        bench.queue._items.popleft()
        bench.queue._free.append(None)
        give_slots(bench.queue)
        assert len(bench.queue._putters) == 1
    bench.queue.shutdown(immediate=True)
    assert isinstance(put.error(), ShutDown)


def test_a_queue_is_full_while_it_has_more_than_fits() -> None:
    """The time counts from when it was made smaller, and ends when it is made larger."""
    bench = Bench(3)
    bench.put(0)
    bench.put(1)
    bench.clock.now = 10.0
    bench.queue.change(replace(bench.queue.spec, capacity=1))
    bench.clock.now = 14.0
    assert bench.queue.gauge().full_since == 10.0
    bench.queue.change(replace(bench.queue.spec, capacity=3))
    assert (bench.queue.gauge().full_time, bench.queue.gauge().full_since) == (4.0, None)
