"""An exit of the app that waits for the end of its run, but not for ever."""

from __future__ import annotations

import math
from collections.abc import Callable

from pcsim.snapshot.control import Control
from pcsim.snapshot.exit_status import Exit
from pcsim.snapshot.shutdown import Shutdown

ABORT_TIMEOUT = 2.0
"""Seconds that an aborted run has to end before the app exits all the same."""


class PendingExit:
    """Whether the app exits with its run, when it may, and with which status.

    Args:
        clock: The time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._shutdown: Shutdown | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the app exits as soon as the run has ended."""
        return self._shutdown is not None

    @property
    def return_code(self) -> int:
        """The exit status of the app: that of the first reason to exit."""
        return 0 if self._shutdown is None else self._shutdown.reason or 0

    def drain(self, control: Control, grace: float = math.inf, reason: Exit | None = None) -> None:
        """Drain the run, then exit.

        Args:
            control: The run.
            grace: Seconds after which the run is aborted.
            reason: The exit status of the app; None for 0.
        """
        self._begin(control).drain(grace, reason)

    def abort(self, control: Control) -> None:
        """Abort the run, then exit."""
        self._begin(control).abort()

    def _begin(self, control: Control) -> Shutdown:
        if self._shutdown is None:
            self._shutdown = Shutdown(control, ABORT_TIMEOUT, self._clock)
        return self._shutdown

    def is_due(self, *, is_over: bool) -> bool:
        """Whether the app has to exit now; aborts the run when its drain took too long.

        Args:
            is_over: Whether the run has ended.
        """
        if self._shutdown is None:
            return False
        return is_over or self._shutdown.check()
