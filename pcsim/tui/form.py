"""The form of what can be changed of a queue or of workers: rows, each with a value to choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    SlowSpell,
)
from pcsim.scenario.roster import Roster
from pcsim.validation import LARGEST_CAPACITY

FASTER = 1.25
"""By how much one step to the right lengthens a time, and one to the left shortens it."""
POLICIES = tuple(policy for policy in Overflow if not policy.fails)
ON_ERROR = ("fail", "skip")


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


def form_of(name: str, roster: Roster, workers: int) -> Form | None:
    """Return the form of a queue or of workers; None where nothing has that name.

    Args:
        name: The name of the queue, or of the spec of the workers.
        roster: The system as it is.
        workers: How many workers of the spec are at work.
    """
    if name in roster.crews:
        return _of_workers(roster.crews[name].spec, workers)
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


def _of_workers(spec: WorkerSpec, workers: int) -> Form:
    name = spec.name
    fields = [_chosen("workers", workers, lambda one, by: max(one + by, 0), _number(name, workers))]
    if isinstance(spec, ProducerSpec):
        if not isinstance(spec.interval, Instants):
            fields.append(_time("interval", spec.interval, lambda one: SetInterval(name, one)))
        fields += [
            _fault("burst", "50 items at once", lambda _: Burst(name, 50)),
        ]
    elif isinstance(spec, ConsumerSpec):
        fields.append(
            _time("service time", spec.service_time, lambda one: SetServiceTime(name, one))
        )
        if spec.on_error in ON_ERROR:
            fields.append(
                _chosen(
                    "on error",
                    spec.on_error,
                    lambda one, by: _next(ON_ERROR, one, by),
                    lambda one: SetOnError(name, one),
                )
            )
        fields.append(_fault("fail", "let the next item fail", lambda _: FailItem(name)))
    fields.append(_fault("freeze", "for 5 s", lambda _: Freeze(name, 5.0)))
    if not (isinstance(spec, ProducerSpec) and isinstance(spec.interval, Instants)):
        fields.append(_fault("slow", "3x for 10 s", lambda _: SlowSpell(name, 3.0, 10.0)))
    title = f"{name} ×{workers}" if workers > 1 else name
    return Form(title, tuple(fields))


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
