"""The bottleneck of a run: the group of workers that everyone else waits for.

Workers that read the same queues (producers: that feed the same ones) are one group, since
they share its work. The bottleneck is the group that worked the largest part of the time. Where
two groups worked about as much, it is the one with the larger backlog in front of it. When
there is no backlog anywhere and consumers wait, the producers are the bottleneck.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pcsim.snapshot import QueueRow, Shares, Snapshot, WorkerRow

LOAD_TOLERANCE = 0.1
"""Groups whose loads differ by no more than this worked about as much."""
BACKLOG_THRESHOLD = 0.25
"""From this backlog on, items pile up in front of a group."""
SATURATED_LOAD = 0.85
"""From this load on, a group has no time to spare, whatever its queue does."""
IDLE_SHARE = 0.15
"""Workers that waited for items for this share of their time had time to spare."""
NOTABLE = 0.05
"""The smallest share of time that is worth a word."""
MIN_ITEMS = 5
"""Before this number of items was consumed, a run is too young to be judged."""
MIN_LOOKED = 1.0
"""Before this many seconds, a program whose items are not counted was not looked at for long enough
to be judged."""
BACKLOG_PER_READER = 10
"""This number of waiting items for each reader is a full backlog, however large the queue."""


class Group(NamedTuple):
    """Workers that share their work, and where their time went on average."""

    members: tuple[WorkerRow, ...]
    load: float
    """Time in which nobody held them up, over the time of the run without pauses; 0 to 1. A
    producer that waits for its interval counts: it gives as much as it can."""
    shares: Shares
    backlog: float
    """How full their fullest input was or is; 0 to 1, and 0 for producers."""
    queue: QueueRow | None
    """Their fullest input; None for producers."""

    @property
    def produces(self) -> bool:
        """Whether they take from no queue."""
        return not self.members[0].inputs


class Bottleneck(NamedTuple):
    """The group that limits the flow, and the evidence."""

    group: Group
    blocked: tuple[str, ...] = ()
    """Workers upstream that were blocked on its full input for a notable share of their time."""
    undersized_queue: QueueRow | None = None
    """Its input, where that is too small to even out the two sides: each waits for the other in
    turn, and both have time to spare. Then the queue limits the flow, not the group."""
    starved: tuple[Group, ...] = ()
    """Consumers and stages that waited for items much of their time."""


def groups(snapshot: Snapshot) -> list[Group]:
    """All groups, those with the largest load first."""
    queues = {row.name: row for row in snapshot.queues}
    together: dict[tuple[tuple[str, ...], tuple[str, ...]], list[WorkerRow]] = {}
    for row in snapshot.workers:
        inputs = row.inputs if len(row.inputs) < 2 else tuple(sorted(row.inputs))
        together.setdefault((inputs, row.outputs), []).append(row)
    ranked = [_group(tuple(rows), queues, snapshot.at) for rows in together.values()]
    ranked.sort(key=lambda group: group.load, reverse=True)
    return ranked


def find_bottleneck(snapshot: Snapshot, ranked: Sequence[Group] | None = None) -> Bottleneck | None:
    """Find what limits the flow; None where nothing stands out, or it is too early to judge.

    Args:
        snapshot: A run, or a part of it.
        ranked: Its `groups`; None where they are still to be found.
    """
    if ranked is None:
        ranked = groups(snapshot)
    if not ranked or ranked[0].load <= 0:
        return None
    busiest = ranked[0]
    top = [group for group in ranked if group.load >= busiest.load - LOAD_TOLERANCE]
    behind = max(top, key=lambda group: group.backlog)
    if is_too_early(snapshot) and behind.backlog < 1:
        return None
    if behind.backlog >= BACKLOG_THRESHOLD:
        undersized = None if is_too_early(snapshot) else _undersized(behind, ranked, snapshot.at)
        return Bottleneck(behind, _blocked_by(behind, ranked), undersized)
    if busiest.produces:
        starved = tuple(g for g in ranked if g.shares.blocked_empty >= IDLE_SHARE)
        return Bottleneck(busiest, starved=starved) if starved else None
    return Bottleneck(busiest, _blocked_by(busiest, ranked)) if len(top) == 1 else None


def is_too_early(snapshot: Snapshot) -> bool:
    """Whether too few items have come out of a run that is going on. A part of one that began
    later is not too young: that little comes out is what there is to see."""
    is_young = not snapshot.phase.is_over and snapshot.begins_at == 0
    if not snapshot.is_counted:
        return is_young and snapshot.at < MIN_LOOKED
    return is_young and snapshot.totals.consumed < MIN_ITEMS


def _group(members: tuple[WorkerRow, ...], queues: dict[str, QueueRow], at: float) -> Group:
    load, all_shares = 0.0, []
    for row in members:
        shares = row.shares(at)
        life = row.lifetime(at)
        time = at - shares.paused * life
        load += min(shares.active * life / time, 1.0) if time > 0 else 0.0
        all_shares.append(shares)
    sums, size = map(sum, zip(*all_shares, strict=True)), len(members)
    backlogs = [
        (_backlog(queues[name], size, at), queues[name])
        for name in members[0].inputs
        if name in queues
    ]
    backlog, queue = max(backlogs, key=lambda pair: pair[0], default=(0.0, None))
    return Group(members, load / size, Shares(*(part / size for part in sums)), backlog, queue)


def _backlog(row: QueueRow, readers: int, at: float) -> float:
    """How full it is, how long it was full, how many items wait for each reader; 0 to 1."""
    waiting = max(row.depth, row.mean_depth(at))
    most = math.inf if row.capacity is None else row.capacity
    relative = waiting / min(BACKLOG_PER_READER * readers, most)
    return min(max(row.full_share(at), relative), 1.0)


def _undersized(group: Group, ranked: Sequence[Group], at: float) -> QueueRow | None:
    queue = group.queue
    if queue is None or ranked[0].load >= SATURATED_LOAD:
        return None
    if group.shares.blocked_empty < IDLE_SHARE:
        return None
    has_blocked = any(
        queue.name in other.members[0].outputs and other.shares.blocked_full >= IDLE_SHARE
        for other in ranked
    )
    is_both = min(queue.full_share(at), queue.empty_share(at)) >= IDLE_SHARE
    return queue if has_blocked and is_both else None


def _blocked_by(group: Group, ranked: Sequence[Group]) -> tuple[str, ...]:
    name = None if group.queue is None else group.queue.name
    return tuple(
        row.name
        for other in ranked
        if name in other.members[0].outputs and other.shares.blocked_full >= NOTABLE
        for row in other.members
    )


def service_rate(row: WorkerRow, at: float) -> float:
    """Items a second of the time in which nobody held a worker up: its rate if nothing ever did."""
    seconds = row.shares(at).active * row.lifetime(at)
    return (row.got_total if row.inputs else row.put_total) / seconds if seconds > 0 else 0.0


def offered_rate(
    snapshot: Snapshot, queues: frozenset[str], visited: set[str] | None = None
) -> float:
    """Items a second that would arrive at these queues together if none was ever full.

    Each worker that feeds them counts with its service rate, a stage with no more than what
    arrives at it. `visited` has the queues that count already, so that a cycle ends.
    """
    visited = set() if visited is None else visited
    visited |= queues
    feeders: dict[frozenset[str], float] = {}
    for row in snapshot.workers:
        if not queues.isdisjoint(row.outputs):
            inputs = frozenset(row.inputs)
            feeders[inputs] = feeders.get(inputs, 0.0) + service_rate(row, snapshot.at)
    return math.fsum(
        min(able, offered_rate(snapshot, inputs, visited))
        if inputs and visited.isdisjoint(inputs)
        else able
        for inputs, able in feeders.items()
    )
