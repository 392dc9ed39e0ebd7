"""The drawing characters of the screen, and whether the terminal can show them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from pcsim.snapshot import BlockReason, WorkerRow, WorkerState
from pcsim.text import ascii_cells

STATE = {
    WorkerState.NEW: "·",
    WorkerState.RUNNING: "▶",
    WorkerState.BLOCKED: "■",
    WorkerState.PAUSED: "‖",
    WorkerState.DONE: "✓",
    WorkerState.FAILED: "✗",
}
MARK = "◀"
"""At what the sentence names."""
WAITING = "waiting"
"""The word for a worker that is blocked on an empty queue: it has nothing to do and holds nobody
up, so that it is no part of a jam."""
MARKS = {state.value: glyph for state, glyph in STATE.items()} | {WAITING: STATE[WorkerState.NEW]}
"""The glyph of each word for what a worker does."""


STUCK_FIRST = ("failed", "blocked", "paused", "running", WAITING, "new", "done")
"""Those words, the one that matters most first. A worker that waits for items is not stuck: there
is nothing for it to do."""


def standing(row: WorkerRow) -> str:
    """Return the word for what a worker does: its state, or `waiting` for items."""
    is_waiting = row.state is WorkerState.BLOCKED and row.reason is BlockReason.EMPTY
    return WAITING if is_waiting else row.state.value


SPENT = (
    ("running", "run", "━"),
    ("blocked", "full", "▒"),
    (WAITING, "empty", "·"),
    ("paused", "paused", "‖"),
)
"""Where the time of a worker goes: the word for it, its word in a legend, and the cell that stands
for a part of that time."""
EIGHTHS_UP = " ▁▂▃▄▅▆▇█"
BAR = "▁▂▃▄▅▆"
"""The cells of a bar, from empty to filled: the edge above keeps it apart from the bar above."""


def ascii_only(encoding: str | None, environment: Mapping[str, str]) -> bool:
    """Whether a terminal may not show more than ASCII.

    Args:
        encoding: The encoding of the stream that goes to the terminal.
        environment: The environment variables of the process.
    """
    if environment.get("TERM") in ("dumb", "unknown"):
        return True
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    if locale in ("C", "POSIX"):
        return True
    try:
        "█▶━✓".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def terminal_is_ascii_only() -> bool:
    """Whether the terminal that the app draws on may not show more than ASCII."""
    return ascii_only(getattr(sys.__stderr__, "encoding", None), os.environ)


class AsciiFilter(LineFilter):
    """Replaces everything but ASCII, in our lines and in Textual's own."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        return [Segment(ascii_cells(text), style, control) for text, style, control in segments]
