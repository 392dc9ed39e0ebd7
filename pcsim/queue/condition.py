"""The conditions of a queue under a lock: a notice costs next to nothing where no thread waits."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pcsim import runtime


class Bell:
    """What one thread waits for at several queues at once."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = runtime.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wake the thread; from then on it does not wait any more."""
        with suppress(RuntimeError):  # it was rung before
            self._lock.release()

    def wait(self, timeout: float | None) -> bool:
        """Wait until it rings; return whether it did in time."""
        return self._lock.acquire(True, -1 if timeout is None else timeout)


class Notice(runtime.Condition):
    """A condition whose queue sees at once whether a notice would wake anyone.

    For code from outside it is a `threading.Condition`. The queue itself waits and wakes by fewer
    steps, on the same list of locks.
    """

    _waiters: Any

    def __init__(self, lock: Any) -> None:
        super().__init__(lock)
        self.lock = lock
        self._each_lock = iter(lock.acquire, None)
        """Takes the lock in a `for` loop. An interrupt comes at the end of a call, when the lock
        may be taken already; from a step of a loop it comes only where the lock is not taken."""
        self.waiters = self._waiters
        """A lock for each thread that waits and was not notified. Changed under `lock`."""
        self.bells: list[Bell] = []

    def notify(self, n: int = 1) -> None:
        """Wake at most that many threads, and ring all bells."""
        super().notify(n)
        for bell in self.bells:
            bell.ring()

    def wake(self) -> None:
        """Under the lock: wake one thread, and ring all bells."""
        waiters = self.waiters
        while waiters:
            try:
                waiters[0].release()
            except RuntimeError:  # an interrupt had come before it was taken off
                del waiters[0]
            else:
                del waiters[0]
                break
        for bell in self.bells:
            bell.ring()

    def wait_once(self, timeout: float | None) -> None:
        """Under the lock: wait for a notice, or until time is out. In the end it has the lock,
        also where it is interrupted."""
        waiter = runtime.Lock()
        waiter.acquire()
        is_woken, waiters = False, self.waiters
        waiters += (waiter,)  # no call: no interrupt comes before the `try`
        try:
            self.lock.release()
            is_woken = waiter.acquire(True, -1 if timeout is None else timeout)
        finally:
            try:
                for _ in self._each_lock:
                    break
            except BaseException:  # while it waited for the lock
                for _ in self._each_lock:
                    break
                raise
            finally:
                if not is_woken and waiter in waiters:
                    waiters.remove(waiter)

    def add_bell(self, bell: Bell) -> None:
        """Under the lock: from now on, a notice rings this bell."""
        self.bells.append(bell)

    def remove_bell(self, bell: Bell) -> None:
        """Under the lock: it does not ring this bell any more."""
        if bell in self.bells:
            self.bells.remove(bell)

    def forget_other_threads(self) -> None:
        """Under the lock, in a forked child: wake all, of which only this thread is there, and
        looks again."""
        self.notify_all()
        self.bells.clear()

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name in ("wait", "notify"):
            self.__class__ = ChangedNotice


class ChangedNotice(Notice):
    """One whose methods code from outside has replaced: its queue calls them."""
