"""The form of what can be changed of a queue or of workers: rows, each with a value to choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from pcsim.distributions import Instants, Time, describe, mean_of, scaled
from pcsim.scenario import Change, ConsumerSpec, Overflow, ProducerSpec, QueueSpec, WorkerSpec
from pcsim.scenario.changes import (
    AddWorkers,
    Burst,
    FailItem,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetInterval,
    SetOnError,
    SetOverflow,
    SetServiceTime,
    SetWeights,
    SlowSpell,
)
from pcsim.scenario.parts import OnError, Retry
from pcsim.scenario.roster import Roster, policy_text
from pcsim.text import percent
from pcsim.validation import LARGEST_CAPACITY

FASTER = 1.25
"""By how much one step to the right lengthens a time, and one to the left shortens it."""
POLICIES = tuple(policy for policy in Overflow if not policy.fails)
RETRIES = (0, 1, 3, 10)
"""Numbers of retries that the form offers."""
MOST_WEIGHT = 100.0


class Field(NamedTuple):
    """One row of the form."""

    label: str
    value: Any
    """What is chosen; None for a fault, which is tried as it stands."""
    was: Any = None
    """What it is now."""
    text: str = ""
    """The value in words; for a fault, what it does."""
    step: Callable[[Any, int], Any] | None = None
    """Returns the next value, or the one before."""
    make: Callable[[Any], Change | None] = lambda _: None
    """Makes the change to the value."""
    words: Callable[[Any], str] = str
    shared: str = ""
    """What its value is called where several rows have it together, each a part of it."""

    @property
    def is_fault(self) -> bool:
        """Whether it is tried and not chosen."""
        return self.step is None

    def moved(self, by: int) -> Field:
        """Return it with the next value, or with the one before."""
        if self.step is None:
            return self
        value = self.step(self.value, by)
        return self._replace(value=value, text=self.words(value))

    @property
    def change(self) -> Change | None:
        """The change that it asks for; None where it is as it was."""
        if self.is_fault or self.value != self.was:
            return self.make(self.value)
        return None


class Form(NamedTuple):
    """What can be changed of one queue, or of the workers of one spec."""

    title: str
    fields: tuple[Field, ...]

    def moved(self, row: int, by: int) -> Form:
        """Return it with the next value in a row, or with the one before; rows that have a value
        together have the new one."""
        now = self.fields[row].moved(by)
        fields = [
            one._replace(value=now.value, text=one.words(now.value))
            if now.shared and one.shared == now.shared
            else one
            for one in self.fields
        ]
        fields[row] = now
        return self._replace(fields=tuple(fields))

    def changes(self, row: int) -> list[Change]:
        """The changes that it asks for; in the row of a fault, that alone."""
        chosen = self.fields[row]
        fields = (chosen,) if chosen.is_fault else self.fields
        asked = [one.change for one in fields if one is chosen or not one.is_fault]
        return list(dict.fromkeys(one for one in asked if one is not None))


def form_of(name: str, roster: Roster, workers: int) -> Form | None:
    """Return the form of a queue or of workers; None where nothing has that name.

    Args:
        name: The name of the queue, or of the spec of the workers.
        roster: The system as it is.
        workers: How many workers of the spec are at work.
    """
    if name in roster.crews:
        crew = roster.crews[name]
        return _of_workers(crew.spec, crew.declared.outputs, workers)
    if name in roster.queues:
        return _of_queue(roster.queues[name])
    return None


def _of_queue(queue: QueueSpec) -> Form:
    name = queue.name
    return Form(
        name,
        (
            _chosen("capacity", queue.capacity, _larger, lambda one: SetCapacity(name, one)),
            _chosen(
                "overflow",
                queue.overflow,
                lambda one, by: _next(POLICIES, one, by),
                lambda one: SetOverflow(name, one),
            ),
        ),
    )


def _of_workers(spec: WorkerSpec, outputs: Sequence[str], workers: int) -> Form:
    name = spec.name
    fields = [_chosen("workers", workers, lambda one, by: max(one + by, 0), _number(name, workers))]
    if isinstance(spec, ProducerSpec):
        if not isinstance(spec.interval, Instants):
            fields.append(_time("interval", spec.interval, lambda one: SetInterval(name, one)))
        fields += _weights(spec)
        fields.append(_fault("burst", "50 items at once", lambda _: Burst(name, 50)))
    elif isinstance(spec, ConsumerSpec):
        fields.append(
            _time("service time", spec.service_time, lambda one: SetServiceTime(name, one))
        )
        fields += [*_weights(spec), _on_error(spec, outputs)]
        fields.append(_fault("fail", "let the next item fail", lambda _: FailItem(name)))
    fields.append(_fault("freeze", "for 5 s", lambda _: Freeze(name, 5.0)))
    if not (isinstance(spec, ProducerSpec) and isinstance(spec.interval, Instants)):
        fields.append(_fault("slow", "3x for 10 s", lambda _: SlowSpell(name, 3.0, 10.0)))
    title = f"{name} ×{workers}" if workers > 1 else name
    return Form(title, tuple(fields))


def _weights(spec: WorkerSpec) -> list[Field]:
    """A row for each output among which items are routed by weight."""
    if spec.ways < 2 or not spec.routing.takes_weights:
        return []
    now = spec.weights or (1.0,) * spec.ways
    return [
        Field(
            f"to {output}",
            now,
            now,
            _weight(place, now),
            partial(_heavier, place),
            lambda one: SetWeights(spec.name, one),
            partial(_weight, place),
            "weights",
        )
        for place, output in enumerate(spec.outputs[: spec.ways])
    ]


def _weight(place: int, weights: Sequence[float]) -> str:
    share = weights[place] / sum(weights) if sum(weights) else 0.0
    return f"weight {weights[place]:g}, {percent(share)}"


def _heavier(place: int, weights: tuple[float, ...], by: int) -> tuple[float, ...]:
    """One more or less for one of the outputs; each keeps some."""
    changed = min(max(weights[place] + by, min(weights[place], 1.0)), MOST_WEIGHT)
    return (*weights[:place], changed, *weights[place + 1 :])


def _on_error(spec: ConsumerSpec, outputs: Sequence[str]) -> Field:
    """Any policy: dead letters go to a queue that it puts into already."""
    policies: list[OnError] = ["fail", "skip"]
    policies += [Retry(number, output) for output in outputs for number in RETRIES]
    if spec.on_error not in policies:
        policies.append(spec.on_error)
    return Field(
        "on error",
        spec.on_error,
        spec.on_error,
        policy_text(spec.on_error),
        lambda one, by: _next(policies, one, by),
        lambda one: SetOnError(spec.name, one),
        policy_text,
    )


def _number(name: str, now: int) -> Callable[[int], Change | None]:
    def change(wanted: int) -> Change | None:
        if wanted > now:
            return AddWorkers(name, wanted - now)
        return RemoveWorkers(name, now - wanted) if wanted < now else None

    return change


def _chosen(
    label: str, value: Any, step: Callable[[Any, int], Any], make: Callable[[Any], Change | None]
) -> Field:
    return Field(label, value, value, str(value), step, make)


def _time(label: str, time: Time, make: Callable[[Time], Change]) -> Field:
    return Field(label, time, time, describe(time), _longer, make, describe)


def _fault(label: str, text: str, make: Callable[[Any], Change]) -> Field:
    return Field(label, None, None, text, None, make)


def _larger(capacity: int, by: int) -> int:
    """Two more or fewer of a large queue, one of a small one; at least 1."""
    step = max(capacity // 10, 1)
    return min(max(capacity + by * step, 1), LARGEST_CAPACITY)


def _longer(time: Time, by: int) -> Time:
    if not mean_of(time):
        return 0.01 if by > 0 else time
    return scaled(time, FASTER if by > 0 else 1 / FASTER)


def _next(values: Sequence[Any], value: Any, by: int) -> Any:
    place = values.index(value) if value in values else 0
    return values[(place + by) % len(values)]
