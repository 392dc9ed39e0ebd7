"""Attach to a program that is watched from outside: asks first, then shows it from within."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from pcsim import runtime
from pcsim.errors import PcsimError
from pcsim.snapshot.control import Watchable
from pcsim.text import safe
from pcsim.tui.exhibits import Exhibit
from pcsim.tui.watcher import Watcher

PROBLEM_TIME = 12.0
"""Seconds for which it is said why it did not work."""
ATTACHING = "Attaching: a thread of the program has to come by."


class Attaching:
    """Attaches to the program that is shown.

    Args:
        app: The app, for the window with the question.
        exhibit: What the app is opened on.
        watcher: What is shown.
        notify: Shows a message for a number of seconds.
    """

    def __init__(
        self,
        app: App[None],
        exhibit: Exhibit,
        watcher: Watcher,
        notify: Callable[[str, float], None],
    ) -> None:
        self._app = app
        self._exhibit = exhibit
        self._watcher = watcher
        self._notify = notify
        self._is_attaching = False

    @property
    def is_possible(self) -> bool:
        """Whether what is shown is a program that is watched from outside."""
        return self._exhibit.attach is not None

    def ask(self) -> None:
        """Ask, and attach on a yes. Nothing while that goes on."""
        attach = self._exhibit.attach
        if attach is None or self._is_attaching:
            return

        def act(answer: str | None) -> None:
            if answer == "yes":
                self._begin(attach)

        from pcsim.tui.screens.attach import AttachScreen

        self._app.push_screen(AttachScreen(), act)

    def _begin(self, attach: Callable[[], Watchable]) -> None:
        """Attach on another thread: it may take some seconds."""
        self._is_attaching = True
        self._notify(ATTACHING, 0.0)
        runtime.Thread(target=self._attach, args=(attach,), daemon=True).start()

    def _attach(self, attach: Callable[[], Watchable]) -> None:
        try:
            program = attach()
        except PcsimError as problem:
            self._app.call_from_thread(self._failed, str(problem))
        else:
            self._app.call_from_thread(self._attached, program)

    def _failed(self, problem: str) -> None:
        self._is_attaching = False
        self._notify(safe(problem), PROBLEM_TIME)

    def _attached(self, program: Watchable) -> None:
        self._is_attaching = False
        self._watcher.display.unfreeze()
        self._watcher.replace_session(self._exhibit.attached(program, self._watcher.session.clock))
