"""The help: every key and every sign, from the data that bindings and drawings use."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from pcsim.tui.glyphs import MARK, MARKS, WAITING
from pcsim.tui.keys import KEYS
from pcsim.tui.pages.table import PAGES
from pcsim.tui.screens.modal import Window
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import TextLine

_MEANING = {
    "new": "not started yet",
    "running": "making an item, or working on one",
    "blocked": "cannot put: the queue is full",
    WAITING: "cannot get: the queue is empty",
    "paused": "producing is paused",
    "done": "has finished its work",
    "failed": "raised an error; press enter on it for the traceback",
}
FILL = (
    ("normal", "below 80 % of the capacity"),
    ("high", "80 % or more"),
    ("full", "no free slot: producers wait, or the queue drops items"),
)
WORDS = (
    ("wait", "time that items waited in a queue: mean, 99th percentile"),
    ("oldest", "time that the oldest item in a queue has waited"),
    ("time full", "the share of the time in which no slot was free"),
    ("busy", "the share of its time in which a worker worked on items"),
    ("making", "the share in which a source let its interval pass"),
    (MARK, "what the sentence names: what limits the run, or is stuck"),
    ("rates", "items per second; rates, waits, shares are of your last ten"),
    ("", "seconds while a run goes on, of all of it once it is over"),
    ("virtual", "the clock of the run: at 10x, ten of its seconds take one"),
)


class HelpScreen(Window):
    """Opens on `?`; the same key closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "close", "close", show=False),
    ]

    def __init__(self, view: View) -> None:
        super().__init__("Help", _help_of(view))


def _help_of(view: View) -> list[TextLine]:
    is_replay = view.past is not None
    return help_lines(view.idle_keys, is_watched=view.is_watched, is_replay=is_replay)


def help_lines(
    idle_keys: frozenset[str] = frozenset(), *, is_watched: bool = False, is_replay: bool = False
) -> list[TextLine]:
    """Return the help as lines.

    Args:
        idle_keys: The keys that mean nothing for what is shown.
        is_watched: Whether a program is watched.
        is_replay: Whether it is a replay.
    """
    lines: list[TextLine] = [[("Keys", "strong")]]
    lines += [
        [
            (f"  {key.shown:<9}", "key"),
            (key.effect(is_watched=is_watched, is_replay=is_replay), "text"),
        ]
        for key in KEYS
        if key.shown not in idle_keys
    ]
    for page in PAGES:
        if page.keys:
            lines += [[], [(f"In the view {page.number} {page.name}", "strong")]]
            lines += [[(f"  {key.shown:<9}", "key"), (key.does, "text")]
                      for key in page.keys if key.does]  # fmt: skip
    lines += [[], [("Workers", "strong")]]
    for word, text in _MEANING.items():
        lines.append([(f"  {MARKS[word]} {word:<9}", word), (text, "text")])
    lines += [[], [("Queues", "strong")]]
    lines += [[(f"  █ {word:<9}", word), (text, "text")] for word, text in FILL]
    lines += [[], [("Words", "strong")]]
    lines += [[(f"  {word:<11}", "dim"), (text, "text")] for word, text in WORDS]
    return lines
