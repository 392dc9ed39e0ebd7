"""The measures of a run as plain data, in one place, so that every report agrees.

Times are seconds, throughputs items a second, shares and utilization 0 to 1; a number that
does not exist is None, and none is infinite.
"""

from __future__ import annotations

from pcsim.analysis.event_text import note
from pcsim.snapshot import Failure, QueueRow, Role, Snapshot, Spread, WorkerRow


def spread(times: Spread) -> dict[str, object]:
    """The distribution of measured times: their number, mean, percentiles and maximum."""
    return {
        "count": times.count,
        "mean": times.mean,
        "p50": times.p50,
        "p90": times.p90,
        "p95": times.p95,
        "p99": times.p99,
        "max": times.max,
    }


def by_priority(spreads: tuple[tuple[int, Spread], ...]) -> list[dict[str, object]]:
    """The distributions of times for each priority, the smallest first."""
    return [{"priority": priority, **spread(times)} for priority, times in spreads]


def queue(row: QueueRow, at: float) -> dict[str, object]:
    """The measures of one queue over the run up to the time `at`."""
    return {
        "name": row.name,
        "capacity": row.capacity,
        "depth": row.depth,
        "peak_depth": row.peak_depth,
        "mean_depth": row.mean_depth(at),
        "put_total": row.put_total,
        "got_total": row.got_total,
        "dropped_total": row.dropped_total,
        "discarded_total": row.discarded_total,
        "throughput": row.throughput(at),
        "waiting_time": spread(row.waiting_time),
        "oldest_age": row.oldest_age(at),
        "full_share": row.full_share(at),
        "empty_share": row.empty_share(at),
        "closed": row.closed,
        "waiting_by_priority": by_priority(row.waiting_by_priority),
    }


def worker(row: WorkerRow, at: float) -> dict[str, object]:
    """The measures of one worker from its start to its end, or to the time `at`."""
    shares = row.shares(at)
    return {
        "name": row.name,
        "role": row.role.value,
        "inputs": list(row.inputs),
        "outputs": list(row.outputs),
        "state": row.state.value,
        "blocked_on": row.queue,
        "blocked_reason": None if row.reason is None else row.reason.value,
        "items_total": row.items_total,
        "produced_total": row.produced_total,
        "copied_total": row.copied_total,
        "put_total": row.put_total,
        "got_total": row.got_total,
        "done_total": row.done_total,
        "failed_total": row.failed_total,
        "dropped_total": row.dropped_total,
        "discarded_total": row.discarded_total,
        "in_hand": row.in_hand,
        "source_size": row.source_size,
        "max_items": row.max_items,
        "lifetime": row.lifetime(at),
        "throughput": row.throughput(at),
        "utilization": shares.running,
        "shares": shares._asdict(),
        "cpu_time": row.cpu_time,
        "core_wait_time": row.core_wait_time,
        "note": note(row),
    }


def failure(first: Failure) -> dict[str, object]:
    """The first error of a run."""
    waits = [{**wait._asdict(), "queues": list(wait.queues)} for wait in first.waits]
    return {**first._asdict(), "waits": waits, "is_deadlock": first.is_deadlock}


def consumed_by(row: WorkerRow) -> int:
    """The number of items that a consumer has finished, or that a stage has passed on."""
    return row.done_total if row.role is Role.CONSUMER else row.items_total


def totals(snapshot: Snapshot) -> dict[str, int]:
    """The number of items by where they are now; `produced` and `copied` are together the sum of
    the others."""
    return snapshot.totals._asdict()
