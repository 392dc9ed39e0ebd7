"""What each policy of a scenario does in an engine: overflow, discipline, selection, routing.

Both engines call this module on their slow paths, so that a rule is written once. What is merely
true of a policy (does it wait, which item is lost) stands in `pcsim.scenario.policies`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Sized
from enum import Enum, auto
from heapq import heapify, heappop, heappush
from itertools import count, cycle
from operator import itemgetter
from typing import Protocol, TypeAlias

from pcsim import runtime
from pcsim.engine.item import Item
from pcsim.errors import QueueOverflowError
from pcsim.scenario import Discipline, Routing, Selection
from pcsim.scenario.policies import OverflowRule


class Admission(Enum):
    """What is done with an item that meets a full queue."""

    WAIT = auto()
    DROP_INCOMING = auto()
    DROP_OLDEST = auto()


# Members of an enum are slow to reach through their class.
WAIT, DROP_INCOMING, DROP_OLDEST = Admission


def admit(rule: OverflowRule, queue_name: str, put_timeout: float | None) -> Admission:
    """Decide what is done with an item that meets a full queue.

    Args:
        rule: The row of the queue's overflow policy.
        queue_name: The name of the queue, for the error.
        put_timeout: For how many seconds the worker waits for a slot; None for ever, 0 not at all.

    Raises:
        QueueOverflowError: By the policy the run fails.
    """
    if rule.waits and put_timeout != 0:
        return WAIT
    if rule.fails:
        raise QueueOverflowError(f"queue {queue_name!r} is full and overflow is 'fail'")
    return DROP_OLDEST if rule.drops == "oldest" else DROP_INCOMING


# Discipline: what items are kept in.


class Store(Protocol):
    """The items of a queue, in the order of its discipline.

    On threads one thread at a time changes it. Others may look without a lock: `oldest` and
    `in_order` look at a copy.
    """

    @property
    def items(self) -> Sized:
        """What is kept; it has the length of the queue."""

    @property
    def push(self) -> Callable[[Item], None]:
        """Put an item in."""

    @property
    def pop(self) -> Callable[[], Item]:
        """Take out the item that goes first. Raises `IndexError` where there is none."""

    def pop_oldest(self) -> Item:
        """Take out the item that came first. Raises `IndexError` where there is none."""

    def oldest(self) -> Item | None:
        """The item that came first, which stays; None where there is none."""

    def in_order(self) -> list[Item]:
        """List the items, the next to go first."""


class _Fifo:
    def __init__(self) -> None:
        self.items = items = runtime.deque[Item]()
        self.push: Callable[[Item], None] = items.append
        self.pop: Callable[[], Item] = items.popleft

    def pop_oldest(self) -> Item:
        item: Item = self.items.popleft()
        return item

    def oldest(self) -> Item | None:
        try:
            return self.items[0]
        except IndexError:
            return None

    def in_order(self) -> list[Item]:
        return runtime.listed(self.items)


class _Lifo(_Fifo):
    def __init__(self) -> None:
        super().__init__()
        self.pop = self.items.pop

    def in_order(self) -> list[Item]:
        return super().in_order()[::-1]


class _ByPriority:
    """A heap of `(priority, number of the arrival, item)`."""

    def __init__(self) -> None:
        self.items: list[tuple[int, int, Item]] = []
        self._arrivals = count()

    def push(self, item: Item) -> None:
        heappush(self.items, (item.priority, next(self._arrivals), item))

    def pop(self) -> Item:
        return heappop(self.items)[-1]

    def pop_oldest(self) -> Item:
        if not self.items:
            raise IndexError("pop from an empty queue")
        entry = min(self.items, key=itemgetter(1))
        self.items.remove(entry)
        heapify(self.items)
        return entry[-1]

    def oldest(self) -> Item | None:
        entry = min(self.items.copy(), key=itemgetter(1), default=None)
        return None if entry is None else entry[-1]

    def in_order(self) -> list[Item]:
        return [entry[-1] for entry in sorted(self.items.copy(), key=itemgetter(0, 1))]


STORES: dict[Discipline, Callable[[], Store]] = {
    Discipline.FIFO: _Fifo,
    Discipline.LIFO: _Lifo,
    Discipline.PRIORITY: _ByPriority,
}


# Selection: which of several queues is tried first.

Order: TypeAlias = Callable[[int], Sequence[int]]
"""From the position of the queue that was taken from last: all positions, in the order in which
they are tried."""


def _each_in_turn(depths: Sequence[Callable[[], int]]) -> Order:
    number = len(depths)
    orders = [
        tuple((last + step) % number for step in range(1, number + 1)) for last in range(number)
    ]
    return orders.__getitem__


def _longest_first(depths: Sequence[Callable[[], int]]) -> Order:
    in_turn = _each_in_turn(depths)
    return lambda last: sorted(in_turn(last), key=lambda position: -depths[position]())


def _as_listed(depths: Sequence[Callable[[], int]]) -> Order:
    positions = tuple(range(len(depths)))
    return lambda _: positions


SELECTION_ORDERS: dict[Selection, Callable[[Sequence[Callable[[], int]]], Order]] = {
    Selection.ROUND_ROBIN: _each_in_turn,
    Selection.LONGEST: _longest_first,
    Selection.PRIORITY: _as_listed,
}
"""By selection: from functions that return the depth of each queue to the order to try them in."""

# Routing: which of several outputs an item goes to.


Load: TypeAlias = Callable[[], float]
"""The number of items that are queued there or in the hands of its readers; infinite where the
queue is closed."""
RandomChoices: TypeAlias = Callable[[], Iterator[int]]
"""Begins to draw positions of outputs at random, each in proportion to its weight."""


def _shortest(outputs: Sequence[Load]) -> Iterator[int]:
    number, last = len(outputs), -1
    while True:
        loads = [load() for load in outputs]
        least = min(loads)
        turn = ((last + step) % number for step in range(1, number + 1))
        last = next(position for position in turn if loads[position] == least)
        yield last


ROUTING_CHOICES: dict[Routing, Callable[[Sequence[Load], RandomChoices], Iterator[int]]] = {
    Routing.ROUND_ROBIN: lambda outputs, _: cycle(range(len(outputs))),
    Routing.RANDOM: lambda _, draw: draw(),
    Routing.SHORTEST: lambda outputs, _: _shortest(outputs),
}
"""By routing: the positions of the outputs that successive items go to. A routing that `copies`
has no row: its items go to every output."""
