"""Signals as notes for the main thread: a handler does nothing but write one down.

A handler may interrupt the main thread anywhere, inside a lock that it would then wait for. So
the main thread ends the run when it reads the notes. The third Ctrl-C is the exception: it is
for the case that the main thread reads no more, and exits at once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from pcsim.snapshot.exit_status import Exit

WATCHED = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
EXIT_AT_INTERRUPT = 3
"""This many Ctrl-C exit at once, whatever becomes of the run."""


class Signals:
    """A context that notes the signals that come while it is entered.

    A signal that was ignored before stays ignored, as `nohup` needs it. Outside the main
    thread, where Python handles no signals, there are no notes.

    Args:
        on_hangup: Called by the handler of a hang-up, before anybody reads its note.
    """

    def __init__(self, on_hangup: Callable[[], None] = lambda: None) -> None:
        self._on_hangup = on_hangup
        self._notes: list[signal.Signals] = []
        self._read = 0
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in WATCHED:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def take(self) -> list[signal.Signals]:
        """The signals since the last call, in their order."""
        new = self._notes[self._read :]
        self._read += len(new)
        return new

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._notes.append(signal.Signals(number))
        if number == signal.SIGINT and self._notes.count(signal.SIGINT) >= EXIT_AT_INTERRUPT:
            os._exit(Exit.INTERRUPTED)
        if number not in (signal.SIGINT, signal.SIGTERM):
            self._on_hangup()
