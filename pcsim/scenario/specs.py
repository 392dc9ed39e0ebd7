"""The specs of queues, producers and consumers, each checked when it is made.

The fields of the specs are the keys of a scenario file, by the same names.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import force_setattr, replace

from pcsim.distributions import Instants, Time, describe, mean_of, variance_of
from pcsim.errors import ScenarioError
from pcsim.scenario.parts import (
    Bursts,
    Names,
    OnError,
    Priority,
    Retry,
    Seconds,
    check_distribution,
)
from pcsim.scenario.policies import Discipline, Overflow, Routing, Selection
from pcsim.text import either, plural
from pcsim.validation import (
    LARGEST_CAPACITY,
    LARGEST_COUNT,
    LARGEST_PRIORITY,
    MOST_BURSTS,
    MOST_WORKERS,
    check_listed,
    check_name,
    check_probability,
    check_time,
    check_weight,
    check_whole,
)


class QueueSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A place where items wait.

    Args:
        name: 1 to 200 characters, not blank.
        capacity: The number of items that it can hold: whole, from 1 to 10**9.
        overflow: What happens to an item that comes while the queue is full.
        discipline: Which of its items the queue gives first.

    Raises:
        ScenarioError: A value is wrong.

    >>> QueueSpec("orders", capacity=5, overflow="drop_new").overflow.drops
    'incoming'
    """

    name: str
    capacity: Annotated[int, Meta(ge=1, le=LARGEST_CAPACITY)] = 10
    overflow: Overflow = Overflow.BLOCK
    discipline: Discipline = Discipline.FIFO

    def __post_init__(self) -> None:
        check_name("queue", self.name)
        owner = f"queue {self.name!r}"
        _check_policies(self, owner, overflow=Overflow, discipline=Discipline)
        check_whole("capacity", self.capacity, LARGEST_CAPACITY, owner=owner)


class ProducerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A worker that makes items and puts them into queues.

    Args:
        name: 1 to 200 characters, not blank.
        queue: The name of the queue it puts into, or several names, among which `routing` chooses.
        interval: Seconds before each item, 0 or more, or a distribution.
        items: The number of items it makes (0 or more); None for no limit.
        count: The number of workers that this spec stands for, 1 to 10,000.
        routing: Which of several queues an item goes to.
        weights: With random routing, the share of each queue, in proportion; () for equal shares.
        put_timeout: Seconds that an item waits for a slot before it is dropped; None: no limit.
        bursts: Times in which it is active and silent, by turns.
        priority: That of its items in a queue with that discipline; the smallest goes first.

    Raises:
        ScenarioError: A value is wrong.

    >>> ProducerSpec("Shop", "orders", interval=0.5, items=100).outputs
    ('orders',)
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
        check_name("producer", self.name)
        owner = f"producer {self.name!r}"
        check_distribution("interval", self.interval, owner, instants=True)
        if self.items is not None:
            check_whole("items", self.items, LARGEST_COUNT, least=0, owner=owner)
        check_whole("count", self.count, MOST_WORKERS, owner=owner)
        check_whole("priority", self.priority, LARGEST_PRIORITY, -LARGEST_PRIORITY, owner=owner)
        check_listed("queue", _names("queue", self.queue, owner), owner)
        _check_policies(self, owner, routing=Routing)
        _check_weights(owner, self.routing, self.weights, "queue", len(self.outputs))
        if self.put_timeout is not None:
            check_time("put_timeout", self.put_timeout, owner)
        if self.bursts is not None:
            _check_bursts(owner, self.interval, self.bursts)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The queues it takes from: none."""
        return ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """The queues it puts into."""
        return _names("queue", self.queue)

    @property
    def ways(self) -> int:
        """The number of its outputs among which its routing chooses: all of them."""
        return len(self.outputs)


class ConsumerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A worker that takes items from queues and works on them; with an output it is a stage.

    It ends after `max_items`, or when its queues are closed and empty.

    Args:
        name: 1 to 200 characters, not blank.
        queue: The name of the queue it takes from, or several names, among which `selection`
            chooses.
        service_time: Seconds of work on each item, 0 or more, or a distribution.
        max_items: The number of items after which it ends (1 or more); None for no limit.
        output: The name of the queue that its items go on to, or several names, among which
            `routing` chooses; None: it delivers them.
        on_error: What happens after an item fails: `"fail"` ends the run, `"skip"` counts the item
            and goes on, a `Retry` tries it again.
        count: The number of workers that this spec stands for, 1 to 10,000.
        selection: Which of several queues it takes from.
        routing: Which of several outputs an item goes to.
        weights: With random routing, the share of each output, in proportion; () for equal shares.
        put_timeout: Seconds that an item waits for a slot before it is dropped; None: no limit.
        failure_probability: The probability from 0 to 1 that an item fails, in a simulation.

    Raises:
        ScenarioError: A value is wrong.

    >>> ConsumerSpec("Clerk", ("orders", "refunds"), service_time=0.2).inputs
    ('orders', 'refunds')
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
        check_name("consumer", self.name)
        owner = f"consumer {self.name!r}"
        check_distribution("service_time", self.service_time, owner)
        if self.max_items is not None:
            check_whole("max_items", self.max_items, LARGEST_COUNT, owner=owner)
        check_whole("count", self.count, MOST_WORKERS, owner=owner)
        check_listed("queue", _names("queue", self.queue, owner), owner)
        if self.on_error not in ("fail", "skip") and not isinstance(self.on_error, Retry):
            expected, known = "'fail', 'skip' or a Retry", ("fail", "skip")
            raise ScenarioError(
                field="on_error", owner=owner, value=self.on_error, expected=expected, known=known
            )
        if self.output is not None:
            check_listed("output", _names("output", self.output, owner), owner)
        _check_policies(self, owner, selection=Selection, routing=Routing)
        _check_weights(owner, self.routing, self.weights, "output", self.ways)
        if self.put_timeout is not None:
            check_time("put_timeout", self.put_timeout, owner)
        check_probability("failure_probability", self.failure_probability, owner)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The queues it takes from."""
        return _names("queue", self.queue)

    @property
    def dead_letter(self) -> str | None:
        """The queue for items whose last try failed, or None."""
        return self.on_error.dead_letter if isinstance(self.on_error, Retry) else None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The queues it puts into; the one for dead letters is the last."""
        names = self._routed
        if self.dead_letter is None or self.dead_letter in names:
            return names
        return (*names, self.dead_letter)

    @property
    def ways(self) -> int:
        """The number of its outputs, from the first, among which its routing chooses."""
        return len(self._routed)

    @property
    def _routed(self) -> tuple[str, ...]:
        return () if self.output is None else _names("output", self.output)


WorkerSpec: TypeAlias = ProducerSpec | ConsumerSpec


def worker_names(worker: WorkerSpec) -> list[str]:
    """Return the names of the workers that a spec stands for: `name-1`, `name-2` and so on."""
    if worker.count == 1:
        return [worker.name]
    return [f"{worker.name}-{number}" for number in range(1, worker.count + 1)]


def each_worker(worker: WorkerSpec) -> list[WorkerSpec]:
    """Return a spec for each worker that this one stands for."""
    if worker.count == 1:
        return [worker]
    *names, longest = worker_names(worker)
    checked = replace(worker, name=longest, count=1)  # the others are as right as this one
    return [*(_named(checked, name) for name in names), checked]


def _named(worker: WorkerSpec, name: str) -> WorkerSpec:
    one = copy(worker)
    force_setattr(one, "name", name)
    return one


def stream_names(workers: Iterable[WorkerSpec]) -> dict[str, str]:
    """Return the workers that draw their random numbers by another name than their own.

    The first of several draws by the name of their spec, as it does where it is alone: one worker
    more shifts nobody's numbers. Where another worker has that name, it draws by its own.

    Args:
        workers: All of a system, as they are declared.

    >>> stream_names([ConsumerSpec("Clerk", "orders", count=2)])
    {'Clerk-1': 'Clerk'}
    """
    declared = list(workers)
    taken = {name for one in declared for name in worker_names(one)}
    return {
        f"{one.name}-1": one.name for one in declared if one.count > 1 and one.name not in taken
    }


def _check_bursts(owner: str, interval: Time, bursts: Bursts) -> None:
    """Refuse bursts without an interval, and ones so short that an interval has too many."""
    problem = ""
    if isinstance(interval, Instants):
        problem = "do not go with an interval of recorded instants"
    elif not (mean := mean_of(interval)):
        problem = f"need an interval of more than 0 seconds, not {describe(interval)}"
    # The mean length of the interval around a random instant: long intervals have more of them.
    elif mean + variance_of(interval) / mean > MOST_BURSTS * mean_of(bursts.on):
        many = f"more than {MOST_BURSTS:,} bursts in one interval ({describe(interval)})"
        problem = f"have too short a time on: {many}"
    if problem:
        beside = ("interval",)
        raise ScenarioError(problem, field="bursts", owner=owner, value=bursts, beside=beside)


def _check_policies(spec: QueueSpec | WorkerSpec, owner: str, **kinds: type[StrEnum]) -> None:
    """Make each of these fields a member of its enum, also where it has the member's name."""
    for field, kind in kinds.items():
        known = [member.value for member in kind]
        if (value := getattr(spec, field)) not in known:
            expected = either([repr(name) for name in known])
            raise ScenarioError(
                field=field, owner=owner, value=value, expected=expected, known=known
            )
        force_setattr(spec, field, kind(value))


def _names(field: str, names: Any, owner: str = "") -> tuple[str, ...]:
    if isinstance(names, str):
        return (names,)
    if not isinstance(names, (tuple, list)):
        expected = "a name or a list of names"
        raise ScenarioError(field=field, owner=owner, value=names, expected=expected)
    return tuple(names)


def _check_weights(
    owner: str, routing: Routing, weights: tuple[float, ...], outputs: str, ways: int
) -> None:
    """Refuse weights that do not fit the routing or the field that has the outputs."""
    if not weights:
        return
    problem, beside = "", outputs
    if not routing.takes_weights:
        known = either([repr(one.value) for one in Routing if one.takes_weights])
        problem, beside = f"need routing {known}, not {routing.value!r}", "routing"
    elif len(weights) != ways:
        problem = f"must be {plural(ways, 'number')}, one for each {outputs}, not {len(weights)}"
    else:
        for index, weight in enumerate(weights):
            check_weight("weights", weight, owner, index)
        if not sum(weights):
            problem = "must not all be 0"
    if problem:
        raise ScenarioError(problem, field="weights", owner=owner, value=weights, beside=(beside,))
