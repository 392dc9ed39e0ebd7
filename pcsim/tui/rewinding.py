"""What the keys do to a replay: play, stop, step, and go to another moment."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.snapshot.control import OWN, Mark, Rewindable
from pcsim.text import clock_time, safe
from pcsim.tui.watcher import Watcher

WORDS = {
    "full": "full for the first time",
    "drop": "has lost an item for the first time",
    "failure": "has failed",
    "change": "changed",
}
DOES_WITH_MARK = "f goes to it, D compares, m unmarks it."
"""What a mark is of, after its name."""
NEAR = 0.0005
"""Seconds within which two moments count as one."""


class Rewinding:
    """Goes to moments of what is replayed; a short message says which one it is.

    Args:
        watcher: What is shown.
        notify: Shows a short message.
    """

    def __init__(self, watcher: Watcher, notify: Callable[[str], None]) -> None:
        self._watcher = watcher
        self._notify = notify

    @property
    def _past(self) -> Rewindable | None:
        return self._watcher.shown.rewind

    def do(self, what: str, value: float) -> None:
        """Do one of these by name: `play`, `move`, `seek`, `end`, `event`, `drop`, `first`, `mark`.

        Args:
            what: Its name.
            value: How many moments, which time, or forward where it is above 0.
        """
        if what == "move":
            self.move(int(value))
        elif what == "seek":
            self.seek(value)
        elif what == "end":
            self.to_end(is_last=value > 0)
        elif what == "event":
            self.to_event(forward=value > 0)
        elif what == "drop":
            self.to_drop(forward=value > 0)
        elif what == "first":
            self.to_mark(forward=value > 0)
        elif what == "mark":
            self.mark()
        else:
            self.play()

    def play(self) -> None:
        """Play or stop; at the end, play from the begin."""
        past = self._past
        if past is None:
            return
        if past.is_standing:
            past.go_on()
        else:
            past.stand_still()
        self._show()

    def move(self, frames: int) -> None:
        """Stop, and go that many moments on, or back."""
        if self._past is not None:
            self._past.move(frames)
            self._show()

    def seek(self, at: float) -> None:
        """Go to a time of the run."""
        if self._past is not None:
            self._past.seek(at)
            self._show()

    def stand_at(self, at: float) -> None:
        """Stop, and go to a time of the run."""
        if self._past is not None:
            self._past.stand_still()
            self.seek(at)

    def to_end(self, *, is_last: bool) -> None:
        """Stop, and go to the first moment or the last one."""
        past = self._past
        if past is not None:
            past.stand_still()
            self.seek(past.length if is_last else past.begins)

    def to_event(self, *, forward: bool) -> None:
        """Stop, and go to the next event, or the one before."""
        if self._past is not None:
            if not self._past.to_event(forward=forward):
                self._notify(f"No event is recorded {'after' if forward else 'before'} this.")
            self._show()

    def to_drop(self, *, forward: bool) -> None:
        """Stop, and go to the next moment at which an item was lost, or the one before."""
        past = self._past
        if past is not None:
            if not past.to_drop(forward=forward):
                self._notify(f"No item was lost {'after' if forward else 'before'} this.")
            self._show()

    def mark(self) -> None:
        """Mark the moment that is shown; where it is marked, take that away."""
        past, marks = self._past, self._watcher.session.own_marks
        if past is None:
            return
        there = next((one for one in marks if abs(one.at - past.at) <= NEAR), None)
        if there is None:
            number = max((int(one.name) for one in marks), default=0) + 1
            marks.append(Mark(past.at, OWN, str(number)))
            marks.sort()
            self._notify(f"{clock_time(past.at)} is marked: {DOES_WITH_MARK}")
        else:
            marks.remove(there)
            self._notify(f"{clock_time(there.at)} is marked no more.")
        self._show()

    def to_mark(self, *, forward: bool) -> None:
        """Stop, and go to the next moment that people look for or have marked, or the one
        before."""
        past = self._past
        if past is None:
            return
        past.stand_still()
        own = (one for one in self._watcher.session.own_marks if one.at >= past.begins)
        marks = sorted([*past.marks(), *own])
        if forward:
            found = next((mark for mark in marks if mark.at > past.at + NEAR), None)
        else:
            found = next((mark for mark in reversed(marks) if mark.at < past.at - NEAR), None)
        if found is None:
            where = "after" if forward else "before"
            self._notify(f"Nothing happened for the first time {where} this, and none is marked.")
        else:
            past.seek(found.at)
            self._notify(said(found))
        self._show()

    def _show(self) -> None:
        self._watcher.display.unfreeze()
        self._watcher.poll_now(force=True)


def said(mark: Mark) -> str:
    """A mark in words: `0:00.8  main: full for the first time`."""
    if mark.kind == OWN:
        return f"{clock_time(mark.at)}  mark {mark.name}"
    return f"{clock_time(mark.at)}  {safe(mark.name, 40)}: {WORDS.get(mark.kind, mark.kind)}"
