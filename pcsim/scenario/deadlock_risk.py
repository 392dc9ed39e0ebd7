"""Whether a scenario can deadlock: the places of a cycle against the items that may be in it.

Workers wait for each other for ever where a set of queues is full and each worker that takes from
one of them has an item in its hand that goes to another of them. So it takes as many items as
those queues have slots, and as many more as workers take from them. A cycle with fewer items in it
always has a free place, and goes on. In a simple cycle that no item leaves this is exact: with as
many items as places it deadlocks for certain, with one less it cannot. Otherwise it is a bound:
fewer items than places cannot deadlock, as many may.

Where items leave a cycle, arrivals by chance may fill it however long that takes. It counts as
impossible where a queue of it is stable and full with a probability below 1e-9, by the exponential
tail of heavy traffic: Kingman, On queues in heavy traffic, Journal of the Royal Statistical
Society B 24 (1962), 383-392.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from heapq import heappop, heappush
from typing import NamedTuple

from pcsim.scenario import ConsumerSpec, Scenario
from pcsim.scenario.cycles import most_that_come, onward, reached_queues
from pcsim.scenario.graph import components
from pcsim.scenario.long_run import long_run
from pcsim.text import count, safe

NEGLIGIBLE = 1e-9
"""A queue that is full with a smaller probability is never full."""


class DeadlockRisk(NamedTuple):
    """A cycle of stages that may deadlock."""

    stages: tuple[str, ...]
    """In the order in which items pass them."""
    places: int
    """The items with which it deadlocks: slots of its queues, and hands of their readers."""


def deadlock_risk(
    scenario: Scenario, sizes: Mapping[str, int] | None = None
) -> DeadlockRisk | None:
    """Return the cycle that deadlocks with the fewest items, if as many may be in it.

    Args:
        scenario: What is to run.
        sizes: For sources and functions that are the caller's own code: how many items each
            producer has, by name, where that is known. Each stage may fail on an item then.

    Returns:
        The cycle; None where none can deadlock.

    >>> from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec
    >>> def shop(machines):
    ...     return Scenario(
    ...         (QueueSpec("running", 10), QueueSpec("broken", 10)),
    ...         (ProducerSpec("purchase", "running", 0, machines),),
    ...         (
    ...             ConsumerSpec("machine", "running", 300, count=10, output="broken"),
    ...             ConsumerSpec("repairman", "broken", 30, output="running"),
    ...         ),
    ...     )
    >>> deadlock_risk(shop(30)), deadlock_risk(shop(31)).places
    (None, 31)
    """
    waits = _Waits(scenario, is_own_code=sizes is not None)
    found = waits.smallest_cycle()
    if found is None:
        return None
    stages = waits.stages_of(found)
    risk = DeadlockRisk(tuple(one.name for one in stages), waits.places_of(found))
    if most_that_come(scenario, stages, sizes or {}) < risk.places:
        return None
    if sizes is None and _is_never_full(scenario, found):
        return None
    return risk


def describe_risk(risk: DeadlockRisk) -> str:
    """Return the warning about a cycle that may deadlock."""
    way = " → ".join(safe(name, 40) for name in (*risk.stages, risk.stages[0]))
    return (
        f"items can go round in a cycle ({way}): with {count(risk.places)} in its queues and "
        "hands it is full, and deadlocks"
    )


class _Waits:
    """Which queue's readers may wait for a slot of which other queue."""

    def __init__(self, scenario: Scenario, *, is_own_code: bool) -> None:
        self._scenario = scenario
        full = {queue.name for queue in scenario.queues if queue.overflow.waits}
        reached = reached_queues(scenario, may_fail=is_own_code)
        self._ways = {
            one.name: frozenset(onward(one, may_fail=is_own_code)) & full
            if one.put_timeout is None
            else frozenset[str]()
            for one in scenario.consumers
        }
        self._readers: dict[str, list[ConsumerSpec]] = {queue: [] for queue in full & reached}
        for one in scenario.consumers:
            for queue in one.inputs:
                if queue in self._readers:
                    self._readers[queue].append(one)
        self._drop_those_that_go_on()
        self._capacity = {queue.name: queue.capacity for queue in scenario.queues}
        self._order = {queue: number for number, queue in enumerate(scenario.queue_names)}

    def _drop_those_that_go_on(self) -> None:
        """Leave out queues with a reader that never waits for one of the others."""
        left = {
            one.name: len(self._ways[one.name] & self._readers.keys())
            for readers in self._readers.values()
            for one in readers
        }
        feeders: dict[str, list[ConsumerSpec]] = {queue: [] for queue in self._readers}
        for one in self._scenario.consumers:
            for to in self._ways[one.name]:
                if to in feeders:
                    feeders[to].append(one)
        going = [
            queue
            for queue, readers in self._readers.items()
            if any(not left[one.name] for one in readers)
        ]
        while going:
            queue = going.pop()
            if self._readers.pop(queue, None) is None:
                continue
            for one in feeders[queue]:
                if one.name in left:
                    left[one.name] -= 1
                    if not left[one.name]:
                        going += one.inputs

    def smallest_cycle(self) -> list[str] | None:
        """The queues of the cycle with the fewest places, in order; None where there is none."""
        best: list[str] | None = None
        least = math.inf
        pending = [set(self._readers)]
        while pending:
            allowed = pending.pop()
            for component in components(allowed, partial(self._after, among=allowed)):
                inside = set(component)
                first = min(component, key=self._order.__getitem__)
                cycle, weight = self._through(first, inside)
                if weight < least:
                    best, least = cycle, weight
                if len(component) > 1:
                    pending.append(inside - {first})
        return best

    def _after(self, queue: str, among: set[str]) -> list[str]:
        """The queues at which readers of a queue may wait."""
        found = {to for one in self._readers[queue] for to in self._ways[one.name]}
        return sorted(found & among, key=self._order.__getitem__)

    def _through(self, first: str, among: set[str]) -> tuple[list[str] | None, float]:
        """The cycle through a queue with the fewest places, and their number (Dijkstra)."""
        front = [(0.0, 0, first)]
        before: dict[str, str] = {}
        reached = dict.fromkeys(among, math.inf)
        number = 0
        while front:
            weight, _, queue = heappop(front)
            if queue == first and before:
                return _way_back(first, before), weight
            for to in self._after(queue, among):
                further = weight + self._weight(to)
                if further < reached[to]:
                    number += 1
                    reached[to], before[to] = further, queue
                    heappush(front, (further, number, to))
        return None, math.inf

    def _weight(self, queue: str) -> float:
        """The places of a queue; a reader of several queues is divided among them, so that a
        cycle that has it twice counts it once at most."""
        readers = self._readers[queue]
        hands = math.fsum(one.count / len(one.inputs) for one in readers)
        return self._capacity[queue] + hands

    def places_of(self, cycle: list[str]) -> int:
        """The slots of the queues, and the hands of those that take from them."""
        hands = {one.name: one.count for queue in cycle for one in self._readers[queue]}
        return sum(self._capacity[queue] for queue in cycle) + sum(hands.values())

    def stages_of(self, cycle: list[str]) -> list[ConsumerSpec]:
        """For each queue the first reader that may wait at the next; the first declared first."""
        stages = [
            next(one for one in self._readers[queue] if to in self._ways[one.name])
            for queue, to in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
        ]
        declared = {one.name: number for number, one in enumerate(self._scenario.consumers)}
        first = min(range(len(stages)), key=lambda n: declared[stages[n].name])
        return stages[first:] + stages[:first]


def _way_back(first: str, before: dict[str, str]) -> list[str]:
    way = [before[first]]
    while way[-1] != first:
        way.append(before[way[-1]])
    return way[::-1]


def _is_never_full(scenario: Scenario, cycle: list[str]) -> bool:
    """Whether one of the queues is stable and so large that it is full practically never."""
    far = long_run(scenario)
    capacity = {queue.name: queue.capacity for queue in scenario.queues}
    return any(
        far.decay.get(queue, 0.0) * capacity[queue] > -math.log(NEGLIGIBLE) for queue in cycle
    )
