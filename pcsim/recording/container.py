"""The file of a recording: an SQLite database, made, opened, and what goes wrong in plain words.

It grows while it is written, and what was committed is there after the writer was killed. A moment
of it is found without reading what is before. Every language reads it; the module is part of
Python. Lines of JSON, compressed, are a third smaller, but have to be read from the beginning.

Version 2 has the frames of what was seen (`blocks`, `frames`), events and marks; version 1 had only
the items and waits of a program (`pcsim.recording.program`), which 2 has as well.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.errors import PcsimError
from pcsim.text import safe

if TYPE_CHECKING:
    import sqlite3

APPLICATION = 0x70637372
"""Marks the database as a recording: `pcsr`."""
VERSION = 2
OLDEST = 1
"""The oldest version that is read."""
MAGIC = b"SQLite format 3\0"
"""The first bytes of every SQLite database."""
LOG_PAGES = 64
"""Pages of the log beside the file after which they are moved into it: 256 kB."""


class RecordingError(PcsimError, ValueError):
    """A file that is no recording, or one that cannot be read or written."""


TABLES = """
create table about (key text primary key, value text);
create table blocks (number integer primary key, first integer, begins real, ends real,
  frames integer, produced integer, consumed integer, dropped integer, failed integer,
  "full" integer, names integer, depths blob);
create table names (number integer primary key, data blob);
create table frames (number integer primary key, checksum integer, data blob);
create table events (number integer primary key, first integer, next integer, begins real,
  ends real, checksum integer, data blob);
create table marks (at real, kind text, name text);
create table ending (checksum integer, data blob);
create index blocks_by_time on blocks (begins);
create index events_by_time on events (ends);
"""


def create(path: Path, more_tables: str = "") -> sqlite3.Connection:
    """Make a new recording, and return it open.

    Args:
        path: The file. There must be none.
        more_tables: Tables of its kind of recording, as statements.

    Raises:
        RecordingError: There is a file already, or it cannot be written.
    """
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        raise RecordingError(_taken(path)) from None
    except (OSError, ValueError) as error:  # a null character in a name is a ValueError
        raise RecordingError(f"{name_of(path)}: {_cause(error)}") from None
    with problems(path):
        base = _connect(path, "mode=rw")
        try:
            base.execute("pragma journal_mode = wal")
            base.execute("pragma synchronous = normal")
            base.execute(f"pragma wal_autocheckpoint = {LOG_PAGES}")
            base.execute(f"pragma application_id = {APPLICATION}")
            base.execute(f"pragma user_version = {VERSION}")
            base.executescript(TABLES + more_tables)
        except BaseException:
            base.close()
            raise
        return base


def in_memory(path: Path) -> sqlite3.Connection:
    """Make a recording that is in memory, and gone when it is closed; return it open.

    Args:
        path: What stands for it in messages.

    Raises:
        RecordingError: This Python has no SQLite.
    """
    with problems(path):
        import sqlite3

        base = sqlite3.connect(":memory:", check_same_thread=False)
        base.executescript(TABLES)
        return base


def close(base: sqlite3.Connection, path: Path) -> None:
    """Close a recording that was written: it is one file from here on, without a log beside it.

    Where somebody still plays it, the last who closes it does that.

    Raises:
        RecordingError: It cannot be written.
    """
    import sqlite3

    with problems(path):
        try:
            base.execute("pragma busy_timeout = 0")
            base.execute("pragma journal_mode = delete")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        finally:
            base.close()


def open_to_read(path: Path) -> tuple[sqlite3.Connection, int]:
    """Open a recording to read it; return it with its version.

    Args:
        path: The file.

    Raises:
        RecordingError: It is not there, not a recording, of a version that is not known, or
            damaged.
    """
    check_is_database(path)
    with problems(path):
        base = _connect(path, "mode=ro")
        try:
            if base.execute("pragma application_id").fetchone()[0] != APPLICATION:
                raise RecordingError(f"{name_of(path)} is not a recording of pcsim")
            version = base.execute("pragma user_version").fetchone()[0]
            if not OLDEST <= version <= VERSION:
                raise RecordingError(
                    f"{name_of(path)} is a recording of version {version}; this pcsim reads"
                    f" {OLDEST} to {VERSION}: a newer one is needed"
                )
            return base, int(version)
        except BaseException:
            base.close()
            raise


def check_is_database(path: Path) -> None:
    """Check that a file can be read and begins as a database does.

    Raises:
        RecordingError: It does not.
    """
    name = name_of(path)
    try:
        if path.is_dir():
            raise RecordingError(f"{name} is a folder; a recording is a file")
        if path.exists() and not path.is_file():
            raise RecordingError(f"{name} is a device or a pipe; a recording is a file")
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except FileNotFoundError:
        raise RecordingError(f"{name}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise RecordingError(f"{name} cannot be read: {_cause(error)}") from None
    if not head:
        raise RecordingError(f"{name} is empty; a recording is made with --record {name}")
    if head != MAGIC:
        raise RecordingError(f"{name} is not a recording of pcsim")


def _taken(path: Path) -> str:
    """Why a file that is there is not written, in words."""
    name = name_of(path)
    if path.is_dir():
        return f"{name} is a folder; give the recording a name in it"
    try:
        base, _ = open_to_read(path)
    except RecordingError:
        return f"{name} is there already, and is no recording: it is not written over"
    base.close()
    return f"{name} is there already: a recording, which is not written over; give a new name"


def _connect(path: Path, options: str) -> sqlite3.Connection:
    import sqlite3

    # One thread at a time uses it: the one that made it, then the one that writes.
    uri = f"{path.absolute().as_uri()}?{options}"
    base = sqlite3.connect(uri, uri=True, check_same_thread=False)
    base.execute("pragma trusted_schema = off")  # the file may be somebody else's
    return base


def name_of(path: Path) -> str:
    """The name of a file in messages."""
    return safe(str(path), 400)


def _cause(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


_WORDS = {
    "file is not a database": "is not a recording of pcsim",
    "database disk image is malformed": "is damaged",
    "database or disk is full": "cannot be written: the disk is full",
    "disk I/O error": "cannot be written or read: the disk has an error, or no room",
    "unable to open database file": "cannot be opened: its folder cannot be written",
}


@contextmanager
def problems(path: Path) -> Iterator[None]:
    """What SQLite raises, and what damaged data raises, as an error that names the file."""
    try:
        import sqlite3
    except ImportError:
        raise RecordingError(
            "recordings need the module sqlite3, which this Python lacks"
        ) from None
    try:
        yield
    except RecordingError:
        raise
    except sqlite3.Error as error:
        text = str(error)
        words = _WORDS.get(text)
        if words is None:
            is_damage = text.startswith(("no such", "Could not decode", "malformed"))
            words = "is damaged" if is_damage else f"cannot be used: {safe(text, 200)}"
        raise RecordingError(f"{name_of(path)} {words}") from None


DAMAGE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, zlib.error,
          MemoryError, RecursionError)  # fmt: skip
"""What reading damaged data may raise, besides what SQLite does."""


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """What reading damaged data raises, as an error that names the file."""
    try:
        with problems(path):
            yield
    except RecordingError:
        raise
    except DAMAGE:
        raise RecordingError(f"{name_of(path)} is damaged") from None


def is_recording(path: Path) -> bool:
    """Whether a file begins as a recording does; not whether it can be read.

    Args:
        path: The file; there may be none.
    """
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False
