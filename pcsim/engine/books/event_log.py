"""The bounded log of what happened, with a count of what it let go.

Any thread may append: taking a number and appending to a deque are one C call each. An entry is
kept as it came and put into words only when somebody reads it.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import Any

from pcsim.snapshot import BlockReason, Event, EventBatch, EventKind
from pcsim.text import duration

KEPT = 2_000
"""How many events are kept."""


class EventLog:
    """What happened, newest last; `at` is on the engine's clock."""

    def __init__(self, kept: int = KEPT) -> None:
        self.numbers = count()
        """Of the events, each taken once: `next` of it is one C call."""
        self._entries: deque[tuple[int, float, EventKind, str, Any]] = deque(maxlen=kept)
        self.keep = self._entries.append
        """Note an event whose tuple is made already: `append` without the call."""

    def append(self, at: float, kind: EventKind, subject: str, told: Any = "") -> None:
        """Note an event; `told` is its text, or for BLOCKED what the worker is doing, for RESUMED
        `(what it was doing, item number or None where it got or put none, seconds blocked)`,
        for DROPPED `(queue, item number)`."""
        self._entries.append((next(self.numbers), at, kind, subject, told))

    def since(self, number: int, origin: float) -> EventBatch:
        """The events from that number on, their instants counted from `origin`."""
        entries = sorted(self._entries.copy(), key=lambda entry: entry[0])
        fresh = [entry for entry in entries if entry[0] >= number]
        if not fresh:
            return EventBatch(following=number)
        following = fresh[-1][0] + 1
        events = tuple(
            Event(no, max(at - origin, 0.0), kind, subject, _in_words(kind, told))
            for no, at, kind, subject, told in fresh
        )
        return EventBatch(events, following - number - len(fresh), following)


def _in_words(kind: EventKind, told: Any) -> str:
    if kind is EventKind.BLOCKED:
        return f"blocked, {told.queue_name} {told.reason}"
    if kind is EventKind.RESUMED:
        doing, number, seconds = told
        return f"after {duration(seconds)}, {_outcome(doing.queue_name, doing.reason, number)}"
    if kind is EventKind.DROPPED:
        queue, item = told
        return f"{queue} full: item {item}"
    return str(told)


def _outcome(queue: str, reason: BlockReason, number: int | None) -> str:
    """How a wait at a queue has ended."""
    if reason is BlockReason.FULL:
        return f"no room in {queue}" if number is None else f"put item {number} into {queue}"
    return f"no more from {queue}" if number is None else f"got item {number} from {queue}"
