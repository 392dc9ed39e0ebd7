"""A deadlock is shown as the cycle of its workers."""

from __future__ import annotations

from pcsim.analysis.deadlock_cycle import cycle
from pcsim.analysis.diagnosis import advice, sentence
from pcsim.errors import Wait
from pcsim.snapshot import BlockReason, Failure, Phase, Snapshot, WorkerState
from tests.support.snapshots import consumer, queue, snapshot


def deadlock() -> Snapshot:
    """Two stages in a cycle, both queues full."""
    blocked = WorkerState.BLOCKED
    return snapshot(
        queue("there", capacity=1, depth=1),
        queue("back", capacity=1, depth=1),
        consumer("A", "back", output="there", state=blocked, on="there", reason=BlockReason.FULL),
        consumer("B", "there", output="back", state=blocked, on="back", reason=BlockReason.FULL),
        phase=Phase.FAILED,
        failure=Failure(
            "",
            0,
            "deadlock",
            waits=(Wait("A", ("there",), "full"), Wait("B", ("back",), "full")),
        ),
    )


def test_deadlock_is_described_as_a_cycle() -> None:
    """Which worker waits for which, and why, once around the cycle."""
    assert sentence(deadlock()) == (
        "Deadlock: A waits for B, there is full; B waits for A, back is full."
    )
    assert advice(deadlock()).startswith("Break the cycle")


def test_deadlock_is_described_the_same_after_its_workers_have_ended() -> None:
    """Once the run is over no worker is blocked any more; the error still has those that were."""
    broken = deadlock()
    rows = tuple(row._replace(state=WorkerState.DONE, queue=None) for row in broken.workers)
    assert sentence(broken._replace(workers=rows)) == sentence(broken)


def test_deadlock_without_a_cycle_names_each_wait() -> None:
    """A worker that a snapshot does not have may be part of one."""
    unknown = Failure("", 0, "deadlock", waits=(Wait("Z", ("there", "back"), "empty"),))
    rows = tuple(row._replace(state=WorkerState.DONE) for row in deadlock().workers)
    shown = sentence(deadlock()._replace(workers=rows, failure=unknown))
    assert shown == "Deadlock: Z waits on there/back (empty)."


def test_who_only_waits_for_a_cycle_is_no_part_of_it() -> None:
    """A worker in front of it waits for it, and is waited for by nobody in it."""
    waits = (
        Wait("F", ("back",), "full"), Wait("A", ("there",), "full"), Wait("B", ("back",), "full"),
    )  # fmt: skip
    broken = deadlock()
    front = consumer("F", "in", output="back", state=WorkerState.BLOCKED, on="back")
    broken = broken._replace(workers=(front, *broken.workers))
    failure = Failure("", 0, "deadlock", waits=waits)
    assert [wait.worker for wait in cycle(broken, failure)] == ["A", "B"]
