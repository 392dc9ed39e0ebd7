"""The app is light where the terminal is, and asking for that costs nobody anything."""

from __future__ import annotations

import re
import sys

import pytest

from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs
from pcsim.tui.terminal_background import QUESTION, from_answer, from_variable
from tests.support.terminal import Terminal
from tests.tui.scenarios import BACK_PRESSURE
from tests.tui.support import app_for

LIGHT, DARK = b"48;2;251;251;252m", b"48;2;20;23;29m"
"""The backgrounds of our themes, as they are drawn."""
DEVICE = b"\x1b[?62;22c"


def answer(color: bytes) -> dict[bytes, bytes]:
    return {QUESTION: b"\x1b]11;rgb:" + color + b"\x1b\\" + DEVICE}


SILENT: dict[bytes, bytes] = {}
WHITE, BLACK = answer(b"ffff/ffff/ffff"), answer(b"1c1c/1c1c/1c1c")


@pytest.mark.parametrize(
    ("replies", "environment", "options", "background"),
    [
        (WHITE, {}, (), LIGHT),
        (BLACK, {"COLORFGBG": "0;15"}, (), DARK),
        (SILENT, {}, (), DARK),
        (SILENT, {"COLORFGBG": "0;15"}, (), LIGHT),
        ({QUESTION: DEVICE}, {"COLORFGBG": "0;15"}, (), LIGHT),
        (BLACK, {"TEXTUAL_THEME": "pcsim-light"}, (), LIGHT),
        (WHITE, {"TEXTUAL_THEME": "pcsim-light"}, ("--theme", "dark"), DARK),
    ],
    ids=["light", "dark", "silent", "variable", "knows only DA1", "environment", "option"],
)
def test_the_theme_follows_option_environment_terminal_and_variable(
    replies: dict[bytes, bytes],
    environment: dict[str, str],
    options: tuple[str, ...],
    background: bytes,
) -> None:
    """In this order; the terminal is as it was in the end, without a trace of the question."""
    command = [sys.executable, "-m", "pcsim", "tui", "1", *options]
    colors = {"TEXTUAL_COLOR_SYSTEM": "truecolor", "COLORTERM": "truecolor"}
    with Terminal(command, replies=replies, environment=colors | environment) as terminal:
        terminal.wait_for(b"quit")
        assert background in terminal.output
        asked = QUESTION in terminal.output
        assert asked == ("TEXTUAL_THEME" not in environment and not options)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert not re.search(rb"rgb:|62;22c", terminal.output)


def test_an_answer_that_comes_too_late_is_no_keys() -> None:
    """Nor where it comes in pieces: it has digits and letters that would do something."""
    command = [sys.executable, "-m", "pcsim", "tui", "2", "--theme", "dark"]
    pieces = (b"\x1b]11;rgb:3333/", b"3333/1c1c\x07", b"\x1b]11;?\x1b", b"\\", b"\x1b[?6", b"2;22c")
    with Terminal(command) as terminal:
        terminal.wait_for(b"Press s")
        for late in (WHITE[QUESTION], *pieces):
            terminal.press(late)
            while terminal.read(0.2):
                pass
        terminal.output = b""
        terminal.press("?")
        terminal.wait_for(b"Stop producing, empty")
        terminal.press("\x1b[27u")
        terminal.wait_for(b"Three producers|two consumers")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_colors_are_read_in_every_form_that_terminals_send() -> None:
    """One to four digits a part, with and without transparency, and what is no colour."""
    assert from_answer(b"\x1b]11;rgb:fff/fff/fff\x07") is True
    assert from_answer(b"keys\x1b]11;rgba:00/00/00/ff\x1b\\") is False
    assert from_answer(b"\x1b]11;rgb:zz/zz/zz\x07") is None
    assert from_answer(b"\x1b[?62c") is None
    values = ("0;15", "15;0", "0;default;15", "7", "", "default", "-1", "x;y", "0;99999999999")
    found = [from_variable(value) for value in values]
    assert found == [True, False, True, True, None, None, None, None, None]


@pytest.mark.parametrize(
    ("name", "theme"),
    [(None, "pcsim-dark"), ("light", "pcsim-light"), ("nord", "nord"), ("no such", "pcsim-dark")],
)
async def test_a_theme_is_taken_by_its_name(name: str | None, theme: str) -> None:
    """Textual's own as well; a name that nobody has is dark."""
    app = app_for(BACK_PRESSURE)
    chosen = PcsimApp(Runs(lambda _: app.control, BACK_PRESSURE), theme=name, live=False)
    async with chosen.run_test():
        assert chosen.theme == theme
