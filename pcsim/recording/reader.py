"""Reads a recording: any moment of it, in memory that does not grow with it.

Only the group of frames in which a moment is, and a few others that were looked at lately, are in
memory. Opening reads a few rows of the file, however large it is.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from weakref import finalize

import msgspec

from pcsim.recording.container import VERSION, RecordingError, damage, name_of, open_to_read
from pcsim.recording.fields import rounded
from pcsim.recording.frames import Frame, GroupReader, Known, known, snapshot_of
from pcsim.recording.notes import Notes, checked, finite
from pcsim.recording.whole import snapshot_of as exact_snapshot_of
from pcsim.recording.writer import COMPLETE, PROGRAM
from pcsim.snapshot import Snapshot
from pcsim.snapshot.marks import RECENT

if TYPE_CHECKING:
    import sqlite3

MOST_GROUPS = 4
"""Groups of frames that are in memory."""


class About(NamedTuple):
    """What a recording is of.

    Attributes:
        kind: `run` or `program`.
        title: The title of what was recorded, as its author wrote it: not safe for a terminal.
        engine: `threads`, `virtual` or `watched`.
        scenario: What was run, as the text of a scenario file; "" where there is none.
        pcsim: The version of pcsim that wrote it.
        began_at: When it was begun, in seconds since 1970.
        is_complete: Whether it was closed in good order; else it is cut, or still written.
        report: What was reported of the run at its end, as text; "" where nothing was.
        document: The same as the text of a JSON document.
    """

    kind: str
    title: str
    engine: str
    scenario: str
    pcsim: str
    began_at: float
    is_complete: bool
    report: str = ""
    document: str = ""

    @property
    def is_program(self) -> bool:
        """Whether it is of a program that was watched."""
        return self.kind == PROGRAM


class Place(NamedTuple):
    """Where a frame is: the number of its group, and its place in it."""

    group: int
    index: int  # type: ignore[assignment]  # hides tuple.index, unused here


class Reader:
    """A recording that is open.

    Args:
        path: The file.
        base: Its database, where that is open already.

    Raises:
        RecordingError: It is not there, not a recording, damaged, of a version that is not known,
            or has no frames.
    """

    is_growing = False

    def __init__(self, path: Path, base: sqlite3.Connection | None = None) -> None:
        self.path = path
        self._base, version = open_to_read(path) if base is None else (base, VERSION)
        finalize(self, self._base.close).atexit = False
        self.notes = Notes(self._base, path)
        """Its events, its marks, its course."""
        self._groups: OrderedDict[int, GroupReader] = OrderedDict()
        self._unsure: set[int] = set()
        """Those of them that may have grown since they were read."""
        try:
            if version < 2:
                raise RecordingError(
                    f"{name_of(path)} was made by an older pcsim and has no frames to replay;"
                    f" what it has is for pcsim fit {name_of(path)}"
                )
            with damage(path):
                self.about, self._fields = self._read_about()
                self.begins, self.length = self._span()
        except BaseException:
            self._base.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _read_about(self) -> tuple[About, Known]:
        rows = {str(key): str(value) for key, value in self._base.execute("select * from about")}
        about = About(
            rows["kind"],
            rows["title"],
            rows["engine"],
            rows["scenario"],
            rows["pcsim"],
            finite(rows["began_at"]),
            rows["end"] == COMPLETE,
            rows.get("report", ""),
            rows.get("document", ""),
        )
        return about, known(msgspec.json.decode(rows["layout"]))

    def _span(self) -> tuple[float, float]:
        """The times of the first frame and of the last one."""
        first = self._base.execute("select begins from blocks order by number limit 1").fetchone()
        last = self._base.execute("select ends from blocks order by number desc limit 1").fetchone()
        if first is None or last is None:
            raise RecordingError(f"{name_of(self.path)} has no frames: it was cut at its beginning")
        return finite(first[0]), finite(last[0])

    def renew(self) -> bool:
        """Look whether more has been written; whether there is."""
        before = self.begins, self.length
        with damage(self.path):
            self.about, self._fields = self._read_about()
            self.begins, self.length = self._span()
        self._unsure = set(self._groups)
        return (self.begins, self.length) != before

    # Frames.

    def place_at(self, at: float) -> Place:
        """Return the place of the latest frame that is not after a time; of the first one, where
        all are.

        Args:
            at: Seconds since the start of the run.

        Raises:
            RecordingError: The file is damaged there.
        """
        at = rounded(at)  # as the times of frames are
        with damage(self.path):
            found = self._base.execute(
                "select first from blocks where begins <= ? order by begins desc, number desc"
                " limit 1",
                (at,),
            ).fetchone()
            group = int(found[0]) if found is not None else self._first_group()
            frames = self._group(group)
            index = bisect_right(frames, at, key=lambda frame: frame.at) - 1
            return Place(group, max(index, 0))

    def _first_group(self) -> int:
        return int(self._base.execute("select min(first) from blocks").fetchone()[0])

    def next(self, place: Place) -> Place | None:
        """Return the place of the next frame; None after the last.

        Raises:
            RecordingError: The file is damaged there.
        """
        with damage(self.path):
            if place.index + 1 < len(self._group(place.group)):
                return Place(place.group, place.index + 1)
            found = self._base.execute(
                "select number from blocks where first = number and number > ? order by number"
                " limit 1",
                (place.group,),
            ).fetchone()
            return None if found is None else Place(int(found[0]), 0)

    def previous(self, place: Place) -> Place | None:
        """Return the place of the frame before; None before the first.

        Raises:
            RecordingError: The file is damaged there.
        """
        if place.index > 0:
            return Place(place.group, place.index - 1)
        with damage(self.path):
            found = self._base.execute(
                "select first from blocks where number < ? order by number desc limit 1",
                (place.group,),
            ).fetchone()
            if found is None:
                return None
            group = int(found[0])
            return Place(group, len(self._group(group)) - 1)

    def time_of(self, place: Place) -> float:
        """Return the time of a frame."""
        with damage(self.path):
            return self._group(place.group)[place.index].at

    def moment(self, place: Place) -> Snapshot:
        """Return the snapshot at a place, without its past.

        Raises:
            RecordingError: The file is damaged there.
        """
        with damage(self.path):
            return snapshot_of(self._group(place.group)[place.index], self._fields)

    def snapshot(self, place: Place, recent: float = RECENT) -> Snapshot:
        """Return the snapshot at a place, with the one some seconds before it as its past.

        Args:
            place: Where.
            recent: Seconds that count as its recent past.

        Raises:
            RecordingError: The file is damaged there.
        """
        found = self.moment(place)
        begin = found.at - recent
        if begin <= self.begins:
            return found
        return found._replace(before=self.moment(self.place_at(begin)))

    def snapshot_at(self, at: float, recent: float = RECENT) -> Snapshot:
        """Return the snapshot at a time of the run: rows as in the latest frame, durations as they
        are then.

        Args:
            at: Seconds since the start; the first frame, or the last one, where there are none.
            recent: Seconds that count as its recent past.

        Raises:
            RecordingError: The file is damaged there.
        """
        found = self.snapshot(self.place_at(at), recent)
        at = min(at, self.length)
        return found if found.phase.is_over or at <= found.at else found._replace(at=at)

    def frame_time(self, at: float, frames: int) -> float:
        """Return the time of a frame near the one at a time.

        Args:
            at: Seconds since the start.
            frames: How many frames after that one, or before it; the first or the last one, where
                there are not as many.

        Raises:
            RecordingError: The file is damaged there.
        """
        place = self.place_at(at)
        if frames < 0 and self.time_of(place) < at:
            frames += 1  # it stands between two frames: the one before it is that one
        step = self.next if frames > 0 else self.previous
        for _ in range(abs(frames)):
            following = step(place)
            if following is None:
                break
            place = following
        return self.time_of(place)

    def ending(self) -> Snapshot:
        """Return the last snapshot: exactly as it was, where the recording is complete.

        Raises:
            RecordingError: The file is damaged.
        """
        with damage(self.path):
            found = self._base.execute("select checksum, data from ending").fetchone()
            if found is not None:
                return exact_snapshot_of(msgspec.msgpack.decode(checked(*found)))
        return self.snapshot(self.place_at(math.inf))

    def _group(self, number: int) -> list[Frame]:
        group = self._groups.get(number) or GroupReader(self._fields)
        if group.pieces and number not in self._unsure:
            self._groups.move_to_end(number)
            return group.frames
        self._groups.pop(number, None)  # where the rest is damaged, none of it is kept
        rows = self._base.execute(
            "select blocks.first, frames.checksum, frames.data from blocks join frames"
            " on frames.number = blocks.number where blocks.number >= ? order by blocks.number",
            (number + group.pieces,),
        )
        for first, checksum, data in rows:
            if first != number:
                break
            group.add(checked(checksum, data))
        if not group.frames:
            raise ValueError("a group without frames")
        self._groups[number] = group
        self._unsure.discard(number)
        while len(self._groups) > MOST_GROUPS:
            self._groups.popitem(last=False)
        return group.frames
