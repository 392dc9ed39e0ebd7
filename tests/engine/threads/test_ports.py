"""Ports count what goes through a queue, apply its policy, and notify workers that wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from pcsim import runtime
from pcsim.engine.books.ledger import QUEUE_DROPPED
from pcsim.engine.item import Item
from pcsim.engine.threads.ports import put_port
from pcsim.errors import QueueOverflowError
from pcsim.queue.core import ShutDown
from pcsim.scenario import Overflow
from pcsim.snapshot import BlockReason
from tests.support.metered import DROPS, GOTS, PUTS, QUEUES, Bench
from tests.support.threads import Calling, until_waiting


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
    """The observer gets the queue, the reason, and the time at which the worker was served."""
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


def test_a_put_is_counted_before_anybody_may_have_its_item(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And a get before its slot is free: so no depth is ever below 0 or above the capacity."""
    seen: list[tuple[bool, int, int]] = []

    class Watched(deque[Any]):
        def append(self, thing: Any) -> None:
            if thing is None or isinstance(thing, Item):  # a free slot, or what is queued
                seen.append((thing is None, bench.cells[PUTS], bench.cells[GOTS]))
            super().append(thing)

    monkeypatch.setattr(runtime, "deque", Watched)
    bench = Bench(2)
    bench.put(0)  # makes a slot, which is free from the first get on
    bench.got()
    seen.clear()
    bench.put(1)
    bench.got()
    assert seen == [(False, 2, 1), (True, 2, 2)]


def test_a_put_that_finds_its_queue_closed_gives_its_slot_back() -> None:
    """Else the queue is never known to be empty, and those that wait for it to be wait on."""
    bench = Bench(2)
    bench.put(0)
    bench.got()
    get = Calling(bench.get)
    until_waiting(bench.queue, getters=1)
    bench.queue._free.pop()  # a put has looked for a slot, ...
    bench.queue.shutdown()
    assert get.is_going_on
    bench.queue._free.append(None)
    refused = put_port(bench.queue, PUTS, DROPS, bench.heard).try_put(Item(1, None, 0.0))
    assert not refused  # ... and finds the queue closed
    assert isinstance(get.error(), ShutDown)
    assert len(bench.queue._free) == bench.queue._slots


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
    """The slot that comes after its time goes to another producer."""
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
