"""What a recording of a program has besides its frames: each item and each wait, to fit a scenario.

They are written as they come, and are of what the agent in the program noted; frames are of what
looks at it have shown. All times are seconds since the recording began.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from pcsim.recording.container import RecordingError, name_of, open_to_read, problems
from pcsim.recording.encoding import storable
from pcsim.recording.writer import PROGRAM, Writer

if TYPE_CHECKING:
    import sqlite3

MOST_ROWS = 5_000_000
"""Items, and waits, that are read at most: some 2 GB in memory."""


class Program(NamedTuple):
    """The program that was recorded, and what is known of it as a whole.

    Attributes:
        name: Its command line.
        pid: The number of its process.
        python: The version of its Python.
        began_at: When the recording began, in seconds since 1970.
        seconds: How long it lasted.
        cores: The number of cores that the process may use.
        has_lock: Whether its Python has a lock that only one thread at a time has.
        looks: How often somebody looked whether that lock was held; 0 where nobody could.
        times_held: How often it was.
        lost: Items and waits that were let go, because more came than could be kept.
    """

    name: str = ""
    pid: int = 0
    python: str = ""
    began_at: float = 0.0
    seconds: float = 0.0
    cores: int = 1
    has_lock: bool = True
    looks: int = 0
    times_held: int = 0
    lost: int = 0


class QueueFacts(NamedTuple):
    """A queue: `capacity` is None where it is unbounded, `depth` what was in it at first."""

    id: int
    name: str
    kind: str = "Queue"
    capacity: int | None = None
    depth: int = 0


class ThreadFacts(NamedTuple):
    """A thread, and the seconds that it was on a processor and waited for a core meanwhile.

    None where that could not be read. Threads of one `group` do the same work.
    """

    id: int
    name: str
    group: str = ""
    cpu_time: float | None = None
    core_wait_time: float | None = None


class Item(NamedTuple):
    """One item that was in a queue.

    `put_by` is None where it was in the queue before the recording began; `got_at` and `got_by`
    are None where it was still there at the end.
    """

    queue: int
    put_at: float
    put_by: int | None = None
    got_at: float | None = None
    got_by: int | None = None


class Wait(NamedTuple):
    """A thread waited at a queue: `reason` is `full` or `empty`."""

    thread: int
    queue: int
    reason: str
    began: float
    ended: float


class Recording(NamedTuple):
    """All of a recording: items in the order in which they were taken, those that were not at the
    end, and waits in the order of their ends."""

    program: Program
    queues: tuple[QueueFacts, ...]
    threads: tuple[ThreadFacts, ...]
    items: tuple[Item, ...]
    waits: tuple[Wait, ...]


_TABLES = """
create table program (name text, pid integer, python text, began_at real, seconds real,
  cores integer, has_lock integer, looks integer, times_held integer, lost integer);
create table queues (id integer primary key, name text, kind text, capacity integer, depth integer);
create table threads (id integer primary key, name text, "group" text, cpu_time real,
  core_wait_time real);
create table items (queue integer, put_at real, put_by integer, got_at real, got_by integer);
create table waits (thread integer, queue integer, reason text, began real, ended real);
create index items_by_time on items (got_at);
create index waits_by_time on waits (ended);
"""


_ITEMS = "select * from items order by got_at is null, got_at, put_at, rowid"


class Recorder:
    """Writes a recording. What was added is there, whatever happens to the writer later.

    Args:
        path: The file. There must be none.

    Raises:
        RecordingError: There is a file already, or it cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "crawl.rec")
    ...     with Recorder(path) as recorder:
    ...         recorder.add([Item(1, 0.1, 7, 0.3, 8)], [])
    ...         threads = [ThreadFacts(7, "fetcher"), ThreadFacts(8, "parser")]
    ...         recorder.describe(Program("crawl.py"), [QueueFacts(1, "urls")], threads)
    ...     read(path).items
    (Item(queue=1, put_at=0.1, put_by=7, got_at=0.3, got_by=8),)
    """

    def __init__(self, path: Path) -> None:
        self.frames = Writer(path, PROGRAM, more_tables=_TABLES)
        """Writes what looks have shown."""
        self._path = path
        self._base = self.frames.base
        self.items = self.waits = 0
        """How many were added."""

    def add(self, items: Iterable[Item], waits: Iterable[Wait]) -> None:
        """Add what has happened since the last call.

        Args:
            items: Items that were taken.
            waits: Waits that have ended.

        Raises:
            RecordingError: The file cannot be written, as on a full disk.
        """
        with problems(self._path), self._base:
            at = self._base.executemany("insert into items values (?,?,?,?,?)", items)
            self.items += max(at.rowcount, 0)
            at = self._base.executemany("insert into waits values (?,?,?,?,?)", waits)
            self.waits += max(at.rowcount, 0)

    def describe(
        self, program: Program, queues: Iterable[QueueFacts], threads: Iterable[ThreadFacts]
    ) -> None:
        """Write what is known of the program, in place of what was known before.

        Args:
            program: The program as a whole.
            queues: All queues that items and waits name.
            threads: All threads that they name.

        Raises:
            RecordingError: The file cannot be written.
        """
        with problems(self._path), self._base:
            for table in ("program", "queues", "threads"):
                self._base.execute(f"delete from {table}")  # noqa: S608 - one of three words
            self._base.execute(
                "insert into program values (?,?,?,?,?,?,?,?,?,?)", storable(program)
            )
            self._base.executemany("insert into queues values (?,?,?,?,?)", map(storable, queues))
            self._base.executemany("insert into threads values (?,?,?,?,?)", map(storable, threads))

    def close(self) -> None:
        """End the recording: from here on it is one file, without a log beside it."""
        self.frames.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def read(path: Path) -> Recording:
    """Read a recording.

    Args:
        path: The file.

    Raises:
        RecordingError: It is not there, not a recording, of another version, damaged, or larger
            than 5,000,000 items or waits.
    """
    base, _ = open_to_read(path)
    try:
        with problems(path):
            return _all_of(base, path)
    finally:
        base.close()


def up_to(recording: Recording, at: float) -> Recording:
    """Return what was recorded up to a moment, as if it had ended there.

    Times on a processor are known of all of it only: of a part they are taken as its share.

    Args:
        recording: All of it.
        at: The moment, in seconds since the recording began.
    """
    seconds = recording.program.seconds
    if not 0 < at < seconds:
        return recording
    share = at / seconds
    items = sorted(
        (
            item if item.got_at is None or item.got_at <= at else Item(*item[:3])
            for item in recording.items
            if item.put_at <= at
        ),
        key=lambda item: item.got_at is None,
    )
    threads = (
        one._replace(
            cpu_time=None if one.cpu_time is None else one.cpu_time * share,
            core_wait_time=None if one.core_wait_time is None else one.core_wait_time * share,
        )
        for one in recording.threads
    )
    return recording._replace(
        program=recording.program._replace(seconds=at),
        items=tuple(items),
        threads=tuple(threads),
        waits=tuple(wait for wait in recording.waits if wait.ended <= at),
    )


def _all_of(base: sqlite3.Connection, path: Path) -> Recording:
    if base.execute("select 1 from sqlite_master where name = 'program'").fetchone() is None:
        raise RecordingError(
            f"{name_of(path)} is the recording of a run, which has a scenario already: see it"
            f" with pcsim replay {name_of(path)}"
        )
    for table in ("items", "waits"):
        number = base.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608
        if number > MOST_ROWS:
            raise RecordingError(
                f"{name_of(path)} has {number:,} {table}, more than the {MOST_ROWS:,} that"
                " can be read; record for a shorter time"
            )
    found = base.execute("select * from program").fetchone()
    if found is None:
        raise RecordingError(f"{name_of(path)} has no program: its recording did not end")
    program = Program(*found)
    recording = Recording(
        program._replace(has_lock=bool(program.has_lock)),
        tuple(QueueFacts(*row) for row in base.execute("select * from queues order by id")),
        tuple(ThreadFacts(*row) for row in base.execute("select * from threads order by id")),
        tuple(Item(*row) for row in base.execute(_ITEMS)),
        tuple(Wait(*row) for row in base.execute("select * from waits order by ended, rowid")),
    )
    _check(recording, path)
    return recording


def _check(recording: Recording, path: Path) -> None:
    """Refuse what no recording has: numbers that are none, queues and threads that it lacks."""
    queues = {queue.id for queue in recording.queues}
    threads = {None, *(thread.id for thread in recording.threads)}
    try:
        are_right = all(
            item.queue in queues
            and item.put_by in threads
            and item.got_by in threads
            and (item.got_at is None) == (item.got_by is None)
            and math.isfinite(item.put_at)
            and math.isfinite(item.got_at or 0)
            for item in recording.items
        ) and all(
            wait.queue in queues
            and wait.thread in threads - {None}
            and wait.reason in ("full", "empty")
            and math.isfinite(wait.began)
            and math.isfinite(wait.ended)
            for wait in recording.waits
        )
    except TypeError:  # a text or nothing where a number has to be
        are_right = False
    if not are_right:
        raise RecordingError(
            f"{name_of(path)} is damaged: an item or a wait names a queue, a thread or a time"
            " that is none"
        )
