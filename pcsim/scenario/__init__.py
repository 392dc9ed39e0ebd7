"""A whole producer-consumer system as frozen data, checked where it is born.

A spec may stand for several workers alike (`count`); `Scenario.workers` has one spec for each of
them.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from pcsim.errors import ScenarioError, close_match
from pcsim.scenario.graph import find_cycle
from pcsim.scenario.policies import Discipline, Overflow, Routing, Selection
from pcsim.scenario.specs import (
    MOST_WORKERS,
    Bursts,
    ConsumerSpec,
    End,
    OnError,
    ProducerSpec,
    QueueSpec,
    Retry,
    Seconds,
    WorkerSpec,
    each_worker,
)
from pcsim.validation import check_time, check_unique, check_whole

__all__ = [
    "Bursts",
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

MOST_QUEUES = 1_000


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A whole system. Making one checks that its names fit together.

    `title` names it, `description` says what it teaches, `watch` what to look at. `seed` (0 or
    more) begins its random numbers. What happens before `warm_up` seconds is left out of the
    measures of a simulation; "auto" finds that time by MSER-5.
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

    def __post_init__(self) -> None:
        check_unique("queue", self.queue_names)
        if not self.queues:
            raise ScenarioError("the system has no queue: add at least one")
        declared: tuple[WorkerSpec, ...] = (*self.producers, *self.consumers)
        if (many := sum(worker.count for worker in declared)) > MOST_WORKERS:
            raise ScenarioError(f"more than {MOST_WORKERS:,} workers: {many:,}")
        if len(self.queues) > MOST_QUEUES:
            raise ScenarioError(f"more than {MOST_QUEUES:,} queues: {len(self.queues):,}")
        check_unique("worker", tuple(worker.name for worker in self.workers))
        check_whole("seed", self.seed, 2**63 - 1, least=0)
        if self.warm_up != "auto":
            check_time("warm_up", self.warm_up)
            if self.end.time is not None and self.warm_up >= self.end.time:
                raise ScenarioError(too_long(self.warm_up, self.end.time))
        self._check_connections()

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """The scenario in a TOML file. Raises `ScenarioFileError`, which tells all that is
        wrong with it, and OSError where it cannot be read."""
        from pcsim.scenario.file import load

        return load(Path(path), cls)

    @classmethod
    def parse(cls, text: str, name: str = "scenario.toml", folder: Path | None = None) -> Scenario:
        """The scenario in the TOML `text` of a file of that name; CSV files that it names are
        looked for in the folder, or refused (None). Raises `ScenarioFileError`."""
        from pcsim.scenario.file import parse

        return parse(text, name, folder, cls)

    @cached_property
    def queue_names(self) -> tuple[str, ...]:
        """In the order in which they are declared."""
        return tuple(queue.name for queue in self.queues)

    @cached_property
    def workers(self) -> tuple[WorkerSpec, ...]:
        """One spec for each worker, producers first; of several alike, `name-1`, `name-2`, …"""
        declared: tuple[WorkerSpec, ...] = (*self.producers, *self.consumers)
        return tuple(alike for worker in declared for alike in each_worker(worker))

    def _check_connections(self) -> None:
        fed, read = set[str](), set[str]()
        for producer in self.producers:
            fed.update(self.known_queue(q, f"producer {producer.name!r}") for q in producer.outputs)
        for consumer in self.consumers:
            read.update(self.known_queue(q, f"consumer {consumer.name!r}") for q in consumer.inputs)
            for name in consumer.outputs:
                fed.add(self.known_queue(name, f"output of {consumer.name!r}"))
        for name in self.queue_names:
            if name not in fed:
                raise ScenarioError(f"queue {name!r} has no producer: nothing will ever come")
            if name not in read:
                raise ScenarioError(f"queue {name!r} has no consumer: it would fill and block")

    def known_queue(self, name: str, of_whom: str) -> str:
        """The name, when there is such a queue. Raises `ScenarioError` with the close match."""
        if name in self.queue_names:
            return name
        match = close_match(str(name), self.queue_names)
        raise ScenarioError(f"{of_whom} names an unknown queue {name!r}{match}")

    def cycle(self, *, blocking: bool = False) -> tuple[str, ...]:
        """The stages of a cycle, in order, through which items can come back; () for none.
        `blocking`: of one all of whose stages may wait for a slot without end."""
        return find_cycle(self.queues, self.consumers, blocking)


def too_long(warm_up: float, lasts: float) -> str:
    """What is wrong with a warm-up (seconds) that a run, which lasts so long, does not outlast."""
    return f"warm_up must be shorter than the run: {warm_up:g} of {lasts:g} s"
