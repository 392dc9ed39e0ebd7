"""A first look inside a queue, or a hook, at any time: from then on it works under a lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pcsim
from pcsim import testing
from tests.interleavings import models
from tests.interleavings.models import Traffic

HELPERS = ("tests.interleavings.models",)


def look_at_the_mutex(queue: pcsim.Queue[models.Item]) -> None:
    """While it is owned, nothing changes what is queued."""
    for _ in range(2):
        with queue.mutex:
            before = list(queue.queue)
            testing.let_time_pass(0)
            assert list(queue.queue) == before


def put_in_a_hook(queue: pcsim.Queue[models.Item]) -> None:
    """It is called for each item from then on."""
    store = queue._put
    queue._put = lambda item: store(item)  # type: ignore[method-assign]


def look_at_the_items(queue: pcsim.Queue[models.Item]) -> None:
    """It changes nothing."""
    list(queue.queue)


LOOKS: list[Callable[[Any], None]] = [look_at_the_mutex, put_in_a_hook, look_at_the_items]


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("capacity", [1, 2])
@pytest.mark.parametrize("get", [models.get, models.get_in_time, models.get_any])
@testing.explore(preemptions=2, helpers=HELPERS, grain="calls")
def test_a_look_at_a_small_queue(get: Callable[..., models.Item], capacity: int) -> None:
    """Every interleaving of a putter, a getter and one that looks."""
    traffic = Traffic([pcsim.Queue(capacity)], 1, 1)
    traffic.may_exceed = True
    queue = traffic.queues[0]
    models.run(
        traffic,
        *traffic.all_producers(2, models.put),
        *traffic.all_consumers(getattr(models, get.__name__), 2),
        lambda: look_at_the_items(queue),
    )


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("capacity", [1, 3])
@pytest.mark.parametrize("look", LOOKS)
@testing.explore(5_000, helpers=HELPERS)
def test_a_look_at_any_time(look: Callable[[Any], None], capacity: int) -> None:
    """What is put is taken, once and in its order, by gets of all kinds."""
    traffic = Traffic([pcsim.Queue(capacity) for _ in range(2)], 2, 3)
    traffic.may_exceed = True
    waits = (models.get, models.get_in_time, models.get_any)
    consumers = [traffic.consumer(number, get) for number, get in enumerate(waits)]
    producers = [traffic.producer(number, 4, models.put, closes=True) for number in range(2)]
    models.run(traffic, *producers, *consumers, lambda: look(traffic.queues[0]))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("is_immediate", [False, True], ids=["drained", "immediate"])
@testing.explore(5_000, helpers=HELPERS)
def test_a_look_and_a_shutdown(is_immediate: bool) -> None:
    """In any order, every wait ends, and nothing is lost."""
    traffic = Traffic([pcsim.Queue(1)], 2, 2)
    traffic.may_exceed = True
    traffic.is_immediate = is_immediate
    queue = traffic.queues[0]
    models.run(
        traffic,
        *traffic.all_producers(2, models.put),
        *traffic.all_consumers(models.get),
        lambda: queue.shutdown(is_immediate),
        lambda: look_at_the_items(queue),
    )


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(5_000, helpers=HELPERS)
def test_a_look_and_tasks() -> None:
    """Tasks are counted on, and `join` comes back once all are done."""
    queue: pcsim.Queue[int] = pcsim.Queue(1)
    done: list[int] = []

    def produce() -> None:
        for number in range(3):
            queue.put(number)
        queue.join()
        assert sorted(done) == [0, 1, 2]

    def work() -> None:
        for _ in range(3):
            done.append(queue.get())
            queue.task_done()

    testing.threads(produce, work, lambda: queue.mutex)
    models.check_rest(queue)
    assert queue.unfinished_tasks == 0
