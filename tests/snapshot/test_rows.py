"""Rows of a snapshot derive their shares from what was measured."""

from __future__ import annotations

from pcsim.snapshot import QueueRow


def test_a_queue_is_never_full_and_empty_at_once() -> None:
    """Periods that threads have timed may overlap a little; their shares do not."""
    row = QueueRow("a", 1, full_time=0.75, empty_time=0.3)
    assert (row.full_share(1.0), row.empty_share(1.0)) == (0.75, 0.25)
