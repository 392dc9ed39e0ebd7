"""The end of a run with the shares and times of several: for sentences about all of them."""

from __future__ import annotations

from pcsim.analysis.observation import TimeMeasures
from pcsim.analysis.result import Result
from pcsim.snapshot import QueueRow, Snapshot, Spread, WorkerRow
from pcsim.theory.statistics import Interval


def mean_snapshot(result: Result) -> Snapshot:
    """Return the last snapshot of the first run, with the means of all runs in its rows.

    Counts of items stay those of the first run, except the losses of queues, which are in
    proportion to the mean loss.

    Args:
        result: What several runs have measured.
    """
    snapshot = result.snapshot
    if result.replications < 2:
        return snapshot
    return snapshot._replace(
        queues=tuple(_queue(row, result) for row in snapshot.queues),
        workers=tuple(_worker(row, result) for row in snapshot.workers),
        sojourn_time=_spread(snapshot.sojourn_time, result.sojourn_time),
    )


def _queue(row: QueueRow, result: Result) -> QueueRow:
    measures, at = result.queue(row.name), result.snapshot.at
    came = row.put_total + row.refused_total
    return row._replace(
        waiting_time=_spread(row.waiting_time, result.waiting_time(row.name)),
        full_time=measures.full_share.mean * at,
        full_since=None,
        empty_time=measures.empty_share.mean * at,
        empty_since=None,
        dropped_total=round(measures.loss.mean * came),
    )


def _worker(row: WorkerRow, result: Result) -> WorkerRow:
    measures = result.worker(row.name)
    life = row.lifetime(result.snapshot.at)
    return row._replace(
        blocked_full_time=measures.blocked_full.mean * life,
        blocked_empty_time=measures.blocked_empty.mean * life,
        paused_time=measures.paused.mean * life,
    )


def _spread(first: Spread, times: TimeMeasures[Interval]) -> Spread:
    return first._replace(
        mean=times.mean.mean,
        p50=times.p50.mean,
        p90=times.p90.mean,
        p95=times.p95.mean,
        p99=times.p99.mean,
    )
