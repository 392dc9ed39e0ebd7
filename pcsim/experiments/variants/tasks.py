"""What is to be done, as a task asks for it, and in pieces that are handed over."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Generic, NamedTuple, TypeVar

from pcsim.experiments.variants.measures import Measure, Reading
from pcsim.experiments.variants.units import Seen, Unit
from pcsim.scenario import Scenario

MOST_TRIES = 3
"""How often a unit may end its process before it counts as failed."""

Answer = TypeVar("Answer")


class Ask(NamedTuple):
    """Replications that a task wants."""

    scenario: Scenario
    measures: tuple[Measure, ...]
    first: int
    number: int


class Got(NamedTuple):
    """What was seen of them, in their order.

    Attributes:
        runs: For each run its readings; fewer than asked for where one failed.
        grown: The queues that grew as long as each of them lasted.
        error: Why a run failed; "" where none did.
    """

    runs: list[tuple[Reading, ...]]
    grown: tuple[tuple[str, ...], ...] = ()
    error: str = ""


Task = Generator[Ask, Got, Answer]


class Active(Generic[Answer]):
    """A task that has begun, and what it waits for."""

    def __init__(self, number: int, task: Task[Answer]) -> None:
        self.number = number
        self.task = task
        self.seen: dict[int, Seen] = {}
        self.left = 0
        self.seconds = 0.0
        """Of one of its runs; 0 while none was made."""

    def got(self) -> Got:
        """What it has asked for, put together by number."""
        parts = [self.seen[first] for first in sorted(self.seen)]
        runs: list[tuple[Reading, ...]] = []
        grown: list[tuple[str, ...]] = []
        for part in parts:
            runs += part.runs
            grown += part.grown
            if part.error:
                return Got(runs, tuple(grown), part.error)
        return Got(runs, tuple(grown))


class Piece:
    """A unit that waits to be done, or is being done."""

    def __init__(self, active: Active[Any], unit: Unit, seconds: float) -> None:
        self.active = active
        self.unit = unit
        self.seconds = seconds
        """How long it takes, as it was expected when it was asked for."""
        self.tries = 0

    @property
    def is_suspect(self) -> bool:
        """Whether it is done alone: it may be what ends processes."""
        return self.tries >= MOST_TRIES - 1


def gaps(ask: Ask, found: dict[int, Seen]) -> list[tuple[int, int]]:
    """The replications of it that were not found, as ranges."""
    gaps: list[tuple[int, int]] = []
    for number in range(ask.first, ask.first + ask.number):
        if number in found:
            continue
        if gaps and gaps[-1][1] == number:
            gaps[-1] = (gaps[-1][0], number + 1)
        else:
            gaps.append((number, number + 1))
    return gaps
