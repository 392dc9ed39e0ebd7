"""Workers that wait only for each other: found in a run that ended so, and in a watched program."""

from __future__ import annotations

import pytest

from pcsim.analysis.lockup import SETTLED, find_lockup, ways_out
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.snapshot import (
    BlockReason,
    Phase,
    QueueRow,
    Role,
    Snapshot,
    Totals,
    WorkerRow,
    WorkerState,
)
from tests.tui.scenarios import LOCKS_UP


@pytest.mark.parametrize("engine", [ThreadsEngine, VirtualEngine])
def test_the_picture_of_a_deadlock_is_kept_after_the_end(engine: type) -> None:
    """On both engines: who waits for whom, where, and how full the queues were."""
    run = engine(LOCKS_UP)
    run.start()
    assert run.join(30)
    lockup = find_lockup(run.snapshot())
    assert lockup is not None
    assert {wait.worker for wait in lockup.waits} == {"X", "Y"}
    assert set(lockup.queues) == {"a", "b"}
    depths = {row.name: row.depth for row in lockup.picture.queues}
    assert depths == {"a": 2, "b": 2}
    [first, second, third] = ways_out(lockup)
    assert first == "let items leave the cycle"
    assert 'overflow = "drop_new" on ' in second
    assert third == "a larger queue only puts it off"


def stuck(name: str, inputs: str, outputs: str, reason: BlockReason, queue: str) -> WorkerRow:
    return WorkerRow(name, Role.STAGE, tuple(inputs.split()), tuple(outputs.split()),
                     WorkerState.BLOCKED, queue, reason, since=1.0)  # fmt: skip


def watched(*rows: WorkerRow, at: float = 1.0 + SETTLED) -> Snapshot:
    queues = (QueueRow("a", 1, 1), QueueRow("b", 1, 1))
    return Snapshot(0, at, Phase.RUNNING, True, queues, rows, Totals())


FULL, EMPTY = BlockReason.FULL, BlockReason.EMPTY
A, B = stuck("A", "a", "b", FULL, "b"), stuck("B", "b", "a", FULL, "a")


def test_a_program_that_is_watched_is_seen_to_be_locked() -> None:
    """Once its threads have waited for each other for a while; who waits outside is no part."""
    outside = stuck("P", "", "a", FULL, "a")
    lockup = find_lockup(watched(A, B, outside))
    assert lockup is not None
    assert [wait.worker for wait in lockup.waits] == ["A", "B"]
    assert [row.name for row in lockup.others] == ["P"]
    assert find_lockup(watched(A, B, at=1.0 + SETTLED / 2)) is None


def test_who_may_still_release_them_is_no_deadlock() -> None:
    """A third reader that runs, or one that is paused."""
    for state in (WorkerState.RUNNING, WorkerState.PAUSED):
        helper = WorkerRow("H", Role.CONSUMER, ("a",), (), state)
        assert find_lockup(watched(A, B, helper)) is None


def test_threads_that_all_wait_for_items_are_idle() -> None:
    """There is nothing for them to do, and nothing is stuck."""
    one, other = stuck("A", "a", "b", EMPTY, "a"), stuck("B", "b", "a", EMPTY, "b")
    assert find_lockup(watched(one, other)) is None


def test_a_run_that_ended_otherwise_has_no_picture() -> None:
    """Nor has one before its start."""
    assert find_lockup(watched(A, B)._replace(phase=Phase.ABORTED)) is None
    assert find_lockup(VirtualEngine(LOCKS_UP).snapshot()) is None
