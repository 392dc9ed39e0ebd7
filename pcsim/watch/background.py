"""A thread that does one thing when it is asked for, so that nobody has to wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pcsim import runtime


class Background:
    """Calls a function on a thread of its own: soon after it was wanted, and never twice at a time.

    Args:
        call: The function. It raises nothing.
    """

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._condition = runtime.Condition(runtime.Lock())
        self._is_wanted = self._is_closed = False
        self._thread: Any = None

    def want(self) -> None:
        """Have it called, once more if it is being called now."""
        with self._condition:
            if self._thread is None and not self._is_closed:
                self._thread = runtime.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._is_wanted = True
            self._condition.notify()

    def close(self) -> None:
        """Let the thread end."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._is_wanted and not self._is_closed:
                    self._condition.wait()
                if self._is_closed:
                    return
                self._is_wanted = False
            self._call()
