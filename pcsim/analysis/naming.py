"""Finds the workers and queues that the sentence about a run names."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.bottleneck import Group, find_bottleneck
from pcsim.analysis.counterfactual import Diagnosis, Part, PartKind, Verdict
from pcsim.analysis.deadlock_cycle import cycle, queue_between
from pcsim.analysis.named import FAILED, LIMIT, STUCK, Named
from pcsim.analysis.standing import Standing
from pcsim.snapshot import Phase, Snapshot


def named(
    snapshot: Snapshot, found: Diagnosis | None = None, ranked: Sequence[Group] | None = None
) -> Named:
    """Return what the sentence about a run names.

    Args:
        snapshot: The run, at any time.
        found: What limits it, by simulation; None to judge by what the run has measured.
        ranked: Its groups of workers, as `bottleneck.groups` ranks them; None where that is still
            to be done.

    >>> from pcsim.snapshot import Phase, Snapshot, Totals
    >>> named(Snapshot(0, 0.0, Phase.RUNNING, True, (), (), Totals())).workers
    frozenset()
    """
    failure = snapshot.failure
    if failure is not None and failure.is_deadlock:
        return _deadlock(snapshot)
    if failure is not None:
        return Named(FAILED, frozenset((failure.worker,) if failure.worker else ()))
    if snapshot.phase not in (Phase.RUNNING, Phase.FINISHED):
        return Named()
    if found is None or found.verdict is Verdict.TOO_LARGE:
        return _measured(snapshot, ranked)
    return _found(snapshot, found)


def present(snapshot: Snapshot, standing: Standing | None) -> Named:
    """Return what the sentence about a run that is watched names.

    Args:
        snapshot: The run, at any time.
        standing: The verdict that stands about it; None where there is none yet.
    """
    if snapshot.phase is not Phase.RUNNING:
        return named(snapshot)
    if standing is None or not snapshot.producing:
        return Named()
    return _found(standing.part, standing.found)


def _deadlock(snapshot: Snapshot) -> Named:
    waits = cycle(snapshot, snapshot.failure)
    pairs = zip(waits, [*waits[1:], *waits[:1]], strict=True)
    queues = tuple(queue_between(snapshot, wait, other) for wait, other in pairs)
    return Named(STUCK, frozenset(wait.worker for wait in waits), queues)


def _found(snapshot: Snapshot, found: Diagnosis) -> Named:
    if found.together is not None:
        each = [_part(snapshot, part) for part in found.together.parts]
        queues = dict.fromkeys(queue for one in each for queue in one.queues)
        return Named(LIMIT, frozenset().union(*(one.workers for one in each)), tuple(queues))
    return Named() if found.limit is None else _part(snapshot, found.limit)


def _part(snapshot: Snapshot, part: Part) -> Named:
    if part.kind is PartKind.QUEUES:
        return Named(LIMIT, frozenset(), part.names)
    rows = [row for row in snapshot.queues if row.name in part.inputs]
    rows.sort(key=lambda row: (row.full_share(snapshot.at), row.peak_depth), reverse=True)
    return Named(LIMIT, frozenset(part.names), tuple(row.name for row in rows))


def _measured(snapshot: Snapshot, ranked: Sequence[Group] | None) -> Named:
    limit = find_bottleneck(snapshot, ranked)
    if limit is None:
        return Named()
    if limit.undersized_queue is not None:
        return Named(LIMIT, frozenset(), (limit.undersized_queue.name,))
    workers = frozenset(row.name for row in limit.group.members)
    return Named(LIMIT, workers, (limit.group.queue.name,) if limit.group.queue else ())
