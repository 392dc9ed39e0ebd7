"""What a recording has besides its frames: events, marks, and its course in a few points."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pcsim.recording.container import damage
from pcsim.recording.events import unpacked
from pcsim.recording.marking import MarkKind
from pcsim.snapshot import Event
from pcsim.snapshot.control import Mark, Point

if TYPE_CHECKING:
    import sqlite3

MOST_MARKS = 2_000
"""Marks that are read at most."""
FEW = 8
"""Rows that are passed over sooner than one is looked up."""
LARGEST_DATA = 1 << 27
"""Bytes of one piece of data that are read at most."""


def checked(checksum: Any, data: Any) -> bytes:
    """Data, if it is what was written."""
    if not isinstance(data, bytes) or len(data) > LARGEST_DATA or zlib.crc32(data) != checksum:
        raise ValueError("it is not what was written")
    return data


def finite(value: Any) -> float:
    """A time, if it is one."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("it is no time")
    return number


class Notes:
    """The notes of a recording that is open.

    Args:
        base: The database.
        path: Its file, for messages.
    """

    def __init__(self, base: sqlite3.Connection, path: Path) -> None:
        self._base = base
        self._path = path
        self._names: dict[int, tuple[str, ...]] = {}

    def events(self, until: float, most: int, since: int = 0) -> list[Event]:
        """Return the latest events up to a time.

        Args:
            until: That time.
            most: How many at most.
            since: The number of the first that is wanted.

        Raises:
            RecordingError: The file is damaged there.
        """
        found: list[Event] = []
        with damage(self._path):
            rows = self._base.execute(
                "select checksum, data from events where begins <= ? and next > ?"
                " order by number desc",
                (until, since),
            )
            for row in rows:
                events = unpacked(checked(*row))
                found = [one for one in events if one.at <= until and one.number >= since] + found
                if len(found) >= most:
                    break
        return found[-most:]

    def all_events(self) -> Iterator[Event]:
        """Yield all events, in the order in which they happened.

        Raises:
            RecordingError: The file is damaged.
        """
        with damage(self._path):
            for row in self._base.execute("select checksum, data from events order by number"):
                yield from unpacked(checked(*row))

    def event_after(self, at: float) -> Event | None:
        """Return the first event after a time; None where there is none.

        Raises:
            RecordingError: The file is damaged there.
        """
        with damage(self._path):
            for row in self._base.execute(
                "select checksum, data from events where ends > ? order by ends limit 2", (at,)
            ):
                for event in unpacked(checked(*row)):
                    if event.at > at:
                        return event
        return None

    def event_before(self, at: float) -> Event | None:
        """Return the last event before a time; None where there is none.

        Raises:
            RecordingError: The file is damaged there.
        """
        with damage(self._path):
            for row in self._base.execute(
                "select checksum, data from events where begins < ? order by number desc limit 2",
                (at,),
            ):
                for event in reversed(unpacked(checked(*row))):
                    if event.at < at:
                        return event
        return None

    def marks(self) -> list[Mark]:
        """Return the moments that people look for, in order.

        Raises:
            RecordingError: The file is damaged.
        """
        with damage(self._path):
            rows = self._base.execute(
                "select at, kind, name from marks order by at, rowid limit ?", (MOST_MARKS,)
            ).fetchall()
            return [Mark(finite(at), MarkKind(kind), str(name)) for at, kind, name in rows]

    def course(self, most: int, since: float = -math.inf, until: float = math.inf) -> list[Point]:
        """Return how things stood over a time, evenly spread.

        Args:
            most: Points at most.
            since: The begin of that time.
            until: Its end.

        Raises:
            RecordingError: The file is damaged.
        """
        with damage(self._path):
            first, last = (
                self._base.execute(f"select number from blocks {which}", (at,)).fetchone()  # noqa: S608
                for which, at in (
                    ("where begins >= ? order by begins, number limit 1", since),
                    ("where begins <= ? order by begins desc, number desc limit 1", until),
                )
            )
            if first is None or last is None:
                return []
            (low,), (high,) = first, last
            every = max(-(-(high - low + 1) // most), 1)
            fields = 'ends, produced, consumed, dropped, failed, "full", names, depths'
            if every <= FEW:
                rows = self._base.execute(
                    f"select {fields} from blocks where number between ? and ?"  # noqa: S608
                    " and (? - number) % ? = 0 order by number",
                    (low, high, high, every),
                ).fetchall()
            else:  # numbers follow one another: each is looked up, nothing in between is read
                rows = [
                    self._base.execute(
                        f"select {fields} from blocks where number = ?",  # noqa: S608
                        (number,),
                    ).fetchone()
                    for number in range(low + (high - low) % every, high + 1, every)
                ]
            return [self._point(*row) for row in rows]

    def _point(self, ends: Any, *rest: Any) -> Point:
        produced, consumed, dropped, failed, full, names, depths = rest
        return Point(
            finite(ends),
            int(produced),
            int(consumed),
            int(dropped),
            int(failed),
            int(full),
            self._queue_names(int(names)),
            msgspec.msgpack.decode(depths, type=tuple[int, ...]),
        )

    def _queue_names(self, number: int) -> tuple[str, ...]:
        if number not in self._names:
            (data,) = self._base.execute(
                "select data from names where number = ?", (number,)
            ).fetchone()
            self._names[number] = msgspec.msgpack.decode(data, type=tuple[str, ...])
        return self._names[number]
