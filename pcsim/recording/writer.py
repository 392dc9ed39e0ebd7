"""Writes what is seen of a run, or of a program, into a recording: frames, events and marks.

What was flushed is there, whatever happens to the writer later. The file counts as cut until it is
closed in good order: so nothing has to be written to mark one whose writer was killed, or whose
disk was full.
"""

from __future__ import annotations

import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import finalize

import msgspec

from pcsim.recording import container
from pcsim.recording.container import RecordingError, problems
from pcsim.recording.encoding import encoded, storable
from pcsim.recording.events import packed, thinned
from pcsim.recording.fields import rounded
from pcsim.recording.frames import GroupWriter, layout
from pcsim.recording.marking import Marking
from pcsim.recording.whole import whole
from pcsim.snapshot import Event, EventBatch, Snapshot
from pcsim.snapshot.control import Mark
from pcsim.version import __version__

MOST_FRAMES = 300
"""Frames of a group: to show one of them, those before it in the group are read."""
MOST_CHANGES = 20_000
"""Rows that change in a group: what is held in memory of it is some megabytes."""
RUN, PROGRAM = "run", "program"
"""The kinds of recordings."""
COMPLETE = "complete"
"""The end of a recording that was closed in good order."""


class Writer:
    """Writes a recording. One thread at a time may use it.

    Args:
        path: The file. There must be none.
        kind: `run` or `program`.
        more_tables: Tables of its kind of recording, as statements.
        scenario: What is run, as the text of a scenario file; "" where that is not known yet.
        in_memory: Whether to keep it in memory instead: the path is its name in messages then.
        most_changes: Rows that change in a group; None for 20,000. With fewer, a moment is found
            faster, and takes more room.

    Raises:
        RecordingError: There is a file already, or it cannot be written.

    >>> import tempfile
    >>> from pcsim.snapshot import Phase, Totals
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     writer = Writer(Path(folder, "x.rec"))
    ...     writer.add(Snapshot(1, 0.1, Phase.RUNNING, True, (), (), Totals()))
    ...     writer.close()
    ...     writer.frames
    1
    """

    def __init__(
        self,
        path: Path,
        kind: str = RUN,
        more_tables: str = "",
        scenario: str = "",
        *,
        in_memory: bool = False,
        most_changes: int | None = None,
    ) -> None:
        self.path = path
        self.scenario = scenario
        """What is run, as the text of a scenario file; written with the first frames."""
        self.base = container.in_memory(path) if in_memory else container.create(path, more_tables)
        """The database, for what else is written into it."""
        finalize(self, self.base.close).atexit = False
        self.frames = 0
        """Frames that were written."""
        self.at = 0.0
        """The time of the run up to which it is written."""
        self._most_changes = most_changes or MOST_CHANGES
        self._group = GroupWriter()
        self._number = self._first = 1
        self._in_group = 0
        self._begins: float | None = None
        self._last: Snapshot | None = None
        self._marking = Marking()
        self._marks: list[Mark] = []
        self._events: list[Event] = []
        self._next_event = 0
        self._names: tuple[str, ...] | None = None
        self._names_number = 0
        about = {
            "kind": kind,
            "scenario": "",
            "pcsim": __version__,
            "began_at": repr(time.time()),
            "layout": msgspec.json.encode(layout()).decode(),
            "title": "",
            "engine": "",
            "end": "",
        }
        with problems(path), self.base:
            self.base.executemany("insert into about values (?,?)", about.items())

    @property
    def next_event(self) -> int:
        """The number of the event to ask for next."""
        return self._next_event

    def add(self, snapshot: Snapshot, batch: EventBatch = EventBatch()) -> None:  # noqa: B008
        """Add the next snapshot, and the events up to it; `flush` writes them.

        Args:
            snapshot: The snapshot, not earlier than the one before.
            batch: The events from `next_event` on.
        """
        self._group.add(snapshot)
        self._begins = snapshot.at if self._begins is None else self._begins
        self._marks += self._marking.look(snapshot)
        self._last = snapshot
        self.note(batch)

    def note(self, batch: EventBatch) -> None:
        """Add events that belong to what is seen next.

        Args:
            batch: The events from `next_event` on.
        """
        if batch.next_number > self._next_event:
            self._events += batch.events
            self._marks += self._marking.take(batch.events)
            self._next_event = batch.next_number

    def flush(self) -> None:
        """Write what was added.

        Raises:
            RecordingError: The file cannot be written, as on a full disk.
        """
        last = self._last
        frames = self._group.waiting
        if last is None or self._begins is None or not frames:
            return
        piece = self._group.piece()
        with problems(self.path), self.base:
            if self._names_number == 0:
                self._describe(last)
            self._write_block(last, self._begins, frames, piece)
            self._write_events()
            marks = [(rounded(at), str(kind), storable(name)) for at, kind, name in self._marks]
            self.base.executemany("insert into marks values (?,?,?)", marks)
        self._marks = []
        self.frames += frames
        self.at = rounded(last.at)
        self._number += 1
        self._begins = None
        if self.frames - self._in_group >= MOST_FRAMES or self._group.changed >= self._most_changes:
            self._group = GroupWriter()
            self._first, self._in_group = self._number, self.frames

    def _describe(self, snapshot: Snapshot) -> None:
        self.base.executemany(
            "update about set value = ? where key = ?",
            [
                (storable(snapshot.title), "title"),
                (snapshot.engine, "engine"),
                (storable(self.scenario), "scenario"),
            ],
        )

    def _write_block(self, last: Snapshot, begins: float, frames: int, piece: bytes) -> None:
        names = tuple(row.name for row in last.queues)
        if names != self._names:
            self._names, self._names_number = names, self._names_number + 1
            data = encoded(names)
            self.base.execute("insert into names values (?,?)", (self._names_number, data))
        totals = last.totals
        row: tuple[Any, ...] = (
            self._number,
            self._first,
            rounded(begins),
            rounded(last.at),
            frames,
            totals.produced,
            totals.consumed,
            totals.dropped,
            totals.failed,
            sum(queue.is_full for queue in last.queues),
            self._names_number,
            encoded([queue.depth for queue in last.queues]),
        )
        self.base.execute("insert into blocks values (?,?,?,?,?,?,?,?,?,?,?,?)", row)
        self.base.execute(
            "insert into frames values (?,?,?)", (self._number, zlib.crc32(piece), piece)
        )

    def _write_events(self) -> None:
        events, self._events = thinned(self._events), []
        if not events:
            return
        data = packed(events)
        first, last = events[0], events[-1]
        begins, ends = rounded(first.at), rounded(last.at)
        self.base.execute(
            "insert into events values (?,?,?,?,?,?,?)",
            (None, first.number, last.number + 1, begins, ends, zlib.crc32(data), data),
        )

    @property
    def waiting(self) -> int:
        """Frames that were added and not written yet."""
        return self._group.waiting

    def close(self, report: tuple[str, dict[str, object]] | None = None) -> None:
        """Write what was added, exactly how it ended, and that the recording is complete.

        Args:
            report: What was reported at the end, as text and as a document; None where nothing
                was.

        Raises:
            RecordingError: The file cannot be written: then it counts as cut.
        """
        try:
            self.flush()
            with problems(self.path), self.base:
                if self._last is not None:
                    data = encoded(whole(self._last, with_past=True))
                    self.base.execute("insert into ending values (?,?)", (zlib.crc32(data), data))
                if report is not None:
                    text, document = report
                    data = msgspec.json.encode(storable(document))
                    kept = [("report", storable(text)), ("document", data.decode())]
                    self.base.executemany("insert into about values (?,?)", kept)
                self.base.execute("update about set value = ? where key = 'end'", (COMPLETE,))
        except BaseException:
            self.cut()
            raise
        container.close(self.base, self.path)

    def cut(self) -> None:
        """Leave the file as it is: up to what was flushed last it can be read."""
        with suppress(RecordingError), problems(self.path):  # on a full disk this fails as well
            self.base.close()
