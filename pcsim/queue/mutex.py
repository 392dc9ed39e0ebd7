"""A queue in the hands of code that reaches inside: its `mutex` and its conditions.

Fast paths take no lock. So whoever holds a queue's `mutex`, or waits for one of the conditions,
has put barriers in place of the deques that the fast paths use: they give nothing, and each
operation goes under the mutex. Who had passed before, and has an item or a slot in hand, comes to
the barrier with it and waits there. The interpreter does not change threads between looking a
deque up and calling it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any
from weakref import ref

from pcsim import runtime

if TYPE_CHECKING:
    from pcsim.queue.waiting import QueueCore

_shared_mutex = runtime.RLock()


def shared_mutex() -> Any:
    """The mutex of every queue's slow paths; the engine's own life is guarded by it too."""
    return _shared_mutex


class Barrier:
    """In place of a deque of a queue that is held."""

    __slots__ = ("_line", "_queue")

    def __init__(self, queue: QueueCore[Any], line: deque[Any]) -> None:
        self._queue = queue
        self._line = line

    def pop(self) -> Any:
        """Nobody gets past."""
        raise IndexError

    popleft = pop

    def append(self, thing: Any) -> None:
        """What was on its way arrives, as soon as the mutex is free. An interrupt does not keep it
        from that: the rest has been done."""
        queue = self._queue
        try:
            queue._mutex.acquire()
        except BaseException:
            self._line.append(thing)
            queue._serve_now()
            raise
        try:
            self._line.append(thing)
            queue._serve()
        finally:
            queue._mutex.release()
        if queue._debris:
            queue._bury()


class Mutex:
    """The lock that all queues share, as the `mutex` of one of them: while it is held, nobody
    else changes what is in that queue. A thread may take it again."""

    __slots__ = ("_holders", "_queue", "_shared")

    def __init__(self, queue: QueueCore[Any]) -> None:
        self._queue = ref(queue)  # a queue is not kept by its own parts
        self._shared = queue._mutex
        self._holders: list[int] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As a lock of the standard library does."""
        if not self._shared.acquire(blocking, timeout):
            return False
        self._hold()
        return True

    __enter__ = acquire

    def release(self) -> None:
        """Let it go, once. Raises `RuntimeError` where this thread does not hold it."""
        if not self.is_mine:
            raise RuntimeError("cannot release un-acquired lock")
        queue = self._queue()
        try:
            if self._holders.count(threading.get_ident()) == 1:
                self._let_in()
        finally:
            self._loose()
            self._shared.release()
        if queue is not None and queue._debris:
            queue._bury()

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def is_mine(self) -> bool:
        """Whether this thread holds it. Whoever waits is served when it lets go, not before."""
        return threading.get_ident() in self._holders

    # What a `Condition` asks of its lock. Its wait holds the queue, too: every change is told.

    def _is_owned(self) -> bool:
        return bool(self._shared._is_owned())

    def _release_save(self) -> Any:
        self._hold()
        self._let_in()
        return self._shared._release_save()

    def _acquire_restore(self, held: Any) -> None:
        self._shared._acquire_restore(held)
        self._loose()

    # Barriers, all under the shared mutex.

    def _hold(self) -> None:
        self._holders.append(threading.get_ident())
        queue = self._queue()
        if queue is not None and not queue._hooked and len(self._holders) == 1:
            queue._fast_items = Barrier(queue, queue._items)
            queue._fast_free = Barrier(queue, queue._free)

    def _loose(self) -> None:
        self._holders.remove(threading.get_ident())
        self._open()

    def _open(self) -> None:
        queue = self._queue()
        if queue is not None and not self._holders:
            queue._fast_items = queue._items
            queue._fast_free = queue._free

    def _let_in(self) -> None:
        """Whoever can go on after what was done, be it to a list of a subclass's own. Only where
        somebody could is it told: else two that wait for conditions would wake each other."""
        queue = self._queue()
        if queue is None:
            return
        waiting = len(queue._getters) + len(queue._putters)
        if waiting or queue._slots_owed:
            queue._serve(tells=False)
            if len(queue._getters) + len(queue._putters) < waiting and queue._conditions:
                queue._conditions.tell(queue)

    def leave_threads(self) -> None:
        """Under the shared mutex, in a forked child: other threads hold nothing."""
        me = threading.get_ident()
        self._holders[:] = [holder for holder in self._holders if holder == me]
        self._open()


class TasksMutex(Mutex):
    """The same `mutex` as `all_tasks_done` has it: a wait for tasks holds nothing meanwhile, since
    the queue is to do them."""

    __slots__ = ()

    def __init__(self, queue: QueueCore[Any]) -> None:
        super().__init__(queue)
        self._holders = queue.mutex._holders

    def _release_save(self) -> Any:
        self._let_in()
        me = threading.get_ident()
        times = self._holders.count(me)
        self._holders[:] = [holder for holder in self._holders if holder != me]
        self._open()
        return times, self._shared._release_save()

    def _acquire_restore(self, held: Any) -> None:
        times, of_shared = held
        self._shared._acquire_restore(of_shared)
        for _ in range(times):
            self._hold()


class Conditions:
    """The `not_empty` and `not_full` of a queue, for code that waits for them. A `get` or `put`
    that waits has its own line; it needs no notice of theirs."""

    __slots__ = ("not_empty", "not_full")

    def __init__(self, mutex: Any) -> None:
        self.not_empty = runtime.Condition(mutex)
        self.not_full = runtime.Condition(mutex)

    def tell(self, queue: QueueCore[Any]) -> None:
        """Under the mutex, when something has changed: wake as many as there are items or slots."""
        size, maxsize = queue._qsize(), queue._maxsize
        if queue.is_shutdown:
            self.not_empty.notify_all()
            self.not_full.notify_all()
            return
        self.not_empty.notify(size)
        if maxsize <= 0:
            self.not_full.notify_all()
        else:
            self.not_full.notify(maxsize - size)
