"""What the system says of a process: whether it lives, whose it is, its program, its threads."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import NamedTuple

PYTHON_FILE = re.compile(r"(lib)?python\d?[\d.]*[a-z]*(\.so[\d.]*)?")
"""The name of a file that may hold the interpreter."""
MOST_FILES = 600
"""Descriptors that are kept open, so that reading is one call."""


class Mapped(NamedTuple):
    """A file that is mapped into a process: where its first byte is, and how to open it here."""

    path: str
    at: int
    opened: Path
    is_deleted: bool


class Turns(NamedTuple):
    """How long a thread was on a processor and how long it waited for one, in seconds, and how
    often it was put on one: the same number again means that it has not moved."""

    running: float
    waiting: float
    turns: int


class Process:
    """One process, by the files that the system has of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.folder = Path(f"/proc/{pid}")
        self._files: dict[int, int] = {}
        self._turns: dict[int, tuple[bytes, Turns]] = {}

    def close(self) -> None:
        """Close what is kept open."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()

    def state(self) -> str:
        """Return its state as one letter, `T` for stopped; empty where there is no process."""
        return self._stat()[0:1]

    def began(self) -> str:
        """Return when it began, in the system's ticks: another of the same number began later."""
        fields = self._stat().split()
        return fields[19] if len(fields) > 19 else ""

    def _stat(self) -> str:
        try:
            text = (self.folder / "stat").read_text(errors="replace")
        except OSError:
            return ""
        return text.rpartition(")")[2].strip()

    def owner(self) -> int | None:
        """Return the id of its user; None where there is no process."""
        fields = self._status("Uid")
        return int(fields[1]) if len(fields) > 1 else None

    def is_closed_to(self, owner: int | None) -> bool:
        """Whether it has forbidden even its own user to read it: its files are root's then."""
        try:
            return (self.folder / "maps").stat().st_uid != owner
        except OSError:
            return False

    def names_of_threads(self) -> dict[int, int]:
        """Return this system's id of each thread by the one that the process itself knows: they
        differ in a container that is looked at from outside of it."""
        tasks = self._tasks()
        if not self.is_nested:
            return {int(name): int(name) for name in tasks}
        known = {}
        for name in tasks:
            ids = self._status("NSpid", f"task/{name}/status")
            if ids:
                known[int(ids[-1])] = int(name)
        return known

    @property
    def is_nested(self) -> bool:
        """Whether it has a numbering of its own for processes and threads."""
        return len(self._status("NSpid")) > 1

    def _tasks(self) -> list[str]:
        try:
            return [one.name for one in (self.folder / "task").iterdir()]
        except OSError:
            return []

    def _status(self, key: str, file: str = "status") -> list[str]:
        with contextlib.suppress(OSError):
            for line in (self.folder / file).read_text(errors="replace").splitlines():
                if line.startswith(f"{key}:"):
                    return line.split(":", 1)[1].split()
        return []

    def arguments(self) -> list[str]:
        """Return its command line, as its user wrote it: not safe for a terminal."""
        try:
            raw = (self.folder / "cmdline").read_bytes()
        except OSError:
            return []
        return [part.decode(errors="replace") for part in raw.rstrip(b"\0").split(b"\0")]

    def maps(self) -> list[tuple[int, int, str, int, str]]:
        """Return its mappings as begin, end, rights, offset and path. Raises `OSError`."""
        rows = []
        for line in (self.folder / "maps").read_text(errors="surrogateescape").splitlines():
            parts = line.split(maxsplit=5)
            begin, _, end = parts[0].partition("-")
            path = parts[5] if len(parts) > 5 else ""
            rows.append((int(begin, 16), int(end, 16), parts[1], int(parts[2], 16), path))
        return rows

    def programs(self) -> list[Mapped]:
        """Return the files that may hold the interpreter, the likeliest first. Raises `OSError`."""
        try:
            main = str((self.folder / "exe").readlink())
        except FileNotFoundError:  # a thread of the kernel has none
            main = ""
        found: dict[str, Mapped] = {}
        for begin, _, _, offset, path in self.maps():
            if offset or not path.startswith("/") or path in found:
                continue
            name, is_deleted = path.removesuffix(" (deleted)"), path.endswith(" (deleted)")
            if path == main:
                found[path] = Mapped(path, begin, self.folder / "exe", is_deleted)
            elif PYTHON_FILE.fullmatch(Path(name).name):
                opened = Path(f"{self.folder}/root{path}")
                found[path] = Mapped(path, begin, opened, is_deleted)
        return sorted(found.values(), key=lambda one: "libpython" not in one.path)

    def turns(self, thread: int) -> Turns | None:
        """Return how long a thread ran and waited; None where it has ended.

        Args:
            thread: The system's id of the thread.
        """
        file = self._files.get(thread)
        try:
            if file is None:
                file = os.open(f"{self.folder}/task/{thread}/schedstat", os.O_RDONLY)
                if len(self._files) < MOST_FILES:
                    self._files[thread] = file
            raw = os.pread(file, 96, 0)
        except OSError:
            self.forget(thread)
            return None
        if thread not in self._files:
            os.close(file)
        known = self._turns.get(thread)
        if known is not None and known[0] == raw:
            return known[1]
        parts = raw.split()
        if len(parts) < 3:
            return None
        turns = Turns(int(parts[0]) * 1e-9, int(parts[1]) * 1e-9, int(parts[2]))
        self._turns[thread] = raw, turns
        return turns

    def forget(self, thread: int) -> None:
        """Close what is kept open of a thread that has ended."""
        file = self._files.pop(thread, None)
        self._turns.pop(thread, None)
        if file is not None:
            os.close(file)

    def cores(self) -> int:
        """Return the number of cores that it may use."""
        try:
            return len(os.sched_getaffinity(self.pid))
        except OSError:
            return os.cpu_count() or 1


def owner_name(user: int) -> str:
    """Return the name of a user, or the number where there is none."""
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
