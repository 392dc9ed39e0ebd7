"""A lock domain: the queues that share one lock, since one operation may touch several of them."""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

from pcsim import runtime


class LockDomain:
    """One lock, and the queues whose slow paths it guards.

    A thread that waits for the first item of several queues stands in several lines at once, and
    the thread that serves it takes it out of all of them. So these queues share a lock. Queues of
    different domains never wait for each other. Made by `pcsim.queue.domains.new_domain`.
    """

    __slots__ = ("__weakref__", "_queues", "interrupted", "mutex")

    def __init__(self) -> None:
        self.mutex: Any = runtime.RLock()
        self.interrupted: tuple[Any, ...] = ()
        """The waiters of its queues whose server was interrupted before it had woken them."""
        # By number, since a subclass of a queue may not be hashable.
        self._queues: WeakValueDictionary[int, Any] = WeakValueDictionary()

    def add(self, queue: Any) -> None:
        """Let a queue share the lock."""
        self._queues[id(queue)] = queue

    def queues(self) -> list[Any]:
        """The queues that share the lock and still exist."""
        return list(self._queues.values())
