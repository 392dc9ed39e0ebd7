"""The laws that hold in every snapshot of every run, and from one to the next."""

from __future__ import annotations

from pcsim.snapshot import Event, EventBatch, Phase, Snapshot
from tests.support.engines import check_balance, check_growth

ROUNDING = 1e-6
ORDER = [Phase.CREATED, Phase.RUNNING, Phase.DRAINING, Phase.FINISHED]


def check_snapshot(snapshot: Snapshot) -> None:
    """Everything is within its bounds at one time."""
    check_balance(snapshot)
    assert snapshot.at >= 0, f"a time below 0: {snapshot.at}"
    check_shares(snapshot)


def check_shares(snapshot: Snapshot) -> None:
    """Shares of time are 0 to 1, depths 0 to the capacity, times not negative."""
    at = snapshot.at
    for queue in snapshot.queues:
        full, empty = queue.full_share(at), queue.empty_share(at)
        within(full, 1, "full share", queue.name)
        within(empty, 1, "empty share", queue.name)
        within(full + empty, 1, "full and empty share", queue.name)
        within(queue.mean_depth(at), queue.capacity, "mean depth", queue.name)
        within(queue.peak_depth, queue.capacity, "peak depth", queue.name)
        assert (queue.oldest_age(at) or 0.0) >= 0, f"age of the oldest: below 0 in {queue.name}"
        assert queue.waiting_time.mean >= 0, f"waiting time: below 0 in {queue.name}"
    for worker in snapshot.workers:
        shares = worker.shares(at)
        for field, share in zip(shares._fields, shares, strict=True):
            within(share, 1, f"share {field}", worker.name)
        total = sum(shares)
        assert total == 0 or abs(total - 1) < ROUNDING, (
            f"shares of a worker: {total} in all, {worker.name}"
        )
        assert worker.throughput(at) >= 0, f"throughput: below 0, {worker.name}"
    assert snapshot.sojourn_time.mean >= 0, "sojourn time: below 0"


def within(value: float, most: float, what: str, name: str) -> None:
    """It is 0 to `most`."""
    assert -ROUNDING <= value <= most * (1 + ROUNDING), f"{what}: {value} of {most}, {name}"


def check_next(before: Snapshot, after: Snapshot) -> None:
    """From one snapshot of a thread to its next: time and counts only grow."""
    assert after.at >= before.at, f"time goes back: {before.at} to {after.at}"
    was, now = rank(before.phase), rank(after.phase)
    assert now >= was, f"the phase goes back: {before.phase.value} to {after.phase.value}"
    check_growth(before, after)
    for old, new in zip(before.queues, after.queues, strict=True):
        assert new.peak_depth >= old.peak_depth, f"the peak falls: {old} to {new}"
    for earlier, later in zip(before.workers, after.workers, strict=True):
        for part in ("blocked_full_time", "blocked_empty_time", "paused_time"):
            grown = getattr(later, part) - getattr(earlier, part)
            assert grown >= -ROUNDING, f"{part} falls: by {-grown}, {later.name}"


def rank(phase: Phase) -> int:
    """Where in its life a run is; all ends are one."""
    return ORDER.index(Phase.FINISHED if phase.is_over else phase)


def check_events(batch: EventBatch, since: int) -> None:
    """Events have numbers without a gap, except where they were evicted."""
    expected = since + batch.evicted
    event: Event
    for event in batch.events:
        assert event.number == expected, f"a gap in the events: {event.number}, not {expected}"
        assert event.at >= 0, f"an event before the start: {event}"
        expected += 1
    assert batch.next_number == expected, (
        f"the next number of events: {batch.next_number}, not {expected}"
    )
