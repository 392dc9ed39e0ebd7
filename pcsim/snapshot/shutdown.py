"""The end of a run from outside: a drain, an abort when that takes too long, patience with both."""

from __future__ import annotations

from pcsim.snapshot.control import Control


class Shutdown:
    """Drains a run, then aborts it. Never waits: its owner looks at the clock and acts.

    Times are seconds on the owner's clock.

    Args:
        control: The run.
        abort_timeout: Seconds that the run has to end after an abort.
    """

    def __init__(self, control: Control, abort_timeout: float) -> None:
        self._control = control
        self._abort_timeout = abort_timeout
        self._abort_at: float | None = None
        self._give_up_at: float | None = None

    @property
    def is_aborting(self) -> bool:
        """Whether the run has been aborted."""
        return self._give_up_at is not None

    def drain(self, now: float, grace: float | None = None) -> None:
        """Drain the run, unless it has been aborted.

        Args:
            now: The time.
            grace: Seconds after which an abort is due; None sets no limit, and keeps one that
                an earlier drain has set. The nearest limit counts.
        """
        if self.is_aborting:
            return
        if grace is not None:
            limit = now + grace
            self._abort_at = limit if self._abort_at is None else min(self._abort_at, limit)
        self._control.drain()

    def abort(self, now: float) -> None:
        """Abort the run, unless that has been done."""
        self._abort_at = None
        if not self.is_aborting:
            self._give_up_at = now + self._abort_timeout
            self._control.abort()

    def is_abort_due(self, now: float) -> bool:
        """Whether the drain has used up its grace."""
        return self._abort_at is not None and now >= self._abort_at

    def has_timed_out(self, now: float) -> bool:
        """Whether the run has not ended in time after an abort: waiting longer is no use."""
        return self._give_up_at is not None and now >= self._give_up_at
