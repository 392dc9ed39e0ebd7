"""Whether the terminal is light or dark: it is asked, before the app takes it, for its background.

The question is OSC 11; every terminal answers the one after it (DA1), so that one that does not
know OSC 11 keeps nobody waiting. What is not answered in time is taken from `COLORFGBG`, which
some terminals set.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import termios
import tty
from collections.abc import Mapping

from pcsim import runtime

QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
_COLOR = re.compile(rb"\x1b\]11;rgba?:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)")
_LAST_ANSWER = re.compile(rb"\x1b\[\?[0-9;]*c")
TIMEOUT = 0.25
"""Seconds that an answer may take: a terminal on the other side of the world has that."""
LIGHT_FROM = 0.5
"""The luminance, from 0 to 1, from which on a background is light."""
LIGHT_COLORS = ("7", "15")
"""The light ones of the sixteen colours that `COLORFGBG` numbers."""


def is_light(environment: Mapping[str, str] | None = None) -> bool | None:
    """Return whether the terminal has a light background; None where nothing says so.

    Args:
        environment: The environment variables; None for those of the process.
    """
    environment = os.environ if environment is None else environment
    answer = ask() if environment.get("TERM") not in ("dumb", "unknown", "linux") else b""
    found = from_answer(answer)
    return from_variable(environment.get("COLORFGBG", "")) if found is None else found


def theme() -> str:
    """Return the theme for the terminal, `dark` or `light`; dark where nothing says so."""
    return "light" if is_light() else "dark"


def from_answer(answer: bytes) -> bool | None:
    """Return whether the answer names a light colour; None where it names none.

    >>> from_answer(b"\\x1b]11;rgb:ffff/ffff/eeee"), from_answer(b"")
    (True, None)
    """
    match = _COLOR.search(answer)
    if match is None:
        return None
    red, green, blue = (int(part, 16) / float(16 ** len(part) - 1) for part in match.groups())
    return bool(0.299 * red + 0.587 * green + 0.114 * blue >= LIGHT_FROM)


def from_variable(value: str) -> bool | None:
    """Return whether `COLORFGBG`, as `15;0`, has a light background; None for another value.

    >>> from_variable("0;15"), from_variable("15;default;0"), from_variable("")
    (True, False, None)
    """
    background = value.rpartition(";")[2]
    if not background.isdecimal() or len(background) > 2:
        return None
    return background in LIGHT_COLORS


def ask() -> bytes:
    """Ask the terminal, and return what it has answered in time.

    What is typed meanwhile is lost: nothing sets it apart from the answer. Nothing is asked
    where stdin and stderr are not the terminal, or the process is in the background.
    """
    stdin, stderr = sys.__stdin__, sys.__stderr__
    if stdin is None or stderr is None or not (stdin.isatty() and stderr.isatty()):
        return b""
    try:
        keys, screen = stdin.fileno(), stderr.fileno()
        if os.tcgetpgrp(keys) != os.getpgrp():
            return b""
        before = termios.tcgetattr(keys)
    except (OSError, ValueError, termios.error):
        return b""
    try:
        tty.setcbreak(keys, termios.TCSANOW)
        return _exchange(keys, screen)
    except (OSError, termios.error):
        return b""
    finally:
        with contextlib.suppress(termios.error):  # a terminal that is gone, the app will notice
            termios.tcsetattr(keys, termios.TCSAFLUSH, before)


def _exchange(keys: int, screen: int) -> bytes:
    if not select.select([], [screen], [], TIMEOUT)[1]:
        return b""
    os.write(screen, QUESTION)
    answer = b""
    until = runtime.clock() + TIMEOUT
    while not _LAST_ANSWER.search(answer):
        left = until - runtime.clock()
        if left <= 0 or not select.select([keys], [], [], left)[0]:
            break
        more = os.read(keys, 1024)
        if not more:
            break
        answer += more
    return answer
