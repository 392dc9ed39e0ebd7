"""Workers that wait only for each other: the picture of a deadlock, and the ways out of it.

An engine reports a deadlock itself. In a program that is watched nobody does: there it is seen from
the rows, as far as they are known.
"""

from __future__ import annotations

from typing import NamedTuple

from pcsim.analysis.deadlock_cycle import cycle, queue_between
from pcsim.analysis.phrases import name
from pcsim.errors import Wait
from pcsim.snapshot import BlockReason, Snapshot, WorkerRow, WorkerState

SETTLED = 2.0
"""Seconds for which workers of a program that is watched wait before they count as locked."""


class Lockup(NamedTuple):
    """A cycle of workers, each of which waits for the next one."""

    picture: Snapshot
    """The run as it was while they waited for each other."""
    waits: tuple[Wait, ...]
    """Going round once; the last waits for the first."""
    queues: tuple[str, ...]
    """The queue at which each of them waits."""
    others: tuple[WorkerRow, ...]
    """Those that are blocked too, and hold nobody of the cycle up."""


def find_lockup(snapshot: Snapshot) -> Lockup | None:
    """Return the cycle in which a run, or a program, is locked; None where it is not.

    Args:
        snapshot: The run, or the program, at any time.

    >>> from pcsim.snapshot import Phase, Totals
    >>> find_lockup(Snapshot(0, 0.0, Phase.RUNNING, True, (), (), Totals())) is None
    True
    """
    failure = snapshot.failure
    if failure is not None and failure.is_deadlock:
        picture = snapshot.at_deadlock or snapshot
        waits = cycle(picture, failure)
    elif snapshot.phase.is_over or failure is not None:
        return None
    else:
        picture = snapshot
        locked = _locked(snapshot)
        waits = cycle(snapshot._replace(workers=locked)) if locked else []
        if not any(wait.reason == BlockReason.FULL for wait in waits):
            return None  # all wait for items: nothing is to be done, and nothing is stuck
    if not waits:
        return None
    pairs = zip(waits, [*waits[1:], *waits[:1]], strict=True)
    queues = tuple(queue_between(picture, one, other) for one, other in pairs)
    inside = {wait.worker for wait in waits}
    others = tuple(
        row for row in picture.workers
        if row.state is WorkerState.BLOCKED and row.name not in inside
    )  # fmt: skip
    return Lockup(picture, tuple(waits), queues, others)


def ways_out(lockup: Lockup, *, is_own: bool = True) -> list[str]:
    """Return what would keep it from happening, in words that are safe for a terminal.

    Args:
        lockup: The cycle.
        is_own: Whether it is a run of a scenario; False for a program that is watched.
    """
    rows = {row.name: row for row in lockup.picture.queues}
    full = list(dict.fromkeys(
        queue for wait, queue in zip(lockup.waits, lockup.queues, strict=True)
        if wait.reason == BlockReason.FULL
    ))  # fmt: skip
    bounded = [queue for queue in full if queue in rows and rows[queue].capacity is not None]
    ways = ["let items leave the cycle"]
    if bounded:
        which = " or ".join(name(queue) for queue in bounded)
        drops = f'overflow = "drop_new" on {which}' if is_own else f"a timeout of puts into {which}"
        ways += [drops, "a larger queue only puts it off"]
    return ways


def _locked(snapshot: Snapshot) -> tuple[WorkerRow, ...]:
    """The workers that wait only for each other, and have for a while: the greatest such set."""
    gone = (WorkerState.NEW, WorkerState.DONE, WorkerState.FAILED)
    live = [row for row in snapshot.workers if row.ended_at is None and row.state not in gone]
    stuck = {
        row.name: row for row in live
        if row.state is WorkerState.BLOCKED and snapshot.at - row.since >= SETTLED
    }  # fmt: skip
    free = [row for row in live if row.name not in stuck]
    while True:
        freed = [row for row in stuck.values() if any(_could_release(other, row) for other in free)]
        if not freed:
            return tuple(row for row in live if row.name in stuck)
        for row in freed:
            del stuck[row.name]
        free = freed


def _could_release(other: WorkerRow, row: WorkerRow) -> bool:
    if row.reason is BlockReason.FULL:
        return row.queue in other.inputs
    return not set(row.inputs).isdisjoint(other.outputs)
