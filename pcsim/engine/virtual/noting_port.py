"""How a worker gets from a virtual queue that goes by priority: each wait is noted for its own."""

from __future__ import annotations

from typing import Any

from pcsim.engine.books.item_times import TimesByPriority
from pcsim.engine.virtual.ports import GetPort, Owner
from pcsim.engine.virtual.queue import VirtualQueue


class NotingGetPort(GetPort):
    """The same, out of a queue that goes by priority: it notes the waits for each of them."""

    __slots__ = ("_times",)

    def __init__(
        self,
        worker: Owner,
        queue: VirtualQueue,
        position: int,
        is_only: bool,
        times: TimesByPriority,
    ) -> None:
        super().__init__(worker, queue, position, is_only)
        self._times = times
        try_get, note = self.try_get, times.note

        def get() -> Any:
            item = try_get()
            if item is not None:
                note(item.priority, item.taken_at - item.queued_at)
            return item

        self.try_get = get

    def receive(self, item: Any) -> bool:
        """Take an item that has not waited, and note that."""
        self._times.note(item.priority, 0.0)
        return super().receive(item)


def get_port(worker: Owner, queue: VirtualQueue, position: int, is_only: bool) -> GetPort:
    """Make the port by which a worker takes from the queue at this position of its inputs."""
    if queue.waiting_times.by_priority is None:
        return GetPort(worker, queue, position, is_only)
    return NotingGetPort(worker, queue, position, is_only, queue.waiting_times.by_priority)
