"""Every error that pcsim raises on purpose, and the close match that its messages offer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class PcsimError(Exception):
    """The root of pcsim's own errors. Each comes whole out of another process, but its cause."""

    def __reduce__(self) -> tuple[Any, ...]:
        # By what it holds: the arguments it was made with are not those that it tells.
        return _revived, (type(self), self.args), self.__dict__


class ScenarioError(PcsimError, ValueError):
    """A description that cannot be run: a wrong capacity, time, name or connection."""


class EndlessError(ScenarioError):
    """A scenario that would run for ever, where a run with an end is asked for."""


class TheoryError(PcsimError, ValueError):
    """Numbers that a formula has no answer for, such as a load under which a queue grows without
    end."""


class Problem(NamedTuple):
    """What is wrong on a line of a file, and what would be right; the first line is 1."""

    line: int
    text: str


class ScenarioFileError(ScenarioError):
    """A scenario file that cannot be run: `problems` has all that is wrong with it, by line.

    Its text has a line `file:line: what is wrong, and what would be right` for each.
    """

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(f"{file}:{line}: {text}" for line, text in problems))
        self.file = file
        self.problems = problems


class PhaseError(PcsimError, RuntimeError):
    """A control used in a phase of the run that does not allow it, such as a second start."""


class QueueOverflowError(PcsimError):
    """An item met a full queue whose overflow policy is `fail`."""


class SimulatedFailure(PcsimError):
    """What a consumer raises on an item that fails by its `failure_probability`."""


class WorkerError(PcsimError):
    """The run's first error: which worker failed, and on which of its items.

    `worker` is its name, `item_number` counts that worker's items from 1 (0: before the
    first). The original exception is the `__cause__`.
    """

    def __init__(self, worker: str, item_number: int, message: str) -> None:
        super().__init__(f"{worker} failed on item {item_number}: {message}")
        self.worker = worker
        self.item_number = item_number


class Wait(NamedTuple):
    """A worker that waits at queues, as part of a deadlock."""

    worker: str
    queues: tuple[str, ...]
    """One that is full, or all of its inputs, which are empty."""
    reason: str
    """`full` or `empty`."""


class DeadlockError(PcsimError):
    """Workers wait for each other, and nothing can release them.

    Raised by `join` and `run` when a cycle of stages has filled up. Let one queue of the cycle
    drop what does not fit, give a stage a `put_timeout`, or make the queues larger than the
    number of items that go round.

    Attributes:
        waits: One `Wait` for each of the workers.
    """

    def __init__(self, waits: tuple[Wait, ...]) -> None:
        lines = (f"{one.worker} waits on {'/'.join(one.queues)} ({one.reason})" for one in waits)
        super().__init__(f"deadlock: {'; '.join(lines)}")
        self.waits = waits


def _revived(kind: type[PcsimError], told: tuple[Any, ...]) -> PcsimError:
    return kind.__new__(kind, *told)


def close_match(word: str, known: Iterable[str]) -> str:
    """`"; did you mean 'main'?"`, or what is known, or nothing: the end of an error's line.
    Capital letters are no difference."""
    from difflib import get_close_matches

    names = list(known)
    # Alike takes time that grows with the square of the length: what is long is not compared.
    short = [name for name in names if abs(len(name) - len(word)) <= 4] if len(word) < 50 else []
    small = {name.lower(): name for name in reversed(short[:100])}
    if near := get_close_matches(word.lower(), small, n=1):
        return f"; did you mean {small[near[0]]!r}?"
    if names:
        return f"; known: {', '.join(map(repr, names[:8]))}{', …' if len(names) > 8 else ''}"
    return ""
