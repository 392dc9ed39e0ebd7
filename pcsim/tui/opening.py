"""Which scenario is shown next: the same again, a demo, or what the app was opened on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pcsim.scenario import Scenario
from pcsim.snapshot.control import Control
from pcsim.tui.asking import Asking
from pcsim.tui.choice import Choice, ReadError
from pcsim.tui.screens.question import RESTART, Question, other_scenario
from pcsim.tui.session import RunSession
from pcsim.tui.watcher import Watcher

if TYPE_CHECKING:
    from pcsim.tui.session import LimitOf, ResultOf

PROBLEM_TIME = 12.0
"""Seconds for which a problem with a file is shown."""
RUNS_ONCE = "This system runs once; a function that makes one could be run again."
Notify = Callable[[str, float], None]
"""Shows a message for a number of seconds."""


class Sessions:
    """Makes a session of a scenario.

    Args:
        launch: Makes a fresh run of a scenario.
        choice: The scenarios there are.
        clock: The time in seconds.
        result_of: Returns what a run that is over has measured beyond its report, or None.
        limit_of: Makes what finds the limit of a run of a scenario, beside it, or None.
    """

    def __init__(
        self,
        launch: Callable[[Scenario], Control],
        choice: Choice,
        clock: Callable[[], float],
        result_of: ResultOf,
        limit_of: LimitOf,
    ) -> None:
        self.choice = choice
        self._launch = launch
        self._clock = clock
        self._result_of = result_of
        self._limit_of = limit_of

    def session(self, scenario: Scenario) -> RunSession:
        """Return a session of a fresh run."""
        choice = self.choice
        number = choice.number_of(scenario)
        way_back = choice.own_name if number is not None else ""
        control = self._launch(scenario)
        return RunSession(
            control,
            scenario,
            number,
            self._clock,
            self._result_of,
            way_back,
            self._limit_of,
            choice.idle_keys,
        )


class Opening:
    """Opens scenarios; asks first where the run that is shown would lose items.

    Args:
        sessions: Makes the sessions.
        watcher: The run that is shown.
        asking: Asks.
        notify: Shows a message.
        drain: Drains the run that is shown.
    """

    def __init__(
        self,
        sessions: Sessions,
        watcher: Watcher,
        asking: Asking,
        notify: Notify,
        drain: Callable[[], None],
    ) -> None:
        self._sessions = sessions
        self._choice = sessions.choice
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
        session = self._sessions.session(scenario)
        if watcher.session.is_going:
            watcher.control.abort()
        watcher.replace_session(session)

    def restart(self) -> None:
        """Open the same scenario again; a file as it is now."""
        shown = self._watcher.session.view.scenario
        if shown is self._choice.own:
            self._open_own(RESTART)
        else:
            self._ask(RESTART, lambda: self.open(shown))

    def demo(self, number: int) -> None:
        """Open a demo."""
        catalogue = self._choice.catalogue
        if number <= len(catalogue):
            demo = catalogue[number - 1]
            self._ask(other_scenario(str(number)), lambda: self.open(demo))
        else:
            self._notify(f"There is no demo {number}.", 0.0)

    def own(self) -> None:
        """Open what the app was opened on."""
        if self._choice.own is None:
            self._notify("The app was opened on a demo: 1-9 choose another.", 0.0)
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
