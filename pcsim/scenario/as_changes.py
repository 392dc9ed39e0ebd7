"""What makes a running system another one: the changes between two scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from pcsim.errors import ScenarioError
from pcsim.scenario import Change, ConsumerSpec, ProducerSpec, Scenario, WorkerSpec
from pcsim.scenario.changes import (
    AddWorkers,
    RemoveWorkers,
    SetCapacity,
    SetInterval,
    SetOnError,
    SetOverflow,
    SetServiceTime,
    SetWeights,
)

TIMES = (SetInterval, SetServiceTime)
"""Changes of the times of workers."""


def changes_between(before: Scenario, after: Scenario) -> tuple[Change, ...]:
    """Return the changes that make a running system another one.

    Args:
        before: The system as it is.
        after: What it is to be. A worker that is new is one more of those that it equals in all
            but its name.

    Raises:
        ScenarioError: Something differs that cannot be changed while a system runs; the message
            says what.

    >>> from pcsim.scenario import demos
    >>> from pcsim.scenario.keys import with_value
    >>> basic = demos.find("basic")
    >>> [(one.what, one.subject, one.count)
    ...  for one in changes_between(basic, with_value(basic, "Consumer.count", 3))]
    [('add', 'Consumer', 2)]
    """
    _check_rest(before, after)
    return tuple(
        chain(
            _of_queues(before, after),
            _of_workers(before.producers, after.producers),
            _of_workers(before.consumers, after.consumers),
        )
    )


def _check_rest(before: Scenario, after: Scenario) -> None:
    """Raise where something of the scenario itself differs, other than how it is measured."""
    for key in ("queues", "producers", "consumers"):
        new = {one.name for one in getattr(after, key)}
        for spec in getattr(before, key):
            if spec.name not in new:
                raise ScenarioError(f"{spec.name!r} cannot be taken out as a whole")
    if [one.name for one in before.queues] != [one.name for one in after.queues]:
        raise ScenarioError("a queue cannot be added")
    for key in ("end", "warm_up", "seed", "changes"):
        if getattr(before, key) != getattr(after, key):
            raise ScenarioError(f"{key!r} cannot be changed")


def _of_queues(before: Scenario, after: Scenario) -> Iterator[Change]:
    for old, new in zip(before.queues, after.queues, strict=True):
        for key in _differing(old, new):
            if key == "capacity":
                yield SetCapacity(new.name, new.capacity)
            elif key == "overflow":
                yield SetOverflow(new.name, new.overflow)
            else:
                raise ScenarioError(f"{key!r} of {new.name!r} cannot be changed")


def _of_workers(
    before: tuple[ProducerSpec, ...] | tuple[ConsumerSpec, ...],
    after: tuple[ProducerSpec, ...] | tuple[ConsumerSpec, ...],
) -> Iterator[Change]:
    known: dict[str, WorkerSpec] = {one.name: one for one in before}
    for new in after:
        old = known.get(new.name)
        if old is None:
            yield _added(new, list(known.values()))
            continue
        for key in _differing(old, new):
            yield _of_worker(old, new, key)


def _added(new: WorkerSpec, known: list[WorkerSpec]) -> Change:
    for old in known:
        if replace(new, name=old.name, count=old.count) == old:
            return AddWorkers(old.name, new.count)
    raise ScenarioError(f"{new.name!r} is like no worker that is there")


def _of_worker(old: WorkerSpec, new: WorkerSpec, key: str) -> Change:
    name = new.name
    if key == "count":
        more = new.count - old.count
        return AddWorkers(name, more) if more > 0 else RemoveWorkers(name, -more)
    if key == "weights":
        return SetWeights(name, new.weights or (1.0,) * new.ways)
    if key == "interval" and isinstance(new, ProducerSpec):
        return SetInterval(name, new.interval)
    if isinstance(new, ConsumerSpec):
        if key == "service_time":
            return SetServiceTime(name, new.service_time)
        if key == "on_error":
            return SetOnError(name, new.on_error)
    raise ScenarioError(f"{key!r} of {name!r} cannot be changed")


def _differing(old: Struct, new: Struct) -> list[str]:
    """The keys that have other values."""
    return [key for key in new.__struct_fields__ if getattr(old, key) != getattr(new, key)]
