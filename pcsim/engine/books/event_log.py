"""The bounded log of what happened, with a count of the events it no longer has.

Any thread may append: taking a number and appending to a deque are one C call each, between which
others may append. An entry is kept as it came and made an `Event` only when somebody reads it.

Without a global lock, a deque cannot be copied while others append to it: it lets go of its own
lock in between. A list keeps it. So there each entry has its place in a list, by its number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import Any, TypeAlias

from pcsim import runtime
from pcsim.snapshot import Event, EventBatch, EventKind

KEPT = 2_000
"""How many events are kept."""
ON_ITS_WAY = 1.0
"""Seconds that a thread takes at most from the number of an event to its place in the log."""
ACTS = (EventKind.CONTROL, EventKind.CHANGED)
"""The kinds of what somebody does to a run."""
Entry: TypeAlias = tuple[int, float, EventKind, str, Any]


class EventLog:
    """What happened, newest last; `at` is on the engine's clock."""

    def __init__(self, kept: int = KEPT, *, has_items: bool = True) -> None:
        self.has_items = has_items
        """Whether it has each wait and each drop; else only the life of the run."""
        self.numbers = count()
        """Of the events, each taken once: `next` of it is one C call."""
        self._entries: runtime.deque[Entry] = runtime.deque(maxlen=kept)
        self.keep: Callable[[Entry], None] = self._entries.append
        """Note an event that is a tuple already: `append` without the call. Its last field
        is for BLOCKED what the worker does, for RESUMED `(what it did, item number or None,
        seconds blocked)`, for DROPPED `(queue, item number)`: a worker makes it in one step."""
        self._acts: list[Entry] = []
        self._ring: list[Entry | None] = []
        if not runtime.has_interpreter_lock():
            self._ring = [None] * kept
            self.keep = self._keep_in_ring

    def append(self, at: float, kind: EventKind, subject: str, **fields: Any) -> int:
        """Note an event with these fields of `Event`, and return its number."""
        entry = next(self.numbers), at, kind, subject, fields
        if kind in ACTS:
            self._acts.append(entry)
        self.keep(entry)
        return entry[0]

    def acts(self, origin: float = 0.0) -> tuple[Event, ...]:
        """All that was done to the run: none of it is evicted."""
        return tuple(
            Event(number, max(at - origin, 0.0), kind, subject, **fields)
            for number, at, kind, subject, fields in self._acts.copy()
        )

    def _keep_in_ring(self, entry: Entry) -> None:
        self._ring[entry[0] % len(self._ring)] = entry

    def _copied(self) -> list[Entry]:
        """What is kept, each copied in one C call."""
        if self._ring:
            return [entry for entry in self._ring.copy() if entry is not None]
        return list(self._entries.copy())

    def since(self, number: int, origin: float, now: float = math.inf) -> EventBatch:
        """The events from that number on, their times counted from `origin`.

        An event that others have overtaken on its way into the log is not missed: those after it
        come with it, in the next batch. `now` is the time on the engine's clock, infinite where
        nothing is on its way any more.
        """
        entries = sorted(self._copied(), key=lambda entry: entry[0])
        is_full = len(entries) == self._entries.maxlen
        fresh = _without_gap(entries, max(number, entries[0][0] if is_full else 0), now)
        if not fresh:
            return EventBatch(next_number=number)
        next_number = fresh[-1][0] + 1
        events = tuple(
            Event(no, max(at - origin, 0.0), kind, subject, **_fields(kind, detail))
            for no, at, kind, subject, detail in fresh
        )
        return EventBatch(events, next_number - number - len(fresh), next_number)


def _without_gap(entries: list[Entry], expected: int, now: float) -> list[Entry]:
    """The entries from the expected number on, up to one that is on its way. After `ON_ITS_WAY`
    that one is given up: its thread was interrupted between the two steps."""
    fresh = []
    for entry in entries:
        if entry[0] < expected:
            continue
        if entry[0] > expected and entry[1] > now - ON_ITS_WAY:
            break
        fresh.append(entry)
        expected = entry[0] + 1
    return fresh


def _fields(kind: EventKind, detail: Any) -> dict[str, Any]:
    """The fields of an event, from what was kept of it."""
    if isinstance(detail, dict):
        return detail
    if kind is EventKind.BLOCKED:
        return {"queue": detail.queue_name, "reason": detail.reason}
    if kind is EventKind.RESUMED:
        activity, item, seconds = detail
        wait = {"queue": activity.queue_name, "reason": activity.reason}
        return {**wait, "item": item, "seconds": seconds}
    queue, item = detail
    return {"queue": queue, "item": item}
