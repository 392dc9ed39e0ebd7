"""Queues share a lock only with those that they may have to be waited for together with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem, runtime
from pcsim.queue import Queue, get_any
from pcsim.snapshot import Phase
from tests.support.engines import line
from tests.support.queues import KINDS, core_of
from tests.support.threads import GUARD, Calling, until_waiting


class Slow(Queue[int]):
    """A queue whose hook takes until a test lets it go on."""

    def __init__(self) -> None:
        self.is_inside = threading.Event()
        self.may_go = threading.Event()
        super().__init__()

    def _put(self, item: int) -> None:
        self.is_inside.set()
        assert self.may_go.wait(GUARD)
        super()._put(item)


def system_of(items: int) -> tuple[ProducerConsumerSystem, list[Any]]:
    """A system whose workers wait for each other all the time, and what it delivers."""
    delivered: list[Any] = []
    return line(range(items), delivered.append, capacity=1), delivered


def run_to_the_end(items: int) -> list[Any]:
    system, delivered = system_of(items)
    with system:
        assert system.wait_for_completion(GUARD)
    assert system.snapshot().phase is Phase.FINISHED
    return delivered


def while_inside(slow: Slow, act: Callable[[], Any]) -> Any:
    """What this returns while a thread is inside the slow hook all the time."""
    putter = Calling(slow.put, 1)
    assert slow.is_inside.wait(GUARD)
    try:
        result = Calling(act).result()
        assert putter.is_going_on
    finally:
        slow.may_go.set()
    putter.result()
    return result


def test_a_slow_hook_of_a_queue_delays_no_system() -> None:
    """It runs from its start to its end while the hook has not come back."""
    assert while_inside(Slow(), lambda: run_to_the_end(50)) == list(range(50))


@KINDS
def test_a_slow_hook_delays_no_other_queue(kind: type[Queue[int]]) -> None:
    """The lock under which it is called is its own queue's alone."""
    queue = kind(1)

    def put_three() -> None:
        for number in range(3):
            queue.put(number)

    def pass_through() -> list[int]:
        putter = Calling(put_three)
        got = [queue.get() for _ in range(3)]
        putter.result()
        return got

    assert while_inside(Slow(), pass_through) == [0, 1, 2]


def test_two_systems_share_no_lock() -> None:
    """One runs to its end while the lock of the other is taken."""
    other, _ = system_of(5)
    other.snapshot()  # from here on it has an engine
    engine: Any = other._engine
    with engine.queues[0]._mutex:
        assert Calling(run_to_the_end, 50).result() == list(range(50))


def test_all_queues_of_a_system_share_its_lock() -> None:
    """A consumer of several waits at all of them at once, and the run's end closes them all."""
    system = ProducerConsumerSystem()
    for name in ("a", "b"):
        system.add_queue(name, 1)
        system.add_producer(f"P{name}", [1], 0, name)
    system.add_consumer("C", None, 0, None, ["a", "b"])
    system.snapshot()
    engine: Any = system._engine
    assert {id(queue._mutex) for queue in engine.queues} == {id(engine._lock)}


def test_any_queues_that_belong_to_no_system_can_be_waited_for_together() -> None:
    """Whichever thread made them, and whenever: so they share a lock, where all threads do."""
    first, second = Queue[int](), Calling(Queue[int]).result()
    share_lock = core_of(first)._mutex is core_of(second)._mutex
    assert share_lock == runtime.has_interpreter_lock()
    getter = Calling(get_any, [first, second])
    until_waiting(first, getters=1)
    until_waiting(second, getters=1)
    second.put(7)
    assert getter.result() == (second, 7)


def test_get_any_refuses_a_queue_of_a_system() -> None:
    """It would need both locks at once; only an engine has such queues."""
    system, _ = system_of(1)
    system.snapshot()
    engine: Any = system._engine
    with pytest.raises(TypeError, match=r"from a pcsim\.Queue, not from a .*MeteredQueue$"):
        get_any([Queue[int](), engine.queues[0]], block=False)
