"""The question of a lesson: a window with the answers to choose from."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from pcsim.lessons import Lesson
from pcsim.lessons.lesson import LETTERS
from pcsim.text import paragraph
from pcsim.tui.screens.modal import Window
from pcsim.tui.widgets.text_view import TextLine

WIDTH = 60


class LessonScreen(Window):
    """Returns the letter of the answer, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(letter, f"answer('{letter}')", show=False) for letter in LETTERS),
        Binding("enter", "nothing", "", show=False),
    ]

    def __init__(self, lesson: Lesson) -> None:
        self._letters = tuple(choice.letter for choice in lesson.choices)
        super().__init__("Before it starts", lines(lesson))

    def action_answer(self, letter: str) -> None:
        """Close the window with that answer, if there is one."""
        if letter in self._letters:
            self.dismiss(letter)

    def action_nothing(self) -> None:
        """Do nothing on enter: an answer is a letter."""


def lines(lesson: Lesson) -> list[TextLine]:
    """Return the question as lines."""
    asked: list[TextLine] = [[(line, "strong")] for line in paragraph(lesson.question, WIDTH)]
    answers: list[TextLine] = [
        [(f"{choice.letter}   ", "key"), (choice.text, "text")] for choice in lesson.choices
    ]
    return [*asked, [], *answers, [], [("esc ", "key"), ("not yet", "text")]]
