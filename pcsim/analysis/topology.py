"""The layout of a system: each queue between its feeders and readers, neighbours joined."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pcsim.snapshot import WorkerRow


class Place(StrEnum):
    """The place of a queue among neighbours that share all their readers."""

    ALONE = "alone"
    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"


class Ports(NamedTuple):
    """The part of a worker that makes the topology: it stays the same while the worker works."""

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


def ports_of(workers: Sequence[WorkerRow]) -> tuple[Ports, ...]:
    """Return the ports of all workers."""
    return tuple(Ports(row.name, row.inputs, row.outputs) for row in workers)


def links(queues: Sequence[str], ports: Sequence[Ports], limit: int) -> tuple[Link, ...]:
    """Return the links of the first queues, in the order of the queues.

    Args:
        queues: The names of all queues.
        ports: The ports of all workers.
        limit: The number of queues to take, at most.
    """
    plain = [
        Link(
            index,
            tuple(worker.name for worker in ports if name in worker.outputs),
            tuple(worker.name for worker in ports if name in worker.inputs),
        )
        for index, name in enumerate(queues[:limit])
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


def _join(neighbours: Sequence[Link]) -> list[Link]:
    last = len(neighbours) - 1
    if last == 0:
        return list(neighbours)
    places = [Place.FIRST, *[Place.MIDDLE] * (last - 1), Place.LAST]
    return [
        link._replace(place=place, has_arrow=index == last // 2)
        for index, (link, place) in enumerate(zip(neighbours, places, strict=True))
    ]
