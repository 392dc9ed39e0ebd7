"""What one thread of a run does at certain times: it keeps marks, and ends warm-up and run."""

from __future__ import annotations

import math
from collections.abc import Callable

from pcsim import runtime
from pcsim.engine.observer import Observer
from pcsim.engine.protocols import RunStatus

PAUSE_FOR_COST = 100
"""The pause after a mark, as a multiple of its time on a processor: marks take 1 in 100 of a core
at most."""


class TimeKeeper:
    """Keeps the times of one run, on a thread of its own, until `done` is raised."""

    def __init__(
        self,
        clock: Callable[[], float],
        status: RunStatus,
        observer: Observer,
        done: runtime.Latch,
    ) -> None:
        self._clock = clock
        self._status = status
        self._observer = observer
        self._done = done
        self._next_mark_at = 0.0

    def wait_until(self, time: float = math.inf) -> bool:
        """Wait for that time of the run, keeping marks; return whether the run is not over yet."""
        origin, marks = self._status.origin or 0.0, self._observer.marks
        while not self._done.is_set and (now := self._clock() - origin) < time:
            mark_at = max(marks.latest_at + marks.step, self._next_mark_at)
            if now >= mark_at:
                began = runtime.thread_clock()
                self._observer.mark()
                self._next_mark_at = now + PAUSE_FOR_COST * (runtime.thread_clock() - began)
            elif self._done.wait(min(mark_at, time) - now):
                return False
        return not self._done.is_set
