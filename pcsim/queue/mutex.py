"""`Queue.mutex`: the lock of a queue, for code from outside that reaches inside the queue.

The fast paths take no lock. So while a thread owns a queue's `mutex`, or waits for one of its
conditions, barriers take the places of the deques that the fast paths use. A barrier has
nothing to give, so each operation goes under the mutex. A thread that had passed before, with an
item or a slot in hand, brings it to the barrier and waits there. The interpreter does not change
threads between looking a deque up and calling it.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from pcsim import runtime
from pcsim.queue.core import QueueCore
from pcsim.queue.serving import notify_conditions, serve, serve_now


class Barrier:
    """Takes the place of a deque of a queue whose mutex code from outside owns."""

    __slots__ = ("_line", "_queue")

    def __init__(self, queue: QueueCore[Any], line: runtime.deque[Any]) -> None:
        self._queue = queue
        self._line = line

    def pop(self) -> Any:
        """Give nothing: raise `IndexError`, as an empty deque does."""
        raise IndexError

    popleft = pop

    def append(self, thing: Any) -> None:
        """Deliver what was on its way, as soon as the mutex is free.

        An interrupt does not keep it from that: the other half of the operation has been done.
        """
        queue = self._queue
        try:
            queue._mutex.acquire()
        except BaseException:
            self._line.append(thing)
            serve_now(queue)
            raise
        try:
            self._line.append(thing)
            serve(queue)
        finally:
            queue._mutex.release()
        if queue._dropped_items:
            queue._release_dropped()


class Mutex:
    """The lock of a queue's domain, as the `mutex` of that queue.

    While a thread owns it, no other thread changes what is in the queue. The owner may take it
    again.
    """

    __slots__ = ("_owners", "_queue", "_shared")

    def __init__(self, queue: QueueCore[Any]) -> None:
        self._queue = ref(queue)  # a queue is not kept by its own parts
        self._shared = queue._mutex
        self._owners: list[int] = []
        """The threads that own it or wait for a condition, each as often as it took it."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, as `threading.Lock.acquire` does."""
        if not self._shared.acquire(blocking, timeout):
            return False
        self._add_owner()
        return True

    __enter__ = acquire

    def release(self) -> None:
        """Release it once. Raises `RuntimeError` when this thread does not own it."""
        if not self.is_mine:
            raise RuntimeError("cannot release un-acquired lock")
        queue = self._queue()
        try:
            if self._owners.count(runtime.get_ident()) == 1:
                self._serve_before_release()
        finally:
            self._remove_owner()
            self._shared.release()
        if queue is not None and queue._dropped_items:
            queue._release_dropped()

    def __exit__(self, *_: object) -> None:
        self.release()

    def locked(self) -> bool:
        """Whether a thread has the lock of the domain now."""
        if self._is_owned():
            return True
        if self._shared.acquire(blocking=False):
            self._shared.release()
            return False
        return True

    @property
    def is_mine(self) -> bool:
        """Whether this thread owns it. Waiting threads are served when it releases it, not
        before."""
        return runtime.get_ident() in self._owners

    # What a `Condition` asks of its lock. A thread that waits for it counts as an owner, so that
    # every change of the queue comes by the mutex and is notified.

    def _is_owned(self) -> bool:
        return bool(self._shared._is_owned())

    def _release_save(self) -> Any:
        self._add_owner()
        self._serve_before_release()
        return self._shared._release_save()

    def _acquire_restore(self, saved: Any) -> None:
        self._shared._acquire_restore(saved)
        self._remove_owner()

    # Barriers, all under the shared lock.

    def _add_owner(self) -> None:
        self._owners.append(runtime.get_ident())
        queue = self._queue()
        if queue is not None and not queue._hooked and len(self._owners) == 1:
            queue._fast_items = Barrier(queue, queue._items)
            queue._fast_free = Barrier(queue, queue._free)

    def _remove_owner(self) -> None:
        self._owners.remove(runtime.get_ident())
        self._lift_barriers()

    def _lift_barriers(self) -> None:
        queue = self._queue()
        if queue is not None and not self._owners:
            queue._fast_items = queue._items
            queue._fast_free = queue._free

    def _serve_before_release(self) -> None:
        """Serve the threads that can go on after what the owner did, also where it changed a list
        of a subclass's own. Conditions are notified only if one was served: otherwise two threads
        that wait for conditions would wake each other for ever."""
        queue = self._queue()
        if queue is None:
            return
        waiting = len(queue._getters) + len(queue._putters)
        if waiting or queue._slots_owed:
            serve(queue, notify=False)
            if len(queue._getters) + len(queue._putters) < waiting:
                notify_conditions(queue)

    def forget_other_threads(self) -> None:
        """Under the shared lock, in a forked child: other threads own nothing."""
        me = runtime.get_ident()
        self._owners[:] = [owner for owner in self._owners if owner == me]
        self._lift_barriers()


class TasksMutex(Mutex):
    """The same mutex, for `all_tasks_done`.

    A thread that waits for tasks owns nothing meanwhile, since the queue is to do them.
    """

    __slots__ = ()

    def __init__(self, queue: QueueCore[Any], mutex: Mutex) -> None:
        super().__init__(queue)
        self._owners = mutex._owners

    def _release_save(self) -> Any:
        self._serve_before_release()
        me = runtime.get_ident()
        times = self._owners.count(me)
        self._owners[:] = [owner for owner in self._owners if owner != me]
        self._lift_barriers()
        return times, self._shared._release_save()

    def _acquire_restore(self, saved: Any) -> None:
        times, of_shared = saved
        self._shared._acquire_restore(of_shared)
        for _ in range(times):
            self._add_owner()
