"""An item is carried by identity, its record follows its life, and nothing keeps it after."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import Counter
from typing import Any

import pytest

from pcsim import Item, ItemStatus, ProducerConsumerSystem, runtime
from tests.support.engines import GUARD, Gate, line, stands_at_full, until
from tests.support.threads import until as until_seen


def test_the_record_of_an_item_follows_its_life() -> None:
    """Its status, its workers and its times, from pending to its end."""
    records: list[Item] = []
    gate = Gate()
    system = line(range(6), gate, capacity=3)
    assert Item(1, "data", 0.0).status is ItemStatus.PENDING
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    engine = system._built()
    waiting = list(engine.queues[0]._items)
    in_hand = engine.workers[1].in_hand
    blocked = engine.queues[0]._putters.waiters[0].item
    records = [item for item in (in_hand, *waiting, blocked) if item is not None]
    assert [item.id for item in records] == [1, 2, 3, 4, 5]
    statuses = [item.status for item in records]
    assert statuses == [
        ItemStatus.IN_PROGRESS,
        *[ItemStatus.QUEUED] * 3,
        ItemStatus.PENDING,
    ]
    assert all(item.producer == "P" for item in records)
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    statuses = [item.status for item in records]
    assert statuses == [ItemStatus.DONE, *[ItemStatus.DISCARDED] * 4]
    first = records[0]
    assert first.consumer == "C"
    times = [first.timestamp, first.queued_at, first.taken_at, first.ended_at]
    assert None not in times
    assert times == sorted(times, key=float)  # type: ignore[arg-type]
    assert repr(first) == "<Item 1 done>"


class Hostile:
    """An item that must never be touched, only carried."""

    def __eq__(self, other: object) -> bool:
        raise SystemExit("compared")

    def __hash__(self) -> int:
        raise SystemExit("hashed")

    def __repr__(self) -> str:
        raise SystemExit("shown")

    def __bool__(self) -> bool:
        raise SystemExit("weighed")

    def __len__(self) -> int:
        raise SystemExit("measured")


def test_hostile_items_pass_by_identity() -> None:
    """None, markers and items that raise at every touch: carried, and shown guarded."""
    items: list[Any] = [None, Hostile(), ..., NotImplemented, StopIteration, Hostile(), 0, ""]
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("a", 10)
    system.add_queue("b", 10)
    system.add_producer("P", items, 0, "a")
    system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("C", gate, 0, queue_names="b")
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: s.queues[1].depth == 7)
    shown = [item.shown for item in system.queue_detail("b").items]
    assert shown[0] == "<Hostile: repr raised SystemExit>"
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert len(gate.got) == len(items)
    assert all(got is given for got, given in zip(gate.got, items, strict=True))


class Mortal:
    """An item whose death can be seen."""


def is_alive(ref: weakref.ref[Mortal]) -> bool:
    """Whether anything keeps it."""
    return ref() is not None


@pytest.mark.parametrize("capacity", [1, 3])
@pytest.mark.parametrize("staged", [False, True])
def test_an_item_dies_when_it_is_delivered(capacity: int, staged: bool) -> None:
    """While the run goes on and all workers wait, none keeps an item that it has passed on."""
    number = 50
    born: list[weakref.ref[Mortal]] = []
    asked = threading.Event()
    go = threading.Event()

    def source() -> Any:
        for _ in range(number):
            mortal = Mortal()
            born.append(weakref.ref(mortal))
            yield mortal
            del mortal
        asked.set()
        assert go.wait(GUARD)

    system = ProducerConsumerSystem()
    system.add_queue("a", capacity)
    system.add_producer("P", source(), 0, "a")
    if staged:
        system.add_queue("b", capacity)
        system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("C", lambda _: None, 0, queue_names="b" if staged else "a")
    system.start()
    assert asked.wait(GUARD)
    until(
        system,
        lambda s: (
            s.totals.consumed == number
            and all(row.reason == "empty" for row in s.workers if row.name != "P")
        ),
    )
    if not runtime.has_interpreter_lock():
        # What another thread has let go of last dies when Python settles the counts of both.
        until_seen(lambda: gc.collect() >= 0 and not any(map(is_alive, born)))
    assert not any(map(is_alive, born))
    go.set()
    assert system.wait_for_completion(GUARD)


def test_discarded_items_die_with_the_run() -> None:
    """An abort keeps nothing."""
    gate = Gate()
    born: list[weakref.ref[Mortal]] = []

    def source() -> Any:
        while True:
            mortal = Mortal()
            born.append(weakref.ref(mortal))
            yield mortal
            del mortal

    system = line(source(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    gate.got.clear()
    gc.collect()
    assert Counter(ref() is None for ref in born) == {True: 6}


def test_an_item_that_uses_the_system_when_it_dies_does_no_harm() -> None:
    """`__del__` runs on whichever thread lets go; it may ask the system anything."""
    dead: list[int] = []

    class Loud:
        def __init__(self, number: int) -> None:
            self.number = number

        def __del__(self) -> None:
            system.snapshot()
            system.pause_producing()
            system.resume_producing()
            dead.append(self.number)

    system = line((Loud(number) for number in range(100)), None, max_items=50)
    system.start()
    assert system.wait_for_completion(GUARD)
    gc.collect()
    assert len(dead) == len(set(dead)) == system.snapshot().totals.produced
