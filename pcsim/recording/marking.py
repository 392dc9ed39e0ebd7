"""Moments of a run that people look for: what happened for the first time, failures, changes."""

from __future__ import annotations

from enum import StrEnum

from pcsim.snapshot import Cause, Event, EventKind, Snapshot, WorkerState
from pcsim.snapshot.control import Mark


class MarkKind(StrEnum):
    """What is marked."""

    FULL = "full"
    """A queue is full for the first time."""
    DROP = "drop"
    """A queue has lost an item for the first time."""
    FAILURE = "failure"
    """A worker has failed, or has failed on an item for the first time."""
    CHANGE = "change"
    """Somebody did something to the run."""


_BY_ITSELF = frozenset(
    (Cause.TIME_LIMIT, Cause.ENOUGH_ITEMS, Cause.SOURCE_FAILED, Cause.RUN_FAILED)
)
"""Why a run is ended by nobody."""


class Marking:
    """Finds the marks of a run in its successive snapshots and events."""

    def __init__(self) -> None:
        self._seen: set[tuple[MarkKind, str]] = set()
        self._known: dict[str, object] = {}

    def look(self, snapshot: Snapshot) -> list[Mark]:
        """Return what the next snapshot shows for the first time."""
        found: list[Mark] = []
        known = self._known
        for row in snapshot.queues:
            if known.get(row.name) is row:
                continue
            known[row.name] = row
            if row.is_full or row.full_time > 0:
                began = row.full_since if row.full_since is not None else snapshot.at
                self._first(found, MarkKind.FULL, row.name, min(began, snapshot.at))
            if row.dropped_total:
                self._first(found, MarkKind.DROP, row.name, snapshot.at)
        if snapshot.totals.failed or snapshot.failure is not None:
            for worker in snapshot.workers:
                if worker.failed_total or worker.state is WorkerState.FAILED:
                    self._first(found, MarkKind.FAILURE, worker.name, snapshot.at)
        return found

    def take(self, events: tuple[Event, ...]) -> list[Mark]:
        """Return the marks that the next events are."""
        found = []
        for event in events:
            if event.kind is EventKind.CONTROL and event.cause not in _BY_ITSELF:
                what = event.cause.value if event.cause else event.subject
                found.append(Mark(event.at, MarkKind.CHANGE, what))
            elif event.kind is EventKind.CHANGED:
                what = f"{event.subject} {event.what}".strip()
                found.append(Mark(event.at, MarkKind.CHANGE, what))
        return found

    def _first(self, found: list[Mark], kind: MarkKind, name: str, at: float) -> None:
        if (kind, name) not in self._seen:
            self._seen.add((kind, name))
            found.append(Mark(max(at, 0.0), kind, name))
