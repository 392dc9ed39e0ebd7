"""A command in a pseudo-terminal, whose controlling terminal it is, and which can be closed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
"""Seconds after which waiting is given up; nothing is expected to be that slow."""

_FORKS = threading.Lock()
"""Held while a terminal is made: a command that another thread starts must not get it, too."""


class Terminal:
    """A terminal with a command in it; as a context, it leaves no process behind.

    Args:
        command: The program and its arguments.
        size: Its lines and columns.
        environment: What differs from this process's environment.
        replies: What the terminal answers, by what it is asked.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (40, 120),
        environment: Mapping[str, str] | None = None,
        replies: Mapping[bytes, bytes] | None = None,
    ) -> None:
        unset = {
            "COLUMNS", "COLORFGBG", "LINES", "NO_COLOR", "PYTHONIOENCODING", "TEXTUAL_ANIMATIONS",
            "TEXTUAL_THEME",
        }  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        kept |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        kept |= environment or {}
        self._replies = dict(replies or {})
        self.output = b""
        with _FORKS:
            self.pid, self.master = pty.fork()
            if self.pid == 0:
                with contextlib.suppress(OSError):
                    os.execvpe(command[0], list(command), kept)  # noqa: S606 - as a shell would
                os._exit(127)
            os.set_inheritable(self.master, False)
        self._status: int | None = None
        self._is_open = True
        self.resize(*size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.send(signal.SIGKILL)
        for process in self.processes():  # those that a shell has given a group of their own
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.close()
        while self.status is None:
            time.sleep(0.01)

    def resize(self, lines: int, columns: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while the command goes on."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def read(self, seconds: float = 0.05) -> bool:
        """Wait for output for that long at most, and answer it; whether there was any."""
        if not self._is_open or not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            new = os.read(self.master, 65536)
        except OSError:  # nobody has it open on the other side
            return False
        self.output += new
        for question, answer in self._replies.items():
            for _ in range(new.count(question)):
                os.write(self.master, answer)
        return bool(new)

    def wait_for(self, pattern: bytes) -> None:
        """Read until that has been written."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.output):
            assert time.monotonic() < deadline, f"never written: {pattern!r}"
            assert self.read() or self.status is None, self.output[-1000:]

    def wait_for_end(self, seconds: float = PATIENCE) -> int | None:
        """Read until the command has ended; its exit status, None where it has not."""
        deadline = time.monotonic() + seconds
        while self.status is None and time.monotonic() < deadline:
            if not self.read(0.01):
                time.sleep(0.005)
        while self.read(0.01):
            pass
        return self.status

    def wait_for_unread_end(self) -> int | None:
        """Wait until the command has ended, without reading; its exit status."""
        deadline = time.monotonic() + PATIENCE
        while self.status is None and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.status

    def press(self, keys: str | bytes) -> None:
        """Type."""
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def processes(self) -> list[int]:
        """The command and what it has started, by Linux's account: the terminal's session."""
        found = [self.pid] if self.status is None else []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != self.pid:
                fields = _stat(int(entry.name))
                if fields and int(fields[3]) == self.pid:
                    found.append(int(entry.name))
        return found

    def send(self, *numbers: signal.Signals) -> None:
        """Send signals to the command and to what it has started."""
        for number in numbers:
            if self.status is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, number)

    def close(self) -> None:
        """Close the terminal: the kernel sends SIGHUP and SIGCONT to whom it belongs."""
        if self._is_open:
            self._is_open = False
            os.close(self.master)


def in_shell(*command: str) -> list[str]:
    """That command as the job of a shell: when it is stopped, an empty line continues it, twice.

    In a loop bash would end when the job is stopped.
    """
    return ["bash", "--norc", "-c", 'set -m; "$@"; read; fg; read; fg; read', "bash", *command]


def _stat(pid: int) -> list[str]:
    """What Linux says of a process, from its state on; nothing where it does not exist."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def state_of(pid: int) -> str:
    """A process's state, a letter as in `ps`: "T" is stopped; empty where it does not exist."""
    return "".join(_stat(pid)[:1])


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    return state_of(pid) not in ("", "Z", "X")
