"""Which scenario is shown next: the same again, a demo, or what the app was opened on."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.scenario import Scenario
from pcsim.tui.asking import Asking
from pcsim.tui.choice import ReadError
from pcsim.tui.exhibits import Exhibit
from pcsim.tui.questions import RESTART, Question, other_scenario
from pcsim.tui.watcher import Watcher

PROBLEM_TIME = 12.0
"""Seconds for which a problem with a file is shown."""
RUNS_ONCE = "This system runs once; a function that makes one could be run again."
Notify = Callable[[str, float], None]
"""Shows a message for a number of seconds."""


class Opening:
    """Opens scenarios; asks first where the run that is shown would lose items.

    Args:
        exhibit: Makes the sessions.
        watcher: The run that is shown.
        asking: Asks.
        notify: Shows a message.
        drain: Drains the run that is shown.
    """

    def __init__(
        self,
        exhibit: Exhibit,
        watcher: Watcher,
        asking: Asking,
        notify: Notify,
        drain: Callable[[], None],
    ) -> None:
        self._exhibit = exhibit
        self._choice = exhibit.choice
        self._watcher = watcher
        self._asking = asking
        self._notify = notify
        self._drain = drain

    def open(self, scenario: Scenario) -> None:
        """Abort the run that is shown, if it is going, and show a new one."""
        watcher = self._watcher
        if watcher.pending_exit.has_begun:
            return
        watcher.display.unfreeze()
        session = self._exhibit.another(scenario, watcher.session.clock)
        run = watcher.session.unfinished
        if run is not None:
            run.abort()
        watcher.replace_session(session)

    def restart(self) -> None:
        """Open the same scenario again; a file as it is now."""
        shown = self._watcher.session.view.scenario
        if shown is self._choice.own:
            self._open_own(RESTART)
        elif shown is not None:
            self._ask(RESTART, lambda: self.open(shown))

    def demo(self, number: int) -> None:
        """Open a demo."""
        catalogue = self._choice.catalogue
        if number <= len(catalogue):
            demo = catalogue[number - 1]
            self._ask(other_scenario("x"), lambda: self.open(demo))
        else:
            self._notify(f"There is no demo {number}.", 0.0)

    def own(self) -> None:
        """Open what the app was opened on."""
        if self._choice.own is None:
            self._notify("The app was opened on a demo: ctrl+p finds another.", 0.0)
        else:
            self._open_own(other_scenario("0"))

    def _open_own(self, question: Question) -> None:
        choice = self._choice
        own = choice.own
        if own is None:
            return
        if not choice.can_restart:
            self._notify(RUNS_ONCE, 0.0)
            return
        try:
            now = choice.again(own)
        except ReadError as problem:
            if self._watcher.session.view.scenario is own:
                self._notify(f"{problem} (the run is still the one before)", PROBLEM_TIME)
                return
            self._notify(f"{problem} (this is the file as it was)", PROBLEM_TIME)
            now = own

        def open_it() -> None:
            choice.own = now
            self.open(now)

        self._ask(question, open_it)

    def _ask(self, question: Question, on_yes: Callable[[], None]) -> None:
        self._asking.ask(question, on_yes, self._drain)
