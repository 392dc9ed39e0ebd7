"""The keys and what they do, as data: for the bindings, the footer and the help."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding

from pcsim.snapshot import Phase

BINDINGS = (
    Binding("s", "start", "start", id="start", tooltip="Start, or stop and resume virtual time."),
    Binding("p", "pause", "pause producing", id="pause", tooltip="Pause or resume producing."),
    Binding("d", "drain", "drain", id="drain", tooltip="Stop producing, empty the queues, end."),
    Binding("x", "abort", "abort", id="abort", tooltip="End at once and discard the rest."),
    Binding("r", "reset", "reset", id="reset", tooltip="Restart from the beginning."),
    Binding("plus", "faster", "faster", id="faster", tooltip="Let virtual time pass faster."),
    Binding("minus", "slower", "slower", id="slower", tooltip="Let virtual time pass slower."),
    Binding("full_stop", "step", "step", id="step", tooltip="Stop time; go to the next event."),
    Binding("equals_sign", "faster", "faster", id="faster-too", show=False),
    Binding(
        "space", "freeze", "freeze", id="freeze", tooltip="Freeze the display (the run continues)."
    ),
    Binding("c", "chart", "chart", id="chart", tooltip="Show depth and throughput over time."),
    Binding("e", "events", "events", id="events", tooltip="Show the events, newest first."),
    Binding("v", "report", "report", id="report", tooltip="Switch between report and tables."),
    Binding("o", "order", "order", id="order", tooltip="Put failed and blocked workers first."),
    Binding("t", "theme", "theme", id="theme", tooltip="Switch between dark and light."),
    Binding("question_mark", "help", "help", id="help", tooltip="Show all keys and signs."),
    Binding("q", "leave", "quit", id="quit", tooltip="Quit; asks first if items would be lost."),
    Binding("ctrl+q,ctrl+c", "leave", "quit", id="quit-now", priority=True),
    Binding("escape", "close_view", "back", id="back", tooltip="Go back."),
    Binding("h,left", "focus_previous", "previous panel", id="previous", show=False),
    Binding("l,right", "focus_next", "next panel", id="next", show=False),
    Binding("ctrl+z", "suspend_process", "suspend", id="suspend", show=False),
    *(
        Binding(str(number), f"demo({number})", f"demo {number}", id=f"demo-{number}", show=False)
        for number in range(1, 10)
    ),
)

RUN_KEYS = (
    Binding("p", "app.pause", "pause or resume", show=False),
    Binding("d", "app.drain", "drain", show=False),
    Binding("x", "app.abort", "abort", show=False),
    Binding("space", "app.freeze", "freeze", show=False),
    Binding("s", "app.start", "stop or resume", show=False),
    Binding("plus,equals_sign", "app.faster", "faster", show=False),
    Binding("minus", "app.slower", "slower", show=False),
    Binding("full_stop", "app.step", "step", show=False),
)
"""The bindings of a window that follows the run."""

_BEFORE = (Phase.CREATED,)
_GOING = (Phase.RUNNING, Phase.DRAINING)
_OVER = (Phase.FINISHED, Phase.ABORTED, Phase.FAILED)

RUN_KEY_NAMES = frozenset(key for binding in RUN_KEYS for key in binding.key.split(","))
"""The keys that act on the run from such a window."""


class Hint(NamedTuple):
    """A key as the footer shows it; where room is short, the highest rank leaves first."""

    key: str
    label: str
    press: str
    rank: int
    phases: tuple[Phase, ...] = ()
    short: str = ""
    virtual: bool = False
    """Whether the key acts on virtual time only."""

    @property
    def width(self) -> int:
        """The cells that the hint takes."""
        return len(self.key) + len(self.label) + 3


BACK = Hint("esc", "back", "escape", 0)
"""The first hint in a window."""
FOOTER = (
    Hint("s", "start", "s", 1, _BEFORE),
    Hint("s", "stop time", "s", 2, _GOING, "stop", virtual=True),
    Hint(".", "step", "full_stop", 3, (*_BEFORE, *_GOING), virtual=True),
    Hint("+ -", "speed", "plus", 3, (*_BEFORE, *_GOING), virtual=True),
    Hint("p", "pause producing", "p", 3, (Phase.RUNNING,), "pause"),
    Hint("d", "drain", "d", 4, (Phase.RUNNING,)),
    Hint("x", "abort", "x", 5, _GOING),
    Hint("r", "reset", "r", 10, _GOING),
    Hint("r", "run it again", "r", 3, _OVER, "again"),
    Hint("v", "report or tables", "v", 5, _OVER, "view"),
    Hint("space", "freeze", "space", 9, _GOING),
    Hint("1-9", "demo", "1", 8, (*_BEFORE, *_OVER)),
    Hint("enter", "details", "enter", 11),
    Hint("tab", "panels", "tab", 12),
    Hint("c", "chart", "c", 6),
    Hint("e", "events", "e", 7),
    Hint("o", "order", "o", 13),
    Hint("t", "theme", "t", 14),
    Hint("?", "help", "question_mark", 2),
    Hint("q", "quit", "q", 0),
)
