"""A terminal that is closed leaves no process behind, whatever pcsim is doing in it.

`benchmarks/hangup.py` tries it two hundred times, in more states than these.
"""

from __future__ import annotations

import io
import signal
import sys
from pathlib import Path

import pytest

from pcsim.snapshot.exit_status import Exit
from pcsim.tui.driver import Output
from tests.support.terminal import Terminal, in_shell, is_alive, state_of
from tests.support.threads import until

JAM = """\
[queues.main]
capacity = 3
[producers]
P = { queue = "main", interval = 0.01, count = 5 }
[consumers]
C = { queue = "main", service_time = 1000, count = 2 }
"""
GONE = (Exit.HANGUP, -signal.SIGALRM)
"""How it ends: by itself, or where something keeps it, by the system."""
HANGUP = (signal.SIGHUP, signal.SIGCONT)
"""What a kernel sends when a terminal is closed."""


@pytest.fixture
def jam(tmp_path: Path) -> str:
    """A file whose workers block for ever."""
    (tmp_path / "jam.toml").write_text(JAM, "utf-8")
    return str(tmp_path / "jam.toml")


def pcsim(*words: str) -> list[str]:
    return [sys.executable, "-m", "pcsim", *words]


@pytest.mark.parametrize("keys", ["", "q", "\x10"], ids=["running", "asking", "in the palette"])
def test_a_closed_terminal_ends_the_app(jam: str, keys: str) -> None:
    """With its workers blocked, and in a window over the dashboard."""
    with Terminal(pcsim("tui", jam, "--start")) as terminal:
        terminal.wait_for(rb"5 blocked")
        terminal.press(keys)
        terminal.wait_for({"q": rb"Quit\?", "\x10": b"Search"}.get(keys, b"quit"))
        terminal.close()
        assert terminal.wait_for_end() in GONE


@pytest.mark.parametrize("is_stopping", [False, True], ids=["stopped", "stopping"])
def test_a_closed_terminal_ends_the_app_that_was_stopped(jam: str, is_stopping: bool) -> None:
    """By ctrl+z in a shell, which leaves it to SIGCONT to wake it up; or which comes too late."""
    with Terminal(in_shell(*pcsim("tui", jam, "--start"))) as terminal:
        terminal.wait_for(rb"5 blocked")
        processes = terminal.processes()
        terminal.press("\x1a")
        terminal.wait_for(rb"\x1b\[\?1049l")
        while not is_stopping and "T" not in map(state_of, processes):
            terminal.read()
        terminal.close()
        until(lambda: not any(map(is_alive, processes)))


def test_a_hangup_with_sigcont_ends_the_app_whose_output_nobody_reads(jam: str) -> None:
    """The terminal is still open, and every write to it waits."""
    with Terminal(pcsim("tui", jam, "--start")) as terminal:
        terminal.wait_for(rb"5 blocked")
        for _ in range(60):  # each redraws all of the screen
            terminal.press("t?\x1b")
        terminal.send(*HANGUP)
        assert terminal.wait_for_unread_end() in GONE


def test_sigcont_alone_changes_nothing(jam: str) -> None:
    """The app draws itself again, and goes on with one thread that reads keys."""
    with Terminal(pcsim("tui", jam)) as terminal:
        terminal.wait_for(b"Press s")
        for _ in range(3):
            terminal.output = b""
            terminal.send(signal.SIGCONT)
            terminal.wait_for(rb"\x1b\[\?1049h[\s\S]*mean wait")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_hangup_ends_a_run_whose_output_nobody_reads(jam: str) -> None:
    """Without a screen it is the same; each event is a line."""
    command = pcsim("run", jam, "--engine", "virtual", "--until", "900h", "-v")
    with Terminal(command) as terminal:
        terminal.wait_for(b"blocked")
        terminal.send(*HANGUP)
        assert terminal.wait_for_unread_end() in GONE


class Broken(io.StringIO):
    """A terminal that is gone."""

    def write(self, _: str) -> int:
        raise OSError

    def flush(self) -> None:
        raise OSError


def test_a_write_that_fails_is_reported_and_the_next_one_is_dropped() -> None:
    """The thread that writes goes on: nobody may wait for it for ever."""
    failures: list[None] = []
    output = Output(Broken(), lambda: failures.append(None))
    output.write("one")
    output.write("two")
    output.flush()
    assert len(failures) == 3
