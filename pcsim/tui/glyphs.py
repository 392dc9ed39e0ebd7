"""The drawing characters of the screen, and their ASCII stand-ins, one cell for one cell."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from pcsim.snapshot import WorkerState

STATE = {
    WorkerState.NEW: "·",
    WorkerState.RUNNING: "▶",
    WorkerState.BLOCKED: "■",
    WorkerState.PAUSED: "‖",
    WorkerState.DONE: "✓",
    WorkerState.FAILED: "✗",
}
EIGHTHS_RIGHT = " ▏▎▍▌▋▊▉█"
EIGHTHS_UP = " ▁▂▃▄▅▆▇█"
TROUGH = "░"

_ASCII = {
    "·": ".", "▶": ">", "■": "#", "‖": "=", "✓": "v", "✗": "x", "–": "-", "—": "-", "…": "~",
    "µ": "u", "→": ">", "←": "<", "↑": "^", "↓": "v", "×": "x", "≥": ">", "≤": "<", "⚠": "!",
    "█": "#", "░": ".", "▒": ":", "▓": "%", "▐": "[", "▌": "#", "▏": " ", "▎": " ", "▍": " ",
    "▋": "#", "▊": "#", "▉": "#", "▕": "|", "▁": "_", "▂": "_", "▃": ".", "▄": "o", "▅": "o",
    "▆": "O", "▇": "O", "▔": "-", "▀": "#", "“": '"', "”": '"', "’": "'", "‘": "'", "•": "*",
    "━": "=", "┃": "|", "┏": "+", "┓": "+", "┗": "+", "┛": "+", "┣": "+", "┫": "+", "┳": "+",
    "┻": "+", "╋": "+", "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┌": "+",
    "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "┊": ":",
    "╌": "-", "▸": ">", "▾": "v", "▲": "^", "▼": "v", "◀": "<", "●": "o", "○": "o", "❄": "*",
}  # fmt: skip


def ascii_only(encoding: str | None, environment: Mapping[str, str]) -> bool:
    """Whether the terminal can carry nothing but ASCII, as far as can be known."""
    if environment.get("TERM") in ("dumb", "unknown"):
        return True
    locale = next((v for n in ("LC_ALL", "LC_CTYPE", "LANG") if (v := environment.get(n))), "")
    if locale in ("C", "POSIX"):
        return True
    try:
        "█▶━✓".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def terminal_is_ascii_only() -> bool:
    """The same for the stream that the app draws on."""
    return ascii_only(getattr(sys.__stderr__, "encoding", None), os.environ)


def to_ascii(text: str) -> str:
    """The text in ASCII, as many cells wide as before."""
    if text.isascii():
        return text
    return "".join(
        character if character.isascii() else _ASCII.get(character, "?" * cell_len(character))
        for character in text
    )


class AsciiFilter(LineFilter):
    """Lets nothing but ASCII through, whoever drew it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in ASCII."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
