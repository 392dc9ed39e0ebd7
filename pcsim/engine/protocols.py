"""What a run, its workers and its queues agree on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Protocol

from pcsim.engine.books.histogram import TimeStatistics
from pcsim.engine.books.ledger import QueueGauge
from pcsim.engine.item import Item
from pcsim.scenario import QueueSpec


class RunQueue(Protocol):
    """What a run needs of its queues."""

    spec: QueueSpec
    index: int
    base: int
    is_shutdown: bool

    @property
    def waiting_times(self) -> TimeStatistics:
        """How long items waited in it."""

    @property
    def is_over(self) -> bool:
        """Closed, and nothing is in it or on its way."""

    def open(self, at: float) -> None:
        """The run begins."""

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse putters; `immediate` discards what is queued."""

    def empty_out(self) -> None:
        """At the end: discard what is left."""

    def end_marks(self, at: float) -> None:
        """At the end: close the spans that are open."""

    def depth(self) -> int:
        """How many items are queued."""

    def gauge(self) -> QueueGauge:
        """What is known beside the counts."""

    def waiting(self) -> list[Item]:
        """What is queued, the next to go first."""


class RunFlags:
    """What controls have asked for. Workers read it without a lock."""

    __slots__ = ("aborting", "holds_producers", "paused", "stopping")

    def __init__(self) -> None:
        self.paused = self.stopping = self.aborting = self.holds_producers = False

    @property
    def pauses(self) -> bool:
        """Whether producers are to stand still, and not to end."""
        return self.paused and not self.stopping


def up_to(limit: int, numbers: Iterator[int], enough: Callable[[], object]) -> Iterator[int]:
    """So many numbers (1 or more), for any number of threads. Before the last of them `enough`
    is called: no producer is to wait for its next interval just to find that there is none."""
    return chain(islice(numbers, limit - 1), _Last(islice(numbers, 1), enough))


class _Last:
    """The last number. While it calls `enough` others may ask, and find that there is none left;
    that of the first is not lost by it, as it is with `iter(callable, sentinel)`."""

    __slots__ = ("_enough", "_numbers")

    def __init__(self, numbers: Iterator[int], enough: Callable[[], object]) -> None:
        self._numbers = numbers
        self._enough = enough

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        number = next(self._numbers)
        self._enough()
        return number
