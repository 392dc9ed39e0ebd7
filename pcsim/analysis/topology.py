"""The layout of a system: each queue between its feeders and readers, neighbours joined."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from pcsim.snapshot import WorkerRow

NO_CREWS: Mapping[str, str] = {}


class Place(StrEnum):
    """The place of a queue among neighbours that share all their readers."""

    ALONE = "alone"
    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"


class Ports(NamedTuple):
    """The part of a worker that makes the topology: it mostly stays the same."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Link(NamedTuple):
    """One queue with those around it."""

    queue: int
    """The index of the queue in a snapshot."""
    feeders: tuple[str, ...]
    readers: tuple[str, ...]
    place: Place = Place.ALONE
    has_arrow: bool = True
    """Whether the arrow to the shared readers starts here, on the middle one of the neighbours."""


def ports_of(
    workers: Sequence[WorkerRow], crews: Mapping[str, str] = NO_CREWS
) -> tuple[Ports, ...]:
    """Return the ports of all workers.

    Args:
        workers: The workers.
        crews: The names of the groups of those that are shown as one.
    """
    ports = (Ports(crews.get(row.name, row.name), row.inputs, row.outputs) for row in workers)
    return tuple(dict.fromkeys(ports))


def links(
    queues: Sequence[str],
    ports: Sequence[Ports],
    limit: int,
    around: Collection[str] = (),
) -> tuple[Link, ...]:
    """Return the links of the queues around some, in the order of the queues.

    Args:
        queues: The names of all queues.
        ports: The ports of all workers.
        limit: The number of queues to take, at most.
        around: The names of workers and queues: the queues next to them are taken. The first
            ones, where there are none.
    """
    kept = set(_nearest(queues, ports, around)[:limit])
    feeders: dict[str, list[str]] = {}
    readers: dict[str, list[str]] = {}
    for worker in ports:
        for name in worker.outputs:
            feeders.setdefault(name, []).append(worker.name)
        for name in worker.inputs:
            readers.setdefault(name, []).append(worker.name)
    plain = [
        Link(index, tuple(feeders.get(name, ())), tuple(readers.get(name, ())))
        for index, name in enumerate(queues)
        if name in kept
    ]
    joined: list[Link] = []
    start = 0
    while start < len(plain):
        end = start + 1
        while end < len(plain) and plain[end].readers == plain[start].readers:
            end += 1
        joined += _join(plain[start:end])
        start = end
    return tuple(joined)


def _nearest(queues: Sequence[str], ports: Sequence[Ports], around: Collection[str]) -> list[str]:
    """The queues in the order of their distance: each step is a worker that has both."""
    wanted, there = set(around), set(queues)  # a worker may have used a queue that is gone
    near = there & wanted
    for worker in ports:
        if worker.name in wanted:
            near.update(there.intersection(worker.inputs or worker.outputs))
    known = [name for name in queues if name in near]
    ways = {tuple(there.intersection(worker.inputs + worker.outputs)) for worker in ports}
    while near and len(known) < len(queues):
        near = {name for way in ways if not near.isdisjoint(way) for name in way} - set(known)
        known += [name for name in queues if name in near]
    rest = set(queues) - set(known)
    return [*known, *(name for name in queues if name in rest)]


def _join(neighbours: Sequence[Link]) -> list[Link]:
    last = len(neighbours) - 1
    if last == 0:
        return list(neighbours)
    places = [Place.FIRST, *[Place.MIDDLE] * (last - 1), Place.LAST]
    return [
        link._replace(place=place, has_arrow=index == last // 2)
        for index, (link, place) in enumerate(zip(neighbours, places, strict=True))
    ]
