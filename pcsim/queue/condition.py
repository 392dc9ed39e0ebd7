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
    """A condition that knows its lock, and whether anyone would notice a notice."""

    def __init__(self, lock: Any) -> None:
        super().__init__(lock)
        self.lock = lock
        self.listeners = 0
        """Threads that wait for it, and bells. Changed under the lock."""
        self._bells: list[Bell] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as `threading.Condition.wait` does."""
        self.listeners += 1
        try:
            return super().wait(timeout)
        finally:
            self.listeners -= 1

    def notify(self, n: int = 1) -> None:
        """Wake at most that many threads, and ring all bells."""
        super().notify(n)
        for bell in self._bells:
            bell.ring()

    def forget_other_threads(self, own_waits: int) -> None:
        """Under the lock, in a forked child: wake all, of which only this thread is there; it
        looks again. It is in the middle of that many waits."""
        self.notify_all()
        self._bells.clear()
        self.listeners = own_waits

    def add_bell(self, bell: Bell) -> None:
        """Under the lock: from now on, a notice rings this bell."""
        self._bells.append(bell)
        self.listeners += 1

    def remove_bell(self, bell: Bell) -> None:
        """Under the lock: it does not ring this bell any more."""
        if bell in self._bells:
            self._bells.remove(bell)
            self.listeners -= 1
