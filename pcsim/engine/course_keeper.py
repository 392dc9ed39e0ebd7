"""What a run has done from change to change: kept while it goes on, for the effects of changes."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from pcsim.engine.books.event_log import EventLog
from pcsim.engine.protocols import RunStatus
from pcsim.snapshot import Event, EventKind, Phase, Snapshot
from pcsim.snapshot.course import Course, Tally, tally_of


class CourseKeeper:
    """Keeps the course of one run. What is not said to take the run's lock is called under it.

    Args:
        clock: The clock of the run.
        status: Where it is in its life.
        log: Its events.
        snapshot: Makes a snapshot of it, without its lock.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        status: RunStatus,
        log: EventLog,
        snapshot: Callable[[], Snapshot],
    ) -> None:
        self._clock = clock
        self._status = status
        self._log = log
        self._snapshot = snapshot
        self._lock: AbstractContextManager[Any] = status.lock
        self._course = Course()
        self.at_change: Snapshot | None = None
        """The run at its latest change."""
        self.is_followed = True
        """Whether it is looked at now and then; else only where something is changed."""

    @property
    def next_at(self) -> float:
        """When to look again, in seconds from the start; infinite for never."""
        return self._course.next_at if self.is_followed else math.inf

    def begin(self) -> None:
        """The run begins."""
        self._course.add(Tally())

    def begin_anew(self) -> None:
        """The warm-up has ended: nothing before that counts."""
        self._course.restart(tally_of(self._snapshot()))

    def look(self) -> None:
        """Look at what the run has done by now."""
        self._course.add(tally_of(self._snapshot()))

    def change(self, subject: str, **fields: str) -> None:
        """The system is being changed: note it with these fields of its event, and what was done
        before."""
        self.at_change = seen = self._snapshot()
        self._course.add(tally_of(seen))
        at, kind = self._clock(), EventKind.CHANGED
        number = self._log.append(at, kind, subject, **fields)
        at = max(at - (self._status.origin or 0.0), 0.0)
        self._course.change(Event(number, at, kind, subject, **fields))  # type: ignore[arg-type]

    def follow(self, now: float) -> float:
        """Look if it is time for that, and return when it will be. Takes the lock."""
        with self._lock:
            if now >= self.next_at:
                self.look()
            return self.next_at

    def so_far(self) -> Course:
        """What the run has done up to now. Takes the lock."""
        with self._lock:
            if self._status.phase in (Phase.RUNNING, Phase.DRAINING):
                self.look()
            return self._course.copy()
