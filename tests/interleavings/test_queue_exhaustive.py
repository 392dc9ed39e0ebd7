"""Every interleaving of few threads at a small queue, with at most two preemptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

import pcsim
from pcsim import testing
from tests.interleavings import models
from tests.interleavings.models import Traffic

Test = TypeVar("Test", bound=Callable[..., object])


def every(test: Test) -> Test:
    """Run a test of producers and consumers at a queue of some capacity, in every interleaving."""
    explored = testing.explore(
        preemptions=2, helpers=("tests.interleavings.models",), grain="calls"
    )(test)
    for mark in (
        pytest.mark.parametrize("capacity", [1, 2]),
        pytest.mark.parametrize(("producers", "consumers"), [(1, 1), (1, 2), (2, 1)]),
        pytest.mark.timeout(900),
        pytest.mark.long,
    ):
        explored = mark(explored)
    return explored


@every
def test_put_and_get(producers: int, consumers: int, capacity: int) -> None:
    """What is put is taken, once and in order."""
    traffic = Traffic([pcsim.Queue(capacity)], producers, consumers)
    items = 3 if producers == consumers else 1
    models.run(
        traffic,
        *traffic.all_producers(items * consumers, models.put),
        *traffic.all_consumers(models.get, items * producers),
    )


@every
def test_put_and_get_in_time(producers: int, consumers: int, capacity: int) -> None:
    """A put or get that gives up has changed nothing."""
    traffic = Traffic([pcsim.Queue(capacity)], producers, consumers)
    items = 2 if producers == consumers else 1
    models.run(
        traffic,
        *traffic.all_producers(items * consumers, models.put_in_time),
        *traffic.all_consumers(models.get_in_time, items * producers),
    )


@every
def test_get_any(producers: int, consumers: int, capacity: int) -> None:
    """A getter of two queues is served once, by one of them."""
    traffic = Traffic([pcsim.Queue(capacity), pcsim.Queue(capacity)], producers, consumers)
    items = 2 if producers == consumers else 1
    models.run(
        traffic,
        *traffic.all_producers(items * consumers, models.put),
        *traffic.all_consumers(models.get_any, items * producers),
    )


@every
def test_shutdown(producers: int, consumers: int, capacity: int) -> None:
    """Getters take what is left and then end, putters are refused."""
    traffic = Traffic([pcsim.Queue(capacity)], producers, consumers)
    models.run(traffic, *traffic.with_action(traffic.queues[0].shutdown, models.get))


@every
def test_immediate_shutdown(producers: int, consumers: int, capacity: int) -> None:
    """Whatever is on its way is thrown away or taken, and no thread waits for ever."""
    traffic = Traffic([pcsim.Queue(capacity)], producers, consumers)
    models.run(traffic, *traffic.with_action(traffic.close_at_once, models.get))


@every
def test_resize(producers: int, consumers: int, capacity: int) -> None:
    """Another capacity lets in those that wait, and drops nothing."""
    queue: pcsim.Queue[models.Item] = pcsim.Queue(capacity)
    traffic = Traffic([queue], producers, consumers)
    traffic.has_fixed_capacity = False

    def resize() -> None:
        queue.maxsize = 3 - capacity

    models.run(traffic, *traffic.with_action(resize, models.get, producers))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("capacity", [1, 2])
@pytest.mark.parametrize(("producers", "consumers"), [(1, 1), (1, 2), (2, 1)])
@testing.explore(preemptions=1, helpers=("tests.interleavings.models",), grain="calls")
def test_interrupts(producers: int, consumers: int, capacity: int) -> None:
    """A put that was interrupted has put its item or not, a get has taken none or loses the one
    that it had in hand, and all others go on."""
    queue: pcsim.Queue[models.Item] = pcsim.Queue(capacity)
    traffic = Traffic([queue], producers, consumers)
    interrupts: list[None] = []
    unsure: list[models.Item] = []

    def put(target: pcsim.Queue[models.Item], item: models.Item) -> bool:
        try:
            with testing.interrupts():
                target.put(item)
        except KeyboardInterrupt:
            unsure.append(item)
            return False
        return True

    def get(queues: Sequence[pcsim.Queue[models.Item]]) -> models.Item:
        while True:
            try:
                with testing.interrupts():
                    return models.get(queues)
            except KeyboardInterrupt:
                interrupts.append(None)

    testing.threads(
        *(traffic.producer(number, 2, put, closes=True) for number in range(producers)),
        *traffic.all_consumers(get),
    )
    traffic.check_interrupted(unsure, len(interrupts))


@pytest.mark.long
@testing.explore(preemptions=2, modules=("tests.interleavings.models",), grain="calls")
def test_an_interrupted_get_any_gives_back_to_the_queue_that_served_it() -> None:
    """An item that came at the last moment goes back to its own queue, not to the first."""
    first, second = pcsim.Queue[str](), pcsim.Queue[str]()

    def get() -> None:
        try:
            with testing.interrupts():
                queue, _ = pcsim.get_any([first, second])
        except KeyboardInterrupt:
            return
        assert queue is second

    testing.threads(get, lambda: second.put("an item of the second"))
    assert not first.qsize()
