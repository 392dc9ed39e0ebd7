"""Signal handlers that raise in the middle of an operation, such as an alarm as a timeout.

`benchmarks/interrupts.py` does the same ten thousand times, to the standard class as well. The
interleavings try an interrupt at every place (`tests/interleavings`).
"""

from __future__ import annotations

import signal
from typing import Any

import pytest

from pcsim import runtime
from pcsim.queue import Queue, get_any
from pcsim.queue.condition import Notice
from tests.support.interrupting import Alarms, fault_of_get, fault_of_put
from tests.support.interruption import at_every_place, cut_short

ROUNDS = 30

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="there is no timer of signals on this system"
)


@pytest.mark.parametrize("capacity", [1, 3])
def test_an_interrupted_put_leaves_the_queue_whole(capacity: int) -> None:
    """No getter is left waiting beside an item, no slot is lost, none is there twice."""
    with Alarms(seed=capacity) as alarms:
        faults = [fault_of_put(Queue, capacity, alarms) for _ in range(ROUNDS)]
    assert not any(faults), faults


@pytest.mark.parametrize("capacity", [1, 3])
def test_an_interrupted_get_leaves_the_queue_whole(capacity: int) -> None:
    """No putter is left waiting beside a free slot, no slot is lost, none is there twice."""
    with Alarms(seed=capacity) as alarms:
        faults = [fault_of_get(Queue, capacity, alarms) for _ in range(ROUNDS)]
    assert not any(faults), faults


@pytest.mark.parametrize("capacity", [1, 3])
def test_an_interrupted_get_any_leaves_the_queues_whole(capacity: int) -> None:
    """As `get`, and nothing is left in the line of the other queue."""
    other = Queue[object](1)

    def get(queue: Any) -> object:
        return get_any([queue, other])

    with Alarms(seed=capacity) as alarms:
        faults = [fault_of_get(Queue, capacity, alarms, get) for _ in range(ROUNDS)]
    assert not any(faults), faults
    other.put(None, block=False)
    other.get(block=False)


def test_a_wait_that_is_cut_short_has_its_lock_again() -> None:
    """At any place, once; and no waiter of it stays."""

    def try_at(place: int) -> bool:
        lock = runtime.Lock()
        notice = Notice(lock)
        lock.acquire()
        was_there = cut_short(place, lambda: notice.wait_once(0.001))
        lock.release()
        assert not notice.waiters
        return was_there

    at_every_place(try_at)
