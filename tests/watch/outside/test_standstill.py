"""Which threads wait for one another for ever."""

from __future__ import annotations

from pcsim.snapshot import BlockReason, QueueRow, Role, WorkerRow, WorkerState
from pcsim.watch.outside.order import in_order
from pcsim.watch.outside.standstill import standstill


def waiting(name: str, reads: str, writes: str, reason: BlockReason) -> WorkerRow:
    queue = writes if reason is BlockReason.FULL else reads
    inputs, outputs = (reads,) if reads else (), (writes,) if writes else ()
    return WorkerRow(name, Role.STAGE, inputs, outputs, WorkerState.BLOCKED, queue, reason)


FULL, EMPTY = BlockReason.FULL, BlockReason.EMPTY


def names(*workers: WorkerRow, stuck: str) -> list[str]:
    return [wait.worker for wait in standstill(workers, set(stuck))]


def test_what_another_thread_can_release_is_in_no_deadlock() -> None:
    """A third thread reads one of the full queues: it may make room at any time."""
    a, b = waiting("a", "p", "q", FULL), waiting("b", "q", "p", FULL)
    free = waiting("c", "p", "", EMPTY)

    assert names(a, b, stuck="ab") == ["a", "b"]
    assert names(a, b, free, stuck="ab") == []
    assert names(a, b, stuck="a") == []


def test_what_waits_for_a_deadlock_is_part_of_it() -> None:
    """A feeder of a queue that only they read can go on no more than they can."""
    a, b = waiting("a", "p", "q", FULL), waiting("b", "q", "p", FULL)
    feeder = waiting("f", "", "p", FULL)

    assert names(a, b, feeder, stuck="abf") == ["a", "b", "f"]


def test_a_queue_that_nobody_is_known_to_read_is_no_deadlock() -> None:
    """The one that reads it may only not have been seen yet."""
    assert names(waiting("a", "p", "q", FULL), stuck="a") == []
    assert names(waiting("a", "p", "", EMPTY), stuck="a") == []


def test_a_thread_that_only_itself_could_release_is_in_a_deadlock() -> None:
    """It puts into the queue that it alone reads, and that is full."""
    assert names(waiting("a", "q", "q", FULL), stuck="a") == ["a"]


def test_queues_come_in_the_order_in_which_items_go_through_them() -> None:
    """Those without threads come last; a circle is cut somewhere."""
    queues = [QueueRow(name, None) for name in ("a", "b", "c", "d")]
    workers = [
        WorkerRow("1", Role.STAGE, ("c",), ("b",)),
        WorkerRow("2", Role.STAGE, ("b",), ("a",)),
    ]
    assert [row.name for row in in_order(queues, workers)] == ["c", "b", "a", "d"]
    circle = [*workers, WorkerRow("3", Role.STAGE, ("a",), ("c",))]
    assert sorted(row.name for row in in_order(queues, circle)) == ["a", "b", "c", "d"]
