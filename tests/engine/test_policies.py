"""Each policy does on threads what its name promises: overflow and selection."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.analysis.event_text import describe
from pcsim.errors import (
    QueueOverflowError,
    WorkerError,
)
from pcsim.scenario import (
    ConsumerSpec,
    Overflow,
    ProducerSpec,
)
from pcsim.snapshot import EventKind
from tests.support.engines import (
    GUARD,
    Gate,
    endless,
    state_of,
    until,
)


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


P = ProducerSpec("P", "main", 0)


C = ConsumerSpec("C", ("main",), 0)


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
