"""A system as its changes have left it: the specs of its queues and workers, and who was removed.

`Roster.change` makes one change of the specs, or raises where that does not fit the system as it
is by then; what an engine has to do beside is in the `Changed` that it returns. The rules are
here alone: a scenario is checked by making its changes one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, runtime_checkable

from msgspec.structs import replace

from pcsim.distributions import Instants, describe, scaled
from pcsim.errors import ScenarioError
from pcsim.scenario.changes import (
    AddWorkers,
    Burst,
    Change,
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
from pcsim.scenario.specs import ConsumerSpec, ProducerSpec, QueueSpec, WorkerSpec, each_worker
from pcsim.text import duration, plural
from pcsim.validation import MOST_WORKERS

_NEEDED: dict[type[Change], type[WorkerSpec]] = {
    SetInterval: ProducerSpec,
    Burst: ProducerSpec,
    SetServiceTime: ConsumerSpec,
    SetOnError: ConsumerSpec,
    FailItem: ConsumerSpec,
}
_KINDS = {ProducerSpec: "producer", ConsumerSpec: "consumer"}


class Described(Protocol):
    """What a roster needs of a scenario."""

    @property
    def queues(self) -> tuple[QueueSpec, ...]:
        """Its queues."""

    @property
    def producers(self) -> tuple[ProducerSpec, ...]:
        """Its producers."""

    @property
    def consumers(self) -> tuple[ConsumerSpec, ...]:
        """Its consumers and stages."""


@runtime_checkable
class Steerable(Protocol):
    """A run that can be changed while it goes on. Any thread may do so."""

    @property
    def roster(self) -> Roster:
        """The system as it is by now, to be read only."""

    def steer(self, change: Change) -> Changed | None:
        """Change the system, and return what was changed; None where it will be at its time.

        Raises `PhaseError` where the run does not go on, and `ScenarioError` where the change
        does not fit the system as it is.
        """


class Changed(NamedTuple):
    """A change that was made."""

    change: Change
    was: str
    """The value that it has changed, in short; "" for a fault."""
    now: str
    """The value that it is now, or what a fault does."""
    names: tuple[str, ...] = ()
    """The workers that are added, removed or changed."""
    undo: Change | None = None
    """The change that takes it back; None for a fault, which is not undone."""


class Crew:
    """The workers that one spec stands for, and those that were added to them."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.declared = self.spec = spec
        """As it was described, and as it is now, for those that are still to be added."""
        self.names = [one.name for one in each_worker(spec)]
        """Of all that have ever been, in the order in which they came."""
        self.removed: set[str] = set()

    @property
    def present(self) -> list[str]:
        """The names of those that were not removed."""
        return [name for name in self.names if name not in self.removed]


class Roster:
    """The specs of a system as they are by now.

    Args:
        scenario: The system as it began.
        most: How many workers there may be.
    """

    def __init__(self, scenario: Described, most: int = MOST_WORKERS) -> None:
        self._most = most
        self.queues = {queue.name: queue for queue in scenario.queues}
        declared: tuple[WorkerSpec, ...] = (*scenario.producers, *scenario.consumers)
        self.crews = {spec.name: Crew(spec) for spec in declared}
        self.specs = {one.name: one for spec in declared for one in each_worker(spec)}
        """Of each worker, by its name."""
        self._crew_of = {name: crew for crew in self.crews.values() for name in crew.names}
        self.version = 0
        """How many changes have been made."""

    def change(self, change: Change, *, gone: Iterable[str] = ()) -> Changed:
        """Make a change.

        Args:
            change: What to change.
            gone: The names of workers that have ended by themselves, or that were removed and
                cannot come back.

        Raises:
            ScenarioError: It does not fit the system as it is.
        """
        if isinstance(change, SetCapacity | SetOverflow):
            changed = self._change_queue(change)
        elif isinstance(change, AddWorkers):
            changed = self._add(change, self._find(change), gone)
        elif isinstance(change, RemoveWorkers):
            changed = self._remove(change, self._find(change), set(gone))
        else:
            changed = self._change_workers(change, self._find(change))
        self.version += 1
        return changed

    def crew_of(self, name: str) -> Crew:
        """Return the crew of a worker."""
        return self._crew_of[name]

    # Queues.

    def _change_queue(self, change: SetCapacity | SetOverflow) -> Changed:
        queue = self.queues.get(change.queue)
        if queue is None:
            problem = f"names an unknown queue {change.queue!r}"
            raise _error(change, "queue", change.queue, problem, known=self.queues)
        if isinstance(change, SetCapacity):
            self.queues[queue.name] = replace(queue, capacity=change.capacity)
            undo: Change = SetCapacity(queue.name, queue.capacity)
            return Changed(change, f"{queue.capacity:,}", f"{change.capacity:,}", undo=undo)
        self.queues[queue.name] = replace(queue, overflow=change.overflow)
        undo = SetOverflow(queue.name, queue.overflow)
        return Changed(change, queue.overflow.value, change.overflow.value, undo=undo)

    # Workers.

    def _find(self, change: Change) -> Crew:
        crew = self.crews.get(change.subject) or self._crew_of.get(change.subject)
        if crew is None:
            problem = f"names an unknown worker {change.subject!r}"
            known = [*self.crews, *(name for name in self._crew_of if name not in self.crews)]
            raise _error(change, "worker", change.subject, problem, known=known)
        needed = _NEEDED.get(type(change))
        if needed is not None and not isinstance(crew.spec, needed):
            is_a = _KINDS[type(crew.spec)]
            problem = f"names {change.subject!r}, which is a {is_a}: this is for a {_KINDS[needed]}"
            raise _error(change, "worker", change.subject, problem)
        return crew

    def _add(self, change: AddWorkers, crew: Crew, gone: Iterable[str]) -> Changed:
        away = set(gone)
        before = len([name for name in crew.present if name not in away])
        if len(self.specs) + change.count > self._most:
            problem = f"makes more than {self._most:,} workers"
            raise _error(change, "count", change.count, problem)
        may_come = (name for name in crew.names if name in crew.removed and name not in away)
        back = list(islice(may_come, change.count))
        fresh = self._further_names(crew, change.count - len(back))
        for name in (*back, *fresh):  # before they are seen: any thread may read
            self.specs[name] = replace(crew.spec, name=name, count=1)
            self._crew_of[name] = crew
        crew.removed.difference_update(back)
        crew.names += fresh
        undo = RemoveWorkers(crew.spec.name, change.count)
        after = before + change.count
        return Changed(change, f"{before:,}", f"{after:,}", (*back, *fresh), undo)

    def _further_names(self, crew: Crew, number: int) -> list[str]:
        """`NAME-3` and so on, after the last; a name that another worker has is passed over."""
        names: list[str] = []
        step = len(crew.names)
        while len(names) < number:
            step += 1
            name = f"{crew.spec.name}-{step}"
            if name not in self.specs:
                names.append(name)
        return names

    def _remove(self, change: RemoveWorkers, crew: Crew, gone: set[str]) -> Changed:
        present = [name for name in crew.present if name not in gone]
        is_one = change.worker not in self.crews
        going = [change.worker] if is_one else present[-change.count :]
        if is_one and change.worker not in present:
            problem = f"names {change.worker!r}, which has gone already"
            raise _error(change, "worker", change.worker, problem)
        if change.count > (1 if is_one else len(present)):
            most = "1, as one worker is named" if is_one else f"at most {len(present):,}"
            raise _error(change, "count", change.count, f"must be {most}, not {change.count:,}")
        self._check_left(change, crew, {*gone, *going})
        crew.removed.update(going)
        undo = AddWorkers(crew.spec.name, len(going))
        was, now = len(present), len(present) - len(going)
        return Changed(change, f"{was:,}", f"{now:,}", tuple(going), undo)

    def _check_left(self, change: RemoveWorkers, crew: Crew, gone: set[str]) -> None:
        """Refuse to leave a queue without a worker at one of its ends: it would close."""
        left = [one for one in self.crews.values() if not gone.issuperset(one.present)]
        read = {queue for one in left for queue in one.declared.inputs}
        fed = {queue for one in left for queue in one.declared.outputs}
        for ends, queues, problem in (
            (read, crew.declared.inputs, "would leave queue {!r} without a consumer"),
            (fed, crew.declared.outputs, "would leave queue {!r} without a producer"),
        ):
            for queue in queues:
                if queue not in ends:
                    raise _error(change, "count", change.count, problem.format(queue))

    def _change_workers(self, change: Change, crew: Crew) -> Changed:
        is_crew = change.subject in self.crews
        names = tuple(crew.present) if is_crew else (change.subject,)
        if not is_crew and change.subject in crew.removed:
            problem = f"names {change.subject!r}, which was removed"
            raise _error(change, "worker", change.subject, problem)
        before = crew.spec if is_crew else self.specs[change.subject]
        if isinstance(change, Freeze | FailItem | Burst | SlowSpell):
            if isinstance(change, SlowSpell):
                slowed(before, change)
            return Changed(change, "", _fault(change), names)
        after = _changed_spec(before, change, crew.declared.outputs)
        for name in names:
            self.specs[name] = replace(after, name=name, count=1)
        if is_crew:
            crew.spec = replace(after, count=crew.spec.count)
        was, now = _value(before, change), _value(after, change)
        return Changed(change, was, now, names, _undone(before, change))


def check_changes(changes: Sequence[Change], scenario: Described) -> None:
    """Make the timed changes of a scenario one after the other, on paper.

    Raises:
        ScenarioError: One has no time, or does not fit the system as it is by then; the owner of
            its field is `change 2`, by its place in the list.
    """
    for _, error in wrong_changes(changes, scenario):
        raise error


def wrong_changes(
    changes: Sequence[Change], scenario: Described, most: int = MOST_WORKERS
) -> list[tuple[int, ScenarioError]]:
    """Return the changes that cannot be made, by their number from 0, each with what is wrong,
    with at most that number of workers."""
    wrong: list[tuple[int, ScenarioError]] = []
    roster = Roster(scenario, most)
    for number, change in in_order(changes):
        owner = f"change {number + 1}"
        try:
            if change.at is None:
                problem = "is missing: give the seconds from the start, 0 or more"
                raise ScenarioError(problem, field="at", owner=owner)
            roster.change(change)
        except ScenarioError as error:
            wrong.append((number, _of(owner, error)))
    return sorted(wrong, key=lambda one: one[0])


def in_order(changes: Sequence[Change]) -> list[tuple[int, Change]]:
    """Return changes in the order in which they are made, each with its place in the list."""
    return sorted(enumerate(changes), key=lambda one: (one[1].at or 0.0, one[0]))


def slowed(spec: WorkerSpec, spell: SlowSpell) -> WorkerSpec:
    """Return the spec of a worker in a slow spell.

    Raises:
        ScenarioError: Its times are recorded instants, or would be too long.
    """
    if isinstance(spec, ConsumerSpec):
        return replace(spec, service_time=scaled(spec.service_time, spell.factor))
    if isinstance(spec.interval, Instants):
        raise _error(spell, "worker", spell.worker, _RECORDED.format(spell.worker))
    return replace(spec, interval=scaled(spec.interval, spell.factor))


_RECORDED = "names {!r}, whose interval is recorded instants: they cannot be changed"


def _changed_spec(spec: WorkerSpec, change: Change, outputs: tuple[str, ...]) -> WorkerSpec:
    """The spec with the change, of a worker that may put into these queues and no others."""
    if isinstance(change, SetWeights):
        if len(change.weights) != spec.ways or not spec.routing.takes_weights:
            replace(spec, weights=change.weights or (1.0,))  # which raises
        return replace(spec, weights=change.weights)
    if isinstance(change, SetInterval) and isinstance(spec, ProducerSpec):
        if isinstance(spec.interval, Instants):
            raise _error(change, "worker", change.worker, _RECORDED.format(change.worker))
        return replace(spec, interval=change.interval)
    if isinstance(change, SetServiceTime) and isinstance(spec, ConsumerSpec):
        return replace(spec, service_time=change.service_time)
    assert isinstance(change, SetOnError)  # noqa: S101 - for the type checker
    assert isinstance(spec, ConsumerSpec)  # noqa: S101 - `_find` has looked
    policy = change.on_error
    if isinstance(policy, Retry) and policy.dead_letter not in outputs:
        problem = f"has dead letters for {policy.dead_letter!r}, which it does not put into"
        if not outputs:
            problem += ": it puts into no queue"
        raise _error(change, "on_error", policy.dead_letter, problem, known=outputs)
    return replace(spec, on_error=policy)


def _undone(before: WorkerSpec, change: Change) -> Change:
    name = change.subject
    if isinstance(change, SetWeights):
        return SetWeights(name, before.weights or (1.0,) * before.ways)
    if isinstance(before, ProducerSpec):
        return SetInterval(name, before.interval)
    if isinstance(change, SetServiceTime):
        return SetServiceTime(name, before.service_time)
    return SetOnError(name, before.on_error)


def _value(spec: WorkerSpec, change: Change) -> str:
    if isinstance(change, SetWeights):
        weights = spec.weights or (1.0,) * spec.ways
        return " : ".join(f"{weight:g}" for weight in weights)
    if isinstance(spec, ProducerSpec):
        return describe(spec.interval)
    if isinstance(change, SetServiceTime):
        return describe(spec.service_time)
    return policy_text(spec.on_error)


def policy_text(on_error: OnError) -> str:
    """Return what happens to items that fail, in short: `3 retries, then returns`."""
    if isinstance(on_error, Retry):
        again = "1 retry" if on_error.retries == 1 else f"{on_error.retries:,} retries"
        return f"{again}, then {on_error.dead_letter}"
    return on_error


def _fault(change: Freeze | FailItem | Burst | SlowSpell) -> str:
    if isinstance(change, Freeze):
        return duration(change.seconds)
    if isinstance(change, Burst):
        return plural(change.items, "item")
    if isinstance(change, SlowSpell):
        return f"{change.factor:g}x for {duration(change.seconds)}"
    return "the next item"


def _error(
    change: Change, field: str, value: object, problem: str, known: Iterable[str] = ()
) -> ScenarioError:
    return ScenarioError(problem, field=field, owner=change.owner, value=value, known=known)


def _of(owner: str, error: ScenarioError) -> ScenarioError:
    """The same error about a field of that owner."""
    return ScenarioError(
        error.problem,
        field=error.field,
        owner=owner,
        index=error.index,
        value=error.value,
        expected=error.expected,
        known=error.known,
    )
