"""The cycle of a deadlock: which worker waits for which, going round once."""

from __future__ import annotations

from pcsim.errors import Wait
from pcsim.snapshot import BlockReason, Failure, Snapshot, WorkerRow


def waits_of(snapshot: Snapshot, failure: Failure | None = None) -> list[Wait]:
    """Which worker waits at which queues: those of the failure, or all that are blocked now."""
    if failure is not None and failure.waits:
        return list(failure.waits)
    return [
        Wait(row.name, (row.queue,), row.reason)
        for row in snapshot.workers
        if row.queue is not None and row.reason is not None
    ]


def cycle(snapshot: Snapshot, failure: Failure | None = None) -> list[Wait]:
    """The workers of a deadlock, each waiting for the next and the last for the first; [] where
    there is none."""
    rows = {row.name: row for row in snapshot.workers}
    waits = [wait for wait in waits_of(snapshot, failure) if wait.worker in rows]
    path: list[Wait] = []
    one = waits[0] if waits else None
    while one is not None and one not in path:
        path.append(one)
        one = next((other for other in waits if _releases(rows[other.worker], one)), None)
    return [] if one is None else path[path.index(one) :]


def queue_between(snapshot: Snapshot, wait: Wait, other: Wait) -> str:
    """The queue at which the one waits for the other."""
    rows = {row.name: row for row in snapshot.workers}
    return next(q for q in wait.queues if q in _queues_freed_by(rows[other.worker], wait))


def _releases(worker: WorkerRow, wait: Wait) -> bool:
    """Whether the worker could end the wait: it reads what is full, or fills what is empty."""
    return not set(wait.queues).isdisjoint(_queues_freed_by(worker, wait))


def _queues_freed_by(worker: WorkerRow, wait: Wait) -> tuple[str, ...]:
    return worker.inputs if wait.reason == BlockReason.FULL else worker.outputs
