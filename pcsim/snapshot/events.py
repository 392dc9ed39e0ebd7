"""What happened in a run, as data."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class EventKind(StrEnum):
    """What can happen."""

    STARTED = "started"
    BLOCKED = "blocked"
    RESUMED = "resumed"
    CLOSED = "closed"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    DROPPED = "dropped"
    DISCARDED = "discarded"
    CONTROL = "control"
    ENDED = "ended"


class Event(NamedTuple):
    """Something that happened, at an instant of the run, to a worker, a queue or the run."""

    number: int
    at: float
    kind: EventKind
    subject: str
    text: str


class EventBatch(NamedTuple):
    """The events from some number on: those still kept, how many were let go before them,
    and the number to ask for next."""

    events: tuple[Event, ...] = ()
    let_go: int = 0
    following: int = 0
