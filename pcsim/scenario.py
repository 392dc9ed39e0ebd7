"""What a producer-consumer system is made of, as frozen data, checked where it is born."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pcsim.errors import ScenarioError, close_match
from pcsim.formatting import safe

LARGEST_CAPACITY = 10**9
MOST_WORKERS = 10_000
OnError = Literal["fail", "skip"]


class Overflow(StrEnum):
    """What a full queue does with an item that comes."""

    BLOCK = "block"
    DROP_NEW = "drop_new"
    DROP_OLD = "drop_old"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A place where items wait; `capacity` is a whole number from 1 to 10**9."""

    name: str
    capacity: int = 10
    overflow: Overflow = Overflow.BLOCK

    def __post_init__(self) -> None:
        _check_name("queue", self.name)
        _check_whole(f"capacity of queue {self.name!r}", self.capacity, LARGEST_CAPACITY)


@dataclass(frozen=True, slots=True)
class ProducerSpec:
    """A worker that makes items: after each `interval` seconds one more, `items` in all
    (None: endless, or until its source is)."""

    name: str
    queue: str
    interval: float = 0.1
    items: int | None = None

    def __post_init__(self) -> None:
        _check_name("producer", self.name)
        check_time(f"interval of producer {self.name!r}", self.interval)
        if self.items is not None:
            _check_whole(f"items of producer {self.name!r}", self.items, 10**18, least=0)


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A worker that takes items, works `service_time` seconds on each and delivers it.

    With an `output` it is a stage. It ends after `max_items`, or when its queues are closed
    and empty. `on_error` says whether an item that fails ends the run or is counted and
    skipped.
    """

    name: str
    queues: tuple[str, ...]
    service_time: float = 0.15
    max_items: int | None = None
    output: str | None = None
    on_error: OnError = "fail"

    def __post_init__(self) -> None:
        _check_name("consumer", self.name)
        check_time(f"service time of consumer {self.name!r}", self.service_time)
        if self.max_items is not None:
            _check_whole(f"max_items of consumer {self.name!r}", self.max_items, 10**18)
        if not self.queues:
            raise ScenarioError(f"consumer {self.name!r} takes from no queue: name at least one")
        if self.on_error not in ("fail", "skip"):
            raise ScenarioError(
                f"on_error of consumer {self.name!r} must be 'fail' or 'skip': {self.on_error!r}"
            )
        for name in self.queues:
            if self.queues.count(name) > 1:
                raise ScenarioError(f"consumer {self.name!r} lists queue {name!r} twice")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole system. Making one checks that its names fit together.

    `title` names it, `description` says what it teaches, `watch` what to look at.
    """

    queues: tuple[QueueSpec, ...] = ()
    producers: tuple[ProducerSpec, ...] = ()
    consumers: tuple[ConsumerSpec, ...] = ()
    title: str = ""
    description: str = ""
    watch: str = ""
    name: str = ""
    queue_names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = tuple(queue.name for queue in self.queues)
        object.__setattr__(self, "queue_names", names)
        _check_unique("queue", names)
        _check_unique(
            "worker", tuple(w.name for w in self.producers) + tuple(w.name for w in self.consumers)
        )
        if not self.queues:
            raise ScenarioError("the system has no queue: add at least one")
        if len(self.producers) + len(self.consumers) > MOST_WORKERS:
            raise ScenarioError(f"more than {MOST_WORKERS:,} workers")
        self._check_connections()

    def _check_connections(self) -> None:
        fed: set[str] = set()
        read: set[str] = set()
        for producer in self.producers:
            fed.add(self.known_queue(producer.queue, f"producer {producer.name!r}"))
        for consumer in self.consumers:
            read.update(self.known_queue(q, f"consumer {consumer.name!r}") for q in consumer.queues)
            if consumer.output is not None:
                fed.add(self.known_queue(consumer.output, f"output of {consumer.name!r}"))
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

    def cycle(self) -> tuple[str, ...]:
        """The stages of a cycle, in order, through which items can come back; () for none."""
        after = {
            worker.name: [w.name for w in self.consumers if worker.output in w.queues]
            for worker in self.consumers
            if worker.output is not None
        }
        finished: set[str] = set()
        for root in after:
            path = [root]
            branches = [iter(after[root])]
            while branches and root not in finished:
                following = next(branches[-1], None)
                if following is None:
                    branches.pop()
                    finished.add(path.pop())
                elif following in path:
                    return tuple(path[path.index(following) :])
                elif following in after and following not in finished:
                    path.append(following)
                    branches.append(iter(after[following]))
        return ()


def check_time(what: str, seconds: object) -> float:
    """The span as a float. Raises `ScenarioError` unless it is finite and 0 or more."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ScenarioError(f"{what} must be seconds, 0 or more: {_shown(seconds)}")
    try:
        span = float(seconds)
    except OverflowError:
        span = math.inf
    if not math.isfinite(span) or span < 0:
        raise ScenarioError(f"{what} must be finite seconds, 0 or more: {_shown(seconds)}")
    return span


def check_timeout(seconds: float) -> float:
    """A timeout in seconds. Raises ValueError unless it is finite and 0 or more."""
    return check_time("timeout", seconds)


def check_new_name(kind: str, name: str, taken: list[str]) -> None:
    """Raises `ScenarioError` where the name is taken."""
    _check_unique(kind, (*taken, name))


def _check_whole(what: str, number: object, largest: int, least: int = 1) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= largest:
        told = f"{least} or more (at most {largest:,}): {_shown(number)}"
        raise ScenarioError(f"{what} must be a whole number, {told}")


def _check_name(kind: str, name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise ScenarioError(f"a {kind}'s name must be a text that is not blank: {_shown(name)}")
    if len(name) > 200:
        raise ScenarioError(f"a {kind}'s name must have at most 200 characters: {len(name)}")


def _check_unique(kind: str, names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ScenarioError(f"there are two {kind}s named {name!r}: names must differ")
        seen.add(name)


def _shown(value: object) -> str:
    try:
        return safe(repr(value), 60)
    except Exception as error:  # noqa: BLE001 - a hostile repr is told, not hidden
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
