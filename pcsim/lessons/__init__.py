"""Lessons: a demo with a question before it starts, something to try, and a task to solve.

The run itself gives the right answer: it is read from the snapshot at its end. So it is right for
every engine and every seed, and nothing has to be kept in step with the scenario.
"""

from __future__ import annotations

from pcsim.lessons.lesson import Answer, Choice, Grade, Lesson
from pcsim.lessons.teaching import LESSONS, find

__all__ = ["LESSONS", "Answer", "Choice", "Grade", "Lesson", "find"]
