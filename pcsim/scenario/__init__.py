"""A whole producer-consumer system as frozen data, checked when it is made.

A spec may stand for several equal workers (`count`); `Scenario.workers` has one spec for each of
them.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from pcsim.errors import ScenarioError
from pcsim.scenario.changes import Change
from pcsim.scenario.connections import check_connections, check_queue
from pcsim.scenario.graph import find_cycle
from pcsim.scenario.parts import Bursts, End, OnError, Retry, Seconds
from pcsim.scenario.policies import Discipline, Overflow, Routing, Selection
from pcsim.scenario.roster import check_changes
from pcsim.scenario.specs import ConsumerSpec, ProducerSpec, QueueSpec, WorkerSpec, each_worker
from pcsim.validation import (
    LARGEST_NUMBER,
    MOST_QUEUES,
    MOST_WORKERS,
    check_time,
    check_unique,
    check_whole,
)

__all__ = [
    "Bursts",
    "Change",
    "ConsumerSpec",
    "Discipline",
    "End",
    "OnError",
    "Overflow",
    "ProducerSpec",
    "QueueSpec",
    "Retry",
    "Routing",
    "Scenario",
    "Selection",
    "WorkerSpec",
]


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A whole system: its queues and workers, and how a run of it begins and ends.

    Args:
        queues: 1 to 1,000 queues, each with a producer and a consumer.
        producers: The workers that make items; at most 10,000 with the consumers.
        consumers: The workers that take items.
        title: The system's title, in a line.
        description: What it is, or what it teaches.
        watch: What to look at while it runs.
        name: A short name, such as that of its file.
        seed: The seed of its random numbers, from 0 to 2**63 - 1.
        end: When a run ends by itself.
        warm_up: Seconds from the start that a simulation does not measure; "auto" finds them by
            the rule MSER-5.
        changes: Changes of the system while it runs, each with its time (`at`); of those at the
            same time, the first listed is made first.

    Raises:
        ScenarioError: A value is wrong, two names are equal, or a name is not that of a queue.

    >>> shop = Scenario(
    ...     queues=(QueueSpec("orders"),),
    ...     producers=(ProducerSpec("Shop", "orders", interval=0.5),),
    ...     consumers=(ConsumerSpec("Clerk", "orders", count=2),),
    ... )
    >>> [worker.name for worker in shop.workers]
    ['Shop', 'Clerk-1', 'Clerk-2']
    """

    queues: tuple[QueueSpec, ...] = ()
    producers: tuple[ProducerSpec, ...] = ()
    consumers: tuple[ConsumerSpec, ...] = ()
    title: str = ""
    description: str = ""
    watch: str = ""
    name: str = ""
    seed: Annotated[int, Meta(ge=0)] = 0
    end: End = End()
    warm_up: Seconds | Literal["auto"] = 0.0
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        check_unique("queue", self.queue_names)
        if not self.queues:
            raise ScenarioError("the system has no queue: add at least one", value=())
        declared: tuple[WorkerSpec, ...] = (*self.producers, *self.consumers)
        _check_most("workers", sum(worker.count for worker in declared), MOST_WORKERS)
        _check_most("queues", len(self.queues), MOST_QUEUES)
        check_unique("worker", tuple(worker.name for worker in self.workers))
        check_whole("seed", self.seed, LARGEST_NUMBER, least=0)
        if self.warm_up != "auto":
            check_time("warm_up", self.warm_up)
            if self.end.time is not None and self.warm_up >= self.end.time:
                raise warm_up_error(self.warm_up, self.end.time)
        check_connections(self.queue_names, self.producers, self.consumers)
        if self.changes:
            check_changes(self.changes, self)

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """Read the scenario in a TOML file.

        Raises:
            ScenarioFileError: The file has mistakes; the error has all of them.
            OSError: The file cannot be read.
        """
        from pcsim.scenario.file import load

        return load(Path(path), cls)

    @classmethod
    def parse(cls, text: str, name: str = "scenario.toml", folder: Path | None = None) -> Scenario:
        """Read the scenario in the text of a TOML file.

        Args:
            text: The text.
            name: The file's name, for the errors and as the scenario's name.
            folder: Where the CSV files are that it names; None refuses such files.

        Raises:
            ScenarioFileError: The text has mistakes; the error has all of them.
        """
        from pcsim.scenario.file import parse

        return parse(text, name, folder, cls)

    @cached_property
    def queue_names(self) -> tuple[str, ...]:
        """The names of the queues, in the order of their declaration."""
        return tuple(queue.name for queue in self.queues)

    @cached_property
    def workers(self) -> tuple[WorkerSpec, ...]:
        """One spec for each worker, producers first; those of one spec are `name-1`, `name-2`, …"""
        declared: tuple[WorkerSpec, ...] = (*self.producers, *self.consumers)
        return tuple(one for worker in declared for one in each_worker(worker))

    def check_queue(self, name: str, field: str) -> None:
        """Check that there is a queue of that name.

        Args:
            name: What should be the name of a queue.
            field: Where the name stands, for the message.

        Raises:
            ScenarioError: There is no such queue; the message has the closest match.
        """
        check_queue(name, self.queue_names, field)

    def cycle(self) -> tuple[str, ...]:
        """Return the stages of a cycle, in order, through which items can come back; () for
        none."""
        return find_cycle(self.consumers)


def _check_most(kind: str, number: int, most: int) -> None:
    if number > most:
        raise ScenarioError(f"more than {most:,} {kind}: {number:,}", field="", value=number)


def warm_up_error(warm_up: float, duration: float) -> ScenarioError:
    """Return the error for a warm-up that is not shorter than the run (both in seconds)."""
    expected = f"shorter than the run ({duration:g} s)"
    return ScenarioError(field="warm_up", value=warm_up, expected=expected, beside=("end",))
