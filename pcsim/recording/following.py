"""A recording that is still written, played as it grows."""

from __future__ import annotations

from collections.abc import Callable

from pcsim import runtime
from pcsim.recording.container import RecordingError
from pcsim.recording.reader import Reader
from pcsim.recording.replay import PastNotes
from pcsim.snapshot import Snapshot
from pcsim.snapshot.marks import RECENT

RENEW_EVERY = 0.2
"""Seconds between two looks whether more was written."""
BEHIND = 1.5
"""Seconds by which it is played behind what happens: as it is written once a second."""


class Following:
    """What was seen so far; it is a `pcsim.recording.replay.Past`.

    Args:
        reader: The recording.
        clock: The machine's clock, in seconds; a test may supply its own.
    """

    def __init__(self, reader: Reader, clock: Callable[[], float] | None = None) -> None:
        self._reader = reader
        self._clock = clock or runtime.clock
        self._renewed_at = self._clock()

    @property
    def notes(self) -> PastNotes:
        """What there is besides frames."""
        return self._reader.notes

    @property
    def begins(self) -> float:
        """The time of the first frame."""
        return self._reader.begins

    @property
    def length(self) -> float:
        """The time of the last frame that was written by now."""
        self._renew()
        return self._reader.length

    @property
    def is_growing(self) -> bool:
        """Whether more may come: it was not closed yet."""
        self._renew()
        return not self._reader.about.is_complete

    @property
    def start(self) -> float:
        """The time at which to begin: so far behind that it can be played without a stop."""
        return max(self.length - BEHIND, self.begins)

    def _renew(self) -> None:
        now = self._clock()
        if now - self._renewed_at >= RENEW_EVERY and not self._reader.about.is_complete:
            self._renewed_at = now
            try:
                self._reader.renew()
            except RecordingError:
                return  # what is there stays; a question about a moment says what is wrong

    def snapshot_at(self, at: float, recent: float = RECENT) -> Snapshot:
        """The snapshot at a time. Raises `RecordingError` where it is damaged."""
        return self._reader.snapshot_at(at, recent)

    def frame_time(self, at: float, frames: int) -> float:
        """The time of the frame that comes some frames after the one at a time, or before it."""
        return self._reader.frame_time(at, frames)
