"""Simulations for tests: each is done when its answer is asked for, in the thread that asks."""

from __future__ import annotations

from typing import Any

from pcsim.experiments.advice_tasks import RowsFound, ThreadsFound, ThreadsTask
from pcsim.experiments.background import Answer, Work


class AtOnce:
    """Does each task once."""

    def __init__(self) -> None:
        self._answers: dict[object, Any] = {}

    def answer(self, task: Work[Answer]) -> Answer | None:
        """What was found."""
        if task.key not in self._answers:
            self._answers[task.key] = task.done()
        answer: Answer = self._answers[task.key]
        return answer

    def close(self) -> None:
        """Nothing is left over."""


class Evenly(AtOnce):
    """Says of all work that it took as long, and at once what a run on threads gave."""

    def answer(self, task: Work[Any]) -> Any:
        """What was found."""
        if isinstance(task, ThreadsTask):
            return ThreadsFound(100, 3.5)
        found = super().answer(task)
        if isinstance(found, RowsFound):
            return found._replace(seconds=0.2 * len(found.rows))
        return found
