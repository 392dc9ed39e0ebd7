"""What limits the flow of a run: the group of workers that everyone else waits for.

Workers that read the same queues (producers: that feed the same ones) are one group, since
they share its work. The limit is the group that worked the largest part of the time. Where
two groups worked about as much, it is the one in front of which items pile up. When nothing
piles up anywhere and consumers wait, producers are the limit.
"""

from __future__ import annotations

import math
from operator import add
from typing import NamedTuple

from pcsim.snapshot import QueueRow, Shares, Snapshot, WorkerRow

CLOSE = 0.1
"""Groups whose loads differ by no more than this worked about as much."""
PRESSING = 0.25
"""A pressure from which a queue is said to pile up."""
BUSY = 0.85
"""From this load on a group has no time to spare, whatever its queue does."""
STARVING = 0.15
"""A share of time waiting for items from which workers had time to spare."""
NOTABLE = 0.05
"""The smallest share of time that is worth a word."""
EARLY = 5
"""Fewer items than this out of the system tell nothing yet."""
BACKLOG = 10
"""So many items waiting for each reader press, however large the queue."""


class Group(NamedTuple):
    """Workers that share their work, and where their time went on average."""

    members: tuple[WorkerRow, ...]
    load: float
    """Time running over the time of the run, pauses left out; 0 to 1."""
    shares: Shares
    pressure: float
    """How full their fullest input was or is, 0 to 1; 0 for producers."""
    queue: QueueRow | None
    """That fullest input."""

    @property
    def produces(self) -> bool:
        """Whether they take from no queue."""
        return not self.members[0].inputs


class Limit(NamedTuple):
    """What limits the flow, and the evidence."""

    group: Group
    held: tuple[str, ...] = ()
    """Workers upstream that spent a notable share of their time blocked on the full input."""
    cramped: QueueRow | None = None
    """A queue too small to even out its two sides: each waits for the other in turn, and both
    have time to spare."""
    starved: tuple[Group, ...] = ()
    """Consumers and stages that spent much of their time waiting for items."""


def groups(snapshot: Snapshot) -> list[Group]:
    """All groups, those with the largest load first."""
    queues = {row.name: row for row in snapshot.queues}
    together: dict[tuple[tuple[str, ...], tuple[str, ...]], list[WorkerRow]] = {}
    for row in snapshot.workers:
        inputs = row.inputs if len(row.inputs) < 2 else tuple(sorted(row.inputs))
        together.setdefault((inputs, row.outputs), []).append(row)
    found = [_group(tuple(rows), queues, snapshot.at) for rows in together.values()]
    found.sort(key=lambda group: group.load, reverse=True)
    return found


def find(snapshot: Snapshot) -> Limit | None:
    """What limits the flow; None when it is too early to tell or nothing stands out."""
    ranked = groups(snapshot)
    if not ranked or ranked[0].load <= 0:
        return None
    top = [group for group in ranked if group.load >= ranked[0].load - CLOSE]
    pressed = max(top, key=lambda group: group.pressure)
    if _too_early(snapshot) and pressed.pressure < 1:
        return None
    if pressed.pressure >= PRESSING:
        cramped = None if _too_early(snapshot) else _cramped(pressed, ranked, snapshot.at)
        return Limit(pressed, _held(pressed, ranked), cramped)
    if ranked[0].produces:
        starved = tuple(g for g in ranked if g.shares.blocked_empty >= STARVING)
        return Limit(ranked[0], starved=starved) if starved else None
    return Limit(ranked[0], _held(ranked[0], ranked)) if len(top) == 1 else None


def _too_early(snapshot: Snapshot) -> bool:
    return not snapshot.phase.is_over and snapshot.totals.consumed < EARLY


def _group(members: tuple[WorkerRow, ...], queues: dict[str, QueueRow], at: float) -> Group:
    load, sums = 0.0, [0.0, 0.0, 0.0, 0.0]
    for row in members:
        shares = row.shares(at)
        life = row.lifetime(at)
        time = at - shares.paused * life
        load += min(shares.running * life / time, 1.0) if time > 0 else 0.0
        sums = list(map(add, sums, shares))
    many = len(members)
    pressures = [
        (_pressure(queues[name], many, at), queues[name])
        for name in members[0].inputs
        if name in queues
    ]
    pressure, queue = max(pressures, key=lambda pair: pair[0], default=(0.0, None))
    return Group(members, load / many, Shares(*(part / many for part in sums)), pressure, queue)


def _pressure(row: QueueRow, readers: int, at: float) -> float:
    """How full it is, how long it was full, how many items wait for each reader; 0 to 1."""
    waiting = max(row.depth, row.mean_depth(at))
    crowd = waiting / min(BACKLOG * readers, row.capacity)
    return min(max(row.full_share(at), crowd), 1.0)


def _cramped(group: Group, ranked: list[Group], at: float) -> QueueRow | None:
    queue = group.queue
    if queue is None or ranked[0].load >= BUSY or group.shares.blocked_empty < STARVING:
        return None
    held = any(
        queue.name in other.members[0].outputs and other.shares.blocked_full >= STARVING
        for other in ranked
    )
    is_both = min(queue.full_share(at), queue.empty_share(at)) >= STARVING
    return queue if held and is_both else None


def _held(group: Group, ranked: list[Group]) -> tuple[str, ...]:
    name = None if group.queue is None else group.queue.name
    return tuple(
        row.name
        for other in ranked
        if name in other.members[0].outputs and other.shares.blocked_full >= NOTABLE
        for row in other.members
    )


def service_rate(row: WorkerRow, at: float) -> float:
    """Items a second of the time that it ran: what it could do if nothing ever blocked it."""
    ran = row.shares(at).running * row.lifetime(at)
    return (row.got_total if row.inputs else row.put_total) / ran if ran > 0 else 0.0


def supply(snapshot: Snapshot, queues: frozenset[str], seen: set[str] | None = None) -> float:
    """Items a second that could come into these queues together if none was ever full: what
    their feeders can do, stages no more than comes to them. Each queue is looked at once."""
    seen = set() if seen is None else seen
    seen |= queues
    feeders: dict[frozenset[str], float] = {}
    for row in snapshot.workers:
        if not queues.isdisjoint(row.outputs):
            inputs = frozenset(row.inputs)
            feeders[inputs] = feeders.get(inputs, 0.0) + service_rate(row, snapshot.at)
    return math.fsum(
        min(able, supply(snapshot, inputs, seen)) if inputs and seen.isdisjoint(inputs) else able
        for inputs, able in feeders.items()
    )
