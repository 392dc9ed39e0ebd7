"""The keys that act in one view alone."""

from __future__ import annotations

from pcsim.tui.key import Hint, Key

# fmt: off
TIMELINE_KEYS = (
    Key("← →", "Move the cursor in time; past the end it follows the run.",
        "back in time", "time(-1)", "left", "h"),
    Key("→", "", "on in time", "time(1)", "right", "l"),
    Key("[ ]", "Narrower or wider columns of time.", "narrower columns", "zoom(0.5)",
        "left_square_bracket"),
    Key("]", "", "wider columns", "zoom(2)", "right_square_bracket"),
    Key("g", "Go to where a queue was full for the first time.", "first jam", "first_jam"),
    Key("n", "Go to the next event after the cursor.", "next event", "next_event"),
    Key("b", "Look at all views as they were at the cursor.", "go to the cursor", "go_there"),
    Key("o", "Put lanes that were blocked most first, or follow the flow.", "order of lanes",
        "order_lanes"),
    Key("enter", "Unfold or fold a group; else open the details.", "open lane", "open"),
)
TIMELINE_HINTS = (
    Hint("← →", "time", "left", 3),
    Hint("[ ]", "zoom", "right_square_bracket", 4),
    Hint("g", "first jam", "g", 5, short="jam"),
    Hint("n", "next event", "n", 6, short="next"),
    Hint("o", "order", "o", 10),
    Hint("enter", "details", "enter", 11),
)
WAITS_KEYS = (
    Key("z", "Show the jam alone, or all workers.", "jam alone", "jam_only"),
    Key("w", "Go by the last ten seconds, or by the whole run.", "window", "window"),
    Key("g", "Go to where a queue was full for the first time.", "first jam", "first_jam"),
    Key("enter", "Unfold or fold a group (→ ←); else open the details.", "open details", "open"),
)
WAITS_HINTS = (
    Hint("z", "only the jam", "z", 4, short="jam only"),
    Hint("w", "window", "w", 5),
    Hint("g", "first jam", "g", 5),
    Hint("enter", "details", "enter", 5),
)
WHAT_IF_KEYS = (
    Key("enter", "Try the chosen change in the run that is shown.", "try it", "wanted('try')"),
    Key("m", "Show what the changes do to the next measure.", "measure", "wanted('measure')"),
    Key("+ -", "Make twice as many runs of each change, or half.", "more runs",
        "wanted('more')", "plus,equals_sign"),
    Key("i", "Ask a question of your own: writer.count = 2.", "ask",
        "wanted('ask')"),
    Key("v", "Run the change on threads to compare; measure a program anew.", "verify",
        "wanted('verify')"),
    Key("y", "Copy the table as text.", "copy the table", "wanted('copy')"),
)
WHAT_IF_HINTS = (
    Hint("enter", "try it live", "enter", 1, short="try", steers=True),
    Hint("m", "measure", "m", 2),
    Hint("+ -", "runs", "plus", 4),
    Hint("i", "ask", "i", 1),
    Hint("v", "verify on threads", "v", 2, short="verify", watching="verify"),
    Hint("y", "copy", "y", 8),
)
SIZING_KEYS = (
    Key("enter", "Try the chosen size in the run that is shown.", "try the size", "wanted('try')"),
    Key("m", "Show the numbers of the next measure.", "next numbers", "wanted('measure')"),
    Key("g", "Set the goal: loss < 0.1 %, p95 wait < 1 s.", "goal", "wanted('goal')"),
    Key("i", "Vary other keys: clerk.count = 1..5.", "vary", "wanted('vary')"),
    Key("+ -", "Make twice as many runs of each size, or half.", "more runs of sizes",
        "wanted('more')", "plus,equals_sign"),
    Key("$", "Set what a size costs: clerk.count*30 + orders.capacity*0.1.", "cost",
        "wanted('cost')", "dollar_sign"),
    Key("e", "Save the sizes as a table (CSV).", "save the sizes", "wanted('save')"),
    Key("y", "Copy the command that asks the same, such as pcsim size.", "copy the command",
        "wanted('copy')"),
)
SIZING_HINTS = (
    Hint("enter", "try it live", "enter", 1, short="try", steers=True),
    Hint("g", "goal", "g", 1),
    Hint("m", "measure", "m", 2),
    Hint("i", "keys", "i", 2),
    Hint("$", "cost", "dollar_sign", 3),
    Hint("e", "save CSV", "e", 4, short="save"),
    Hint("y", "copy", "y", 4),
    Hint("+ -", "runs", "plus", 4),
)
# fmt: on
