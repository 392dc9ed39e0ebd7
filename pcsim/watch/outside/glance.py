"""One glance at a program from outside, for a list of many."""

from __future__ import annotations

from typing import NamedTuple

from pcsim.watch.outside.queues import SIMPLE
from pcsim.watch.outside.reading import Outside
from pcsim.watch.outside.tally import REASONS


class Glance(NamedTuple):
    """What is seen of a program at once."""

    python: str
    queues: int
    blocked: int


def glance(pid: int) -> Glance:
    """Look at a program once.

    Args:
        pid: The number of its process.

    Raises:
        WatchError: It cannot be read, or has ended.
    """
    with Outside(pid, is_brief=True) as outside:
        look = outside.look()
        blocked = sum(
            one.standing is not None and one.standing.at in REASONS for one in look.threads
        )
        return Glance(
            outside.interpreter.version,
            sum(queue.kind != SIMPLE or queue.is_used for queue in look.queues),
            blocked,
        )
