"""A lesson in the app: its question is asked before the run, and answered by the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App

from pcsim.snapshot import Phase
from pcsim.tui.view import View

if TYPE_CHECKING:
    from pcsim.lessons import Lesson


class Teaching:
    """The lesson that is taken, if any, and the answer that was given to its question.

    Args:
        app: The app, for the window with the question.
        lesson: The lesson that the app was opened on.
    """

    def __init__(self, app: App[None], lesson: Lesson | None) -> None:
        self.lesson = lesson
        self._app = app
        self._given = ""
        self.is_answered_right = False
        """Whether the run has said so, once at least."""

    def _taken(self, view: View) -> Lesson | None:
        """The lesson, while its demo is shown."""
        lesson = self.lesson
        return lesson if lesson is not None and view.scenario == lesson.scenario else None

    def before_start(self, view: View, start: Callable[[], None]) -> None:
        """Start, in a lesson once its question is answered.

        Args:
            view: The run.
            start: What starts it.
        """
        lesson = self._taken(view)
        if lesson is None or self._given or view.snapshot.phase is not Phase.CREATED:
            start()
            return

        def answered(letter: str | None) -> None:
            if letter:
                self._given = letter
                start()

        from pcsim.tui.screens.lesson import LessonScreen

        if not isinstance(self._app.screen, LessonScreen):
            self._app.push_screen(LessonScreen(lesson), answered)

    def again(self) -> None:
        """Ask again: a run begins anew."""
        self._given = ""

    def line(self, view: View) -> str:
        """What is said of the lesson now; "" without one.

        Args:
            view: The run.
        """
        lesson = self._taken(view)
        if lesson is None:
            return ""
        if not self._given:
            return f"Question: {lesson.question}"
        if view.snapshot.phase.is_over:
            grade = lesson.grade(self._given, view.snapshot)
            self.is_answered_right |= grade.is_right
            return f"{grade.text} Task: {lesson.task}"
        text = next(one.text for one in lesson.choices if one.letter == self._given)
        return f"Your answer: {text}. Try: {lesson.try_it}"
