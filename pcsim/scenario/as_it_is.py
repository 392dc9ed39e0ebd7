"""The system that a roster has, as a scenario: what it is by now, without a past."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from pcsim.scenario import Scenario
from pcsim.scenario.roster import Crew, Roster
from pcsim.scenario.specs import ConsumerSpec, ProducerSpec, QueueSpec, WorkerSpec, each_worker


class AsItIs:
    """What a system is by now, as a scenario without changes. Any thread may ask.

    Workers are under one spec as long as all are there, and as they were described together; else
    each is under its own.

    Args:
        began: The system as it began.
        roster: The system as it is.

    >>> from pcsim.scenario.changes import AddWorkers
    >>> from pcsim.scenario.demos import find
    >>> roster = Roster(find("basic"))
    >>> system = AsItIs(find("basic"), roster)
    >>> _ = roster.change(AddWorkers("Consumer"))
    >>> [spec.name for spec in system.scenario.consumers]
    ['Consumer', 'Consumer-2']
    """

    def __init__(self, began: Scenario, roster: Roster) -> None:
        self._began = began
        self._roster = roster
        self._known = 0, began

    @property
    def scenario(self) -> Scenario:
        """The same object as long as nothing is changed."""
        version, known = self._roster.version, self._known
        if known[0] != version:
            self._known = known = version, _made(self._began, self._roster)
        return known[1]


def _made(began: Scenario, roster: Roster) -> Scenario:
    producers: list[ProducerSpec] = []
    consumers: list[ConsumerSpec] = []
    for crew in roster.crews.values():
        for spec in _specs_of(crew, roster):
            if isinstance(spec, ProducerSpec):
                producers.append(spec)
            elif isinstance(spec, ConsumerSpec):
                consumers.append(spec)
    queues, readers = _reached(tuple(roster.queues.values()), producers, consumers)
    return replace(
        began, queues=queues, producers=tuple(producers), consumers=tuple(readers), changes=()
    )


def _specs_of(crew: Crew, roster: Roster) -> list[WorkerSpec]:
    specs = [roster.specs[name] for name in crew.present]
    whole = replace(crew.spec, count=crew.declared.count)
    return [whole] if specs == list(each_worker(whole)) else specs


def _reached(
    queues: tuple[QueueSpec, ...],
    producers: Sequence[ProducerSpec],
    consumers: Sequence[ConsumerSpec],
) -> tuple[tuple[QueueSpec, ...], Sequence[ConsumerSpec]]:
    """Leave out queues that nobody puts into any more, such as that of dead letters, and those who
    read nothing else."""
    while True:
        workers: list[WorkerSpec] = [*producers, *consumers]
        fed = {queue for spec in workers for queue in spec.outputs}
        reached = tuple(spec for spec in queues if spec.name in fed)
        if len(reached) == len(queues):
            return queues, consumers
        queues = reached
        consumers = [
            replace(spec, queue=tuple(name for name in spec.inputs if name in fed))
            for spec in consumers
            if not fed.isdisjoint(spec.inputs)
        ]
