"""How often Python's lock is held in another process: looked at from outside, now and then."""

from __future__ import annotations

import struct
from random import Random
from types import TracebackType
from typing import Self

from pcsim.runtime import Condition, Thread
from pcsim.watch.outside.opening import Interpreter, lock_place, open_interpreter
from pcsim.watch.outside.refusals import Refusal
from pcsim.watch.wire import GoneError

MEAN_PAUSE = 0.002
"""Seconds between two looks, on average. They are drawn at random: looks at even times would meet
a program that does something at even times always in the same state."""


class LockLooks:
    """Looks at the lock of a process until it is closed, in a thread of its own.

    Where the process may not be read there are no looks, and where it ends there are no more.

    Args:
        pid: The number of the process.
    """

    def __init__(self, pid: int) -> None:
        self._looks = self._times_held = 0
        self._is_closed = False
        self._wake = Condition()
        self._thread: Thread | None = None
        try:
            interpreter = open_interpreter(pid)
        except (Refusal, OSError):
            return
        self._thread = Thread(target=self._run, args=(interpreter,), name="lock", daemon=True)
        self._thread.start()

    def __call__(self) -> tuple[int, int]:
        """How often it has looked, and how often the lock was held."""
        return self._looks, self._times_held

    def _run(self, interpreter: Interpreter) -> None:
        place, _ = lock_place(interpreter)
        rng = Random(interpreter.process.pid)
        try:
            with self._wake:
                while not self._is_closed:
                    (raw,) = interpreter.memory.read_many([(place, 4)])
                    if raw is None:
                        break
                    self._times_held += struct.unpack("<i", raw)[0] > 0
                    self._looks += 1
                    self._wake.wait(rng.expovariate(1 / MEAN_PAUSE))
        except (GoneError, PermissionError):
            return  # it has ended, or may not be read any more
        finally:
            interpreter.close()

    def close(self) -> None:
        """Look no more."""
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()
