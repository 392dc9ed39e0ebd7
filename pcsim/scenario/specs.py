"""What a scenario consists of: specs of queues and workers, each checked where it is born.

The fields of the specs are the keys of a scenario file, by the same names.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import force_setattr, replace

from pcsim.distributions import Instants, Time, mean_of, said, variance_of
from pcsim.errors import ScenarioError, close_match
from pcsim.scenario.policies import Discipline, Overflow, Routing, Selection
from pcsim.validation import (
    check_listed,
    check_name,
    check_share,
    check_time,
    check_weight,
    check_whole,
    shown,
)

LARGEST_CAPACITY = 10**9
FARTHEST_PRIORITY = 10**9
MOST_WORKERS = 10_000
MOST_BURSTS = 1_000_000
"""So many bursts of a producer in one of its intervals, on average, take about 0.2 s."""

# What the JSON Schema alone is told, the specs check themselves: their errors say the value.
Names: TypeAlias = str | Annotated[tuple[str, ...], Meta(extra_json_schema={"uniqueItems": True})]
Priority: TypeAlias = Annotated[
    int, Meta(extra_json_schema={"minimum": -FARTHEST_PRIORITY, "maximum": FARTHEST_PRIORITY})
]
Seconds: TypeAlias = Annotated[float, Meta(ge=0)]


class Bursts(Struct, frozen=True, forbid_unknown_fields=True):
    """A producer that is active for a time `on`, then silent for a time `off`, and so on; its
    interval passes only while it is active."""

    on: Time
    off: Time

    def __post_init__(self) -> None:
        check_span("on of bursts", self.on)
        if not mean_of(self.on):
            raise ScenarioError(f"on of bursts must be above 0 seconds on average: {said(self.on)}")
        check_span("off of bursts", self.off)


class Retry(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of an item that fails: it is worked on again, up to `retries` times, and
    after that goes into the queue `dead_letter`."""

    retries: Annotated[int, Meta(ge=1, le=1000)]
    dead_letter: str

    def __post_init__(self) -> None:
        check_whole("retries", self.retries, 1000)


OnError: TypeAlias = Literal["fail", "skip"] | Retry


class End(Struct, frozen=True, forbid_unknown_fields=True):
    """When a run ends by itself: at a `time` (seconds from its start), when `items` have been
    produced in all and dealt with, or (neither) when all input has been."""

    time: Annotated[float, Meta(gt=0)] | None = None
    items: Annotated[int, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        if self.time is not None and check_time("end.time", self.time) <= 0:
            raise ScenarioError("end.time must be above 0 seconds: 0")
        if self.items is not None:
            check_whole("end.items", self.items, 10**18)


class QueueSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A place where items wait; `capacity` is a whole number from 1 to 10**9."""

    name: str
    capacity: Annotated[int, Meta(ge=1, le=LARGEST_CAPACITY)] = 10
    overflow: Overflow = Overflow.BLOCK
    discipline: Discipline = Discipline.FIFO

    def __post_init__(self) -> None:
        check_name("queue", self.name)
        _choose(self, overflow=Overflow, discipline=Discipline)
        check_whole(f"capacity of queue {self.name!r}", self.capacity, LARGEST_CAPACITY)


class ProducerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A worker that makes items: after each `interval` one more, `items` in all (None: endless,
    or until its source is), into its `queue` or, by its `routing`, into one of several.

    An item that finds no slot within `put_timeout` seconds is dropped (None: it waits).
    """

    name: str
    queue: Names
    interval: Time = 0.1
    items: Annotated[int, Meta(ge=0)] | None = None
    count: Annotated[int, Meta(ge=1)] = 1
    routing: Routing = Routing.ROUND_ROBIN
    weights: tuple[float, ...] = ()
    put_timeout: Seconds | None = None
    bursts: Bursts | None = None
    priority: Priority = 0

    def __post_init__(self) -> None:
        who = f"producer {self.name!r}"
        check_name("producer", self.name)
        check_span(f"interval of {who}", self.interval, instants=True)
        if self.items is not None:
            check_whole(f"items of {who}", self.items, 10**18, least=0)
        check_whole(f"count of {who}", self.count, MOST_WORKERS)
        most = FARTHEST_PRIORITY
        check_whole(f"priority of {who}", self.priority, most, least=-most)
        check_listed(who, self.outputs, "puts into")
        _choose(self, routing=Routing)
        _check_weights(who, self.routing, self.weights, len(self.outputs))
        if self.put_timeout is not None:
            check_time(f"put_timeout of {who}", self.put_timeout)
        if self.bursts is not None:
            _check_bursts(who, self.interval, self.bursts)

    @property
    def inputs(self) -> tuple[str, ...]:
        """None: a producer takes from nowhere."""
        return ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """The queues it puts into."""
        return _names(self.queue)

    @property
    def ways(self) -> int:
        """How many of its outputs its routing chooses among: all of them."""
        return len(self.outputs)


class ConsumerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A worker that takes items, works `service_time` on each and delivers it.

    With an `output` it is a stage; with several, `routing` says which. It ends after
    `max_items`, or when its queues are closed and empty. `on_error` says what becomes of an
    item that fails: it ends the run, is counted and skipped, or tried again. In a simulation an
    item fails with `failure_probability`, from 0 to 1.
    """

    name: str
    queue: Names
    service_time: Time = 0.15
    max_items: Annotated[int, Meta(ge=1)] | None = None
    output: Names | None = None
    on_error: OnError = "fail"
    count: Annotated[int, Meta(ge=1)] = 1
    selection: Selection = Selection.ROUND_ROBIN
    routing: Routing = Routing.ROUND_ROBIN
    weights: tuple[float, ...] = ()
    put_timeout: Seconds | None = None
    failure_probability: Annotated[float, Meta(ge=0, le=1)] = 0.0

    def __post_init__(self) -> None:
        who = f"consumer {self.name!r}"
        check_name("consumer", self.name)
        check_span(f"service time of {who}", self.service_time)
        if self.max_items is not None:
            check_whole(f"max_items of {who}", self.max_items, 10**18)
        check_whole(f"count of {who}", self.count, MOST_WORKERS)
        check_listed(who, self.inputs, "takes from")
        if self.on_error not in ("fail", "skip") and not isinstance(self.on_error, Retry):
            told = f"must be 'fail', 'skip' or retries: {shown(self.on_error)}"
            raise ScenarioError(f"on_error of {who} {told}")
        if self.output is not None:
            check_listed(who, self.outputs[: self.ways], "puts into")
        _choose(self, selection=Selection, routing=Routing)
        _check_weights(who, self.routing, self.weights, len(_ways(self.output)))
        if self.put_timeout is not None:
            check_time(f"put_timeout of {who}", self.put_timeout)
        check_share(f"failure_probability of {who}", self.failure_probability)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The queues it takes from."""
        return _names(self.queue)

    @property
    def dead_letter(self) -> str | None:
        """The queue for items that failed too often."""
        return self.on_error.dead_letter if isinstance(self.on_error, Retry) else None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The queues it puts into, that for dead letters last."""
        ways = _ways(self.output)
        if self.dead_letter is None or self.dead_letter in ways:
            return ways
        return (*ways, self.dead_letter)

    @property
    def ways(self) -> int:
        """How many of its outputs, from the first, its routing chooses among."""
        return len(_ways(self.output))


WorkerSpec: TypeAlias = ProducerSpec | ConsumerSpec


def check_span(what: str, time: object, *, instants: bool = False) -> None:
    """Raises `ScenarioError` unless it is seconds, 0 or more, or a distribution of such."""
    if not isinstance(time, Struct):
        check_time(what, time)
    elif isinstance(time, Instants) and not instants:
        raise ScenarioError(f"{what} cannot be a list of instants: those are for an interval")


def _check_bursts(who: str, interval: Time, bursts: Bursts) -> None:
    """Bursts need an interval that passes while they are on, and may not be so short that one
    interval takes more of them than anybody waits for."""
    if isinstance(interval, Instants):
        raise ScenarioError(f"bursts of {who} do not go with an interval of recorded instants")
    mean = mean_of(interval)
    if not mean:
        raise ScenarioError(f"bursts of {who} need an interval above 0 seconds: {said(interval)}")
    # The mean of the interval in which an instant falls: long ones have more of the instants.
    if mean + variance_of(interval) / mean > MOST_BURSTS * mean_of(bursts.on):
        told = f"more than {MOST_BURSTS:,} bursts in one interval ({said(interval)})"
        raise ScenarioError(f"on of bursts of {who} is too short: {told}")


def _choose(spec: QueueSpec | WorkerSpec, **among: type[StrEnum]) -> None:
    """Each of these fields is a member of its enum, be it given by its name."""
    for field, kind in among.items():
        if (value := getattr(spec, field)) not in list(kind):
            told = f"{shown(value)}{close_match(str(value), list(kind))}"
            raise ScenarioError(f"{field} of {spec.name!r} cannot be {told}")
        force_setattr(spec, field, kind(value))


def _names(names: Names) -> tuple[str, ...]:
    if isinstance(names, str):
        return (names,)
    if not isinstance(names, (tuple, list)):
        raise ScenarioError(
            f"a queue must be named by a text, or several by a list: {shown(names)}"
        )
    return tuple(names)


def _ways(output: Names | None) -> tuple[str, ...]:
    return () if output is None else _names(output)


def _check_weights(who: str, routing: Routing, weights: tuple[float, ...], outputs: int) -> None:
    if not weights:
        return
    if routing is not Routing.RANDOM:
        raise ScenarioError(f"weights of {who} go with routing 'random', not {routing.value!r}")
    if len(weights) != outputs:
        told = f"one for each of its {outputs} queues: {len(weights)}"
        raise ScenarioError(f"weights of {who} must be {told}")
    for weight in weights:
        check_weight(f"a weight of {who}", weight)
    if not sum(weights):
        raise ScenarioError(f"weights of {who} must not all be 0")


def each_worker(worker: WorkerSpec) -> list[WorkerSpec]:
    """One spec for each worker that it stands for: `name-1`, `name-2` and so on."""
    if worker.count == 1:
        return [worker]
    return [
        replace(worker, name=f"{worker.name}-{number}", count=1)
        for number in range(1, worker.count + 1)
    ]
