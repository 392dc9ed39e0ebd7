"""Scenario files and recordings in a folder and below it, the newest first.

A walk is bounded: a picker opened in a home folder must not read a disk. What was read of a file
is kept until the file changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pcsim.errors import ScenarioFileError
from pcsim.scenario import Scenario
from pcsim.scenario.file.decode import LARGEST_FILE

DEEPEST = 4
"""Folders below the first that are looked into."""
MOST_SEEN = 20_000
"""Names that are looked at."""
MOST_FILES = 200
"""Files of each kind that are shown: the newest."""
SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})
RECORDINGS = (".rec", ".pcsim")
"""How the name of a recording ends: others are opened by `pcsim replay FILE`."""
_IS_DATABASE, _APPLICATION_AT, _APPLICATION = b"SQLite format 3\0", 68, b"pcsr"


class Around(NamedTuple):
    """A file.

    Attributes:
        path: Where it is, from the folder that was looked at.
        changed_at: When it was written last, in seconds since 1970.
        size: Its size in bytes.
    """

    path: Path
    changed_at: float
    size: int


class Read(NamedTuple):
    """A scenario file that was read: the scenario, or what is wrong with it."""

    scenario: Scenario | None
    problem: str = ""
    cautions: tuple[str, ...] = ()


def files(folder: Path) -> tuple[list[Around], list[Around]]:
    """Return what may be scenario files and recordings.

    Args:
        folder: Where to begin.
    """
    scenarios, recordings = [], []
    for found in _walk(folder):
        if found.path.suffix == ".toml" and found.size <= LARGEST_FILE:
            scenarios.append(found)
        elif _is_recording(folder, found):
            recordings.append(found)
    is_one = [one for one in _newest(scenarios) if is_scenario(folder / one.path, one)]
    return is_one, _newest(recordings)


def recordings(folder: Path) -> list[Around]:
    """Return the recordings.

    Args:
        folder: Where to begin.
    """
    return _newest([found for found in _walk(folder) if _is_recording(folder, found)])


def _newest(found: list[Around]) -> list[Around]:
    return sorted(found, key=lambda one: -one.changed_at)[:MOST_FILES]


def _walk(folder: Path) -> Iterator[Around]:
    left = MOST_SEEN
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop(0)
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda one: one.name)
        except OSError:
            continue  # one that may not be entered has nothing to offer
        for entry in entries:
            left -= 1
            if left < 0:
                return
            try:
                if entry.is_dir(follow_symlinks=False):
                    if depth < DEEPEST and _is_looked_into(entry):
                        waiting.append((here / entry.name, depth + 1))
                elif entry.is_file():
                    about = entry.stat()
                    path = (here / entry.name).relative_to(folder)
                    yield Around(path, about.st_mtime, about.st_size)
            except OSError:
                continue  # it has gone meanwhile


def _is_looked_into(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in SKIPPED:
        return False
    return not Path(entry.path, "pyvenv.cfg").exists()


def is_scenario(path: Path, found: Around) -> bool:
    """Whether a TOML file is meant as a scenario: it has queues, and workers.

    Args:
        path: The file.
        found: What is known of it.
    """
    return _has_queues(str(path), found.changed_at, found.size)


@lru_cache(4 * MOST_FILES)
def _has_queues(path: str, _changed_at: float, _size: int) -> bool:
    try:
        data = Path(path).read_bytes()
    except OSError:
        return False
    return b"queues" in data and (b"producers" in data or b"consumers" in data)


def _is_recording(folder: Path, found: Around) -> bool:
    if found.path.suffix not in RECORDINGS:
        return False
    try:
        with (folder / found.path).open("rb") as file:
            head = file.read(_APPLICATION_AT + len(_APPLICATION))
    except OSError:
        return False
    return head.startswith(_IS_DATABASE) and head.endswith(_APPLICATION)


def read(path: Path, found: Around) -> Read:
    """Read a scenario file, or what was read of it while it stays as it is.

    Args:
        path: The file.
        found: What is known of it.
    """
    return _read(str(path), found.changed_at, found.size)


@lru_cache(MOST_FILES)
def _read(path: str, _changed_at: float, _size: int) -> Read:
    from pcsim.scenario.file.check import check

    try:
        checked = check(Path(path))
    except ScenarioFileError as error:
        first, *more = str(error).splitlines()
        where = first.removeprefix(f"{path}:")
        count = len(more) + 1
        return Read(None, f"{count} problems: line {where}" if more else f"line {where}")
    except (OSError, ValueError) as error:
        return Read(None, str(error))
    return Read(checked.scenario, "", tuple(text for _, text in checked.warnings))
