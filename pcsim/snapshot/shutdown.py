"""How a run is ended from outside: drained, aborted after a time of grace, given up at last."""

from __future__ import annotations

import math
from collections.abc import Callable

from pcsim import runtime
from pcsim.snapshot.control import Control
from pcsim.snapshot.exit_status import Exit

TERM_GRACE = 5.0
"""Seconds that a drain may take after SIGTERM before the run is aborted."""
TIMEOUT_GRACE = 2.0
"""The same after `--timeout`."""
ABORT_GRACE = 5.0
"""Seconds after an abort until the wait is given up."""

HANGUP_GRACE = 1.5
"""Seconds after a hang-up in which the process ends, whatever keeps it: its user is gone."""


class Shutdown:
    """Ends one run, and remembers why.

    `drain` and `abort` only ask. After that, call `check` now and then: it aborts a drain whose
    time of grace is over, and returns True once an abort has had its time, too. `wait` does this
    until the run is over.

    Args:
        control: The run.
        abort_grace: Seconds that an abort may take before the run is given up; 0 or more.
        clock: The clock by which grace is measured.
    """

    def __init__(
        self,
        control: Control,
        abort_grace: float = ABORT_GRACE,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._control = control
        self._abort_grace = abort_grace
        self._clock = clock or runtime.clock
        self._abort_at = math.inf
        self._give_up_at = math.inf
        self.has_begun = False
        """Whether the run was asked to end."""
        self.is_aborting = False
        """Whether it was asked to end at once."""
        self.reason: Exit | None = None
        """The exit status that the first reason given earns; None while none was given."""

    def drain(self, grace: float = math.inf, reason: Exit | None = None) -> None:
        """Ask the run to drain, and abort it where that takes longer than `grace` seconds.

        Of several drains the shortest grace counts. After an abort this does nothing.
        """
        self._begin(reason)
        if self.is_aborting:
            return
        self._abort_at = min(self._abort_at, self._clock() + grace)
        self._control.drain()

    def abort(self, reason: Exit | None = None) -> None:
        """Ask the run to end at once; a second time this does nothing."""
        self._begin(reason)
        if self.is_aborting:
            return
        self.is_aborting = True
        self._abort_at, self._give_up_at = math.inf, self._clock() + self._abort_grace
        self._control.abort()

    def _begin(self, reason: Exit | None) -> None:
        self.has_begun = True
        self.reason = self.reason or reason

    def check(self) -> bool:
        """Abort if a drain has taken too long. Whether an abort has, so that waiting is over."""
        if self._clock() >= self._abort_at:
            self.abort()
        return self._clock() >= self._give_up_at

    def wait(self) -> bool:
        """Wait until the run is over or given up; whether it is over."""
        while not self._control.join(self._seconds_left()):
            if self.check():
                return False
        return True

    def _seconds_left(self) -> float | None:
        due = min(self._abort_at, self._give_up_at)
        return None if due == math.inf else max(due - self._clock(), 0.0)
