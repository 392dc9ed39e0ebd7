"""One simulated thread, and where it stands in the code under test."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import greenlet

from pcsim.testing import histories

POINT = "_pcsim_switch_point"
"""The name of the function that is called at each switch point in the code under test."""
LOOK = "_pcsim_look_point"
"""The same where another thread may have a turn, but no interrupt comes."""
MARK = "_pcsim_mark"
"""The same where no other thread has a turn: it notes what is done in a module of others."""


class Task:
    """One simulated thread."""

    def __init__(self, scheduler: Any, number: int, name: str, run: Callable[[], object]) -> None:
        self.number = number
        self.name = name
        self.is_ready = True
        self.is_done = False
        self.deadline: float | None = None
        self.timed_out = False
        self.may_be_interrupted = False
        self.interrupt: BaseException | None = None
        """What is raised in it when it next runs."""
        self.error: BaseException | None = None
        self.thread: Any = None
        self.history = number
        """What it has seen and done: see `pcsim.testing.histories`."""
        self.position = 0
        """The number of switch points that it has passed, in a search that follows histories."""
        self.greenlet: Any = greenlet.greenlet(lambda: self._main(scheduler, run), scheduler.hub)

    def follow(self) -> None:
        """Bring its history up to date; it is the current thread."""
        if histories.seen:
            self.history = histories.extended(self.history)

    def _main(self, scheduler: Any, run: Callable[[], object]) -> None:
        try:
            run()
        except greenlet.GreenletExit:
            pass
        except BaseException as error:  # noqa: BLE001 - the error of a thread is the schedule's
            self.error = error
        scheduler.note_end(self)
        self.is_done = True
        self.is_ready = False


def place_of(task: Task) -> str:
    """Where a thread stands in the code under test: the innermost two calls."""
    frame: FrameType | None = task.greenlet.gr_frame or sys._getframe()
    places: list[str] = []
    while frame is not None and len(places) < 2:
        code = frame.f_code
        if POINT in code.co_names or LOOK in code.co_names:
            file = code.co_filename.rsplit("/", 1)[-1]
            places.append(f"{file}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(places) or "its end"
