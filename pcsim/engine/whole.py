"""Steps that are all done though an exception from outside, as that of Ctrl-C, comes between them.

A signal handler that raises does so in the main thread, at any place of what that does. A control
that is cut short there would leave a run of which half has stopped, and half waits for ever.
"""

from __future__ import annotations

from collections.abc import Callable


def do_whole(*steps: Callable[[], object]) -> None:
    """Do these steps; an exception in one of them goes on when the others are done as well.

    The step that it has cut short is done again, so each has to bear that.
    """
    done = 0
    try:
        for step in steps:
            step()
            done += 1
    except BaseException:
        for step in steps[done:]:
            step()
        raise
