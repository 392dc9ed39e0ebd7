"""The app as a process in a terminal: signals, what reaches the terminal, how it is left."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.terminal import Terminal as SessionTerminal

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
"""Seconds after which a test gives up; nothing is expected to be that slow."""
RESTORED = b"\x1b[?1049l"
"""The sequence that leaves the alternate screen."""


class Terminal:
    """A pseudo-terminal with the app in it."""

    def __init__(self, what: str, **environment: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.slave = slave
        self.attributes = termios.tcgetattr(slave)
        self.output = b""
        keep = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "PYTHONIOENCODING")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.tui.child", what],
            cwd=ROOT,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            process_group=0,  # a job of its own, as a shell makes one: it can be stopped
            env=keep | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": ""} | environment,
        )

    def read(self) -> bool:
        """Read what there is; whether there was any."""
        if not select.select([self.master], [], [], 0.05)[0]:
            return False
        with contextlib.suppress(OSError):
            self.output += os.read(self.master, 65536)
        return True

    def wait_for(self, marker: bytes) -> None:
        """Read until that, a pattern, has been drawn."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(marker, self.output):
            assert time.monotonic() < deadline, f"never drawn: {marker!r}"
            self.read()

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the app."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Read to the end; the exit status."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            self.read()
        while self.read():
            pass
        return self.process.returncode

    def ending(self) -> dict[str, Any]:
        """How the app ended, from its last line."""
        line = re.search(rb"ENDED (\{.*\})", self.output)
        assert line, self.output[-500:]
        ending: dict[str, Any] = json.loads(line[1])
        return ending

    def is_restored(self) -> bool:
        """Whether the terminal is as it was found."""
        return RESTORED in self.output and termios.tcgetattr(self.slave) == self.attributes


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.master)
        os.close(terminal.slave)


def start(terminals: list[Terminal], what: str, **environment: str) -> Terminal:
    """The app, running a system."""
    terminal = Terminal(what, **environment)
    terminals.append(terminal)
    terminal.wait_for(b"start")
    terminal.press("s")
    terminal.wait_for(rb"\d blocked")
    return terminal


def test_quitting_leaves_the_terminal_as_it_was(terminals: list[Terminal]) -> None:
    """With its attributes, on its own screen."""
    terminal = Terminal("plain")
    terminals.append(terminal)
    terminal.wait_for(b"start")
    terminal.press("q")
    assert terminal.end() == 0
    assert terminal.is_restored()
    assert terminal.ending() == {
        "calls": [], "phase": "created", "code": 0, "threads": [],
    }  # fmt: skip


def test_a_term_signal_drains_and_restores_the_terminal(terminals: list[Terminal]) -> None:
    """No item is lost."""
    terminal = start(terminals, "plain")
    terminal.send(signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM
    assert terminal.is_restored()
    assert terminal.ending()["calls"] == ["start", "drain"]
    assert terminal.ending()["phase"] == "finished"


def test_a_hangup_aborts(terminals: list[Terminal]) -> None:
    """The user is gone and sees no drain."""
    terminal = start(terminals, "plain")
    terminal.send(signal.SIGHUP)
    assert terminal.end() == 128 + signal.SIGHUP
    assert terminal.is_restored()
    assert terminal.ending()["phase"] == "aborted"


def test_an_interrupt_asks_as_q_does(terminals: list[Terminal]) -> None:
    """An accidental Ctrl-C loses nothing."""
    terminal = start(terminals, "plain")
    terminal.send(signal.SIGINT)
    terminal.wait_for(rb"Quit\?")
    terminal.press("x")
    assert terminal.end() == 0
    assert terminal.is_restored()
    assert terminal.ending()["phase"] == "aborted"


def test_after_being_suspended_all_of_the_screen_is_drawn_again(terminals: list[Terminal]) -> None:
    """What others wrote meanwhile is gone."""
    terminal = start(terminals, "plain")
    terminal.press("\x1a")
    terminal.wait_for(re.escape(RESTORED))
    _, status = os.waitpid(terminal.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    while terminal.read():
        pass
    terminal.output = b""
    terminal.send(signal.SIGCONT)
    # Headings never change: they are drawn only when everything is.
    terminal.wait_for(b"oldest")
    terminal.press("q")
    terminal.wait_for(rb"Quit\?")
    terminal.press("x")
    assert terminal.end() == 0


def test_where_no_shell_could_continue_it_the_app_is_not_stopped() -> None:
    """Such as in a terminal window that runs nothing else, or in a browser: it goes on."""
    with SessionTerminal([sys.executable, "-m", "tests.tui.child", "plain"]) as terminal:
        terminal.wait_for(b"oldest")
        terminal.output = b""
        terminal.press("\x1a")
        terminal.wait_for(re.escape(RESTORED) + rb"[\s\S]*\x1b\[\?1049h[\s\S]*oldest")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_terminal_that_is_gone_ends_the_app(terminals: list[Terminal]) -> None:
    """The process does not stay behind."""
    terminal = start(terminals, "plain")
    os.close(terminal.slave)
    os.close(terminal.master)
    terminal.send(signal.SIGHUP)
    terminal.process.wait(PATIENCE)
    terminal.master, terminal.slave = os.pipe()
    # With which status depends on who first misses the terminal, the app or the last line. Where
    # the app did, the signal may come when its handlers are gone: a shell shows that as 129 too.
    code = terminal.process.returncode
    assert (128 - code if code < 0 else code) in (1, 128 + signal.SIGHUP)


def test_an_internal_error_is_shown_in_full_at_the_end_and_ends_with_1(
    terminals: list[Terminal],
) -> None:
    """The run goes on until then, and the terminal is as it was."""
    terminal = start(terminals, "broken")
    terminal.press(" ")
    terminal.wait_for(b"error inside pcsim")
    terminal.press("q")
    terminal.wait_for(rb"Quit\?")
    terminal.press("x")
    assert terminal.end() == 1
    assert terminal.is_restored()
    assert terminal.ending()["calls"] == ["start", "abort"]
    assert b"broken on purpose" in terminal.output


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C"},
        {"TERM": "dumb"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_a_terminal_that_knows_no_more_than_ascii_gets_no_more(
    terminals: list[Terminal], environment: dict[str, str]
) -> None:
    """Its encoding, its locale or its type shows that."""
    terminal = start(terminals, "hostile", **environment)
    terminal.press("x")
    terminal.wait_for(rb"Abort\?")
    terminal.press("x")
    terminal.wait_for(b"aborted")
    terminal.press("q")
    assert terminal.end() == 0
    assert terminal.output.isascii()


def test_nothing_from_a_name_reaches_the_terminal_as_a_control(terminals: list[Terminal]) -> None:
    """Names of workers come from outside."""
    terminal = start(terminals, "hostile")
    terminal.press("x")
    terminal.wait_for(rb"Abort\?")
    terminal.press("x")
    terminal.wait_for(b"aborted")
    terminal.press("q")
    terminal.end()
    # The shape of the mouse's pointer is Textual's.
    shown = re.sub(r"\x1b\]22;\w+\x07", "", terminal.output.decode())
    assert not re.search("[\x80-\x9f]", shown)
    assert "\u202e" not in shown
    # What is left is ours: cursor movement, colours, modes, queries.
    rest = re.sub(r"\x1b\[[0-9;?<>=]*\$?[A-Za-z]", "", shown)
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", rest)
