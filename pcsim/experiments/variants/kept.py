"""Runs that are kept on the disk: a widened sweep makes only those that are new.

They lie in a database of SQLite, which is there with Python, which several processes may use at
once, and whose content is data: what is read from it is checked against types and runs no code, as
pickles would. A run is named by a digest of its scenario with the seed, of what is measured, of the
versions and of pcsim's own files. What is damaged is made again.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from pcsim.experiments.variants.measures import Measure, Reading
from pcsim.experiments.variants.units import Seen, Unit
from pcsim.experiments.variants.versions import versions
from pcsim.kernel.keeping import users_cache
from pcsim.scenario import Scenario
from pcsim.text import count, safe
from pcsim.theory.counts import SIZES, TimeCounts

MOST_BYTES = 256_000_000
"""On the disk; then a quarter of the runs goes, those first that were not used for longest."""
LEAST_SECONDS = 0.001
"""A run that takes less is not kept: making it costs no more than reading it."""
ROWS_AT_ONCE = 200
"""Runs that are written together."""
LONGEST_WAIT = 5.0
"""Seconds that another process may write meanwhile."""

_TABLE = """
CREATE TABLE IF NOT EXISTS runs (
    name BLOB NOT NULL, replication INTEGER NOT NULL, used INTEGER NOT NULL, run BLOB NOT NULL,
    PRIMARY KEY (name, replication)
) WITHOUT ROWID
"""
_INDEX = "CREATE INDEX IF NOT EXISTS by_use ON runs (used)"

Answer = TypeVar("Answer")


class CacheUse(NamedTuple):
    """What kept runs did for an experiment.

    Attributes:
        taken: How many of its runs were taken from those that are kept on the disk.
        problem: Why runs are not kept, though they were to be; "" where they are.
    """

    taken: int = 0
    problem: str = ""

    @property
    def words(self) -> str:
        """What is said behind the number of all runs."""
        return f", {count(self.taken)} of them from the cache" if self.taken else ""


class KeptRun(NamedTuple):
    """What is kept of one run: as `Seen` has it."""

    readings: tuple[Reading, ...]
    grown: tuple[str, ...]


class _KeptCounts(NamedTuple):
    """The counts of a run as they are kept: arrays by their form and their bytes."""

    shorter_form: str
    shorter: bytes
    longest: float
    number_form: str
    numbers: bytes


def _plain(one: TimeCounts) -> _KeptCounts:
    shorter, longest, numbers = one.parts
    return _KeptCounts(
        shorter.typecode, shorter.tobytes(), longest, numbers.typecode, numbers.tobytes()
    )


def _restored(_kind: type[TimeCounts], plain: object) -> TimeCounts:
    """The counts again.

    Raises:
        ValueError: It is damaged.
    """
    kept = msgspec.convert(plain, _KeptCounts)
    forms: Any = kept.shorter_form, kept.number_form
    if forms[0] not in "fd" or forms[1] not in SIZES:
        raise ValueError("numbers of another kind")
    shorter, numbers = array(forms[0], kept.shorter), array(forms[1], kept.numbers)
    if len(numbers) != len(shorter) + bool(numbers):
        raise ValueError("not a number for each time")
    return TimeCounts(shorter, kept.longest, numbers)


_DECODER = msgspec.msgpack.Decoder(KeptRun, dec_hook=_restored)
_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)


class KeptRuns:
    """The runs of a user that are kept.

    Args:
        folder: Where; None for the user's cache, or `PCSIM_CACHE_DIR`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or users_cache() / "runs") / "runs-1.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._use = 0
        self._new: list[tuple[bytes, int, int, bytes]] = []
        self._used: list[tuple[int, bytes, int]] = []
        self.problem = ""
        """Why it is not used any more; "" while it is."""

    def find(
        self, scenario: Scenario, measures: tuple[Measure, ...], first: int, number: int
    ) -> dict[int, Seen]:
        """Return those of some replications that are kept, by their numbers.

        Args:
            scenario: What ran.
            measures: What was read of it.
            first: The number of the first replication.
            number: How many.
        """
        name = name_of(scenario, measures)
        query = "SELECT replication, used, run FROM runs WHERE name = ? AND replication >= ? AND"
        rows = self._tried(
            lambda database: database.execute(
                f"{query} replication < ?", (name, first, first + number)
            ).fetchall()
        )
        found = {}
        for replication, used, run in rows or ():
            with suppress(msgspec.MsgspecError, zlib.error, TypeError, ValueError):  # made again
                one = _DECODER.decode(zlib.decompress(run))
                if len(one.readings) == len(measures):
                    found[replication] = Seen((one.readings,), (one.grown,))
                    if used != self._use:
                        self._used.append((self._use, name, replication))
        return found

    def keep(self, unit: Unit, seen: Seen) -> None:
        """Keep what was seen of a unit, unless it failed or took next to no time.

        Args:
            unit: What was done.
            seen: What was seen of it.
        """
        if self.problem or seen.error or seen.seconds < LEAST_SECONDS * unit.number:
            return
        name = name_of(unit.scenario, unit.measures)
        for place, run in enumerate(map(KeptRun, seen.runs, seen.grown)):
            packed = zlib.compress(_ENCODER.encode(run), 1)
            self._new.append((name, unit.first + place, self._use, packed))
        if len(self._new) >= ROWS_AT_ONCE:
            self._write()

    def close(self) -> None:
        """Write what is new."""
        if self._new or self._used:
            self._write()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _write(self) -> None:
        new, self._new = self._new, []
        used, self._used = self._used, []

        def write(database: sqlite3.Connection) -> None:
            database.execute("BEGIN IMMEDIATE")
            with database:
                database.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", new)
                change = "UPDATE runs SET used = ? WHERE name = ? AND replication = ?"
                database.executemany(change, used)
            while _bytes_in(database) > MOST_BYTES and _forget_a_quarter(database):
                pass

        self._tried(write)

    def _tried(self, act: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        """Do something with the database; with a new one, where it is damaged."""
        for is_last in (False, True):
            if self.problem:
                return None
            try:
                return act(self._opened())
            except (sqlite3.OperationalError, OSError) as error:
                self._give_up(error)
            except sqlite3.DatabaseError as error:
                self._drop()
                if is_last:
                    self._give_up(error)
        return None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = sqlite3.connect(
                self._path, timeout=LONGEST_WAIT, isolation_level=None, check_same_thread=False
            )
            self._connection = opened
            # What is lost by a machine that stops is made again; a cache need not wait for disks.
            opened.execute("PRAGMA synchronous = OFF")
            opened.execute("PRAGMA auto_vacuum = FULL")
            opened.execute(_TABLE)
            opened.execute(_INDEX)
            (last,) = opened.execute("SELECT max(used) FROM runs").fetchone()
            self._use = (last or 0) + 1
        return self._connection

    def _drop(self) -> None:
        """Begin with an empty file: this one is damaged."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        for path in (self._path, self._path.with_name(f"{self._path.name}-journal")):
            with suppress(OSError):  # what cannot be deleted fails again, and is given up then
                path.unlink(missing_ok=True)

    def _give_up(self, error: Exception) -> None:
        self.problem = safe(f"runs cannot be kept in {self._path.parent}: {error}", 300)


def name_of(scenario: Scenario, measures: Sequence[Measure]) -> bytes:
    """Return the name under which runs are kept: all that their numbers depend on.

    Args:
        scenario: What runs; its texts do not matter.
        measures: What is read.
    """
    bare = replace(scenario, title="", description="", watch="", name="")
    digest = blake2b(digest_size=16)
    digest.update(_ENCODER.encode((versions(), _stamp(), bare, measures)))
    return digest.digest()


@cache
def _stamp() -> bytes:
    """The files of pcsim, by size and time: once one is changed, all runs are made again."""
    folder = Path(__file__).parents[2]
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".py", ".c", ".h")):
                path = Path(place, name)
                about = path.stat()
                found.append((str(path.relative_to(folder)), about.st_size, about.st_mtime_ns))
    return blake2b(_ENCODER.encode(sorted(found)), digest_size=16).digest()


def _bytes_in(database: sqlite3.Connection) -> int:
    pages, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    return int(pages) * int(size)


def _forget_a_quarter(database: sqlite3.Connection) -> int:
    """Delete the runs that were not used for longest; how many."""
    (number,) = database.execute("SELECT count(*) FROM runs").fetchone()
    deleted = database.execute(
        "DELETE FROM runs WHERE (name, replication) IN"
        " (SELECT name, replication FROM runs ORDER BY used LIMIT ?)",
        (number // 4 + 1,),
    )
    return deleted.rowcount
