"""What the app changes of the process that it is shown in, put back when it has been left.

The app takes the terminal and handles signals, and Textual takes what is printed. A program that
shows a system goes on afterwards, and its other threads do so meanwhile.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, TextIO

from pcsim.errors import ScreenError

HANDLED = ("INT", "TERM", "HUP", "TSTP", "CONT", "WINCH", "TTOU", "TTIN", "ALRM")
"""The signals whose handlers the app, its driver or its deadline set."""
BLOCK = 1 << 16
OUTPUTS = (2, 1)
"""The files that may be the terminal: stderr, on which Textual draws, and stdout."""


def screen() -> int | None:
    """The number of the file that is the terminal to draw on; None where there is none."""
    return next((number for number in OUTPUTS if os.isatty(number)), None)


@contextlib.contextmanager
def process_kept() -> Iterator[None]:
    """Put signal handlers, timers and the garbage collector back as they were."""
    numbers = [getattr(signal, f"SIG{name}") for name in HANDLED if hasattr(signal, f"SIG{name}")]
    handlers = {number: signal.getsignal(number) for number in numbers}
    has_timer = hasattr(signal, "setitimer") and signal.getitimer(signal.ITIMER_REAL)[0] > 0
    wakeup = signal.set_wakeup_fd(-1)
    collects, frozen = gc.isenabled(), gc.get_freeze_count()
    try:
        yield
    finally:
        if hasattr(signal, "setitimer") and not has_timer:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            if handler is not None:  # None: it was not set from Python
                signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        if not frozen:
            gc.unfreeze()
        (gc.enable if collects else gc.disable)()


Streams = tuple[TextIO | None, TextIO | None]
"""What a program prints to: its stdout and stderr."""


@contextlib.contextmanager
def output_kept() -> Iterator[Streams]:
    """Keep the terminal for the app: what anyone else writes stands on it afterwards.

    Prints of other threads, handlers of `logging` that have the stream from before, C code and
    child processes write to a file meanwhile, in order. Output that goes elsewhere goes there.

    Yields:
        What the program prints to, which the app is not to replace.

    Raises:
        ScreenError: Neither stdout nor stderr is a terminal.
    """
    streams = sys.stdout, sys.stderr
    real = sys.__stdout__, sys.__stderr__

    shown = screen()
    if shown is None:
        raise ScreenError("neither stdout nor stderr is a terminal")
    terminals = [number for number in OUTPUTS if os.isatty(number)]
    with _file() as kept:
        before = [os.dup(number) for number in terminals]
        _flush(streams)
        # The driver writes to Python's first stderr, and asks its first stdout for the size.
        drawn_on = os.fdopen(os.dup(shown), "w", encoding=_encoding(), errors="backslashreplace")
        sys.__stdout__ = sys.__stderr__ = drawn_on  # type: ignore[misc]
        try:
            for number in terminals:
                os.dup2(kept.fileno(), number)
            yield streams
        finally:
            _flush((drawn_on, *streams))
            for number, old in zip(terminals, before, strict=True):
                os.dup2(old, number)
                os.close(old)
            with contextlib.suppress(OSError):  # a terminal that is gone
                drawn_on.close()
            sys.__stdout__, sys.__stderr__ = real  # type: ignore[misc]
            kept.seek(0)
            _replay(kept.fileno(), terminals[0])


def _file() -> IO[bytes]:
    """A file without a name: on disk, or in memory where nothing can be written to a disk."""
    try:
        return tempfile.TemporaryFile(buffering=0)
    except OSError:
        if not hasattr(os, "memfd_create"):
            raise
        return os.fdopen(os.memfd_create("pcsim"), "w+b", buffering=0)


def _encoding() -> str:
    """The encoding of the terminal, as Python has found it out."""
    return getattr(sys.__stderr__, "encoding", None) or "utf-8"


def _flush(streams: tuple[object, ...]) -> None:
    for stream in streams:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()  # type: ignore[attr-defined]


def _replay(file: int, terminal: int) -> None:
    """Write what was kept to the terminal, as far as it is still there."""
    with contextlib.suppress(OSError):
        while block := os.read(file, BLOCK):
            while block:
                block = block[os.write(terminal, block) :]
