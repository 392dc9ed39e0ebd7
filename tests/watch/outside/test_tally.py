"""What successive looks add up to: rows with the times and counts that may be said."""

from __future__ import annotations

import pytest

from pcsim.snapshot import BlockReason, Role, WorkerState
from pcsim.watch.outside.process import Turns
from pcsim.watch.outside.queues import QueueState
from pcsim.watch.outside.reading import QueueLook, ThreadLook
from pcsim.watch.outside.stacks import At, Standing
from pcsim.watch.outside.tally import QueueTally, ThreadTally

NAMES = {1: "orders", 2: "parcels"}


def queue(depth: int, unfinished: int | None, maxsize: int = 10) -> QueueLook:
    return QueueLook(1, "orders", "Queue", QueueState(depth, maxsize, unfinished), is_used=True)


def thread(at: At | None, turns: int, *, running: float = 0.0) -> ThreadLook:
    standing = None if at is None else Standing(1, at, is_timed=False, waiter=5)
    both = frozenset({1}), frozenset({2})
    return ThreadLook(7, 8, "worker", standing, Turns(running, 0.0, turns), *both, is_main=False)


def test_puts_are_counted_where_nobody_reports_that_items_are_done() -> None:
    """The number of unfinished items only grows then: it counts all that were ever put."""
    tally = QueueTally(queue(2, None), 0.0)
    tally.row("orders", queue(2, 1000), 4, 1.0)
    row = tally.row("orders", queue(5, 1010), 4, 2.0)

    assert (row.is_counted, row.put_total, row.got_total) == (True, 10, 7)
    assert row.carried + row.put_total - row.got_total == row.depth
    assert row.put_rate(2.0) == 5.0


@pytest.mark.parametrize(
    "unfinished",
    [pytest.param([3, 4, 5], id="few"), pytest.param([1000, 999, 1010], id="reported")],
)
def test_nothing_is_counted_where_it_may_be_reported_that_items_are_done(
    unfinished: list[int],
) -> None:
    """What threads may have in hand, or a number that fell, is no count of what was put."""
    tally = QueueTally(queue(2, unfinished[0]), 0.0)
    for second, number in enumerate(unfinished):
        row = tally.row("orders", queue(2, number), 4, float(second))

    assert (row.is_counted, row.put_total, row.got_total) == (False, 0, 0)
    assert row.put_rate(2.0) is None
    assert row.throughput(2.0) is None


def test_what_a_queue_held_at_a_look_counts_until_the_next() -> None:
    """Times full and empty, and the mean depth, are those of the looks."""
    tally = QueueTally(queue(0, None, 2), 0.0)
    for second, depth in enumerate([0, 2, 2, 1, 0]):
        row = tally.row("orders", queue(depth, None, 2), 1, float(second))

    assert row.full_share(4.0) == 0.5
    assert row.empty_share(4.0) == 0.25
    assert row.mean_depth(4.0) == 5 / 4
    assert row.peak_depth == 2


def test_a_thread_that_was_not_on_a_core_has_waited_since_the_first_look() -> None:
    """The system counts how often a thread was put on a core: the same number, and it is known
    that it has not moved."""
    tally = ThreadTally(thread(At.GET, 3), 1.0, is_new=False)
    for second in (1.0, 2.0, 3.0):
        tally.add(thread(At.GET, 3), second)
    row = tally.row("worker", "", thread(At.GET, 3), NAMES, 3.0)

    assert (row.state, row.queue, row.reason) == (WorkerState.BLOCKED, "orders", BlockReason.EMPTY)
    assert row.since == 1.0
    assert row.shares(3.0).blocked_empty == 1.0
    assert row.role is Role.STAGE


def test_a_thread_that_has_moved_waits_since_the_look_that_found_it() -> None:
    """In between it may have gone on and come back: no longer wait is claimed, but its share of
    the looks is."""
    tally = ThreadTally(thread(At.PUT, 3), 0.0, is_new=False)
    for second in (0.0, 1.0, 2.0):
        tally.add(thread(At.PUT, 3 + int(second)), second)
    row = tally.row("worker", "", thread(At.PUT, 5), NAMES, 2.0)

    assert row.since == 2.0
    assert row.shares(2.0).blocked_full == 1.0
    assert (row.is_counted, row.throughput(2.0)) == (False, None)


def test_time_on_a_core_counts_from_the_first_look_or_from_the_threads_begin() -> None:
    """What a thread did before anybody looked is not said; a new one is known whole."""
    old, new = (
        ThreadTally(thread(None, 1, running=5.0), 0.0, is_new=is_new) for is_new in (False, True)
    )
    for tally in (old, new):
        tally.add(thread(None, 2, running=5.5), 1.0)
    looked = thread(None, 2, running=5.5)

    assert old.row("worker", "", looked, NAMES, 1.0).cpu_time == 0.5
    assert new.row("worker", "", looked, NAMES, 1.0).cpu_time == 5.5
