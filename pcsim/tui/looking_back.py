"""Looks back at the last ten minutes, over a bar of their time, while what is shown goes on."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.tui.branching import can_branch
from pcsim.tui.keys import IDLE_LOOKING_BACK, NEED_A_LIST, ON_BRANCHES, REPORTS
from pcsim.tui.saying import Measured, Watching
from pcsim.tui.session import Beside, Session
from pcsim.tui.watcher import Watcher

NOTHING_YET = "There is nothing to look back at before the start."
NOT_THEN = "This is the past: b goes back to now, where that key works."


class LookingBack:
    """Shows a past moment in the place of now, and goes back to now.

    Args:
        watcher: What is shown. It goes on meanwhile, and is polled as before.
        notify: Shows a short message.
    """

    def __init__(self, watcher: Watcher, notify: Callable[[str], None]) -> None:
        self._watcher = watcher
        self._notify = notify

    def toggle(self, at: float | None = None) -> None:
        """Stand at a moment; or go back to now.

        Args:
            at: The moment; None for the one that is shown.
        """
        if self._watcher.past is not None:
            self._watcher.show_now()
        else:
            self._begin(self._watcher.display.view.at if at is None else at)

    def say_not_then(self) -> None:
        """Say that a key acts on what goes on, and how to get there."""
        self._notify(NOT_THEN)

    def _begin(self, at: float) -> None:
        watcher = self._watcher
        kept = watcher.session.kept
        replay = None if kept is None else kept.replay(at)
        if kept is None or replay is None:
            self._notify((kept and kept.problem) or NOTHING_YET)
            return
        if kept.problem:
            self._notify(f"Nothing more is kept: {kept.problem}")
        live = watcher.session
        idle = IDLE_LOOKING_BACK | live.view.idle_keys & NEED_A_LIST
        idle = idle - ON_BRANCHES if can_branch(live) else idle | ON_BRANCHES
        scenario = live.view.scenario
        past = Session(
            replay,
            live.clock,
            Measured if scenario is not None else Watching,
            scenario=scenario,
            number=live.view.number,
            idle_keys=idle if scenario is not None else idle | REPORTS,
            beside=Beside(
                lambda snapshot: live.view.lanes.until(snapshot),
                live.view.detail_of.journey,
                lambda at: [made.event for made in reversed(live.view.changes) if made.at <= at],
            ),
        )
        watcher.look_back(past)
