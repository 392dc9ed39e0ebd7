"""A process on a terminal of its own, for one visitor.

It is the command as a shell would start it: what it prints is what a terminal shows, so nothing
can get between it and a protocol. Where the server ends, however it does, the terminal hangs up,
and the process ends by that.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator, Sequence

READ_ONLY = "PCSIM_READ_ONLY"
"""The environment variable by which the app knows that (`pcsim.tui.saving`)."""
CHUNK = 65_536
"""Bytes that are read at once."""
PATIENCE = 5.0
"""Seconds that a process has to end after its terminal has hung up."""
SMALLEST, LARGEST = 2, 500
"""Cells and lines of a terminal, whatever a browser asks for."""
# The process makes the terminal its own, before it becomes the command.
BEGIN = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


class Terminal:
    """The terminal, and the process on it.

    Args:
        master: The end of the terminal that the visitor has.
        process: The process.
    """

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self._master = master
        self._process = process

    @classmethod
    async def start(
        cls, words: Sequence[str], width: int, height: int, *, read_only: bool = False
    ) -> Terminal:
        """Start Python with these words on a new terminal.

        Args:
            words: What follows `python` in the command line.
            width: Cells of a line.
            height: Lines.
            read_only: Whether the app writes no files, and shows no other ones.

        Raises:
            OSError: There is no terminal, or no process, to be had.
        """
        master, slave = pty.openpty()
        try:
            resize(slave, width, height)
            environment = {
                **os.environ,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "PYTHONUTF8": "1",
            }
            if read_only:
                environment[READ_ONLY] = "1"
            for name in ("COLUMNS", "LINES", "NO_COLOR"):
                environment.pop(name, None)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", BEGIN, *words,
                stdin=slave, stdout=slave, stderr=slave,
                start_new_session=True, env=environment,
            )  # fmt: skip
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        os.set_blocking(master, False)
        return cls(master, process)

    async def output(self) -> AsyncIterator[bytes]:
        """What the process writes, until it has ended. A slow reader slows it."""
        loop = asyncio.get_running_loop()
        while True:
            ready = asyncio.Event()
            loop.add_reader(self._master, ready.set)
            try:
                await ready.wait()
            finally:
                loop.remove_reader(self._master)
            try:
                data = os.read(self._master, CHUNK)
            except BlockingIOError:
                continue
            except OSError:  # EIO: nobody has the other end any more
                return
            if not data:
                return
            yield data

    def write(self, data: bytes) -> None:
        """Type something. What the process does not take for long is lost, as on a full line."""
        try:
            os.write(self._master, data)
        except OSError:
            return

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        resize(self._master, width, height)

    def hang_up(self) -> None:
        """Hang up: the process is asked to end. At once, so that no cancellation comes between."""
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)

    async def ended(self) -> None:
        """Wait until the process has ended; one that stays is killed."""
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE)
        finally:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)


def resize(terminal: int, width: int, height: int) -> None:
    """Set the size of a terminal.

    Args:
        terminal: One of its ends.
        width: Cells of a line.
        height: Lines.
    """
    cells, lines = (min(max(size, SMALLEST), LARGEST) for size in (width, height))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, cells, 0, 0))
