"""An exit of the app that waits for the end of its run, but not for ever."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.snapshot.control import Control
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
        self.return_code = 0

    @property
    def has_begun(self) -> bool:
        """Whether the app exits as soon as the run has ended."""
        return self._shutdown is not None

    def drain(self, control: Control, grace: float | None = None, return_code: int = 0) -> None:
        """Drain the run, then exit.

        Args:
            control: The run.
            grace: Seconds after which the run is aborted; None waits as long as it takes.
            return_code: The exit status of the app.
        """
        self._begin(control, return_code).drain(self._clock(), grace)

    def abort(self, control: Control, return_code: int = 0) -> None:
        """Abort the run, then exit."""
        self._begin(control, return_code).abort(self._clock())

    def _begin(self, control: Control, return_code: int) -> Shutdown:
        if self._shutdown is None:
            self._shutdown = Shutdown(control, ABORT_TIMEOUT)
        self.return_code = return_code
        return self._shutdown

    def is_due(self, *, is_over: bool) -> bool:
        """Whether the app has to exit now; aborts the run when its drain took too long.

        Args:
            is_over: Whether the run has ended.
        """
        if self._shutdown is None:
            return False
        now = self._clock()
        if self._shutdown.is_abort_due(now) and not is_over:
            self._shutdown.abort(now)
        return is_over or self._shutdown.has_timed_out(now)
