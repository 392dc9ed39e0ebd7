"""`pcsim exec --tui`: a program that runs while the app shows it in the same terminal.

The app has the screen and the keys, so the program gets no input, and what it writes is kept until
the app is left. From then on it is in the foreground, as if it had been started without the app.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO

from pcsim import runtime
from pcsim.cli.scenario_files import UsageError
from pcsim.cli.watching import watched_command
from pcsim.text import count, safe

MOST_KEPT = 8 * 2**20
"""Bytes of each stream that are kept while the app is open; of more the oldest go."""
CHUNK = 65_536
LONGEST_START = 10.0
"""Seconds in which a program has to let the app in."""
LOOK_EVERY = 0.02
SIGNALLED = 128


class Kept:
    """What a stream of the program brings: kept at first, later passed on as it comes.

    Args:
        source: The stream.
        write: Passes bytes on.
    """

    def __init__(self, source: IO[bytes], write: Callable[[bytes], object]) -> None:
        self._source, self._write = source, write
        self._kept: deque[bytes] = runtime.deque()
        self._size = 0
        self.lost = 0
        """Bytes that were let go."""
        self._is_passing = False
        self._lock = runtime.Lock()
        self._thread = runtime.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while chunk := os.read(self._source.fileno(), CHUNK):
            with self._lock:
                if self._is_passing:
                    self._write(chunk)
                    continue
                self._kept.append(chunk)
                self._size += len(chunk)
                while self._size > MOST_KEPT:
                    oldest = self._kept.popleft()
                    self._size -= len(oldest)
                    self.lost += len(oldest)

    def pass_on(self) -> None:
        """Write what was kept; all that follows is written when it comes."""
        with self._lock:
            for chunk in self._kept:
                self._write(chunk)
            self._kept.clear()
            self._is_passing = True

    def join(self) -> None:
        """Wait for the end of the stream, but not for a child that keeps it open for longer."""
        self._thread.join(1.0)


def run_beside_app(words: Sequence[str], *, is_module: bool, is_command: bool) -> int:
    """Run a program, show it, and wait for its end; its exit status, 128 more than a signal.

    Args:
        words: A script, the name of a module, or a command; and its arguments.
        is_module: Whether the first is a module.
        is_command: Whether it is a command.

    Raises:
        UsageError: There is no such command, or no terminal.
    """
    from pcsim.launch.app import has_terminal

    if not has_terminal():
        raise UsageError("--tui needs a terminal; without one, leave it out: pcsim exec SCRIPT")
    command, environment = watched_command(words, is_module=is_module, is_command=is_command)
    try:
        process = subprocess.Popen(  # noqa: S603 - that is what was asked for
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise UsageError(f"cannot run '{safe(command[0], 100)}': {error.strerror}") from None
    assert process.stdout is not None  # noqa: S101 - they are pipes
    assert process.stderr is not None  # noqa: S101
    streams = [
        Kept(process.stdout, _writer(sys.stdout.fileno())),
        Kept(process.stderr, _writer(sys.stderr.fileno())),
    ]
    try:
        if not _show(process):
            _note("pcsim: it let nobody in: no Python 3.11 or later, or it has ended already\n")
    finally:
        for stream in streams:
            stream.pass_on()
    return _wait(process, streams)


def _show(process: subprocess.Popen[bytes]) -> bool:
    """Show the program until the app is left; whether that could be."""
    from pcsim.launch.app import show_program
    from pcsim.watch.programs import remote
    from pcsim.watch.wire import WatchError, sockets

    end = runtime.clock() + LONGEST_START
    while runtime.clock() < end and process.poll() is None:
        if process.pid in sockets(os.getuid()):
            try:
                program = remote(process.pid)
            except WatchError:
                break
            try:
                show_program(program)
            finally:
                program.close()
            return True
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_EVERY)
    return False


def _wait(process: subprocess.Popen[bytes], streams: list[Kept]) -> int:
    if lost := sum(stream.lost for stream in streams):
        _note(f"pcsim: the first {count(lost)} bytes of its output were let go\n")
    if process.poll() is None:
        _note("pcsim: the program goes on; Ctrl-C interrupts it\n")
    while True:
        try:
            status = process.wait()
            break
        except KeyboardInterrupt:
            continue  # the program has got it as well, and decides
    for stream in streams:
        stream.join()
    return SIGNALLED - status if status < 0 else status


def _writer(descriptor: int) -> Callable[[bytes], object]:
    def write(chunk: bytes) -> None:
        with suppress(OSError):
            while chunk:
                chunk = chunk[os.write(descriptor, chunk) :]

    return write


def _note(text: str) -> None:
    from pcsim.headless.output import Output

    Output(sys.stderr).write(text)
