"""Who waits for whom in a run: the roots of its jams, and beneath each those who wait for it.

A group of workers waits for another where it was blocked at a full queue that the other reads. A
queue that drops what does not fit holds nobody. The root of a jam is waited for and waits for
nobody itself; in a cycle in which all wait it is the one that waited least.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pcsim.analysis.bottleneck import NOTABLE
from pcsim.analysis.lanes import group_of
from pcsim.snapshot import BlockReason, QueueRow, Shares, Snapshot, WorkerRow, WorkerState


class Crew(NamedTuple):
    """A worker, or the workers of one group."""

    name: str
    members: tuple[WorkerRow, ...]
    """As they are now."""
    seconds: Shares
    """Where their time went in the time that is looked at, added up, in seconds."""

    @property
    def title(self) -> str:
        """The name, with the number of workers in a group; not safe for a terminal."""
        size = len(self.members)
        return f"{self.name} ×{size}" if size > 1 else self.name

    @property
    def shares(self) -> Shares:
        """Where their time went, as shares of it."""
        total = math.fsum(self.seconds)
        return Shares(*(part / total for part in self.seconds)) if total > 0 else Shares()

    @property
    def inputs(self) -> set[str]:
        """The queues that they read."""
        return {queue for row in self.members for queue in row.inputs}

    @property
    def outputs(self) -> set[str]:
        """The queues that they put into."""
        return {queue for row in self.members for queue in row.outputs}


class Hold(NamedTuple):
    """A crew that waits for another one, at a queue."""

    waiter: str
    queue: str
    holder: str
    share: float
    """Of its time, 0 to 1, that it was blocked there for want of that one."""


class Line(NamedTuple):
    """A line of the jam: a crew, or a queue at which the crews below it wait."""

    depth: int
    name: str
    is_queue: bool = False
    is_root: bool = False
    is_again: bool = False
    """Whether it stands further above already, with all that waits for it."""


class Jam(NamedTuple):
    """Who waits for whom."""

    crews: Mapping[str, Crew]
    holds: tuple[Hold, ...]
    roots: tuple[str, ...]
    """Those that others wait for and that wait for nobody; the one with most behind it first."""
    lines: tuple[Line, ...]
    """The roots, and indented below each those who wait for it."""
    behind: Mapping[str, float]
    """For each root, the worker-seconds that others stood still behind it."""
    lasted: float
    """Seconds that were looked at."""

    @property
    def outside(self) -> list[Crew]:
        """The crews that are in no jam."""
        shown = {line.name for line in self.lines if not line.is_queue}
        return [crew for crew in self.crews.values() if crew.name not in shown]

    @property
    def standing(self) -> float:
        """How many workers stood still at full queues, on average."""
        still = math.fsum(crew.seconds.blocked_full for crew in self.crews.values())
        return still / self.lasted if self.lasted > 0 else 0.0

    def waits_of(self, name: str) -> list[Hold]:
        """Whom a crew waits for, the one that it waited for longest first."""
        found = [hold for hold in self.holds if hold.waiter == name]
        return sorted(found, key=lambda hold: hold.share, reverse=True)


def find_jam(snapshot: Snapshot, part: Snapshot, dropping: Collection[str] = ()) -> Jam:
    """Find who waits for whom.

    Args:
        snapshot: A run, or a program that is watched, as it is now.
        part: What of it counts, such as its last seconds.
        dropping: The queues that do not make anybody wait.

    >>> from pcsim.snapshot import Phase, Role, Totals
    >>> at = {"state": WorkerState.BLOCKED, "queue": "q", "reason": BlockReason.FULL}
    >>> rows = (
    ...     WorkerRow("P", Role.PRODUCER, (), ("q",), **at),
    ...     WorkerRow("C", Role.CONSUMER, ("q",), (), WorkerState.RUNNING),
    ... )
    >>> queues = (QueueRow("q", 1, 1, full_since=0.0),)
    >>> run = Snapshot(0, 10.0, Phase.RUNNING, True, queues, rows, Totals())
    >>> [(line.depth, line.name) for line in find_jam(run, run).lines]
    [(0, 'C'), (1, 'q'), (2, 'P')]
    """
    crews = _crews(snapshot, part)
    holds = tuple(_holds(crews, part, frozenset(dropping)))
    waited_for = {hold.holder for hold in holds}
    waiters = {hold.waiter for hold in holds}
    behind = dict.fromkeys((name for name in crews if name in waited_for - waiters), 0.0)
    for knot in _knots(crews, holds, set(behind)):
        behind[min(knot, key=lambda name: crews[name].shares.blocked_full)] = 0.0
    for name in waiters - set(behind):
        root = _root_of(name, holds, set(behind))
        if root is not None:
            behind[root] += crews[name].seconds.blocked_full
    roots = tuple(sorted(behind, key=lambda name: behind[name], reverse=True))
    return Jam(crews, holds, roots, tuple(_lines(roots, holds)), behind, part.at)


def _crews(snapshot: Snapshot, part: Snapshot) -> dict[str, Crew]:
    groups = group_of(snapshot.workers)
    lately = {row.name: row for row in part.workers}
    members: dict[str, list[WorkerRow]] = {}
    for row in snapshot.workers:
        members.setdefault(groups.get(row.name, row.name), []).append(row)
    crews = {}
    for name, rows in members.items():
        spent = [lately[row.name].spent(part.at) for row in rows if row.name in lately]
        sums = Shares(*(math.fsum(times) for times in zip(*spent, strict=True))) if spent else None
        crews[name] = Crew(name, tuple(rows), sums or Shares())
    return crews


def _holds(crews: Mapping[str, Crew], part: Snapshot, dropping: frozenset[str]) -> Iterator[Hold]:
    """Each crew that was blocked for a notable time, or is now, with those it waits for."""
    queues = {row.name: row for row in part.queues}
    readers: dict[str, list[str]] = {}
    for crew in crews.values():
        for queue in crew.inputs:
            readers.setdefault(queue, []).append(crew.name)
    for crew in crews.values():
        stuck = [row.queue for row in crew.members if _is_stuck(row) and row.queue is not None]
        share = crew.shares.blocked_full
        if share < NOTABLE and not stuck:
            continue
        weights = {
            name: _weight(queues.get(name), part.at, stuck.count(name) / len(crew.members))
            for name in sorted(crew.outputs - dropping)
        }
        total = math.fsum(weights.values())
        for queue, weight in weights.items():
            if weight <= 0 or weight < NOTABLE * total:
                continue
            for reader in readers.get(queue, ()):
                yield Hold(crew.name, queue, reader, share * weight / total)


def _weight(row: QueueRow | None, at: float, stuck: float) -> float:
    """How much of the time that a crew was blocked counts for a queue: while it was full; where
    that is not known, those who are blocked there now."""
    return max(row.full_share(at) if row is not None else 0.0, stuck)


def _is_stuck(row: WorkerRow) -> bool:
    return row.state is WorkerState.BLOCKED and row.reason is BlockReason.FULL


def _root_of(name: str, holds: Sequence[Hold], roots: set[str]) -> str | None:
    """The root that a crew waits for, along the longest waits."""
    seen: set[str] = set()
    frontier = [name]
    while frontier:
        one = frontier.pop(0)
        if one in roots:
            return one
        if one not in seen:
            seen.add(one)
            ahead = sorted((h for h in holds if h.waiter == one), key=lambda h: -h.share)
            frontier += [hold.holder for hold in ahead]
    return None


def _knots(crews: Mapping[str, Crew], holds: Sequence[Hold], roots: set[str]) -> Iterator[set[str]]:
    """Crews that wait for each other, and that no root releases."""
    ahead: dict[str, set[str]] = {}
    for hold in holds:
        ahead.setdefault(hold.waiter, set()).add(hold.holder)
    reached = {name: _reached(name, ahead) for name in crews if name in ahead}
    left = {name for name, others in reached.items() if not others & roots and name in others}
    while left:
        name = next(name for name in crews if name in left)
        knot = {other for other in left if other in reached[name] and name in reached[other]}
        if not any(reached[one] & left - knot for one in knot):
            yield knot
        left -= knot


def _reached(name: str, ahead: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    frontier = set(ahead.get(name, ()))
    while frontier:
        one = frontier.pop()
        if one not in found:
            found.add(one)
            frontier |= ahead.get(one, set())
    return found


def _lines(roots: Sequence[str], holds: Sequence[Hold]) -> Iterator[Line]:
    shown: set[str] = set()

    def below(name: str, depth: int) -> Iterator[Line]:
        shown.add(name)
        mine = [hold for hold in holds if hold.holder == name]
        for queue in dict.fromkeys(hold.queue for hold in mine):
            yield Line(depth, queue, is_queue=True)
            for hold in mine:
                if hold.queue != queue:
                    continue
                is_again = hold.waiter in shown
                yield Line(depth + 1, hold.waiter, is_again=is_again)
                if not is_again:
                    yield from below(hold.waiter, depth + 2)

    for root in roots:
        if root not in shown:
            yield Line(0, root, is_root=True)
            yield from below(root, 1)
