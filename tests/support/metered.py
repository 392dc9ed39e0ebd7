"""Metered queues with ports and no engine: what the tests of both share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pcsim.engine.books.ledger import QUEUE_BLOCK, Activity
from pcsim.engine.item import Item
from pcsim.engine.threads.ports import get_port, put_port
from pcsim.engine.threads.queue import MeteredQueue
from pcsim.engine.worker import Call
from pcsim.queue.domains import new_domain
from pcsim.scenario import Overflow, QueueSpec

PUTS, GOTS, DROPS, QUEUES = 0, 10, 20, 60
"""Where in the ledger of these tests: what producers put, what consumers got from each queue, a
block for each producer, a block for each queue."""


class Hand:
    """A clock that a test turns; `at_next_reading` is called once, at the next reading."""

    def __init__(self) -> None:
        self.now = 0.0
        self.at_next_reading: Callable[[], object] | None = None

    def __call__(self) -> float:
        act, self.at_next_reading = self.at_next_reading, None
        if act is not None:
            act()
        return self.now


class Heard:
    """An observer that keeps what it is notified of."""

    def __init__(self) -> None:
        self.notices: list[tuple[Any, ...]] = []
        self.in_hand: Item | None = None
        self.call = Call()
        self.can_deadlock = False

    def goes_on(self) -> None:
        raise AssertionError("not where no deadlock can be")

    def blocked(self, doing: Activity) -> None:
        self.notices.append(("blocked", doing.queue, doing.reason))

    def resumed(self, at: float, item: Item | None) -> None:
        self.notices.append(("gave up" if item is None else "resumed", at))

    def dropped(self, item: Item, queue: int) -> None:
        self.notices.append(("dropped", item.id, queue))


class Bench:
    """Queues of a capacity and an overflow policy, their ledger, and ports with one observer."""

    def __init__(self, capacity: int, overflow: str = "block", queues: int = 1) -> None:
        self.clock = Hand()
        self.cells: list[Any] = [0] * 100
        self.heard = Heard()
        domain = new_domain()
        self.queues = tuple(
            MeteredQueue(
                QueueSpec(f"q{index}", capacity, Overflow(overflow)),
                index,
                self.cells,
                QUEUES + QUEUE_BLOCK * index,
                self.clock,
                domain,
            )
            for index in range(queues)
        )
        self.queue = self.queues[0]
        for queue in self.queues:
            queue.open(0.0)
        self.puts = [self.put_port(queue) for queue in self.queues]
        self.get = self.get_port()

    def put_port(self, queue: MeteredQueue, producer: int = 0) -> Callable[[Item], None]:
        return put_port(queue, PUTS + producer, DROPS + producer, self.heard).put

    def get_port(self, consumer: int = 0) -> Callable[[], Item]:
        port = get_port(self.queues, GOTS + len(self.queues) * consumer, self.heard)
        return lambda: port.try_get() or port.get_slowly()

    def put(self, id: int, at: float = 0.0, queue: int = 0) -> Item:
        self.clock.now = at
        item = Item(id, None, at, queued_at=at)
        self.puts[queue](item)
        return item

    def got(self, at: float = 0.0) -> int:
        self.clock.now = at
        return self.get().id

    @property
    def left(self) -> list[int]:
        return [item.id for queue in self.queues for item in queue._items]
