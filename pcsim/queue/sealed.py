"""A sealed queue: one in which no code from outside has looked, so that it needs no lock.

The fast paths are those of `Queue.put` and `Queue.get`; what they leave over is in
`pcsim.queue.slow_path`. When a thread unseals the queue, nobody is left in the lines of its core:
each operation that comes there goes on under the queue's lock.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pcsim import runtime
from pcsim.queue.core import QueueCore
from pcsim.queue.domains import free_standing_domain
from pcsim.queue.serving import resize, serve, serve_now, shut_down
from pcsim.queue.tasks import Tasks

T = TypeVar("T")

BATCH: tuple[None, ...] = (None,) * 64
"""The free slots that an unbounded queue makes at once, when it has none."""
SLOTS_KEPT = 1_024
"""The slots that an unbounded queue keeps once they are free; those of a peak go."""


class Unsealed(Exception):
    """The queue at which a thread waited was unsealed: it goes on under the queue's lock."""


class SealedCore(QueueCore[T]):
    """The items, slots and lines of a sealed queue, and its tasks."""

    __slots__ = ("_all_done", "count_put", "is_unsealed", "late", "tasks", "unsealing")

    def __init__(self, maxsize: int) -> None:
        super().__init__(maxsize, free_standing_domain(), False)
        self.tasks = Tasks()
        self.count_put = self.tasks.count_put
        self._all_done: runtime.Condition | None = None
        self.is_unsealed = False
        """Whether its queue works under a lock now, for good, or is about to. Changed under the
        mutex."""
        self.unsealing: Any = None
        """The `Unsealing` that has not come to its end."""
        self.late: runtime.deque[T] | None = None
        """What came to it after its queue was unsealed."""

    @property
    def _slots_owed(self) -> int:
        """As for a bounded queue. While an unbounded one has more slots than it keeps, each get
        comes to `serve_after_get`."""
        return max(self._slots - (self._maxsize if self._maxsize > 0 else SLOTS_KEPT), 0)

    def make_slots(self) -> None:
        """Under the mutex: make free slots, where there is no limit."""
        if self._maxsize <= 0 and not self._free:
            self._slots += len(BATCH)  # then no call: an interrupt would come between
            self._free += BATCH

    # What looks at it or changes it. Where it is unsealed, nothing is done.

    def size(self) -> int | None:
        """How many items are queued; None if it is unsealed."""
        number = len(self._items)
        return None if self.is_unsealed else number

    def resize(self, maxsize: int) -> bool:
        """Give it another capacity; return whether it was still sealed."""
        with self._mutex:
            if not self.is_unsealed:
                resize(self, maxsize)
            return not self.is_unsealed

    def shut_down(self, immediate: bool) -> bool:
        """Refuse every further put; `immediate` also drops what is queued. Returns as above."""
        with self._mutex:
            if not self.is_unsealed:
                shut_down(self, immediate)
                if immediate:
                    self.wake_joiners()
            is_done = not self.is_unsealed
        self._release_dropped()
        return is_done

    def finish_task(self) -> bool:
        """Report one task done; return as above."""
        with self._mutex:
            if not self.is_unsealed and self.tasks.finish():
                self.wake_joiners()
            return not self.is_unsealed

    def join(self) -> bool:
        """Wait until no task is unfinished; return False if it was unsealed before."""
        with self._mutex:
            while not self.is_unsealed:
                if not self.tasks.unfinished:
                    return True
                if self._all_done is None:
                    self._all_done = runtime.Condition(self._mutex)
                self._all_done.wait()
        return False

    def wake_joiners(self) -> None:
        """Under the mutex: let those that wait in `join` look again."""
        if self._all_done is not None:
            self._all_done.notify_all()

    # What the core reports.

    def _on_dropped(self, item: T) -> None:
        if self.tasks.unfinished > 0 and self.tasks.finish():
            self.wake_joiners()


def serve_after_get(core: SealedCore[Any]) -> None:
    """Serve after a get, which may also have freed a slot that is not to be kept."""
    if core._maxsize > 0 or core.is_shutdown:
        serve_now(core)
    elif len(core._free) > 2 * SLOTS_KEPT:
        with core._mutex:
            while len(core._free) > SLOTS_KEPT:
                try:
                    for _ in core._putters.each:
                        core._slots -= 1
                        break
                except IndexError:  # putters on their fast path were quicker
                    break
            serve(core)
