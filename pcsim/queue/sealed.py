"""A sealed queue: one in which no code from outside has looked, so that it needs no lock.

The fast paths are those of `Queue.put` and `Queue.get`; here is what they leave over. When another
thread unseals the queue meanwhile, nobody is left in the lines of its core: each operation that
comes there goes on under the queue's lock.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pcsim import runtime
from pcsim.queue import locked
from pcsim.queue.core import Empty, Full, QueueCore, ShutDown, Waiter, fence
from pcsim.queue.domains import free_standing_domain
from pcsim.queue.interrupted import serve_surely
from pcsim.queue.serving import join_getters, join_putters, resize, serve, serve_now, shut_down
from pcsim.queue.tasks import CountedWaiter, Tasks
from pcsim.queue.waiting import abandon, wait_to_get, wait_to_put

T = TypeVar("T")

BATCH: tuple[None, ...] = (None,) * 64
"""The free slots that an unbounded queue makes at once, when it has none."""
SLOTS_KEPT = 1_024
"""The slots that an unbounded queue keeps once they are free; those of a peak go."""


class Unsealed(Exception):
    """The queue at which a thread waited was unsealed: it goes on under the queue's lock."""


class SealedCore(QueueCore[T]):
    """The items, slots and lines of a sealed queue, and its tasks."""

    __slots__ = ("_all_done", "count_put", "is_moved", "is_unsealed", "late", "tasks")

    def __init__(self, maxsize: int) -> None:
        super().__init__(maxsize, free_standing_domain(), False)
        self.tasks = Tasks()
        self.count_put = self.tasks.count_put
        self._all_done: runtime.Condition | None = None
        self.is_unsealed = False
        """Whether its queue works under a lock now, for good. Changed under the mutex."""
        self.late: runtime.deque[T] | None = None
        """Without a global lock: the deque of its items until it was unsealed. A put that had
        looked it up before may append to it after that."""
        self.is_moved = False
        """Whether all else in that deque was moved."""

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


def serve_others(core: SealedCore[Any]) -> None:
    """Serve from a fast path, which has seen that a thread waits, or that the queue was unsealed
    while it went on: then its item is put under the queue's lock."""
    serve_now(core)
    late = core.late
    if late is None:
        return
    core._wants_item = core._wants_slot = True  # for the next one; serving has lowered them
    fence(late)
    # The item may be in another thread's hands by now, which puts it. This thread goes on only when
    # that has come to its end: what it puts next comes after.
    with core._mutex:
        while late:
            try:
                item = late.popleft()
            except IndexError:  # a get that had looked this deque up before has it
                return
            core._fast_items.append(item)


def serve_after_get(core: SealedCore[Any]) -> None:
    """The same after a get, which may also have freed a slot that is not to be kept."""
    if core._maxsize > 0 or core.is_shutdown or core.late is not None:
        serve_others(core)
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


# In the two functions below, `pcsim.queue.fork` finds the waiter by the name `waiter`.


def put_slowly(
    queue: Any, core: SealedCore[Any], item: Any, block: bool, timeout: float | None
) -> None:
    """Put where no slot was free a moment ago."""
    deadline: float | None = None
    waiter: Waiter | None = None
    is_put = is_closed = is_late = False
    try:
        with core._mutex:
            is_late = core.is_unsealed
            is_closed = core.is_shutdown and not is_late
            if not (is_late or is_closed):
                if core._put_at_once(item, core.count_put):
                    is_put = True
                    core.make_slots()
                    serve(core)
                elif block and timeout != 0:
                    deadline = locked.deadline_in(timeout)
                    waiter = CountedWaiter((core,), item, core.count_put)
                    join_putters(core, waiter)
        if waiter is not None:
            is_put = wait_to_put(core, waiter, timeout)
    except Unsealed:
        is_late = True
    except BaseException:  # an interrupt may come anywhere
        if waiter is None:
            serve_surely(core)
        else:
            abandon(core, waiter, core._putters)
        raise
    finally:
        if core.is_unsealed:
            bring_late_items(queue, core)
    if is_late:
        locked.put(queue, item, block, _rest(deadline, timeout))
    elif not is_put:
        raise ShutDown if is_closed else Full


def get_slowly(queue: Any, core: SealedCore[Any], block: bool, timeout: float | None) -> Any:
    """Get where nothing was queued a moment ago."""
    must_not_wait = not block or timeout == 0
    if must_not_wait and not (core._items or core.is_shutdown or core.is_unsealed):
        raise Empty
    deadline = None if must_not_wait else locked.deadline_in(timeout)
    waiter = Waiter((core,))
    is_late = is_served = False
    try:
        with core._mutex:
            if core.is_unsealed:
                raise Unsealed
            join_getters(core, waiter)
            is_refused = must_not_wait and waiter.withdraw()
        is_served = not is_refused and wait_to_get(core, waiter, timeout)
    except Unsealed:
        is_late = True
    except BaseException:  # an interrupt may come anywhere
        abandon(core, waiter, core._getters)
        raise
    finally:
        if core.is_unsealed:
            bring_late_items(queue, core)
    if is_late:
        return locked.get(queue, block, _rest(deadline, timeout))
    if not is_served:
        raise Empty
    return waiter.item


def _rest(deadline: float | None, timeout: float | None) -> float | None:
    left = locked.time_left(deadline)
    return timeout if left is None else max(left, 0.0)


def bring_late_items(queue: Any, core: SealedCore[Any]) -> None:
    """Store in an unsealed queue what was returned to its core: to the front, if it has one."""
    while core._items:
        with queue.not_empty:
            try:
                item = core._items.popleft()
            except IndexError:  # another thread has brought it
                return
            getattr(queue.queue, "appendleft", queue._put)(item)
            queue.not_empty.notify()
