"""A whole producer-consumer system as frozen data, checked where it is born.

A spec may stand for several workers alike (`count`); `Scenario.workers` has one spec for each of
them.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from pcsim.errors import ScenarioError
from pcsim.scenario.connections import check_connections, check_queue
from pcsim.scenario.graph import find_cycle
from pcsim.scenario.parts import Bursts, End, OnError, Retry, Seconds
from pcsim.scenario.policies import Discipline, Overflow, Routing, Selection
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

    def check_queue(self, name: str, field: str) -> None:
        """Raise `ScenarioError` about the field if there is no queue of that name."""
        check_queue(name, self.queue_names, field)

    def cycle(self, *, blocking: bool = False) -> tuple[str, ...]:
        """The stages of a cycle, in order, through which items can come back; () for none.
        `blocking`: of one all of whose stages may wait for a slot without end."""
        return find_cycle(self.queues, self.consumers, blocking)


def _check_most(kind: str, number: int, most: int) -> None:
    if number > most:
        raise ScenarioError(f"more than {most:,} {kind}: {number:,}", field="", value=number)


def warm_up_error(warm_up: float, duration: float) -> ScenarioError:
    """Return the error for a warm-up that is not shorter than the run (both in seconds)."""
    expected = f"shorter than the run ({duration:g} s)"
    return ScenarioError(field="warm_up", value=warm_up, expected=expected, beside=("end",))
