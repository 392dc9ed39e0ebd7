"""A program that is watched from outside, as the app and the command show it."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from pcsim.analysis.diagnosis import sentence
from pcsim.snapshot import BlockReason, EventKind, Phase, Snapshot, WorkerState
from pcsim.snapshot.control import Control
from pcsim.watch import page, programs
from pcsim.watch.outside import watched
from pcsim.watch.outside.watched import OutsideWatch
from tests.watch.outside.conftest import PYTHONS, Start


def settled(watch: OutsideWatch) -> Snapshot:
    """Look until it is sure that nothing moves."""
    while watch.look().failure is None:
        pass
    return watch.look()


@pytest.mark.parametrize("python", PYTHONS)
def test_a_deadlock_is_named_as_its_cycle(
    python: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody in there can answer; from outside it is seen who waits for whom."""
    monkeypatch.setattr(watched, "SETTLED", 0.05)
    program = start("deadlock.py", python)
    watch = OutsideWatch(program.pid)
    snapshot = settled(watch)

    assert sentence(snapshot) == (
        "Deadlock: forward waits for back, right is full; back waits for forward, left is full."
    )
    assert [(row.name, row.depth, row.capacity) for row in snapshot.queues] == [
        ("left", 1, 1),
        ("right", 1, 1),
    ]
    assert [(row.name, row.inputs, row.outputs) for row in snapshot.workers] == [
        ("forward", ("left",), ("right",)),
        ("back", ("right",), ("left",)),
    ]
    assert sentence(snapshot) in " ".join(page.text(snapshot, 200, watch.notes).splitlines())
    watch.close()


def test_a_stopped_program_is_said_to_be_stopped_and_not_deadlocked(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its threads do not move because it is stopped: that is no reason to say more."""
    monkeypatch.setattr(watched, "SETTLED", 0.0)
    program = start("deadlock.py")
    os.kill(program.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
    watch = OutsideWatch(program.pid)
    snapshot = watch.look()

    assert snapshot.title.endswith("from outside · stopped")
    assert snapshot.failure is None
    assert {row.state for row in snapshot.workers} == {WorkerState.BLOCKED}
    watch.close()


def test_what_waits_with_a_timeout_is_in_no_deadlock(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on by itself, and then those that wait for it do."""
    monkeypatch.setattr(watched, "SETTLED", 0.0)
    program = start("deadlock.py", sys.executable, "timed")
    watch = OutsideWatch(program.pid)
    snapshot = watch.look()

    assert {row.state for row in snapshot.workers} == {WorkerState.BLOCKED}
    assert snapshot.failure is None
    watch.close()


def test_threads_that_do_the_same_are_one_group_and_one_that_only_joins_is_no_worker(
    start: Start,
) -> None:
    """Rows are of what reads or writes a queue."""
    program = start("steady.py")
    watch = OutsideWatch(program.pid)
    snapshot = watch.look()
    rows = {row.name: row for row in snapshot.workers}
    assert rows["zweite Ernte äöü"].reason is BlockReason.EMPTY
    assert rows["putter-1"].group == rows["putter-2"].group == "putter"
    assert "joiner" not in rows
    watch.close()


def test_a_program_that_ends_stays_as_it_was_seen_last(start: Start) -> None:
    """Also when it is killed, and when it is looked at again after that."""
    program = start("deadlock.py")
    watch = OutsideWatch(program.pid)
    before = watch.look()
    program.kill()
    after, again = watch.look(), watch.look()

    assert after.phase is Phase.FINISHED
    assert after.title.endswith(" · ended")
    assert [row.name for row in after.queues] == [row.name for row in before.queues]
    assert {row.state for row in after.workers} == {WorkerState.DONE}
    assert again is after
    watch.close()


def test_snapshots_are_made_while_somebody_asks_for_them(start: Start) -> None:
    """Asking for one does not wait for a look; the app asks again and again."""
    program = start("deadlock.py")
    watch = OutsideWatch(program.pid)
    first = watch.snapshot()
    while watch.snapshot().version == first.version:
        pass

    assert not isinstance(watch, Control)
    assert watch.queue_detail("left").depth == 1
    assert watch.queue_detail("left").items == ()
    with pytest.raises(KeyError):
        watch.queue_detail("none")
    watch.close()
    watch.close()
    assert watch.look().phase is Phase.RUNNING


def test_waits_that_last_are_events(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look finds a thread waiting, and a later one that it has not moved."""
    monkeypatch.setattr(watched, "EVENTFUL", 0.0)
    program = start("deadlock.py")
    watch = OutsideWatch(program.pid)
    watch.look()
    batch = watch.events()

    assert {(one.kind, one.subject, one.queue) for one in batch.events} == {
        (EventKind.BLOCKED, "forward", "right"),
        (EventKind.BLOCKED, "back", "left"),
    }
    assert watch.events(batch.next_number).events == ()
    watch.close()


def test_a_program_without_an_agent_is_watched_from_outside(start: Start) -> None:
    """It is listed, and shown, without anything having been done to it."""
    program = start("deadlock.py")
    watch = programs.watch(program.pid)
    assert isinstance(watch, OutsideWatch)
    assert "from outside" in watch.look().title
    watch.close()
    assert program.pid in programs.processes_of(os.getuid())
    found = programs._glance(program.pid)

    assert found is not None
    assert (found.queues, found.blocked, found.way) == (2, 2, "from outside")
    assert found.python.startswith("3.")
