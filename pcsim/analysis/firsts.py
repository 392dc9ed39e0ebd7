"""What happened for the first time in a run: it is kept though later events push the others out."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from pcsim.snapshot import Event, EventKind, Snapshot
from pcsim.snapshot.control import Mark

MOST = 200
"""First times that are kept."""


class FirstKind(StrEnum):
    """What may happen for the first time."""

    FULL = "full"
    """A queue had no free slot."""
    DROPPED = "dropped"
    """An item was lost because a queue was full."""
    FAILED = "failed"
    """An item failed at a worker."""


class First(NamedTuple):
    """The first time of something, at a queue or a worker."""

    at: float
    """Seconds since the start of the run."""
    kind: FirstKind
    subject: str
    """The queue that was full or lost an item, or the worker at which one failed."""
    item: int | None = None
    """The item that was lost or failed, where it is known."""

    @property
    def text(self) -> str:
        """What happened, without the time and the subject."""
        return f"{_WORDS[self.kind]} for the first time"


_WORDS = {
    FirstKind.FULL: "full",
    FirstKind.DROPPED: "lost an item",
    FirstKind.FAILED: "an item failed",
}
_OF_MARKS = {
    "full": FirstKind.FULL,
    "drop": FirstKind.DROPPED,
    "failure": FirstKind.FAILED,
}
_OF_EVENTS = {
    EventKind.DROPPED: FirstKind.DROPPED,
    EventKind.SKIPPED: FirstKind.FAILED,
    EventKind.FAILED: FirstKind.FAILED,
}


class Firsts:
    """Gathers first times from the snapshots, the events and the marks of one run, in any order.

    >>> from pcsim.snapshot import Event, EventKind
    >>> firsts = Firsts()
    >>> firsts.add_events([Event(0, 1.5, EventKind.DROPPED, "merger", queue="audit", item=7)])
    >>> [(first.subject, first.text) for first in firsts.all]
    [('audit', 'lost an item for the first time')]
    """

    def __init__(self) -> None:
        self._known: dict[tuple[FirstKind, str], First] = {}
        self.all: tuple[First, ...] = ()
        """The first times, the earliest first."""

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Look which queues have been full.

        Args:
            snapshot: The run at a time. A queue that was full for a moment between two of them
                has been full since the later one at most.
        """
        for row in snapshot.queues:
            is_new = (FirstKind.FULL, row.name) not in self._known
            if is_new and (row.full_time > 0 or row.full_since is not None):
                since = row.full_since if not row.full_time else None
                self._add(First(snapshot.at if since is None else since, FirstKind.FULL, row.name))

    def add_marks(self, marks: Iterable[Mark], until: float) -> None:
        """Take over what a recording has marked, up to a time of the run in seconds."""
        for mark in marks:
            kind = _OF_MARKS.get(mark.kind)
            if kind is not None and mark.at <= until:
                self._add(First(mark.at, kind, mark.name))

    def add_events(self, events: Iterable[Event]) -> None:
        """Look what was lost and what failed."""
        for event in events:
            kind = _OF_EVENTS.get(event.kind)
            if kind is not None:
                subject = event.queue if kind is FirstKind.DROPPED else event.subject
                self._add(First(event.at, kind, subject, event.item))

    def _add(self, first: First) -> None:
        key = first.kind, first.subject
        if key not in self._known and len(self._known) < MOST:
            self._known[key] = first
            self.all = tuple(sorted(self._known.values(), key=lambda one: one.at))
