"""What is read of another process from outside, against what that process says of itself."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from pcsim.watch.outside.queues import OutsideQueue
from pcsim.watch.outside.reading import Look, Outside
from pcsim.watch.outside.stacks import At
from tests.watch.outside.conftest import PYTHONS, Start


def described(look: Look) -> dict[str, Any]:
    """A look in the form in which the program describes itself."""
    names = {one.at: one.name for one in look.queues}
    return {
        "queues": {
            one.name: {"kind": one.kind, **one.state._asdict()}
            for one in look.queues
            if one.kind != "SimpleQueue"
        },
        "waits": {
            one.name: [names[one.standing.queue], one.standing.at, one.standing.is_timed]
            for one in look.threads
            if one.standing is not None
        },
        "uses": {
            one.name: [
                sorted(names[queue] for queue in one.inputs),
                sorted(names[queue] for queue in one.outputs),
            ]
            for one in look.threads
        },
        "threads": {one.name: [one.ident, one.native] for one in look.threads},
    }


@pytest.mark.parametrize("python", PYTHONS)
def test_a_look_agrees_with_what_the_program_says_of_itself(python: str, start: Start) -> None:
    """Queues of each kind, who waits where, and names, as the program itself knows them."""
    program = start("steady.py", python)
    with Outside(program.pid) as outside:
        first, again = outside.look(), outside.look()

        found, truth = described(again), program.said
        assert outside.interpreter.version == truth["version"].rstrip("+")
        assert found["queues"] == truth["queues"]
        assert found["waits"] == truth["waits"]
        assert found["threads"] == truth["threads"]
        assert truth["uses"].items() <= found["uses"].items()
        assert truth["simple"] in [q.state.depth for q in again.queues if q.kind == "SimpleQueue"]
        assert described(first)["waits"] == truth["waits"]
        assert [one.is_main for one in again.threads] == [True] + [False] * 7


@pytest.mark.parametrize("python", PYTHONS)
def test_a_thread_that_keeps_the_lock_is_named_while_it_does(python: str, start: Start) -> None:
    """No code can run in such a program, and a look shows who has Python's lock."""
    program = start("steady.py", python)
    with Outside(program.pid) as outside:
        outside.look()
        program.say("hold")
        assert program.hear() == "holding"
        while not (look := outside.look()).lock_taken:
            pass  # it says so just before it takes the lock for good

        main = next(one for one in look.threads if one.is_main)
        assert look.holder == main.ident
        assert described(look)["waits"] == program.said["waits"]


@pytest.mark.parametrize("python", PYTHONS)
def test_tasks_of_a_pool_wait_in_a_queue_and_its_threads_wait_for_them(
    python: str, start: Start
) -> None:
    """The queue is called as the pool; a thread that has no task waits at it."""
    program = start("pool.py", python)
    with Outside(program.pid) as outside:
        look = outside.look()
        pool = next(one for one in look.queues if one.name == "resizing")
        threads = [one for one in look.threads if pool.at in one.inputs]
        assert pool.state.depth == 3
        assert sorted(one.name for one in threads) == ["resize_0", "resize_1"]
        assert [one.standing for one in threads] == [None, None]

        program.say("go on")
        assert program.hear() == "done"
        while len(described(outside.look())["waits"]) < 2:
            pass
        assert described(outside.look())["waits"] == {
            "resize_0": ["resizing", "get", False],
            "resize_1": ["resizing", "get", False],
        }


@pytest.mark.parametrize("python", PYTHONS)
def test_a_stopped_program_is_read_as_any(python: str, start: Start) -> None:
    """A process that is stopped answers nobody, and its memory is as it was."""
    program = start("steady.py", python)
    os.kill(program.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
    with Outside(program.pid) as outside:
        look = outside.look()

        assert look.is_stopped
        assert described(look)["queues"] == program.said["queues"]
        assert described(look)["waits"] == program.said["waits"]


@pytest.mark.parametrize("python", PYTHONS)
def test_looks_hold_while_threads_and_queues_come_and_go(python: str, start: Start) -> None:
    """What changes while it is read is left out or read anew, and never raises."""
    program = start("churn.py", python)
    with Outside(program.pid) as outside:
        for _ in range(15):
            outside._next_update = 0.0  # so that all of it is read each time
            look = outside.look()
            assert look.threads
            for queue in look.queues:
                assert 0 <= queue.state.depth < 1000
            for thread in look.threads:
                if thread.standing is not None:
                    assert thread.standing.queue


def test_a_thread_that_moves_between_two_reads_is_not_said_to_wait(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls are read one after the other: what differs the second time was torn, or is over."""
    program = start("steady.py")
    with Outside(program.pid) as outside:
        getter = next(one for one in outside.look().threads if one.name == "getter")
        take = outside.stacks.take
        moved = {at for at, one in outside.stacks.threads.items() if one.ident == getter.ident}
        monkeypatch.setattr(outside.stacks, "take", lambda raws: take(raws) - moved)
        waits = described(outside.look())["waits"]

        assert waits == {name: at for name, at in program.said["waits"].items() if name != "getter"}


def test_threads_that_were_let_go_wait_only_for_the_lock(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A put takes a thread off the queue's list; it stands there until it may run Python again."""
    program = start("steady.py")
    with Outside(program.pid) as outside:
        look = outside.look()
        at = next(one.at for one in look.queues if one.name == "empty")
        queue = outside._queues[at]
        threads = [
            one for one in outside.stacks.threads.values() if one.standing and one.standing[0] == at
        ]
        assert isinstance(queue, OutsideQueue)
        locks = [one.standing.waiter for one in threads if one.standing]
        assert queue.waiters(for_items=True) == set(locks)
        assert queue.waiters(for_items=False) == set()

        for left in (0, 1, 2):
            queue.state = queue.state._replace(getters=left)
            monkeypatch.setattr(queue, "waiters", lambda n=left, **_: set(locks[:n]))
            assert outside._still_waiting(at, At.GET, threads) == threads[:left]


def test_reading_leaves_no_trace_in_the_program(start: Start) -> None:
    """The program is not stopped, and nothing of it is written."""
    program = start("steady.py")
    with Outside(program.pid) as outside:
        before = set(outside.process.names_of_threads()) - {program.pid}
        for _ in range(10):  # on a busy machine a thread may only now come to where it waits
            turns = {one: outside.process.turns(one) for one in before}
            for _ in range(20):
                outside.look()
            assert set(outside.process.names_of_threads()) - {program.pid} == before
            after = {one: outside.process.turns(one) for one in before}
            if after == turns:
                break
        assert after == turns
