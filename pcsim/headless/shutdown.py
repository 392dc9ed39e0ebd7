"""When a run without a screen is ended from outside: by signals, and by its timeout."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable

from pcsim import runtime
from pcsim.snapshot.control import Control
from pcsim.snapshot.exit_status import Exit
from pcsim.snapshot.shutdown import TERM_GRACE, TIMEOUT_GRACE, Shutdown


class ShutdownPolicy:
    """Turns signals and the timeout into a shutdown, with a message for each step.

    The first Ctrl-C drains and the second aborts; SIGTERM and the timeout drain with a time
    of grace and abort after it; a hang-up aborts.

    Args:
        control: The run.
        report: Called with each message, one line.
        timeout: Seconds from now after which the run is ended; None for no limit.
        clock: The clock of the timeout and of the times of grace.
    """

    def __init__(
        self,
        control: Control,
        report: Callable[[str], None],
        timeout: float | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._clock = clock or runtime.clock
        self._shutdown = Shutdown(control, clock=self._clock)
        self._report = report
        self._timeout = timeout
        self._timeout_at = math.inf if timeout is None else self._clock() + timeout

    @property
    def reason(self) -> Exit | None:
        """The exit status that the shutdown earns; None while nothing came from outside."""
        return self._shutdown.reason

    def check(self, signals: list[signal.Signals]) -> bool:
        """Do what is due. Whether it is time to stop waiting for the end."""
        for one in signals:
            self._obey(one)
        if self._clock() >= self._timeout_at:
            self._timeout_at = math.inf
            self._drain(Exit.STUCK, f"timeout after {self._timeout:g} s", TIMEOUT_GRACE)
        was_aborting = self._shutdown.is_aborting
        is_given_up = self._shutdown.check()
        if self._shutdown.is_aborting and not was_aborting:
            self._report("still not empty: aborting")
        return is_given_up

    def _obey(self, one: signal.Signals) -> None:
        if one is signal.SIGTERM:
            self._drain(Exit.TERMINATED, "terminated", TERM_GRACE)
        elif one is not signal.SIGINT:
            self._abort(Exit.HANGUP, "hung up: aborting")
        elif self.reason is not None:
            self._abort(Exit.INTERRUPTED, "interrupted again: aborting")
        else:
            self._drain(Exit.INTERRUPTED, "interrupted")

    def _drain(self, reason: Exit, why: str, grace: float = math.inf) -> None:
        if not self._shutdown.is_aborting:
            limit = f", at most {grace:g} s more" if grace < math.inf else "; Ctrl-C again aborts"
            self._report(f"{why}: draining{limit}")
        self._shutdown.drain(grace, reason)

    def _abort(self, reason: Exit, message: str) -> None:
        if not self._shutdown.is_aborting:
            self._report(message)
        self._shutdown.abort(reason)
