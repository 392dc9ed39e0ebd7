"""The one rule about what needs a yes: whatever ends a run that would lose items."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from pcsim.tui.questions import ABORT, Question
from pcsim.tui.watcher import Watcher


class Asking:
    """Asks before a run is ended that has items in it; the same key again says yes.

    Args:
        app: The app, for the window with the question.
        watcher: The run that is shown.
        is_own_code: Whether the run is one of code from outside: what would end it beside the
            way asks even where the run has no item, such as between two slow ones.
    """

    def __init__(self, app: App[None], watcher: Watcher, *, is_own_code: bool = False) -> None:
        self._is_own_code = is_own_code
        self._app = app
        self._watcher = watcher

    def _needs_yes(self, question: Question) -> bool:
        """Whether the run goes on, and has items that its end would discard or is not to be ended
        by mistake."""
        session = self._watcher.session
        has_items = session.view.snapshot.totals.in_system > 0
        may_ask = has_items or (self._is_own_code and question != ABORT)
        return session.unfinished is not None and may_ask

    def ask(
        self,
        question: Question,
        on_yes: Callable[[], None],
        on_drain: Callable[[], None],
        on_leave: Callable[[], None] = lambda: None,
    ) -> None:
        """Do it at once where nothing would be lost; else ask, or take this for a yes.

        Args:
            question: The question.
            on_yes: What it is about.
            on_drain: What the answer `drain` does.
            on_leave: What the answer `leave` does, where the question has it.
        """
        from pcsim.tui.screens.question import QuestionScreen

        watcher = self._watcher
        watcher.show_now()  # the question is about the items that there are now
        watcher.poll_now(force=True)
        open_window = self._app.screen
        if isinstance(open_window, QuestionScreen):
            if open_window.question == question:
                open_window.action_answer("yes")
                return
            open_window.dismiss(None)
        if not self._needs_yes(question):
            on_yes()
            return

        def act(answer: str | None) -> None:
            if answer == "yes":
                on_yes()
            elif answer == "drain":
                on_drain()
            elif answer == "leave":
                on_leave()

        self._app.push_screen(QuestionScreen(question, watcher.session.view.snapshot), act)
