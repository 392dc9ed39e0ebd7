"""What happens to running engines when the process exits or forks."""

from __future__ import annotations

import os
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

_is_registered: list[bool] = []


def watch(engine: Abortable) -> None:
    """Abort this engine when the process exits, and disown it in a forked child."""
    running_engines.add(engine)
    if not _is_registered:  # once a process, when its first engine starts
        _is_registered.append(True)
        runtime.call_at_exit(_abort_all)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_after_fork)


def _abort_all() -> None:
    engines = list(running_engines)
    for engine in engines:
        engine.abort()
    until = runtime.clock() + EXIT_GRACE
    for engine in engines:
        engine.join(max(until - runtime.clock(), 0.0))


def _after_fork() -> None:
    for engine in list(running_engines):
        engine.die_in_child()
    running_engines.clear()
