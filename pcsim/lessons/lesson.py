"""What a lesson consists of, and how an answer and a solution are graded."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pcsim.scenario import ProducerSpec, Scenario
from pcsim.scenario.demos import find as find_demo
from pcsim.snapshot import Snapshot
from pcsim.text import either, safe

LETTERS = "abcdefgh"
"""The names of choices, from the first."""


class Choice(NamedTuple):
    """One of the answers that may be given.

    Attributes:
        letter: Its name: `a`, `b` and so on.
        text: What it says.
    """

    letter: str
    text: str


class Answer(NamedTuple):
    """The right answer, as a run has given it.

    Attributes:
        letter: The name of the choice that is right.
        because: What was seen in the run, as a sentence.
    """

    letter: str
    because: str


class Grade(NamedTuple):
    """What became of an answer or a solution.

    Attributes:
        is_right: Whether it is right.
        text: Why, as a sentence or two.
    """

    is_right: bool
    text: str


class Lesson(NamedTuple):
    """A demo, with a question, something to try while it runs, and a task.

    Attributes:
        demo: The name of the demo.
        question: What is asked before it starts.
        texts: The answers to choose from, in the order of their letters.
        observe: Reads the right answer from the snapshot at the end of a run: the index of one of
            `texts`, and what was seen.
        try_it: What to try in the app while it runs.
        task: What a changed scenario has to do. The producers stay as they are.
        is_solved: Whether a run of a changed scenario does it, and what was seen.
    """

    demo: str
    question: str
    texts: tuple[str, ...]
    observe: Callable[[Snapshot], tuple[int, str]]
    try_it: str
    task: str
    is_solved: Callable[[Scenario, Snapshot], tuple[bool, str]]

    @property
    def scenario(self) -> Scenario:
        """The scenario of the demo."""
        return find_demo(self.demo)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The answers to choose from."""
        return tuple(map(Choice, LETTERS, self.texts))

    def answer(self, snapshot: Snapshot) -> Answer:
        """Return the right answer.

        Args:
            snapshot: That of the end of a run of the demo.
        """
        index, because = self.observe(snapshot)
        return Answer(LETTERS[index], because)

    def grade(self, letter: str, snapshot: Snapshot) -> Grade:
        """Grade an answer by what a run of the demo did.

        Args:
            letter: The name of the choice.
            snapshot: That of the end of the run.

        Raises:
            ValueError: There is no such choice.
        """
        chosen = letter.strip().lower()
        if chosen not in [choice.letter for choice in self.choices]:
            raise ValueError(f"the answer is {either(list(LETTERS[: len(self.texts)]))}")
        right = self.answer(snapshot)
        if chosen == right.letter:
            return Grade(True, f"Your answer is right. {right.because}")
        text = self.choices[LETTERS.index(right.letter)].text
        return Grade(
            False, f"Your answer is wrong. {right.because} The right one is {right.letter}, {text}."
        )

    def grade_solution(self, scenario: Scenario, snapshot: Snapshot) -> Grade:
        """Grade a changed scenario by what a run of it did.

        Args:
            scenario: The scenario, with the producers of the demo.
            snapshot: That of the end of a run of it.
        """
        changed = _changed_producer(self.scenario, scenario)
        if changed:
            return Grade(False, f"{changed}: solve it with the producers as they are.")
        if snapshot.failure is not None:
            return Grade(False, f"Not yet: the run failed: {safe(snapshot.failure.message)}")
        is_right, seen = self.is_solved(scenario, snapshot)
        return Grade(is_right, f"Solved: {seen}" if is_right else f"Not yet: {seen}")


def _changed_producer(demo: Scenario, scenario: Scenario) -> str:
    """Return what is not as in the demo about its producers; "" for nothing.

    The queues they put into may be others: what they make, and when, stays.
    """
    theirs = {spec.name: _supply(spec) for spec in scenario.producers}
    for spec in demo.producers:
        if spec.name not in theirs:
            return f"producer {safe(spec.name)} is missing"
        if theirs.pop(spec.name) != _supply(spec):
            return f"producer {safe(spec.name)} is not as in the lesson"
    for left in theirs:
        return f"producer {safe(left)} is not in the lesson"
    if scenario.end != demo.end:
        return "the end of the run is not as in the lesson"
    return ""


def _supply(spec: ProducerSpec) -> tuple[object, ...]:
    return spec.interval, spec.items, spec.count, spec.bursts, spec.put_timeout
