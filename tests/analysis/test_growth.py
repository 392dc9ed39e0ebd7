"""Of a queue that has no capacity it is said whether it grows, but not where chance may be all."""

from __future__ import annotations

import pytest

from pcsim.analysis.growth import growth, growth_words
from pcsim.snapshot import Phase, QueueRow, Snapshot, Totals


def moment(at: float, *queues: QueueRow) -> Snapshot:
    return Snapshot(int(at * 10), at, Phase.RUNNING, True, queues, (), Totals())


def test_what_came_in_between_two_snapshots_is_the_growth() -> None:
    """And what left is the shrinking; what was there before is neither."""
    early = moment(5.0, QueueRow("a", None, 100, put_total=100), QueueRow("b", None, 80))
    late = moment(
        15.0,
        QueueRow("a", None, 410, put_total=700, got_total=290),
        QueueRow("b", None, 40, got_total=40),
    )
    rows = late.since(early).queues
    assert [row.carried for row in rows] == [100, 80]
    assert [growth_words(row, 10.0) for row in rows] == ["growing 31/s", "shrinking 4/s"]


def test_a_queue_that_came_later_grows_from_what_it_was_seen_with() -> None:
    """Its items of before are not said to have come at once."""
    row = QueueRow("late", None, 500, carried=500)
    (since,) = moment(10.0, row).since(moment(0.0)).queues
    assert growth_words(since, 10.0) == "steady"


@pytest.mark.parametrize("depth", [0, 1, 30, 48])
def test_a_change_that_chance_may_make_is_none(depth: int) -> None:
    """A thousand items came and went: two standard deviations of that are 63."""
    row = QueueRow("a", None, depth, put_total=1000, got_total=1000 - depth)
    assert growth(row, 10.0) == 0.0


def test_nothing_is_said_of_no_time() -> None:
    """At the very moment of looking."""
    assert growth(QueueRow("a", None, 9), 0.0) == 0.0


def test_the_depth_of_a_queue_that_nothing_limits_has_no_bound() -> None:
    """Neither is it ever full, nor is its mean depth cut off."""
    row = QueueRow("a", None, 7000, put_total=7000, moment=-30_000.0)
    (since,) = moment(10.0, row).since(moment(0.0, QueueRow("a", None))).queues
    assert (row.fill, row.is_full) == (None, False)
    assert since.mean_depth(10.0) == row.mean_depth(10.0) == 4000.0
    assert QueueRow("b", 3, 3).is_full


def test_counts_of_another_queue_of_the_same_name_are_no_error() -> None:
    """They may be lower than before."""
    assert growth(QueueRow("a", None, 9, put_total=-5, got_total=-9), 10.0) == 0.9
