"""A thread that does one thing when it is asked for, so that nobody has to wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pcsim import runtime


class Background:
    """Calls a function on a thread of its own: soon after it was wanted, and never twice at a time.

    Args:
        call: The function. What it raises is raised to the next one who wants it called.
    """

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._condition = runtime.Condition(runtime.Lock())
        self._is_wanted = self._is_closed = False
        self._thread: Any = None
        self._error: BaseException | None = None

    def want(self) -> None:
        """Have it called, once more if it is being called now. Raises what it raised."""
        with self._condition:
            error, self._error = self._error, None
            if error is not None:
                raise error
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
            try:
                self._call()
            except BaseException as error:  # noqa: BLE001 - it is raised where it is seen
                self._error = error
