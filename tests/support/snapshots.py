"""Snapshots made by hand: a run as it would stand after ten seconds."""

from __future__ import annotations

from pcsim.snapshot import (
    BlockReason,
    Failure,
    Phase,
    QueueRow,
    Role,
    Snapshot,
    Spread,
    Totals,
    WorkerRow,
    WorkerState,
)

AT = 10.0


def queue(
    name: str = "main",
    *,
    capacity: int = 10,
    depth: int = 0,
    peak: int = 0,
    full: float = 0.0,
    empty: float = 0.0,
    passed: int = 40,
    wait: float = 0.1,
) -> QueueRow:
    """A queue; `full` and `empty` are shares of the run. What is queued has come just now, and
    others filled the queue before."""
    return QueueRow(
        name,
        capacity,
        depth,
        max(peak, depth),
        put_total=passed + depth,
        got_total=passed,
        waiting_time=Spread(passed, wait, wait, 2 * wait, 2 * wait),
        full_time=full * AT,
        empty_time=empty * AT,
        moment=max(passed * wait, full * AT * capacity) - depth * AT,
    )


def producer(
    name: str = "P1",
    output: str = "main",
    *,
    blocked: float = 0.0,
    paused: float = 0.0,
    state: WorkerState = WorkerState.RUNNING,
    items: int = 40,
    until: float | None = None,
) -> WorkerRow:
    """A producer that spent the shares `blocked` and `paused` of its time."""
    life = AT if until is None else until
    return WorkerRow(
        name,
        Role.PRODUCER,
        outputs=(output,),
        state=state,
        queue=output if state is WorkerState.BLOCKED else None,
        reason=BlockReason.FULL if state is WorkerState.BLOCKED else None,
        since=life,
        ended_at=until,
        produced_total=items,
        put_total=items,
        source_size=items,
        blocked_full_time=blocked * life,
        paused_time=paused * life,
    )


def consumer(
    name: str = "C1",
    *inputs: str,
    output: str | None = None,
    starved: float = 0.0,
    blocked: float = 0.0,
    state: WorkerState = WorkerState.RUNNING,
    on: str | None = None,
    reason: BlockReason | None = None,
    items: int = 40,
    in_hand: int = 0,
    since: float = AT,
    failed: int = 0,
    item: int | None = None,
    item_since: float | None = None,
) -> WorkerRow:
    """A consumer, or with an `output` a stage."""
    return WorkerRow(
        name,
        Role.CONSUMER if output is None else Role.STAGE,
        inputs=inputs or ("main",),
        outputs=() if output is None else (output,),
        state=state,
        queue=on,
        reason=reason,
        since=since,
        got_total=items + in_hand + failed,
        put_total=0 if output is None else items,
        done_total=items if output is None else 0,
        failed_total=failed,
        in_hand=in_hand,
        blocked_full_time=blocked * AT,
        blocked_empty_time=starved * AT,
        item=item,
        item_since=item_since,
    )


def snapshot(
    *rows: QueueRow | WorkerRow,
    phase: Phase = Phase.RUNNING,
    producing: bool = True,
    totals: Totals | None = None,
    failure: Failure | None = None,
    abandoned: tuple[str, ...] = (),
    at: float = AT,
    title: str = "A run",
) -> Snapshot:
    """A whole system; its totals balance unless they are given."""
    queues = tuple(row for row in rows if isinstance(row, QueueRow))
    workers = tuple(row for row in rows if isinstance(row, WorkerRow))
    return Snapshot(
        version=1,
        at=at,
        phase=phase,
        producing=producing,
        queues=queues,
        workers=workers,
        totals=_totals(queues, workers) if totals is None else totals,
        failure=failure,
        abandoned=abandoned,
        title=title,
    )


def _totals(queues: tuple[QueueRow, ...], workers: tuple[WorkerRow, ...]) -> Totals:
    in_hand = sum(row.in_hand for row in workers)
    parts = {
        "queued": sum(row.depth for row in queues),
        "in_workers_hands": in_hand,
        "consumed": sum(row.done_total for row in workers),
        "failed": sum(row.failed_total for row in workers),
        "discarded": sum(row.discarded_total for row in queues),
    }
    return Totals(produced=sum(parts.values()), **parts)
