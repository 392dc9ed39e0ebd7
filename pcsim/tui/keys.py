"""The keys and what they do, as one table: for bindings, footer, help, palette and README."""

from __future__ import annotations

from textual.binding import Binding

from pcsim.snapshot import Phase
from pcsim.tui.key import Hint, Key
from pcsim.tui.pages.table import OVERVIEW, PAGES, REPORT, TIMELINE, WAITS, WHAT_IF

# fmt: off
KEYS = (
    Key("s", "Start the run; in virtual time, stop the clock or go on.", "start", "start",
        on_a_run=True, replaying="Play or stop; at the end, play from the begin."),
    Key("+", "Let virtual time pass faster.", "faster", "clock('faster')", "plus",
        "equals_sign", on_a_run=True, replaying="Play faster."),
    Key("-", "Let virtual time pass slower.", "slower", "clock('slower')", "minus",
        on_a_run=True, replaying="Play slower."),
    Key(".", "Stop virtual time; go to the next event.", "step", "clock('step')", "full_stop",
        on_a_run=True, replaying="Stop; go to the next moment."),
    Key("b", "Look back ten minutes while the run goes on; b again: now.", "look back",
        "look_back", looks_back=True, watching="Look back ten minutes; b again: now.",
        replaying="Go back to now."),
    Key(",", "In a replay, go to the moment before.", "step back", "rewind('move', -1)", "comma",
        rewinds=True),
    Key("n", "In a replay, go to the next event; N goes back.", "next event",
        "rewind('event', 1)", rewinds=True),
    Key("f", "In a replay, to the next first time, failure, mark; F back.",
        "next first", "rewind('first', 1)", rewinds=True),
    Key("i", "In a replay, to the next lost item; I goes back.", "next lost item",
        "rewind('drop', 1)", rewinds=True),
    Key("m", "In a replay, mark the moment; m again unmarks it.", "mark",
        "rewind('mark', 0)", rewinds=True),
    Key("p", "Pause or resume producing.", "pause producing", "control('pause')", on_a_run=True),
    Key("d", "Stop producing, empty the queues, end.", "drain", "control('drain')", on_a_run=True),
    Key("x", "End at once; asks first if items would be lost.", "abort", "control('abort')",
        on_a_run=True),
    Key("r", "Begin again, with a file as it is now; asks first, as x does.", "restart", "restart",
        on_a_run=True),
    Key("0", "Go back to your file (asks first), or from a branch.",
        "your file", "own", on_a_run=True),
    Key("D", "Compare a branch with its original, in pairs of runs.", "compare",
        "steer('compare')", on_a_run=True,
        replaying="Compare before and after a moment, or with another recording."),
    *(page.key for page in PAGES),
    Key("space", "Freeze the display (the run continues).", "freeze", "freeze",
        watching="Freeze the display (the program continues).", replaying="Play or stop."),
    Key("a", "Attach to a program that is watched from outside; asks first.", "attach", "attach",
        attaches=True),
    Key(":", "Change the chosen queue or worker while the run goes on.", "change", "steer('form')",
        "colon", on_a_run=True, replaying="Branch: change it from this moment on, and go on live."),
    Key("w", "Add a worker like the chosen one; W removes one.", "add worker", "steer('more')",
        on_a_run=True, replaying="Branch with one worker more from here on; W with one less."),
    Key("u", "Undo the latest change; U makes it again.", "undo", "steer('undo')", on_a_run=True),
    Key("S", "Save the scenario with the changes as a file.", "save changes", "steer('save')",
        on_a_run=True),
    Key("c", "Show depth and throughput over time.", "chart", "history('chart')"),
    Key("e", "Show the events, newest first.", "events", "history('events')"),
    Key("v", "Switch between the report and the overview.", "report or overview", "report",
        on_a_run=True, replaying="Switch between the report and the overview."),
    Key("o", "Order the rows by the next column, workers in trouble first.", "order",
        "rows('order')"),
    Key("O", "Turn the order round; a click on a heading does both.", "turn order",
        "rows('turn')"),
    Key("/", "Show only rows with these words in name or state; esc ends it.", "filter",
        "rows('filter')", "slash"),
    Key("t", "Switch between dark and light.", "theme", "theme"),
    Key("tab", "Go to the next panel; shift+tab goes to the one before.",
        "next panel", "focus_next", also="l right"),
    Key("hjkl", "Move like the arrows, h l between panels; g G go to the ends."),
    Key("enter", "Open the details; unfold or fold a group of workers (→ ←)."),
    Key("f", "In events: list other kinds, or first times; enter follows."),
    Key("n N", "In details: go to the next queue, worker or item; N goes back."),
    Key("y", "In details: copy what is shown, the chosen line first."),
    Key("escape", "Go back.", "back", "close_view"),
    Key("ctrl+p", "Find any command by its name."),
    Key("ctrl+z", "Suspend the app.", "suspend", "suspend_process"),
    Key("?", "Show all keys and signs.", "help", "help", "question_mark"),
    Key("L", "Go back to the list of what to open; asks first, as q does.",
        "back to the list", "leave('list')", lists=True,
        watching="Go back to the list of what to open; the program goes on.",
        replaying="Go back to the list of what to open."),
    Key("q", "Quit; asks first if items would be lost.", "quit", "leave", also="ctrl+q ctrl+c",
        watching="Leave; the program goes on.", replaying="Leave."),
)
# fmt: on
"""Every key of the app; the help, the palette and README list them in this order."""

NEED_A_RUN = frozenset(key.shown for key in KEYS if key.on_a_run)
"""The keys that mean nothing where a program is watched."""
NEED_A_PAST = frozenset(key.shown for key in KEYS if key.rewinds)
"""The keys that mean something only in a replay."""
IDLE_LOOKING_BACK = frozenset(
    key.shown for key in KEYS if key.attaches or (key.on_a_run and not key.replaying)
) - {str(page.number) for page in PAGES}
"""The keys that mean nothing where one looks back: what is past cannot be controlled."""
NEED_A_NOW = frozenset(key.shown for key in KEYS if key.looks_back)
"""The keys that mean something only where what is shown goes on."""
IDLE_IN_REPLAY = IDLE_LOOKING_BACK | NEED_A_NOW
"""The keys that mean nothing in a replay of a recording."""
REPORTS = frozenset((str(REPORT), "v"))
"""The keys that show a report: there is none of a program that is watched."""
ON_BRANCHES = frozenset((":", "w"))
"""The keys that make a branch in a replay: they mean nothing where that cannot be made again."""
NEED_TO_ATTACH = frozenset(key.shown for key in KEYS if key.attaches)
"""The keys that mean something only for a program that is watched from outside."""
NEED_A_LIST = frozenset(key.shown for key in KEYS if key.lists)
"""The keys that mean something only where there is a list to go back to."""
ACTIONS_ON_A_RUN = {"demo"}.union(
    key.action.partition("(")[0] for key in KEYS if key.on_a_run and key.action
) - {"page"}
"""What they do; a page knows itself when it is shown."""
ACTIONS_IN_REPLAY = {key.action.partition("(")[0] for key in KEYS if key.replaying and key.on_a_run}
"""Of these, the ones that a replay knows as well."""
ACTIONS_ON_THE_PAST = frozenset(key.action.partition("(")[0] for key in KEYS if key.rewinds)
"""What keys and the time bar do in a replay alone."""

BINDINGS = (
    *(binding for key in KEYS for binding in key.bindings()),
    Binding("shift+tab,h,left", "focus_previous", "previous panel", id="previous", show=False),
    Binding("N", "rewind('event', -1)", "event before", id="event-before", show=False),
    Binding("W", "steer('fewer')", "remove worker", id="remove-worker", show=False),
    Binding("U", "steer('redo')", "redo", id="redo", show=False),
    Binding("F", "rewind('first', -1)", "first before", id="first-before", show=False),
    Binding("I", "rewind('drop', -1)", "lost item before", id="lost-item-before", show=False),
)

RUN_KEYS = (
    Binding("p", "app.control('pause')", "pause or resume", show=False),
    Binding("d", "app.control('drain')", "drain", show=False),
    Binding("x", "app.control('abort')", "abort", show=False),
    Binding("space", "app.freeze", "freeze", show=False),
    Binding("s", "app.start", "stop or resume", show=False),
    Binding("plus,equals_sign", "app.clock('faster')", "faster", show=False),
    Binding("minus", "app.clock('slower')", "slower", show=False),
    Binding("full_stop", "app.clock('step')", "step", show=False),
    Binding("comma", "app.rewind('move', -1)", "step back", show=False),
    Binding("b", "app.look_back", "look back", show=False),
)
"""The bindings of a window that follows the run."""

_BEFORE = (Phase.CREATED,)
_GOING = (Phase.RUNNING, Phase.DRAINING)
_OVER = (Phase.FINISHED, Phase.ABORTED, Phase.FAILED)

RUN_KEY_NAMES = frozenset(key for binding in RUN_KEYS for key in binding.key.split(","))
"""The keys that act on the run from such a window."""


_DIGITS = f"{PAGES[0].number}-{PAGES[-1].number}"

BACK = Hint("esc", "back", "escape", 0)
"""The first hint in a window."""
IN_DETAILS = (
    Hint("n N", "next, previous", "n", 1, short="next"),
    Hint("enter", "follow", "enter", 2),
    Hint("y", "copy", "y", 6),
)
"""The hints of keys that act in details alone."""
FOOTER = (
    Hint("space", "play or stop", "space", 1, short="play", replay=True),
    Hint(", .", "moment", "full_stop", 2, replay=True),
    Hint("n N", "event", "n", 3, replay=True),
    Hint("f F", "first full, drop, failure", "f", 3, short="first", replay=True),
    Hint("+ -", "speed", "plus", 6, replay=True),
    Hint("i I", "lost item", "i", 10, replay=True),
    Hint("m", "mark", "m", 5, replay=True),
    Hint("D", "diff with…", "D", 5, short="diff", replay=True),
    Hint("b", "now", "b", 1, replay=True),
    Hint("s", "start", "s", 1, _BEFORE),
    Hint("s", "stop time", "s", 2, _GOING, "stop", virtual=True, replay=False),
    Hint(".", "step", "full_stop", 3, (*_BEFORE, *_GOING), virtual=True, replay=False),
    Hint("+ -", "speed", "plus", 3, (*_BEFORE, *_GOING), virtual=True, replay=False),
    Hint("p", "pause producing", "p", 3, (Phase.RUNNING,), "pause"),
    Hint("d", "drain", "d", 4, (Phase.RUNNING,)),
    Hint("x", "abort", "x", 5, _GOING),
    Hint(":", "change", "colon", 6, _GOING, pages=(OVERVIEW,), replay=False),
    Hint(":", "branch", "colon", 4, pages=(OVERVIEW,), replay=True),
    Hint("r", "restart", "r", 11, _GOING),
    Hint("r", "restart", "r", 3, _OVER),
    Hint("v", "report or overview", "v", 5, _OVER, "report"),
    Hint("space", "freeze", "space", 10, _GOING, replay=False),
    Hint("b", "look back", "b", 6, (*_GOING, *_OVER), "past", replay=False),
    Hint("0", "your file", "0", 7, (*_BEFORE, *_OVER), branch=False),
    Hint("0", "the original", "0", 2, branch=True),
    Hint("D", "compare", "D", 3, branch=True),
    Hint(_DIGITS, "views", str(PAGES[1].number), 7, pages=(OVERVIEW, REPORT)),
    Hint(_DIGITS, "views", str(PAGES[1].number), 2, pages=(TIMELINE, WAITS, WHAT_IF)),
    Hint("ctrl+p", "commands", "ctrl+p", 15),
    Hint("enter", "details", "enter", 8, pages=(OVERVIEW,)),
    Hint("tab", "panels", "tab", 12, pages=(OVERVIEW,)),
    Hint("a", "attach", "a", 1),
    Hint("c", "chart", "c", 9),
    Hint("e", "events", "e", 8),
    Hint("o", "order", "o", 13, pages=(OVERVIEW,)),
    Hint("/", "filter", "slash", 13, pages=(OVERVIEW, TIMELINE, WAITS)),
    Hint("t", "theme", "t", 14),
    Hint("?", "help", "question_mark", 2),
    Hint("L", "list", "L", 7),
    Hint("q", "quit", "q", 0, watching="leave"),
)
