"""The exit status that a run earns follows from its end."""

from __future__ import annotations

from pcsim.analysis import report
from pcsim.errors import Wait
from pcsim.snapshot import Failure, Phase, Snapshot, WorkerState
from pcsim.snapshot.exit_status import exit_status_of
from tests.support.snapshots import consumer, producer, queue, snapshot


def finished() -> Snapshot:
    """A run with back-pressure, at its end."""
    return snapshot(
        queue(full=0.78, empty=0.02, wait=0.54),
        producer(blocked=0.74, state=WorkerState.DONE, until=8.0),
        consumer(state=WorkerState.DONE),
        phase=Phase.FINISHED,
        title="Fast producer, slow consumer",
    )


def test_exit_status_follows_from_the_end() -> None:
    """Done is 0, failed or aborted 1, a deadlock 3; the caller may know better."""
    run = finished()
    assert exit_status_of(run) == 0
    assert exit_status_of(run._replace(phase=Phase.ABORTED)) == 1
    failed = run._replace(phase=Phase.FAILED, failure=Failure("C1", 1, "E"))
    assert exit_status_of(failed) == 1
    hanging = run._replace(
        phase=Phase.FAILED, failure=Failure("", 0, "d", waits=(Wait("A", ("q",), "full"),))
    )
    assert exit_status_of(hanging) == 3
    assert report.document(run, 130)["exit_status"] == 130
