"""What happens to running engines when the process exits or forks."""

from __future__ import annotations

import atexit
import os
import threading
from typing import Protocol
from weakref import WeakSet

from pcsim import runtime

EXIT_GRACE = 1.5
"""Seconds that the interpreter's exit waits for engines to end after aborting them."""


class Abortable(Protocol):
    """What an engine owes to this module."""

    def abort(self) -> None:
        """End at once."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end."""

    def die_in_child(self) -> None:
        """After a fork: the threads are the parent's."""


running_engines: WeakSet[Abortable] = WeakSet()
"""Those that have started and not ended."""


def _abort_all() -> None:
    engines = list(running_engines)
    for engine in engines:
        engine.abort()
    until = runtime.clock() + EXIT_GRACE
    for engine in engines:
        engine.join(max(until - runtime.clock(), 0.0))


def _forked() -> None:
    for engine in list(running_engines):
        engine.die_in_child()
    running_engines.clear()


# Before the interpreter waits for threads that are no daemons, one of which may wait for a run.
# `concurrent.futures` registers there, too; it is no public name, and `atexit` comes later.
getattr(threading, "_register_atexit", atexit.register)(_abort_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
