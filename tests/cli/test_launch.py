"""The command opens the app on a terminal, and reports the run when the app has been left."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest

LEFT = "\x1b[?1049l"
"""What brings a terminal back to its lines of text."""


class Seen:
    """A terminal of 100x30 with the command on it."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pcsim", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"},
        )
        os.close(theirs)
        self.text = ""

    def wait_for(self, words: str) -> None:
        """Read what is drawn until the words have come."""
        seen = len(self.text)
        while words not in self.text[seen:]:
            assert self._read(), f"it ended without drawing {words!r}"

    def press(self, key: str) -> None:
        """Press a key."""
        os.write(self._ours, key.encode())

    def end(self) -> int:
        """Read to the end; the exit status."""
        while self._read():
            pass
        return self.process.wait()

    def close(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def after(self) -> str:
        """What stands on the terminal after the app has been left."""
        return re.sub(r"\x1b\[[\d;?<>=]*[a-zA-Z]", "", self.text.rpartition(LEFT)[2])

    def _read(self) -> bool:
        try:
            got = os.read(self._ours, 65536)
        except OSError:  # Linux: nobody has the other end any more
            return False
        self.text += got.decode("utf-8", "replace")
        return bool(got)


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Iterator[Seen]:
    """The app on demo 3."""
    terminal = Seen("tui", "back-pressure")
    terminal.wait_for("start")
    yield terminal
    terminal.close()


def test_run_is_reported_when_the_app_has_been_left(seen: Seen) -> None:
    """The last run stays readable on the terminal: the same report as without a screen."""
    seen.press("s")
    seen.wait_for("running")
    seen.press("xx")  # the second is the yes, where the first has items to ask about
    seen.wait_for("aborted")
    seen.press("q")
    assert seen.end() == 0
    assert "Fast producer, slow consumer · aborted after" in seen.after
    assert "Every item is accounted for" in seen.after


def test_virtual_run_is_reported_when_the_app_has_been_left() -> None:
    """As fast as possible it is over at once, and its report says that time was virtual."""
    terminal = Seen("tui", "back-pressure", "--engine", "virtual", "--speed", "max")
    try:
        terminal.wait_for("start")
        terminal.press("s")
        terminal.wait_for("finished")
        terminal.press("q")
        assert terminal.end() == 0
        assert "Fast producer, slow consumer · finished after 6.3 s · virtual" in terminal.after
        assert "Little's law holds" in terminal.after
    finally:
        terminal.close()


def test_nothing_is_reported_when_nothing_has_run(seen: Seen) -> None:
    """Looking around leaves no trace."""
    seen.press("q")
    assert seen.end() == 0
    assert seen.after.strip() == ""


def test_terminate_leaves_the_terminal_restored(seen: Seen) -> None:
    """The lines of text come back before the process ends with 143."""
    seen.process.send_signal(signal.SIGTERM)
    assert seen.end() == 143
    assert LEFT in seen.text
