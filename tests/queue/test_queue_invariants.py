"""What no order of calls and no race of threads breaks."""

from __future__ import annotations

import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pcsim.queue import Empty, Full, LifoQueue, PriorityQueue, Queue, ShutDown, get_any
from tests.support.cases import case
from tests.support.threads import Calling, run_all

Item = tuple[int, int]
"""Which producer made it, and as its how manieth."""


class Plain(Queue[Any]):
    """A subclass that replaces a hook by its like: every operation goes under the mutex."""

    def _put(self, item: Any) -> None:
        self.queue.append(item)


# One thread, against a model.


def _first(items: list[int]) -> int:
    return items.pop(0)


def _last(items: list[int]) -> int:
    return items.pop()


def _smallest(items: list[int]) -> int:
    smallest = min(items)
    items.remove(smallest)
    return smallest


NEXT: dict[type[Queue[Any]], Callable[[list[int]], int]] = {
    Queue: _first,
    Plain: _first,
    LifoQueue: _last,
    PriorityQueue: _smallest,
}


class AgainstModel(RuleBasedStateMachine):
    """A queue does what a list with a capacity, a count of tasks and a lock on its door does."""

    @initialize(kind=st.sampled_from(list(NEXT)), maxsize=st.integers(-1, 4))
    def make(self, kind: type[Queue[int]], maxsize: int) -> None:
        self.queue = kind(maxsize)
        self.take = NEXT[kind]
        self.maxsize = maxsize
        self.items: list[int] = []
        self.tasks = 0
        self.is_closed = False

    @property
    def is_full(self) -> bool:
        return 0 < self.maxsize <= len(self.items)

    @rule(item=st.integers(0, 9), timeout=st.sampled_from([None, 0.0]))
    def put(self, item: int, timeout: float | None) -> None:
        refusal = ShutDown if self.is_closed else Full if self.is_full else None
        if refusal is None:
            self.queue.put(item, timeout=timeout)
            self.items.append(item)
            self.tasks += 1
        else:
            with pytest.raises(refusal):
                self.queue.put(item, block=timeout is not None, timeout=timeout)

    @rule(timeout=st.sampled_from([None, 0.0]), of_any=st.booleans())
    def get(self, timeout: float | None, of_any: bool) -> None:
        block = timeout is not None or bool(self.items)
        if self.items:
            assert self.got(of_any, block, timeout) == self.take(self.items)
        else:
            with pytest.raises(ShutDown if self.is_closed else Empty):
                self.got(of_any, block, timeout)

    def got(self, of_any: bool, block: bool, timeout: float | None) -> int:
        if of_any:
            return get_any([self.queue], block, timeout)[1]
        return self.queue.get(block, timeout)

    @rule()
    def task_done(self) -> None:
        if self.tasks:
            self.queue.task_done()
            self.tasks -= 1
        else:
            with pytest.raises(ValueError, match="too many"):
                self.queue.task_done()

    @rule(maxsize=st.integers(-1, 4))
    def change_capacity(self, maxsize: int) -> None:
        self.queue.maxsize = self.maxsize = maxsize

    @rule(immediate=st.booleans(), really=st.integers(0, 4))
    def shut_down(self, immediate: bool, really: int) -> None:
        if really:  # most runs are to stay open for long
            return
        self.queue.shutdown(immediate)
        self.is_closed = True
        if immediate:
            self.tasks = max(self.tasks - len(self.items), 0)
            self.items.clear()

    @invariant()
    def looks_like_the_model(self) -> None:
        queue = self.queue
        assert queue.qsize() == len(self.items)
        assert queue.empty() == (not self.items)
        assert queue.full() == self.is_full
        assert queue.maxsize == self.maxsize
        assert queue.unfinished_tasks == self.tasks
        assert queue.is_shutdown == self.is_closed


def test_a_queue_does_what_its_model_does() -> None:
    """In any order of calls, each of them returns or raises what it should."""
    run_state_machine_as_test(
        AgainstModel,
        settings=settings(
            max_examples=150,
            stateful_step_count=30,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


# Many threads, against the books.


@pytest.fixture(params=[0.005, 1e-5], ids=["usual switching", "hectic switching"])
def switching(request: pytest.FixtureRequest) -> Iterator[float]:
    """Threads take turns as usual, or a thousand times as often as is good for them."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(request.param)
    yield request.param
    sys.setswitchinterval(usual)


def put_all(queues: list[Queue[Item]], producer: int, number: int, seed: int) -> list[Item]:
    """Put this many items, each into one of the queues, with and without a timeout; what was put
    before the end or the close."""
    chance = random.Random(f"put {producer} {seed}")
    done: list[Item] = []
    for count in range(number):
        queue = chance.choice(queues)
        while True:
            timeout = chance.choice([None, None, 0, 1e-6, 1e-3])
            try:
                queue.put((producer, count), timeout=timeout)
            except Full:
                continue
            except ShutDown:
                return done
            done.append((producer, count))
            break
    return done


def get_all(
    queues: list[Queue[Item]],
    consumer: int,
    seed: int,
    seen: Callable[[Queue[Item], Item], None] = lambda *_: None,
) -> list[tuple[Queue[Item], Item]]:
    """Get until all is over, with and without a timeout; what was got from where."""
    chance = random.Random(f"get {consumer} {seed}")
    done: list[tuple[Queue[Item], Item]] = []
    while True:
        timeout = chance.choice([None, None, 0, 1e-6, 1e-3])
        try:
            if len(queues) == 1 and chance.random() < 0.7:
                queue, item = queues[0], queues[0].get(timeout=timeout)
            else:
                queue, item = get_any(queues, timeout=timeout)
        except Empty:
            continue
        except ShutDown:
            return done
        seen(queue, item)
        queue.task_done()
        done.append((queue, item))


def check_order(got: list[tuple[Queue[Item], Item]]) -> None:
    """One consumer sees each producer's items of one queue in the order they were put."""
    latest: dict[tuple[int, int], int] = {}
    for queue, (producer, count) in got:
        line = (id(queue), producer)
        assert latest.get(line, -1) < count
        latest[line] = count


CAPACITIES = [1, 2, 10, 1_000, 0]


def check_traffic(switching: float, kind: type[Queue[Item]], capacity: int) -> None:
    """Check the items of three producers and four consumers."""
    queue = kind(capacity)
    number = 2_000 if kind is Queue else 400
    too_deep: list[int] = []

    def look(queue: Queue[Item], _: Item) -> None:
        depth = queue.qsize()
        if 0 < capacity < depth:
            too_deep.append(depth)

    gets = [Calling(get_all, [queue], consumer, capacity, look) for consumer in range(4)]
    puts = [Calling(put_all, [queue], producer, number, capacity) for producer in range(3)]
    sent = [item for put in puts for item in put.result()]
    queue.join()
    queue.shutdown()
    received = [get.result() for get in gets]
    for got in received:
        check_order(got)
    assert sorted(item for got in received for _, item in got) == sorted(sent)
    assert len(sent) == 3 * number
    assert too_deep == []
    assert queue.unfinished_tasks == 0


@pytest.mark.parametrize("kind", [Queue, Plain])
def test_traffic_loses_and_doubles_nothing(switching: float, kind: type[Queue[Item]]) -> None:
    """Every item put is got once, in its producer's order; no depth exceeds the capacity; every
    thread comes to its end, so no wake-up is lost."""
    for capacity in CAPACITIES:
        with case(capacity):
            check_traffic(switching, kind, capacity)


@pytest.mark.parametrize("kind", [LifoQueue, PriorityQueue])
def test_traffic_in_any_order_loses_nothing(switching: float, kind: type[Queue[Item]]) -> None:
    """The same for queues that give their items in another order."""
    queue = kind(3)
    gets = [Calling(get_all, [queue], consumer, 1) for consumer in range(3)]
    puts = [Calling(put_all, [queue], producer, 150, 1) for producer in range(3)]
    sent = [item for put in puts for item in put.result()]
    queue.shutdown()
    assert sorted(item for get in gets for _, item in get.result()) == sorted(sent)


@pytest.mark.parametrize("kind", [Queue, Plain])
@pytest.mark.parametrize("capacity", [1, 3])
def test_traffic_in_many_queues_loses_nothing(
    switching: float, kind: type[Queue[Item]], capacity: int
) -> None:
    """Consumers that wait on several queues at once, some of them shared, get all there is."""
    queues = [kind(capacity) for _ in range(5)]
    lines = [queues, queues[::-1], queues[:3], queues[2:]]
    gets = [Calling(get_all, line, consumer, capacity) for consumer, line in enumerate(lines)]
    puts = [Calling(put_all, queues, producer, 200, capacity) for producer in range(4)]
    sent = [item for put in puts for item in put.result()]
    for queue in queues:
        queue.shutdown()
    received = [get.result() for get in gets]
    for got in received:
        check_order(got)
    assert sorted(item for got in received for _, item in got) == sorted(sent)
    assert len(sent) == 800


def check_close_during_traffic(switching: float, immediate: bool, seed: int) -> None:
    """Check what was sent against what was received when a random set of queues is closed."""
    chance = random.Random(seed)
    queues = [Queue[Item](chance.choice(CAPACITIES)) for _ in range(chance.randint(1, 3))]
    enough = threading.Event()

    def look(_: Queue[Item], item: Item) -> None:
        if item[1] >= 20:
            enough.set()

    gets = [Calling(get_all, queues, consumer, seed, look) for consumer in range(10)]
    puts = [Calling(put_all, queues, producer, 10**9, seed) for producer in range(3)]
    assert enough.wait(30)
    for queue in queues:
        queue.shutdown(immediate)
    sent = Counter(item for put in puts for item in put.result())
    received = Counter(item for get in gets for _, item in get.result())
    assert set(received.values()) == {1}
    assert received <= sent
    if not immediate:
        assert received == sent
    for queue in queues:
        assert queue.empty()
        queue.join()


@pytest.mark.parametrize("immediate", [False, True])
def test_a_close_during_traffic_ends_it(switching: float, immediate: bool) -> None:
    """Every thread ends. What was put is got, or is thrown away by an immediate close; what was
    refused is never seen; every task is accounted for."""
    for seed in range(6):
        with case(seed):
            check_close_during_traffic(switching, immediate, seed)


def check_one_item_each(switching: float, seed: int) -> None:
    """Check that consumers of one item each all end."""
    chance = random.Random(seed)
    for _ in range(15):
        queue = Queue[int](chance.choice([0, 2]))
        waiting, number = chance.randint(1, 30), chance.randint(0, 30)

        def take(queue: Queue[int] = queue) -> int:
            try:
                return queue.get()
            except ShutDown:
                return -1

        takes = [Calling(take) for _ in range(waiting)]
        sent = []
        for item in range(min(number, waiting)):
            queue.put(item)
            sent.append(item)
        queue.shutdown()
        assert sorted(one.result() for one in takes) == [-1] * (waiting - len(sent)) + sent


def test_one_item_each_and_a_close_leaves_no_thread_waiting(switching: float) -> None:
    """Consumers that take one item and go pass on the news that it is over."""
    for seed in range(4):
        with case(seed):
            check_one_item_each(switching, seed)


def check_changed_capacity(switching: float, seed: int) -> None:
    """Check the items of three producers and three consumers while the capacity changes."""
    chance = random.Random(seed)
    queue = Queue[Item](5)
    gets = [Calling(get_all, [queue], consumer, seed) for consumer in range(3)]
    puts = [Calling(put_all, [queue], producer, 1_500, seed) for producer in range(3)]
    while any(put.is_going_on for put in puts):
        queue.maxsize = chance.choice([0, 1, 2, 3, 20])
    queue.maxsize = 2
    sent = [item for put in puts for item in put.result()]
    queue.join()
    queue.put((9, 0))
    queue.put((9, 1))
    queue.shutdown()
    received = sorted(item for get in gets for _, item in get.result())
    assert received == [*sorted(sent), (9, 0), (9, 1)]


def test_a_capacity_changed_during_traffic_loses_nothing(switching: float) -> None:
    """It may be lowered and raised while threads put and get, and holds once they are done."""
    for seed in range(3):
        with case(seed):
            check_changed_capacity(switching, seed)


def test_tasks_are_counted_right_by_many(switching: float) -> None:
    """Reading the count of unfinished tasks while others put and finish does not change it."""
    queue = Queue[int]()

    def work() -> int:
        least = 0
        for number in range(300):
            queue.put(number)
            least = min(least, queue.unfinished_tasks)
            queue.get()
            queue.task_done()
        return least

    assert run_all([work] * 4) == [0] * 4
    assert queue.unfinished_tasks == 0
    queue.join()
