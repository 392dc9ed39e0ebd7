"""How the app ends: asked, drained or aborted first, and at last in any case."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.snapshot.control import Control

GRACE = 5.0
"""Seconds that a drain asked for by SIGTERM may take."""
ABORT_TIME = 2.0
"""Seconds that an abort may take before the app leaves all the same."""


class Leaving:
    """Once begun, says when the app may go. Never waits itself."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._drain_until: float | None = None
        self._abort_until: float | None = None
        self.begun = False
        self.return_code = 0

    def drain(self, control: Control, grace: float | None = None, return_code: int = 0) -> None:
        """Drain, at most `grace` seconds (None: as long as it takes), then go."""
        self.begun, self.return_code = True, return_code
        self._drain_until = None if grace is None else self._clock() + grace
        control.drain()

    def abort(self, control: Control, return_code: int = 0) -> None:
        """Abort, then go."""
        self.begun, self.return_code = True, return_code
        self._abort_until = self._clock() + ABORT_TIME
        control.abort()

    def may_go(self, control: Control, *, is_over: bool) -> bool:
        """Whether the app may end now; turns to an abort when the grace is used up."""
        if not self.begun:
            return False
        now = self._clock()
        if self._drain_until is not None and now >= self._drain_until and not is_over:
            self._drain_until = None
            self.abort(control, self.return_code)
        return is_over or (self._abort_until is not None and now >= self._abort_until)
