"""The queue as it works without a global lock: another thread may come between a look at an
attribute and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

import pcsim
from pcsim import runtime, testing
from pcsim.queue.attributes import sealed_core
from tests.interleavings import models
from tests.interleavings.models import Traffic

Test = TypeVar("Test", bound=Callable[..., object])


def without_lock(test: Test) -> Test:
    """Run a test of queues of some capacity in many interleavings of that grain."""
    explored = testing.explore(5_000, helpers=("tests.interleavings.models",), grain="looks")(test)
    for mark in (
        pytest.mark.parametrize("capacity", [1, 3]),
        pytest.mark.timeout(900),
        pytest.mark.long,
    ):
        explored = mark(explored)
    return explored


@without_lock
def test_put_and_get(capacity: int) -> None:
    """What two producers put, two consumers take, once and in order."""
    traffic = Traffic([pcsim.Queue(capacity)], 2, 2)
    models.run(
        traffic, *traffic.all_producers(4, models.put), *traffic.all_consumers(models.get, 4)
    )


@without_lock
def test_put_and_get_in_time(capacity: int) -> None:
    """A put or get that gives up has changed nothing, and others go on."""
    traffic = Traffic([pcsim.Queue(capacity)], 2, 2)
    models.run(
        traffic,
        *traffic.all_producers(3, models.put_in_time),
        *traffic.all_consumers(models.get_in_time, 4),
    )


@without_lock
def test_shutdown_at_any_time(capacity: int) -> None:
    """Both ways of shutting down, one after the other, end every wait."""
    traffic = Traffic([pcsim.Queue(capacity)], 2, 2)

    def close() -> None:
        traffic.queues[0].shutdown()
        if testing.choose(False, True):
            traffic.close_at_once()

    models.run(
        traffic,
        *traffic.all_producers(3, models.put_in_time),
        *traffic.all_consumers(models.get),
        close,
    )


@without_lock
def test_resize_at_any_time(capacity: int) -> None:
    """Capacities that come and go lose nothing, and leave no thread waiting."""
    traffic = Traffic([pcsim.Queue(capacity)], 2, 2)
    traffic.has_fixed_capacity = False

    def resize() -> None:
        for size in (2, 1, 4, capacity):
            traffic.queues[0].maxsize = size

    models.run(
        traffic,
        *traffic.all_producers(4, models.put),
        *traffic.all_consumers(models.get, 4),
        resize,
    )


@without_lock
def test_get_any(capacity: int) -> None:
    """Getters of two queues are served once each, whichever queue has something."""
    traffic = Traffic([pcsim.Queue(capacity), pcsim.Queue(capacity)], 2, 2)
    models.run(
        traffic, *traffic.all_producers(4, models.put), *traffic.all_consumers(models.get_any, 4)
    )


@without_lock
def test_get_any_until_shutdown(capacity: int) -> None:
    """Getters of two queues end when both are over, whichever is the last, or their time is up."""
    traffic = Traffic([pcsim.Queue(capacity), pcsim.Queue(capacity)], 2, 2)
    first, second = traffic.queues
    models.run(
        traffic,
        *traffic.all_producers(1, models.put),
        traffic.consumer(0, models.get_any),
        traffic.consumer(1, models.get_any_in_time),
        first.shutdown,
        second.shutdown,
    )


@without_lock
def test_a_look_inside_at_any_time(capacity: int) -> None:
    """From then on the queue works under a lock: while it is owned nothing changes, and what was
    on its way arrives."""
    queue: pcsim.Queue[models.Item] = pcsim.Queue(capacity)
    traffic = Traffic([queue], 2, 2)

    def look() -> None:
        for _ in range(2):
            with queue.mutex:
                before = list(queue.queue)
                testing.let_time_pass(0)
                assert list(queue.queue) == before

    testing.threads(
        *traffic.all_producers(4, models.put), *traffic.all_consumers(models.get, 4), look
    )
    traffic.check_end()


@without_lock
def test_interrupts(capacity: int) -> None:
    """An interrupt leaves the queue whole, as with a global lock."""
    queue: pcsim.Queue[models.Item] = pcsim.Queue(capacity)
    traffic = Traffic([queue], 2, 2)
    unsure: list[models.Item] = []
    interrupts: list[None] = []

    def put(target: pcsim.Queue[models.Item], item: models.Item) -> bool:
        try:
            with testing.interrupts():
                target.put(item)
        except KeyboardInterrupt:
            unsure.append(item)
            return False
        return True

    def get(queues: Any) -> models.Item:
        while True:
            try:
                with testing.interrupts():
                    return models.get(queues)
            except KeyboardInterrupt:
                interrupts.append(None)

    testing.threads(
        *(traffic.producer(number, 3, put, closes=True) for number in range(2)),
        *traffic.all_consumers(get),
    )
    traffic.check_interrupted(unsure, len(interrupts))


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(preemptions=2, grain="looks")
def test_a_get_that_began_before_a_look_inside_takes_the_oldest() -> None:
    """Whatever the look moves meanwhile."""
    queue: pcsim.Queue[int] = pcsim.Queue()
    queue.put(0)
    queue.put(1)
    taken: list[int] = []

    def get() -> None:
        taken.append(queue.get())

    testing.threads(get, lambda: queue.queue)
    assert [*taken, *queue.queue] == [0, 1]


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(preemptions=1, grain="looks")
def test_a_put_that_began_before_a_look_inside_is_seen_by_it() -> None:
    """Or it waits for the lock: nothing arrives while code from outside owns that."""
    queue: pcsim.Queue[int] = pcsim.Queue()
    queue.put(0)

    def look() -> None:
        with queue.mutex:
            before = list(queue.queue)
            testing.let_time_pass(0)
            assert list(queue.queue) == before

    testing.threads(lambda: queue.put(1), look)
    assert list(queue.queue) == [0, 1]
    assert runtime.clock() == 0  # it was not waited for too long


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(preemptions=2, grain="looks")
def test_no_put_begins_while_a_look_inside_waits_for_the_last() -> None:
    """It would come too late for that look, and its item would stay where nobody finds it."""
    queue: pcsim.Queue[int] = pcsim.Queue(1)
    queue.put(0)

    def take_and_put() -> None:
        assert queue.get() == 0
        queue.put(1)

    testing.threads(lambda: queue.queue, take_and_put)
    assert list(queue.queue) == [1]


@testing.explore(10, grain="looks")
def test_a_look_inside_waits_for_no_operation_of_its_own_thread() -> None:
    """A signal handler in the middle of a put may look inside: nobody else would end that put."""
    queue: pcsim.Queue[int] = pcsim.Queue()
    queue.put(0)
    core = sealed_core(queue)
    assert core is not None
    count_put = core.count_put

    def look_and_count() -> int:
        queue.mutex  # noqa: B018
        return count_put()

    core.count_put = look_and_count
    queue.put(1)
    assert runtime.clock() == 0
    assert list(queue.queue) == [0, 1]


@testing.explore(10, grain="looks")
def test_a_look_inside_does_not_wait_for_ever() -> None:
    """What a thread has in its hand and does not pass on in time arrives all the same."""
    queue: pcsim.Queue[int] = pcsim.Queue()
    queue.put(0)
    core = sealed_core(queue)
    assert core is not None
    core._fast_free.pop()  # the first half of a put
    append = core._fast_items.append
    assert list(queue.queue) == [0]
    append(1)  # the second half
    assert [queue.get(), queue.get(timeout=1)] == [0, 1]
