"""The questions before something that would lose items; the window is made when one is asked."""

from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """What is asked, and what the answers are."""

    title: str
    key: str
    """The key that asks; the same key again says yes."""
    yes: str
    """What yes does, once the items are discarded."""
    drain: str = "drain: stop producing, empty the queues; nothing is lost"
    """What `d` does."""
    leave: str = ""
    """What `l` does; empty where the run cannot go on without the app."""


QUIT = Question("Quit?", "q", "quit now", "drain: stop producing, empty the queues, then quit")
LEAVE = QUIT._replace(leave="leave: the run goes on without the app")
TO_LIST = Question(
    "Back to the list?", "L", "go back", "drain: stop producing, empty the queues, then go back"
)
ABORT = Question("Abort?", "x", "end the run now")
RESTART = Question("Restart?", "r", "restart now")


def other_scenario(key: str) -> Question:
    """Return the question before another scenario is shown."""
    return Question("Leave this run?", key, "go to the other scenario")
