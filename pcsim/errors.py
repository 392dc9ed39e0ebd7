"""Every error that pcsim raises on purpose, and the close match that its messages offer."""

from __future__ import annotations

from collections.abc import Iterable


class PcsimError(Exception):
    """The root of pcsim's own errors."""


class ScenarioError(PcsimError, ValueError):
    """A description that cannot be run: a wrong capacity, time, name or connection."""


class TheoryError(PcsimError, ValueError):
    """Numbers that a formula has no answer for, such as a load under which a queue grows without
    end."""


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


class DeadlockError(PcsimError):
    """Workers that wait for each other and that nothing can release.

    `waits` has one `(worker, queue, reason)` for each of them.
    """

    def __init__(self, waits: tuple[tuple[str, str, str], ...]) -> None:
        told = "; ".join(f"{worker} waits on {queue} ({reason})" for worker, queue, reason in waits)
        super().__init__(f"deadlock: {told}")
        self.waits = waits


def close_match(word: str, known: Iterable[str]) -> str:
    """`"; did you mean 'main'?"`, or what is known, or nothing: the end of an error's line."""
    from difflib import get_close_matches

    names = list(known)
    if near := get_close_matches(word, names, n=1):
        return f"; did you mean {near[0]!r}?"
    if names:
        return f"; known: {', '.join(map(repr, names[:8]))}{', …' if len(names) > 8 else ''}"
    return ""
