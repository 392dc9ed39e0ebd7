"""The last ten minutes of what is watched, in memory: a recording that forgets its oldest part.

It is written and read as a recording is. What watches hands over what was seen anyway, so that
nothing more is asked of the run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pcsim import runtime
from pcsim.recording.container import RecordingError, problems
from pcsim.recording.reader import Reader
from pcsim.recording.recorder import EVERY, FLUSH_EVERY, pause_after
from pcsim.recording.replay import PastNotes, Replay
from pcsim.recording.writer import Writer
from pcsim.snapshot import EventBatch, Phase, Snapshot
from pcsim.snapshot.marks import RECENT

LASTS = 600
"""Pieces that are kept at least, each of a second or more."""
MOST_BYTES = 64_000_000
"""Bytes that the pieces take at most; where that is less than ten minutes, it is less."""
MOST_LOAD = 0.005
"""The share of a processor that keeping may take: where a look costs much, fewer are kept."""
MOST_CHANGES = 6_000
"""Rows that change in a group: fewer than in a file, as a moment is looked for at every move."""
NAME = Path("the last ten minutes")
"""What stands in messages for the file that there is not."""

NO_ITEMS = "Items of the past are not kept."


class Keeping:
    """Keeps what is seen of one run, or program; it is a `pcsim.recording.replay.Past`.

    What counts is the time of who watches: of a run in virtual time at a hundred times its speed,
    a thousand minutes are kept. While nothing changes, nothing is kept and nothing forgotten.

    Args:
        clock: The machine's clock, in seconds; a test may supply its own.
        cost_clock: The time that this thread has been on a processor, in seconds.

    Raises:
        RecordingError: This Python has no SQLite.

    >>> from pcsim.snapshot import Totals
    >>> keeping = Keeping()
    >>> keeping.add(Snapshot(1, 0.1, Phase.RUNNING, True, (), (), Totals()))
    >>> keeping.flush()
    >>> keeping.snapshot_at(0.1).version
    1
    """

    def __init__(
        self,
        clock: Callable[[], float] | None = None,
        cost_clock: Callable[[], float] | None = None,
    ) -> None:
        self.problem = ""
        """Why nothing more is kept; empty where it is."""
        self._clock = clock or runtime.clock
        self._cost_clock = cost_clock or runtime.thread_clock
        self._writer = Writer(NAME, in_memory=True, most_changes=MOST_CHANGES)
        self._reader: Reader | None = None
        self._seen: tuple[int, Phase] | None = None
        self._same_until = 0.0
        self._due = self._flush_due = 0.0
        self._cost = 0.0

    # What is kept.

    def add(self, snapshot: Snapshot, batch: EventBatch = EventBatch()) -> None:  # noqa: B008 - never changed
        """Keep events, and a snapshot where one is due and anything has happened since the last.

        Args:
            snapshot: The run as it is now, not earlier than at the call before.
            batch: All events since the call before.
        """
        if self.problem:
            return
        self._writer.note(batch)
        now, seen = self._clock(), (snapshot.version, snapshot.phase)
        if seen == self._seen:
            self._same_until = snapshot.at
            if now >= self._flush_due:
                self.flush()
            return
        is_same_phase = self._seen is not None and self._seen[1] is snapshot.phase
        if is_same_phase and now < self._due:
            return
        self._seen = seen
        begun = self._cost_clock()
        self._writer.add(snapshot)
        if now >= self._flush_due or not is_same_phase:
            self.flush()
        cost, last = self._cost_clock() - begun, self._cost
        # What only one look took is no measure: it may have imported something.
        pause = pause_after(min(cost, last), MOST_LOAD)
        self._due, self._cost = now + pause if pause > EVERY else 0.0, cost

    def flush(self) -> None:
        """Let all that was added be seen, and forget what is too old."""
        if self.problem or not self._writer.waiting:
            return
        self._flush_due = self._clock() + FLUSH_EVERY
        try:
            self._writer.flush()
            self._forget()
            if self._reader is None:
                self._reader = Reader(NAME, self._writer.base)
            else:
                self._reader.renew()
        except (RecordingError, MemoryError) as problem:
            self.problem = str(problem) or "there is no memory left"

    def _forget(self) -> None:
        """Let whole groups go, the oldest first, as far as ten minutes stay without them."""
        base = self._writer.base
        with problems(NAME), base:
            (oldest,) = base.execute("select min(first) from blocks").fetchone()
            while True:
                (following, begins) = base.execute(
                    "select min(first), min(begins) from blocks where first > ?", (oldest,)
                ).fetchone()
                if following is None:
                    return
                (stay,) = base.execute(
                    "select count(*) from blocks where first > ?", (oldest,)
                ).fetchone()
                if stay < LASTS and self.bytes <= MOST_BYTES:
                    return
                base.execute("delete from frames where number < ?", (following,))
                base.execute("delete from blocks where number < ?", (following,))
                base.execute("delete from events where ends < ?", (begins,))
                base.execute("delete from marks where at < ?", (begins,))
                base.execute("delete from names where number < (select min(names) from blocks)")
                oldest = following

    @property
    def bytes(self) -> int:
        """What is kept, in bytes."""
        found = (
            int(self._writer.base.execute(f"pragma {what}").fetchone()[0])
            for what in ("page_count", "freelist_count", "page_size")
        )
        pages, unused, size = found
        return (pages - unused) * size

    def copy(self) -> Reader:
        """Return what is kept by now, as a recording of its own that any one thread may read.

        Raises:
            RecordingError: Nothing is kept yet.
        """
        import sqlite3

        self.flush()
        if self._reader is None:
            raise RecordingError("nothing is kept yet")
        base = sqlite3.connect(":memory:", check_same_thread=False)
        with problems(NAME):
            self._writer.base.backup(base)
        copy = Reader(NAME, base)
        copy.length = self.length  # nothing has happened since its last frame
        return copy

    # What can be seen of it.

    def replay(self, at: float) -> Replay | None:
        """Return what is kept, standing at a time; None where nothing is.

        Args:
            at: Seconds since the start of the run.
        """
        self.flush()
        if self._reader is None:
            return None
        replay = Replay(self, self._clock, at, NO_ITEMS)
        replay.stand_still()
        return replay

    @property
    def _read(self) -> Reader:
        if self._reader is None:
            raise RecordingError("nothing is kept yet")
        return self._reader

    @property
    def notes(self) -> PastNotes:
        """What there is besides frames."""
        return self._read.notes

    @property
    def begins(self) -> float:
        """The time of the first frame that is still kept."""
        return self._read.begins

    @property
    def length(self) -> float:
        """The time up to which it is known by now."""
        ends = self._read.length
        return ends if self._writer.waiting else max(ends, self._same_until)

    @property
    def is_growing(self) -> bool:
        """Whether more may come: the run is not over."""
        return self._seen is not None and not self._seen[1].is_over

    def snapshot_at(self, at: float, recent: float = RECENT) -> Snapshot:
        """The snapshot at a time."""
        found = self._read.snapshot_at(at, recent)
        if found.phase.is_over or at <= self._read.length:
            return found
        return found._replace(at=min(at, self.length))  # nothing has happened since

    def frame_time(self, at: float, frames: int) -> float:
        """The time of the frame that comes some frames after the one at a time, or before it."""
        return self._read.frame_time(at, frames)
