"""The app in a pseudo-terminal, read as a terminal reads it."""

from __future__ import annotations

import json
import re
import sys

import pyte

from pcsim.text import safe
from tests.support.terminal import Terminal
from tests.tui.scenarios import HOSTILE_NAMES

SIZES = [(1, 1), (1, 200), (60, 1), (5, 7), (200, 500), (24, 80), (50, 140)]
"""Lines and columns; the last ones come again and again, and the very last stays."""
ANOTHER_SIZE = (40, 110)
RESIZES = 100
UNKNOWN = re.compile(r"\x1b\[[<=>][0-9;]*[A-Za-z]|\x1b\]22;\w+\x07")
"""What pyte does not know: the protocol for keys, and the shape of the mouse's pointer."""
OURS = re.compile(r"\x1b\[[0-9;?]*\$?[A-Za-z]")
"""Movement, colours, modes and queries."""


def _rows(terminal: Terminal, lines: int, columns: int) -> list[str]:
    """What a terminal of that size shows of what was written since it had it."""
    screen = pyte.Screen(columns, lines)
    pyte.Stream(screen).feed(UNKNOWN.sub("", terminal.output.decode(errors="replace")))
    return list(screen.display)


def test_names_sizes_and_keys_in_a_real_terminal() -> None:
    """Markup and controls in names are shown as they are, and nothing of them reaches the terminal
    as a control; no size and no number of resizes ends the app; `q` asks, and no thread is left."""
    size = SIZES[-1]
    with Terminal([sys.executable, "-m", "tests.tui.child", "endless"], size=size) as terminal:
        terminal.wait_for(b"start")
        terminal.press("s")
        terminal.wait_for(rb"\d blocked")
        rows = _rows(terminal, *size)
        for name in HOSTILE_NAMES[:8]:
            assert sum(safe(name) in row for row in rows) >= 2, "\n".join(rows)
        whole = terminal.output[: terminal.output.rfind(b"\x1b")]
        for turn in range(RESIZES):
            terminal.resize(*SIZES[turn % len(SIZES)])
            terminal.read(0.001)
        # What was written so far is not looked at: the kernel may lose some of what is written
        # while a signal comes. After the last one, all of the screen is drawn again. A slow app may
        # have seen none of the sizes between, and draws nothing for the one that it has: hence one
        # that is new to it.
        for last in (ANOTHER_SIZE, size):
            terminal.resize(*last)
            terminal.output = b""
            terminal.wait_for(rb"\d blocked")
        terminal.output = b""
        terminal.press("q")
        terminal.wait_for(rb"Quit\?")
        assert any("Quit?" in row for row in _rows(terminal, *size))
        terminal.press("x")
        assert terminal.wait_for_end() == 0
        whole += terminal.output[terminal.output.find(b"\x1b") :]
    ending = re.search(rb"ENDED (\{.*\})", whole)
    assert ending
    assert json.loads(ending[1]) == {
        "calls": ["start", "abort"], "phase": "aborted", "code": 0, "threads": [],
    }  # fmt: skip
    assert b"\x1b[?1049l" in whole
    shown = UNKNOWN.sub("", whole.decode(errors="replace"))
    assert not re.search("[\x80-\x9f\u202e]", shown)
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", OURS.sub("", shown))
