"""Which actions mean something for what is shown: a run, a program, a replay, or its past."""

from __future__ import annotations

from pcsim.tui.attaching import Attaching
from pcsim.tui.branching import can_branch
from pcsim.tui.keys import ACTIONS_IN_REPLAY, ACTIONS_ON_A_RUN, ACTIONS_ON_THE_PAST
from pcsim.tui.session import Session
from pcsim.tui.watcher import Watcher


class Acting:
    """Knows which actions mean nothing.

    Args:
        watcher: What is shown.
        attaching: Whether it can be attached to.
    """

    def __init__(self, watcher: Watcher, attaching: Attaching) -> None:
        self._watcher = watcher
        self._attaching = attaching

    def is_idle(self, action: str, shown: Session, parameters: tuple[object, ...] = ()) -> bool:
        """Return whether an action means nothing while that is shown.

        Args:
            action: The name of the action.
            shown: What is shown.
            parameters: What the action is given.
        """
        if action == "attach":
            return shown.rewind is not None or not self._attaching.is_possible
        if action == "look_back":
            goes_there = bool(parameters) and shown.rewind is not None
            return self._watcher.session.kept is None and not goes_there
        if shown.rewind is None:
            on_a_run = shown.control is None and action in ACTIONS_ON_A_RUN
            return on_a_run or action in ACTIONS_ON_THE_PAST
        if shown is self._watcher.past and action == "steer":
            return parameters != ("compare",) and not can_branch(self._watcher.session)
        return action in ACTIONS_ON_A_RUN and action not in ACTIONS_IN_REPLAY

    def is_for_now(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Return whether an action means nothing for the past that is shown, but would now."""
        watcher = self._watcher
        is_past = watcher.past is not None and self.is_idle(action, watcher.past, parameters)
        return is_past and not self.is_idle(action, watcher.session, parameters)
