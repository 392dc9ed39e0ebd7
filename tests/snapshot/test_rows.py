"""Rows of a snapshot derive their shares from what was measured."""

from __future__ import annotations

from pcsim.snapshot import QueueRow, Role, Shares, WorkerRow, WorkerState


def test_a_queue_is_never_full_and_empty_at_once() -> None:
    """Periods that threads have timed may overlap a little; their shares do not."""
    row = QueueRow("a", 1, full_time=0.75, empty_time=0.3)
    assert (row.full_share(1.0), row.empty_share(1.0)) == (0.75, 0.25)


def test_the_shares_of_a_worker_that_has_ended_are_those_of_its_life() -> None:
    """From its start to its end, however long the run went on."""
    row = WorkerRow(
        "C", Role.CONSUMER, state=WorkerState.DONE, started_at=1.0, since=5.0, ended_at=5.0,
        done_total=8, blocked_empty_time=1.0,
    )  # fmt: skip
    for at in (5.0, 50.0):
        assert row.lifetime(at) == 4.0
        assert row.shares(at) == Shares(running=0.75, blocked_empty=0.25)
        assert row.throughput(at) == 2.0
