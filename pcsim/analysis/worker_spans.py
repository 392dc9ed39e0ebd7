"""What a worker did between two snapshots, and when, as far as its rows say that."""

from __future__ import annotations

from enum import IntEnum

from pcsim.snapshot import BlockReason, Shares, WorkerRow, WorkerState


class Kind(IntEnum):
    """What a worker did, and what is known of a queue."""

    RUNNING = 0
    FULL = 1
    EMPTY = 2
    PAUSED = 3
    FAILED = 4
    DEPTH = 5
    """The integral of the depth of a queue over time."""
    IS_FULL = 6
    """Seconds in which a queue had no room."""
    SEEN = 7
    """Seconds in which there was the queue."""


STATES = (Kind.RUNNING, Kind.FULL, Kind.EMPTY, Kind.PAUSED, Kind.FAILED)
NO_TIME = Shares()
_OF_STATE = {
    WorkerState.RUNNING: Kind.RUNNING,
    WorkerState.PAUSED: Kind.PAUSED,
    WorkerState.FAILED: Kind.FAILED,
}


def kind_of(row: WorkerRow) -> Kind | None:
    """Return what a worker does by its row; None for one that has not begun or is done."""
    if row.state is WorkerState.BLOCKED:
        return Kind.FULL if row.reason is BlockReason.FULL else Kind.EMPTY
    return _OF_STATE.get(row.state)


def _times(
    was: WorkerRow | None, row: WorkerRow, before: float, at: float
) -> list[tuple[Kind, float]]:
    """How long it was in which state between two snapshots."""
    now = row.spent(at)
    then = was.spent(before) if was is not None else NO_TIME
    times = [
        (Kind.RUNNING, now.active - then.active),
        (Kind.FULL, now.blocked_full - then.blocked_full),
        (Kind.EMPTY, now.blocked_empty - then.blocked_empty),
        (Kind.PAUSED, now.paused - then.paused),
    ]
    if row.state is WorkerState.FAILED:
        times.append((Kind.FAILED, at - max(before, row.since)))
    return times


def spans_of(
    was: WorkerRow | None, row: WorkerRow, before: float, at: float
) -> list[tuple[Kind, float, float, float]]:
    """Return what a worker did between two snapshots: state, begin, end, seconds of it.

    Args:
        was: Its row in the first; None where it was not there.
        row: Its row in the second.
        before: The time of the first, in seconds of the run.
        at: That of the second.
    """
    kind = kind_of(row)
    if was is row:
        return [] if kind is None else [(kind, before, at, at - before)]
    begin = max(before, row.started_at) if was is None else before
    since = min(max(row.since, begin), at)
    spans = []
    if kind is not None:
        spans.append((kind, since, at, at - since))
    for one, amount in _times(was, row, before, at):
        rest = amount - (at - since if one is kind else 0.0)
        if rest > 0:
            spans.append((one, begin, since, rest))
    return spans
