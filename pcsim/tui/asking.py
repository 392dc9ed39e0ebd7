"""The one rule about what needs a yes: whatever ends a run that would lose items."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from pcsim.tui.screens.question import Question, QuestionScreen
from pcsim.tui.watcher import Watcher


class Asking:
    """Asks before a run is ended that has items in it; the same key again says yes.

    Args:
        app: The app, for the window with the question.
        watcher: The run that is shown.
    """

    def __init__(self, app: App[None], watcher: Watcher) -> None:
        self._app = app
        self._watcher = watcher

    @property
    def would_lose(self) -> bool:
        """Whether the run has items that its end would discard."""
        session = self._watcher.session
        return session.is_going and session.view.snapshot.totals.in_system > 0

    def ask(
        self, question: Question, on_yes: Callable[[], None], on_drain: Callable[[], None]
    ) -> None:
        """Do it at once where nothing would be lost; else ask, or take this for a yes.

        Args:
            question: The question.
            on_yes: What it is about.
            on_drain: What the answer `drain` does.
        """
        watcher = self._watcher
        watcher.display.unfreeze()  # the question is about the items that there are now
        watcher.poll_now(force=True)
        open_window = self._app.screen
        if isinstance(open_window, QuestionScreen):
            if open_window.question == question:
                open_window.action_answer("yes")
                return
            open_window.dismiss(None)
        if not self.would_lose:
            on_yes()
            return

        def act(answer: str | None) -> None:
            if answer == "yes":
                on_yes()
            elif answer == "drain":
                on_drain()

        self._app.push_screen(QuestionScreen(question, watcher.session.view.snapshot), act)
