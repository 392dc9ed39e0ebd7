"""What is watched, made fit to be shown: its rows keep their order, and its past is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from pcsim.snapshot import EventBatch, QueueDetail, Snapshot
from pcsim.snapshot.control import Watchable
from pcsim.snapshot.marks import Marks


class Named(Protocol):
    """A row with a name."""

    @property
    def name(self) -> str:
        """The name, which no other row has."""


Row = TypeVar("Row", bound=Named)


class Steady:
    """Answers as another one does, but its rows keep their order, and its past is known.

    The queues and threads of a program come and go, and may be found in any order. A row stays
    where it was first seen, new ones come last, and one that comes back counts as new. Where a
    snapshot does not have the past that `Snapshot.recent` needs, it is kept here.

    Args:
        watched: What is watched.

    >>> from pcsim.snapshot import Phase, QueueRow, Totals
    >>> class Program:
    ...     names = ["b", "a"]
    ...     def snapshot(self):
    ...         queues = tuple(QueueRow(name, None) for name in self.names)
    ...         return Snapshot(1, 0.0, Phase.RUNNING, True, queues, (), Totals())
    >>> program = Program()
    >>> steady = Steady(program)
    >>> [row.name for row in steady.snapshot().queues]
    ['b', 'a']
    >>> program.names = ["c", "a", "b"]
    >>> [row.name for row in steady.snapshot().queues]
    ['b', 'a', 'c']
    """

    def __init__(self, watched: Watchable) -> None:
        self._watched = watched
        self._queues: Order = Order()
        self._workers: Order = Order()
        self._marks = Marks()

    def snapshot(self) -> Snapshot:
        """The whole program as it is now."""
        found = self._watched.snapshot()
        snapshot = found._replace(
            queues=self._queues.of(found.queues), workers=self._workers.of(found.workers)
        )
        if snapshot.before is not None or snapshot.phase.is_over:
            return snapshot
        return self._marks.seen(snapshot)

    def events(self, since: int = 0) -> EventBatch:
        """What has happened, from event number `since` on."""
        return self._watched.events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items that wait in a queue. Raises `KeyError` for an unknown name."""
        return self._watched.queue_detail(name, limit)


class Order:
    """The order in which rows were first seen."""

    def __init__(self) -> None:
        self._ranks: dict[str, int] = {}
        self._next = 0
        self._found: list[str] = []
        self._places: list[int] | None = None
        """Where each row is among those that were found last; None where that is their order."""

    def of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows in that order."""
        found = [row.name for row in rows]
        if found != self._found:
            self._found = found
            self._learn(found)
        return rows if self._places is None else [rows[place] for place in self._places]

    def _learn(self, found: list[str]) -> None:
        ranks = {name: self._ranks[name] for name in found if name in self._ranks}
        for name in found:
            if name not in ranks:
                ranks[name] = self._next
                self._next += 1
        self._ranks = ranks
        places = sorted(range(len(found)), key=lambda place: ranks[found[place]])
        self._places = None if places == list(range(len(found))) else places
