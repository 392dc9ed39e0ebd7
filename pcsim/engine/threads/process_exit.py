"""What happens to running engines when the process exits or forks, or their owner is dropped."""

from __future__ import annotations

import os
import warnings
from typing import Protocol
from weakref import WeakSet, finalize, ref

from pcsim import runtime

EXIT_GRACE = 1.5
"""Seconds that the interpreter's exit waits for engines to end after aborting them."""


class Abortable(Protocol):
    """What an engine owes to this module."""

    def abort(self) -> None:
        """End at once."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end."""

    @property
    def is_running_here(self) -> bool:
        """Whether it has started and not ended, in this process."""

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


def abort_with(owner: object, engine: Abortable) -> None:
    """Abort this engine, with a warning, when nothing refers to its owner any more.

    While it runs, its threads keep the engine. It must not be kept for this: an engine that has
    failed leads, by the traceback of its error, to its owner, which would then never be dropped.
    """
    finalize(owner, _abort_dropped, type(owner).__name__, ref(engine))


def _abort_dropped(owner: str, engine_of: ref[Abortable]) -> None:
    engine = engine_of()
    if engine is not None and engine.is_running_here:
        engine.abort()  # first: the warning may be turned into an error
        warnings.warn(f"a running {owner} was dropped", ResourceWarning, stacklevel=2)


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
