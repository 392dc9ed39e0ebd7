"""When and how a run is ended from outside: by signals, and by its time being up."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from pcsim.headless.exit_status import Exit
from pcsim.text import duration

if TYPE_CHECKING:
    from pcsim.snapshot.control import Control

TERM_GRACE = 5.0
"""Seconds that a drain may take after SIGTERM before the run is aborted."""
TIMEOUT_GRACE = 2.0
"""The same after `--timeout`."""
ABORT_GRACE = 5.0
"""Seconds after an abort from which the run is reported as it stands."""


class ShutdownPolicy:
    """Turns signals and the time into controls, and remembers why.

    The first Ctrl-C drains and the second aborts; SIGTERM and the timeout drain with a time
    of grace and abort after it; a hang-up aborts. `say` is told each step in a line.
    """

    def __init__(
        self, control: Control, say: Callable[[str], None], now: float, timeout: float | None
    ) -> None:
        self._control = control
        self._say = say
        self._timeout = timeout
        self._timeout_at = None if timeout is None else now + timeout
        self._abort_at: float | None = None
        self._give_up_at: float | None = None
        self.reason: Exit | None = None
        """The exit status that the ending has earned; None when nothing came from outside."""

    def check(self, signals: list[signal.Signals], now: float) -> bool:
        """Do what is due. Whether it is time to stop waiting for the end."""
        for one in signals:
            self._obey(one, now)
        if self._timeout_at is not None and now >= self._timeout_at:
            self._timeout_at = None
            told = f"{duration(self._timeout)} are over"
            self._drain(Exit.STUCK, told, now, TIMEOUT_GRACE)
        if self._abort_at is not None and now >= self._abort_at:
            self._abort("still not empty: aborting", now)
        return self._give_up_at is not None and now >= self._give_up_at

    def _obey(self, one: signal.Signals, now: float) -> None:
        if one is signal.SIGTERM:
            self._drain(Exit.TERMINATED, "terminated", now, TERM_GRACE)
        elif one is not signal.SIGINT:
            self.reason = self.reason or Exit.HANGUP
            self._abort("hung up: aborting", now)
        elif self.reason is not None:
            self._abort("interrupted again: aborting", now)
        else:
            self._drain(Exit.INTERRUPTED, "interrupted", now, None)

    def _drain(self, reason: Exit, why: str, now: float, grace: float | None) -> None:
        self.reason = self.reason or reason
        if self._give_up_at is not None:
            return
        if grace is None:
            self._say(f"{why}: draining; Ctrl-C again aborts")
        else:
            self._abort_at = min(self._abort_at or now + grace, now + grace)
            self._say(f"{why}: draining for at most {duration(grace)}")
        self._control.drain()

    def _abort(self, told: str, now: float) -> None:
        self._abort_at = None
        if self._give_up_at is None:
            self._give_up_at = now + ABORT_GRACE
            self._say(told)
            self._control.abort()
