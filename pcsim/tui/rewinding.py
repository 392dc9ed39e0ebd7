"""What the keys do to a replay: play, stop, step, and go to another moment."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.snapshot.control import Mark, Rewindable
from pcsim.text import clock_time, safe
from pcsim.tui.watcher import Watcher

WORDS = {
    "full": "full for the first time",
    "drop": "has lost an item for the first time",
    "failure": "has failed",
    "change": "changed",
}
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
        """Do one of these by name: `play`, `move`, `seek`, `end`, `event`, `mark`.

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
        elif what == "mark":
            self.to_mark(forward=value > 0)
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

    def to_mark(self, *, forward: bool) -> None:
        """Stop, and go to the next moment that people look for, or the one before."""
        past = self._past
        if past is None:
            return
        past.stand_still()
        marks = past.marks()
        if forward:
            found = next((mark for mark in marks if mark.at > past.at + NEAR), None)
        else:
            found = next((mark for mark in reversed(marks) if mark.at < past.at - NEAR), None)
        if found is None:
            where = "after" if forward else "before"
            self._notify(f"Nothing happened for the first time {where} this.")
        else:
            past.seek(found.at)
            self._notify(said(found))
        self._show()

    def _show(self) -> None:
        self._watcher.display.unfreeze()
        self._watcher.poll_now(force=True)


def said(mark: Mark) -> str:
    """A mark in words: `0:00.8  main: full for the first time`."""
    return f"{clock_time(mark.at)}  {safe(mark.name, 40)}: {WORDS.get(mark.kind, mark.kind)}"
