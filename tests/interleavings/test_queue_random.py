"""Many interleavings of more threads at a queue, drawn at random: walks and priorities (PCT)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

import pcsim
from pcsim import testing
from tests.interleavings import models
from tests.interleavings.models import Traffic

Test = TypeVar("Test", bound=Callable[..., object])


def some(count: int) -> Callable[[Test], Test]:
    """Run a test in that many interleavings in all, shared among its parameters."""
    return testing.explore(count, helpers=("tests.interleavings.models",))


KINDS: list[type[pcsim.Queue[Any]]] = [pcsim.Queue, pcsim.LifoQueue]


def kind_and_size(test: Test) -> Test:
    """For queues with and without hooks, of two capacities."""
    for mark in (
        pytest.mark.parametrize("capacity", [1, 3]),
        pytest.mark.parametrize("kind", KINDS, ids=["queue", "hooked"]),
        pytest.mark.timeout(900),
        pytest.mark.long,
    ):
        test = mark(test)
    return test


@kind_and_size
@some(4_000)
def test_put_and_get(kind: type[pcsim.Queue[Any]], capacity: int) -> None:
    """What three producers put, three consumers take, once."""
    traffic = Traffic([_made(kind, capacity)], 3, 3)
    traffic.keeps_order = kind.__name__ == "Queue"
    models.run(
        traffic, *traffic.all_producers(4, models.put), *traffic.all_consumers(models.get, 4)
    )


@kind_and_size
@some(4_000)
def test_put_and_get_in_time(kind: type[pcsim.Queue[Any]], capacity: int) -> None:
    """A put or get that gives up has changed nothing, and others go on."""
    traffic = Traffic([_made(kind, capacity)], 3, 3)
    traffic.keeps_order = kind.__name__ == "Queue"
    models.run(
        traffic,
        *traffic.all_producers(3, models.put_in_time),
        *traffic.all_consumers(models.get_in_time, 4),
    )


@kind_and_size
@some(4_000)
def test_get_any(kind: type[pcsim.Queue[Any]], capacity: int) -> None:
    """Getters of three queues are served once each, whichever queue has something."""
    traffic = Traffic([_made(kind, capacity) for _ in range(3)], 3, 2)
    traffic.keeps_order = kind.__name__ == "Queue"
    models.run(
        traffic,
        *traffic.all_producers(4, models.put),
        *traffic.all_consumers(models.get_any, 6),
    )


@kind_and_size
@pytest.mark.parametrize("way", ["drained", "immediate"])
@some(2_000)
def test_shutdown_at_any_time(way: str, kind: type[pcsim.Queue[Any]], capacity: int) -> None:
    """Both ways of shutting down, in any order, end every wait."""
    traffic = Traffic([_made(kind, capacity)], 2, 2)
    traffic.keeps_order = kind.__name__ == "Queue"

    def close() -> None:
        if way == "immediate":
            traffic.close_at_once()
        traffic.queues[0].shutdown()
        testing.let_time_pass(testing.choose(0, 1))
        if testing.choose(False, True):
            traffic.close_at_once()

    models.run(
        traffic,
        *traffic.all_producers(3, models.put_in_time),
        *traffic.all_consumers(models.get),
        close,
    )


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("is_immediate", [False, True], ids=["drained", "immediate"])
@some(4_000)
def test_shutdown_while_an_item_is_on_its_way(is_immediate: bool) -> None:
    """The getter that has the last item lets the other one end, also where it gets no more; and
    what a putter brings after an immediate shutdown is thrown away."""
    queue: pcsim.Queue[models.Item] = pcsim.Queue(1)
    queue.put((0, 0))
    queue.get()  # so that a slot is free, and the next put takes no lock
    # Getters that wait keep up the flag by which what is brought is thrown away.
    traffic = Traffic([queue], 1, testing.choose(0, 2) if is_immediate else testing.choose(2, 0))
    traffic.is_immediate = is_immediate
    consumers = traffic.all_consumers(models.get, 1)
    models.run(
        traffic,
        *traffic.all_producers(1, models.put),
        *consumers,
        lambda: queue.shutdown(is_immediate),
    )
    assert queue.empty() or not (consumers or is_immediate)


@kind_and_size
@some(4_000)
def test_resize_at_any_time(kind: type[pcsim.Queue[Any]], capacity: int) -> None:
    """Capacities that come and go lose nothing, and leave no thread waiting."""
    traffic = Traffic([_made(kind, capacity)], 2, 2)
    traffic.keeps_order = kind.__name__ == "Queue"
    traffic.has_fixed_capacity = False

    def resize() -> None:
        for size in (2, 1, 4, 1, capacity):
            traffic.queues[0].maxsize = size

    models.run(
        traffic,
        *traffic.all_producers(4, models.put),
        *traffic.all_consumers(models.get, 4),
        resize,
    )


def interruptible(call: Callable[[], Any], interrupts: list[None]) -> Any:
    """Call it, and call it again where it was interrupted."""
    while True:
        try:
            with testing.interrupts():
                return call()
        except KeyboardInterrupt:
            interrupts.append(None)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["waits", "in time", "any"])
@pytest.mark.parametrize("capacity", [1, 3])
@testing.explore(5_000, helpers=("tests.interleavings.models",), grain="calls")
def test_interrupts(capacity: int, way: str) -> None:
    """An interrupted put has put its item or not; an interrupted get has taken none, or loses only
    what it had in hand. All others go on as if nothing had been."""
    several = way == "any"
    queues: list[pcsim.Queue[models.Item]] = [pcsim.Queue(capacity) for _ in range(1 + several)]
    traffic = Traffic(queues, 2, 2)
    put_once = models.put_in_time if way == "in time" else models.put
    unsure: list[models.Item] = []
    interrupts: list[None] = []

    def put(target: pcsim.Queue[models.Item], item: models.Item) -> bool:
        try:
            with testing.interrupts():
                return put_once(target, item)
        except KeyboardInterrupt:
            unsure.append(item)
            return False

    def get(queues: Any) -> models.Item:
        taken: models.Item
        while True:
            try:
                if several:
                    taken = interruptible(lambda: models.get_any(queues), interrupts)
                elif way == "in time":
                    taken = interruptible(lambda: models.get_in_time(queues), interrupts)
                else:
                    taken = interruptible(lambda: models.get(queues), interrupts)
                return taken
            except pcsim.Empty:
                continue

    testing.threads(
        *(traffic.producer(number, 3, put, closes=True) for number in range(2)),
        *traffic.all_consumers(get),
    )
    traffic.check_interrupted(unsure, len(interrupts))


@pytest.mark.long
@pytest.mark.timeout(900)
@some(4_000)
def test_owner_of_the_mutex() -> None:
    """While a thread owns `mutex`, nothing changes what is queued."""
    queue: pcsim.Queue[models.Item] = pcsim.Queue(2)
    traffic = Traffic([queue], 2, 2)

    def look() -> None:
        for _ in range(3):
            with queue.mutex:
                before = list(queue.queue)
                testing.let_time_pass(0)
                assert list(queue.queue) == before

    models.run(
        traffic, *traffic.all_producers(4, models.put), *traffic.all_consumers(models.get, 4), look
    )


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["drained", "immediate", "looked into"])
@some(2_000)
def test_without_a_limit(way: str) -> None:
    """Slots are made several at once, and those of a peak go, while others put, get and close."""
    from pcsim.queue import sealed

    sealed.BATCH, sealed.SLOTS_KEPT = (None,) * 2, 1
    queue: pcsim.Queue[models.Item] = pcsim.Queue()
    traffic = Traffic([queue], 2, 2)
    traffic.has_fixed_capacity = False
    traffic.is_immediate = way == "immediate"

    def act() -> None:
        if way == "looked into":
            list(queue.queue)
            queue.shutdown()
        else:
            queue.shutdown(way == "immediate")

    models.run(
        traffic, *traffic.all_producers(6, models.put), *traffic.all_consumers(models.get), act
    )


@pytest.mark.long
@pytest.mark.timeout(900)
@some(4_000)
def test_tasks_are_joined() -> None:
    """`join` returns once each item was reported done, and not before."""
    queue: pcsim.Queue[int] = pcsim.Queue(2)
    done: list[int] = []

    def produce() -> None:
        for number in range(4):
            queue.put(number)
        queue.join()
        assert sorted(done) == [0, 1, 2, 3]
        queue.shutdown()

    def work() -> None:
        while True:
            try:
                item = queue.get()
            except pcsim.ShutDown:
                return
            done.append(item)
            queue.task_done()

    testing.threads(produce, work, work)
    models.check_rest(queue)
    assert queue.unfinished_tasks == 0


def _made(kind: type[pcsim.Queue[Any]], capacity: int) -> pcsim.Queue[models.Item]:
    """A queue of that kind: parameters are classes of the real pcsim, and not of its copy."""
    made: pcsim.Queue[models.Item] = getattr(pcsim, kind.__name__)(capacity)
    return made
