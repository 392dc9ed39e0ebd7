"""Small systems of threads around a queue, and the laws that hold at every step and at the end.

This is a helper of the tests: it has no switch points. What it does between two calls of a queue is
of one thread alone, or is looked at in the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pcsim
from pcsim import runtime, testing
from pcsim.queue.attributes import sealed_core
from tests.interleavings import laws

Item = tuple[int, int]
NO_LIMIT = 10**9


class Traffic:
    """Producers and consumers of some queues, what was put and what was taken."""

    def __init__(self, queues: Sequence[pcsim.Queue[Item]], producers: int, consumers: int) -> None:
        self.queues = queues
        self.producers = producers
        self.put: list[Item] = []
        self.taken: list[list[Item]] = [[] for _ in range(consumers)]
        self._ended = runtime.count(1)  # threads share it, so it is of a kind that is followed
        self.is_immediate = False
        self.has_fixed_capacity = True
        self.may_exceed = False
        """Whether items that are on their way may go beyond the capacity."""
        self.keeps_order = True

    # What threads do.

    def producer(
        self, number: int, items: int, put: Callable[..., bool], *, closes: bool = False
    ) -> Callable[[], None]:
        """Put some items; where it `closes`, shut the queues down as the last to end."""

        def produce() -> None:
            queue = self.queues[number % len(self.queues)]
            for item in range(items):
                if put(queue, (number, item)):
                    self.put.append((number, item))
            if closes and next(self._ended) == self.producers:
                for each in self.queues:
                    each.shutdown()

        return produce

    def consumer(
        self, number: int, get: Callable[..., Item], items: int = NO_LIMIT
    ) -> Callable[[], None]:
        """Take that many items, or until the queues are shut down or nothing came in time."""
        mine = self.taken[number]

        def consume() -> None:
            while len(mine) < items:
                try:
                    mine.append(get(self.queues))
                except (pcsim.ShutDown, pcsim.Empty):
                    return

        return consume

    def all_producers(self, items: int, put: Callable[..., bool]) -> list[Callable[[], None]]:
        """Each puts that many items."""
        return [self.producer(number, items, put) for number in range(self.producers)]

    def all_consumers(
        self, get: Callable[..., Item], items: int = NO_LIMIT
    ) -> list[Callable[[], None]]:
        """Each takes that many items, or until the queues are shut down."""
        return [self.consumer(number, get, items) for number in range(len(self.taken))]

    def with_action(
        self, action: Callable[[], None], get: Callable[..., Item], items: int = NO_LIMIT
    ) -> list[Callable[[], None]]:
        """Producers and consumers, and an action at any time: of a third thread, or, where there
        are three already, of the first consumer before it begins."""
        consumers = self.all_consumers(get, items)
        producers = self.all_producers(len(consumers), put)
        if len(producers) == len(consumers):
            return [*producers, *consumers, action]
        first = consumers[0]

        def act_and_consume() -> None:
            action()
            first()

        return [*producers, act_and_consume, *consumers[1:]]

    def close_at_once(self) -> None:
        """Shut the queues down at once, whatever is in them."""
        self.is_immediate = True
        for queue in self.queues:
            queue.shutdown(immediate=True)

    # Laws.

    def check_end(self) -> None:
        """Nothing is lost, doubled, out of order or left behind."""
        for queue in self.queues:
            check_rest(queue)
        taken = [item for mine in self.taken for item in mine]
        assert len(set(taken)) == len(taken), f"taken twice: {Counter(taken) - Counter(set(taken))}"
        if self.is_immediate:
            assert not set(taken) - set(self.put), "taken and never put"
        else:
            queued = [item for queue in self.queues for item in items_of(queue)]
            there = sorted(taken + queued)
            assert there == sorted(self.put), f"put {self.put}, taken {taken}, queued {queued}"
        for mine in self.taken:
            for number in range(self.producers):
                own = [item for producer, item in mine if producer == number]
                assert own == sorted(own) or not self.keeps_order, f"out of order: {mine}"

    def check_interrupted(self, unsure: Sequence[Item], interrupted_gets: int) -> None:
        """After interrupts: nothing is doubled, and no more lost than a get had in hand.

        Args:
            unsure: What interrupted puts have put, or not.
            interrupted_gets: How many gets were interrupted.
        """
        taken = [item for mine in self.taken for item in mine]
        assert len(set(taken)) == len(taken)
        assert set(taken) <= {*self.put, *unsure}
        assert len(set(self.put) - set(taken)) <= interrupted_gets
        for queue in self.queues:
            check_rest(queue)


def items_of(queue: pcsim.Queue[Any]) -> list[Any]:
    """What is queued; a sealed queue stays sealed."""
    core = sealed_core(queue)
    return list(queue.queue if core is None else core._items)


def check_rest(queue: pcsim.Queue[Any]) -> None:
    """No thread waits, and all slots are back."""
    core = sealed_core(queue)
    if core is None:
        assert not queue.not_empty.waiters
        assert not queue.not_full.waiters
        return
    assert not core._getters.waiters
    assert not core._putters.waiters
    assert not core._getters.woken
    assert not core._putters.woken
    assert core._is_over == (queue.is_shutdown and queue.empty())
    assert len(core._items) + len(core._free) == core._slots


# Ways to put and to get.


def put(queue: pcsim.Queue[Item], item: Item) -> bool:
    """Wait for a slot."""
    try:
        queue.put(item)
    except pcsim.ShutDown:
        return False
    return True


def put_in_time(queue: pcsim.Queue[Item], item: Item) -> bool:
    """Give up after a second."""
    try:
        queue.put(item, timeout=1)
    except (pcsim.Full, pcsim.ShutDown):
        return False
    return True


def get(queues: Sequence[pcsim.Queue[Item]]) -> Item:
    """Wait for an item of the only queue."""
    return queues[0].get()


def get_in_time(queues: Sequence[pcsim.Queue[Item]]) -> Item:
    """Give up after a second."""
    return queues[0].get(timeout=1)


def get_any(queues: Sequence[pcsim.Queue[Item]]) -> Item:
    """Wait for an item of any queue."""
    return pcsim.get_any(queues)[1]


def get_any_in_time(queues: Sequence[pcsim.Queue[Item]]) -> Item:
    """Give up after a second."""
    return pcsim.get_any(queues, timeout=1)[1]


def run(traffic: Traffic, *threads: Callable[[], object]) -> None:
    """Run the threads, with the laws checked at every step and at the end."""
    if traffic.has_fixed_capacity:
        cores = [core for queue in traffic.queues if (core := sealed_core(queue)) is not None]
        if cores:
            testing.always(laws.slots_are_few(cores))
        elif not traffic.may_exceed:
            testing.always(laws.items_are_few(traffic.queues))
    testing.threads(*threads)
    traffic.check_end()
