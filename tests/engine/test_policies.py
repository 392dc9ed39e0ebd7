"""Each policy does what its name promises: alone, and on threads."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from itertools import islice, repeat
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.analysis.event_text import describe
from pcsim.engine.item import Item
from pcsim.engine.policies import ROUTING_CHOICES, SELECTION_ORDERS, STORES, Admission, admit
from pcsim.errors import QueueOverflowError, WorkerError
from pcsim.scenario import Discipline, Overflow, Routing, Selection
from pcsim.scenario.policies import OVERFLOW
from pcsim.snapshot import EventKind
from tests.support.engines import GUARD, Gate, endless, state_of, until


def overflowing(overflow: str) -> tuple[ProducerConsumerSystem, list[Any]]:
    """A run that has ended: 20 items came to a queue of 3 while its consumer had the first of
    them; and what the consumer got."""
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("q", 3, overflow=overflow)
    go = threading.Event()

    def source() -> Any:
        yield 0
        assert go.wait(GUARD)
        yield from range(1, 20)

    system.add_producer("P", source(), 0, "q")
    system.add_consumer("C", gate, 0, queue_names="q")
    system.start()
    assert gate.entered.wait(GUARD)
    go.set()
    until(system, lambda s: state_of(s, "P") == "done")
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    return system, gate.got


def test_a_full_queue_may_drop_what_is_new() -> None:
    """`drop_new`: those that wait stay, the producer never blocks, the count is exact."""
    system, got = overflowing("drop_new")
    assert got == [0, 1, 2, 3]
    totals = system.snapshot().totals
    assert (totals.produced, totals.consumed, totals.dropped) == (20, 4, 16)
    drops = [e for e in system.events().events if e.kind is EventKind.DROPPED]
    assert len(drops) == 16
    assert describe(drops[0]) == "dropped item 5: q is full"


def test_a_full_queue_may_drop_what_is_old() -> None:
    """`drop_old`: the newest are there when the consumer comes."""
    system, got = overflowing("drop_old")
    assert got == [0, 17, 18, 19]
    totals = system.snapshot().totals
    assert (totals.produced, totals.consumed, totals.dropped) == (20, 4, 16)
    assert system.snapshot().queues[0].dropped_total == 16


@pytest.mark.parametrize("policy", list(Overflow))
def test_no_policy_loses_what_a_quick_consumer_takes(policy: Overflow) -> None:
    """With room for all, every policy is the same."""
    dest: list[int] = []
    system = ProducerConsumerSystem()
    system.add_queue("q", 1000, overflow=policy)
    system.add_producer("P", range(1000), 0, "q")
    system.add_consumer("C", dest, 0, queue_names="q")
    with system:
        pass
    assert dest == list(range(1000))


def test_an_overflowing_queue_that_may_not_fails_its_producer() -> None:
    """`overflow="fail"` is an error of the worker that met the full queue."""
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("q", 1, overflow="fail")
    system.add_producer("P", endless(), 0, "q")
    system.add_consumer("C", gate, 0, queue_names="q")
    system.start()
    until(system, lambda s: s.failure is not None)
    gate.open.set()
    with pytest.raises(WorkerError) as caught:
        system.wait_for_completion(GUARD)
    assert isinstance(caught.value.__cause__, QueueOverflowError)
    assert system.snapshot().totals.failed == 1


def test_round_robin_is_fair_with_queues_that_are_always_ready() -> None:
    """Each of n ready queues gets at least 1/(2n) of the gets."""
    got = dict.fromkeys("abcd", 0)
    gate = Gate()

    def sink(item: str) -> None:
        if not gate.open.is_set():
            gate(item)
        got[item] += 1

    system = ProducerConsumerSystem()
    for name in got:
        system.add_queue(name, 3000)
        system.add_producer(f"P{name}", [name] * 3000, 0, name)
    system.add_consumer("C", sink, 0, 2000, list(got))
    system.start()
    until(system, lambda s: sum(row.put_total for row in s.producers) == 12_000)
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert sum(got.values()) == 2000
    assert all(number >= 2000 / 8 for number in got.values()), got


@pytest.mark.parametrize(
    ("policy", "put_timeout", "admission"),
    [
        (Overflow.BLOCK, None, Admission.WAIT),
        (Overflow.BLOCK, 0.5, Admission.WAIT),
        (Overflow.BLOCK, 0.0, Admission.DROP_INCOMING),
        (Overflow.DROP_NEW, None, Admission.DROP_INCOMING),
        (Overflow.DROP_OLD, 0.5, Admission.DROP_OLDEST),
    ],
)
def test_an_item_at_a_full_queue(
    policy: Overflow, put_timeout: float | None, admission: Admission
) -> None:
    """The policy decides, and whether the worker waits at all."""
    assert admit(OVERFLOW[policy], "q", put_timeout) is admission


def test_a_queue_that_must_not_be_full_fails_the_run() -> None:
    """The error names the queue."""
    with pytest.raises(QueueOverflowError, match="'orders'"):
        admit(OVERFLOW[Overflow.FAIL], "orders", None)


@pytest.mark.parametrize(
    ("discipline", "order"),
    [
        (Discipline.FIFO, [1, 2, 3, 4]),
        (Discipline.LIFO, [4, 3, 2, 1]),
        (Discipline.PRIORITY, [2, 4, 1, 3]),
    ],
)
def test_items_come_out_in_the_order_of_the_discipline(
    discipline: Discipline, order: list[int]
) -> None:
    """Items 2 and 4 have the smaller priority. The oldest is the first that came."""
    store = STORES[discipline]()
    assert store.oldest() is None
    for number, priority in ((1, 5), (2, 1), (3, 5), (4, 1)):
        store.push(Item(number, None, 0.0, priority=priority))
    oldest = store.oldest()
    assert oldest is not None
    assert oldest.id == 1
    assert [item.id for item in store.in_order()] == order
    assert [store.pop().id for _ in order] == order
    with pytest.raises(IndexError):
        store.pop()


@pytest.mark.parametrize("discipline", Discipline)
def test_the_oldest_can_be_taken_out_of_any_order(discipline: Discipline) -> None:
    """What remains keeps its order."""
    store = STORES[discipline]()
    for number, priority in ((1, 5), (2, 1), (3, 7), (4, 1)):
        store.push(Item(number, None, 0.0, priority=priority))
    rest = [item.id for item in store.in_order() if item.id != 1]
    assert store.pop_oldest().id == 1
    assert [store.pop().id for _ in rest] == rest
    with pytest.raises(IndexError):
        store.pop_oldest()


@pytest.mark.parametrize(
    ("selection", "order"),
    [
        (Selection.ROUND_ROBIN, [2, 0, 1]),
        (Selection.LONGEST, [0, 2, 1]),
        (Selection.PRIORITY, [0, 1, 2]),
    ],
)
def test_queues_are_tried_in_the_order_of_the_selection(
    selection: Selection, order: list[int]
) -> None:
    """The last item came from the queue at position 1."""
    depths: list[Callable[[], int]] = [lambda: 5, lambda: 0, lambda: 3]
    assert list(SELECTION_ORDERS[selection](depths)(1)) == order


@pytest.mark.parametrize(
    ("routing", "chosen"),
    [
        (Routing.ROUND_ROBIN, [0, 1, 2, 0]),
        (Routing.SHORTEST, [2, 2, 2, 2]),
        (Routing.RANDOM, [1, 1, 1, 1]),
    ],
)
def test_items_go_where_their_routing_sends_them(routing: Routing, chosen: list[int]) -> None:
    """The shortest queue is not one that is closed."""
    outputs: list[Callable[[], float]] = [lambda: 4, lambda: math.inf, lambda: 2]
    assert list(islice(ROUTING_CHOICES[routing](outputs, lambda: repeat(1)), 4)) == chosen
