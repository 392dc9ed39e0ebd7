"""A recording as something that can be watched: it is played, from any moment, at any speed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from pcsim import runtime
from pcsim.recording.container import RecordingError
from pcsim.snapshot import Event, EventBatch, EventKind, QueueDetail, Snapshot
from pcsim.snapshot.control import FASTEST, SLOWEST, Mark, Point
from pcsim.snapshot.marks import RECENT

MOST_EVENTS = 500
MOST_TOGETHER = 20
"""Events that are looked at for a change at some time."""
"""Events that are given at once: those before are counted as gone."""
ROUNDS, PIECES = 3, 64
"""Looks at the course of a recording before moments of it are looked at, and points of each."""
NEAREST = 1e-6
"""Seconds between two frames at least."""
NO_ITEMS = "Items are not recorded."


class PastNotes(Protocol):
    """Events, marks and the course of what was seen. All raise `RecordingError` where that is
    damaged."""

    def events(self, until: float, most: int, since: int = 0) -> list[Event]:
        """The latest events up to a time."""

    def event_after(self, at: float) -> Event | None:
        """The first event after a time."""

    def event_before(self, at: float) -> Event | None:
        """The last event before a time."""

    def marks(self) -> list[Mark]:
        """The moments that people look for, in order."""

    def course(self, most: int, since: float, until: float) -> list[Point]:
        """How things stood over a time, in a few points."""


class Past(Protocol):
    """What was seen, by time: in a file, or in memory."""

    @property
    def notes(self) -> PastNotes:
        """What there is besides frames."""

    @property
    def begins(self) -> float:
        """The time of the first frame."""

    @property
    def length(self) -> float:
        """The time of the last frame."""

    @property
    def is_growing(self) -> bool:
        """Whether more may come after the last frame."""

    def snapshot_at(self, at: float, recent: float = RECENT) -> Snapshot:
        """The snapshot at a time. Raises `RecordingError` where it is damaged."""

    def frame_time(self, at: float, frames: int) -> float:
        """The time of the frame that comes some frames after the one at a time, or before it; of
        the last one, or the first, where there are not as many."""


class Replay:
    """Plays what was seen; it is a `pcsim.snapshot.control.Rewindable`.

    Args:
        past: What was seen.
        clock: The machine's clock, in seconds; a test may supply its own.
        at: Where it begins, in seconds of the run; None for the begin.
        no_items: Why it is not known which items waited, as a sentence.
    """

    reached = None
    is_behind = False

    def __init__(
        self,
        past: Past,
        clock: Callable[[], float] | None = None,
        at: float | None = None,
        no_items: str = NO_ITEMS,
    ) -> None:
        self._past = past
        self._clock = clock or runtime.clock
        self._speed = 1.0
        self._at = past.begins if at is None else min(max(at, past.begins), past.length)
        self._asked_at = self._clock()
        self._last: Snapshot | None = None
        self.is_standing = False
        self.jumps = 0
        self.problem = ""
        self._no_items = no_items

    @property
    def past(self) -> Past:
        """What was seen."""
        return self._past

    # How time passes.

    @property
    def at(self) -> float:
        """The time of the run at which it stands."""
        return self._at

    @property
    def begins(self) -> float:
        """The time of the first moment."""
        return self._past.begins

    @property
    def length(self) -> float:
        """The time of the last moment."""
        return self._past.length

    @property
    def speed(self) -> float | None:
        """Seconds of the run a second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        if speed is not None and not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"speed is {speed}; it is {SLOWEST:g} to {FASTEST:g}")
        self.catch_up()
        self._speed = FASTEST if speed is None else speed

    def stand_still(self) -> None:
        """Stop."""
        self.catch_up()
        self.is_standing = True

    def go_on(self) -> None:
        """Play from here; at the end, from the begin."""
        if self._at >= self.length and not self._past.is_growing:
            self._jump(self.begins)
        self._asked_at = self._clock()
        self.is_standing = False

    def catch_up(self) -> bool:
        """Let the time pass that is due; nothing is left to do after that."""
        now = self._clock()
        passed, self._asked_at = max(now - self._asked_at, 0.0), now
        if not self.is_standing:
            self._at = min(self._at + passed * self._speed, self.length)
            self.is_standing = self._at >= self.length and not self._past.is_growing
        self._at = max(self._at, self._past.begins)  # what is kept of a run begins ever later
        return False

    def step(self) -> bool:
        """Stop, and go to the next event, or where there are no more, to the next moment; whether
        there is one."""
        return self.to_event(forward=True) or self._move(1)

    # Other moments.

    def seek(self, at: float) -> None:
        """Go to a time of the run; it plays from there if it has played."""
        self.catch_up()
        self._jump(at)

    def move(self, frames: int) -> None:
        """Stop, and go that many moments on, or back."""
        self._move(frames)

    def _move(self, frames: int) -> bool:
        self.stand_still()
        before = self._at
        try:
            self._jump(self._past.frame_time(before, frames))
        except RecordingError as problem:
            self.problem = str(problem)
        return self._at != before

    def to_event(self, *, forward: bool) -> bool:
        """Stop, and go to the next event, or to the one before; whether there is one."""
        self.stand_still()
        try:
            notes = self._past.notes
            found = notes.event_after(self._at) if forward else notes.event_before(self._at)
        except RecordingError as problem:
            self.problem = str(problem)
            return False
        if found is not None:
            self._jump(found.at)
        return found is not None

    def to_drop(self, *, forward: bool) -> bool:
        """Stop, and go to the next moment at which a queue has lost an item, or to the one before;
        whether there is one."""
        self.stand_still()
        try:
            found = self._drop_after(self._at) if forward else self._drop_before(self._at)
        except RecordingError as problem:
            self.problem = str(problem)
            return False
        if found is not None:
            self._jump(found)
        return found is not None

    def _drop_after(self, at: float) -> float | None:
        known = self._dropped(at)
        if self._dropped(self.length) <= known:
            return None
        return self._first_with(known + 1, at, self.length)

    def _drop_before(self, at: float) -> float | None:
        known = self._dropped(self._past.frame_time(at, -1))
        if known <= self._dropped(self.begins):
            return None
        return self._first_with(known, self.begins, at)

    def _first_with(self, dropped: int, low: float, high: float) -> float:
        """The time of the first frame with that many lost items: there are fewer at the first of
        these times, and as many or more at the last one."""
        for _ in range(ROUNDS):  # counts at the ends of pieces are known without reading these
            points = self._past.notes.course(PIECES, low, high)
            high = next((one.at for one in points if one.at > low and one.dropped >= dropped), high)
            low = max((one.at for one in points if one.at < high and one.dropped < dropped),
                      default=low)  # fmt: skip
        while high - low > NEAREST and low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if self._dropped(middle) < dropped else (low, middle)
        return self._past.frame_time(high, 0)

    def _dropped(self, at: float) -> int:
        return self._past.snapshot_at(at, math.inf).totals.dropped

    def _jump(self, at: float) -> None:
        self._at = min(max(at, self.begins), self.length)
        self._asked_at = self._clock()
        self.jumps += 1

    # Questions.

    def snapshot(self) -> Snapshot:
        """The system as it was at the time that is due. Where that is damaged, what was shown last
        stays, and `problem` is set."""
        self.catch_up()
        try:
            self._last = self._past.snapshot_at(self._at, RECENT * max(self._speed, 1.0))
        except RecordingError as problem:
            self.problem = str(problem)
            self.is_standing = True
            if self._last is None:
                raise
        return self._last

    def events(self, since: int = 0) -> EventBatch:
        """The events up to the time at which it stands, from event number `since` on."""
        try:
            found = tuple(self._past.notes.events(self._at, MOST_EVENTS, since))
        except RecordingError as problem:
            self.problem = str(problem)
            found = ()
        if not found:
            return EventBatch(next_number=since)
        return EventBatch(found, found[0].number - since, found[-1].number + 1)

    def changes(self, until: float) -> list[Event]:
        """Return what was changed up to a time, in order, however much has happened since."""
        notes = self._past.notes
        found: dict[int, Event] = {}
        try:
            for at in {mark.at for mark in self.marks() if mark.kind == "change"}:
                for event in notes.events(at, MOST_TOGETHER) if at <= until else ():
                    if event.kind is EventKind.CHANGED:
                        found[event.number] = event
        except RecordingError as problem:
            self.problem = str(problem)
        return [found[number] for number in sorted(found)]

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """How much waited in a queue; its items are not recorded. Raises `KeyError` for an unknown
        name."""
        shown = self._last or self.snapshot()
        for row in shown.queues:
            if row.name == name:
                return QueueDetail(name, row.depth, (), self._no_items)
        raise KeyError(name)

    def moments(self, seconds: float, most: int) -> list[Snapshot]:
        """How it was in the seconds before the time at which it stands, evenly spread, without
        that time; at most that many. Where it is damaged, those up to there."""
        begin = max(self._at - seconds, self.begins)
        found: list[Snapshot] = []
        try:
            for number in range(most):
                at = begin + (self._at - begin) * number / most
                found.append(self._past.snapshot_at(at, math.inf))
        except RecordingError as problem:
            self.problem = str(problem)
        return found

    def marks(self) -> list[Mark]:
        """The moments that people look for, in order."""
        return self._past.notes.marks()

    def course(self, most: int, until: float | None = None) -> list[Point]:
        """How things stood from the begin to a time (the end), in at most that many points."""
        return self._past.notes.course(most, self.begins, self.length if until is None else until)
