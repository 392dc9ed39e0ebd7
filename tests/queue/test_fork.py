"""Queues in a forked child: only the thread that forked goes on there."""

from __future__ import annotations

import os
import signal
import threading
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from pcsim.queue import Full, LifoQueue, Queue, ShutDown, get_any
from pcsim.queue.core import Waiter
from tests.support.metered import Bench
from tests.support.queues import core_of
from tests.support.threads import GUARD, Calling, script_waiting, until, until_waiting

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

KINDS = pytest.mark.parametrize("kind", [Queue, LifoQueue])


def fork() -> int:
    """Fork though there are threads: that is what is tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        signal.alarm(int(GUARD))  # a child that hangs must not outlive the test
    return child


def end_of_child(check: Callable[[], object]) -> None:
    """Exit with a status that shows whether the check passed."""
    status = 1
    try:
        check()
        status = 0
    except BaseException:  # noqa: BLE001 - nothing of it may go on in the child
        traceback.print_exc()
    finally:
        os._exit(status)


def in_child(check: Callable[[], object]) -> None:
    """Fork, and have the child make this check."""
    child = fork()
    if not child:
        end_of_child(check)
    assert os.waitpid(child, 0)[1] == 0


class Stuck:
    """A thread that has come to a chosen place and stays there until it is let go."""

    def __init__(self, reached: Callable[[Callable[[], None]], object]) -> None:
        self._is_there = threading.Event()
        self._may_go = threading.Event()
        self._call = Calling(reached, self._stay)
        assert self._is_there.wait(GUARD)

    def _stay(self) -> None:
        self._is_there.set()
        assert self._may_go.wait(GUARD)

    def let_go(self) -> None:
        self._may_go.set()
        self._call.result()


@KINDS
def test_an_item_put_in_the_child_is_for_the_child(kind: type[Queue[int]]) -> None:
    """A thread that waited in the parent is not there to take it; in the parent it waits on."""
    queue, other = kind(), kind()
    getters = [Calling(queue.get), Calling(lambda: get_any([other, queue])[1])]
    until_waiting(queue, getters=2)
    until_waiting(other, getters=1)

    def check() -> None:
        for one in (queue, other):
            one.put(7)
            assert one.get_nowait() == 7
            getter = Calling(one.get)
            until_waiting(one, getters=1)
            one.put(8)
            assert getter.result() == 8

    in_child(check)
    queue.put(1)
    queue.put(2)
    assert sorted(getter.result() for getter in getters) == [1, 2]


@KINDS
def test_a_slot_that_is_free_in_the_child_is_the_childs(kind: type[Queue[int]]) -> None:
    """The item of a putter that is not there does not come."""
    queue = kind(1)
    queue.put(1)
    putter = Calling(queue.put, 2)
    until_waiting(queue, putters=1)

    def check() -> None:
        assert queue.get_nowait() == 1
        assert queue.empty()
        queue.put_nowait(3)
        with pytest.raises(Full):
            queue.put_nowait(4)

    in_child(check)
    assert queue.get() == 1
    assert queue.get() == 2
    putter.result()


def test_those_that_were_woken_in_the_parent_delay_no_thread_in_the_child() -> None:
    """There is a limit of those that are woken and have yet to run; in the child they never run."""
    queue = Queue[int](1)
    core_of(queue)._getters.woken.extend(Waiter(()) for _ in range(8))
    core_of(queue)._putters.woken.extend(Waiter(()) for _ in range(8))

    def check() -> None:
        getter = Calling(queue.get)
        until_waiting(queue, getters=1)
        queue.put(1)
        assert getter.result() == 1
        queue.put(2)
        putter = Calling(queue.put, 3)
        until_waiting(queue, putters=1)
        assert (queue.get(), queue.get()) == (2, 3)
        putter.result()

    in_child(check)


def test_a_slot_that_was_on_its_way_is_free_in_the_child() -> None:
    """A thread that was about to put its item never does; and a closed queue comes to its end."""
    queue = Queue[int](1)
    queue.put(0)
    queue.get()
    count_put = core_of(queue).count_put

    def reach(stay: Callable[[], None]) -> None:
        def stay_and_count() -> int:
            core_of(queue).count_put = count_put
            stay()
            return count_put()

        core_of(queue).count_put = stay_and_count
        queue.put(5)

    putter = Stuck(reach)

    def check() -> None:
        core_of(queue).count_put = count_put
        queue.put_nowait(1)
        with pytest.raises(Full):
            queue.put_nowait(2)
        queue.shutdown()
        assert queue.get_nowait() == 1
        with pytest.raises(ShutDown):
            queue.get()

    in_child(check)
    putter.let_go()
    assert queue.get_nowait() == 5


@KINDS
def test_a_thread_that_forks_with_the_mutex_owns_it_in_the_child(kind: type[Queue[int]]) -> None:
    """And lets it go there."""
    queue = kind(1)
    with queue.mutex:
        child = fork()
        if child:
            assert os.waitpid(child, 0)[1] == 0
        else:
            other = Calling(queue.mutex.acquire, False)
            if other.result():
                os._exit(2)
    if not child:
        end_of_child(Calling(queue.put, 1).result)


def test_the_lock_of_a_system_that_another_thread_owns_is_free_in_the_child() -> None:
    """Each system has a lock of its own; the child needs it to report that the run is not its."""
    queue = Bench(1).queue

    def reach(stay: Callable[[], None]) -> None:
        with queue._mutex:
            stay()

    owner = Stuck(reach)

    def check() -> None:
        assert queue._mutex.acquire(blocking=False)

    in_child(check)
    owner.let_go()


def test_a_wait_for_a_condition_in_which_its_own_thread_forks_goes_on() -> None:
    """In the child it is notified of puts, too."""
    queue = Queue[int](1)
    children: list[int] = []
    condition: Any = queue.not_empty

    def fork_first(saved: object) -> None:
        children.append(fork())
        Calling(queue.put, 3).result()
        restore(saved)

    with condition:
        restore = condition._acquire_restore
        condition._acquire_restore = fork_first
        condition.wait(0)
        condition._acquire_restore = restore
        while not queue._qsize():
            condition.wait()
        got = queue._get()
    if not children[0]:
        end_of_child(lambda: [got].index(3))
    assert got == 3
    assert os.waitpid(children[0], 0)[1] == 0


def test_a_wait_in_which_its_own_thread_forks_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a signal handler that comes back: in the child the wait is served as well."""
    queue = Queue[int](1)
    children: list[int] = []

    def fork_and_put() -> bool:
        monkeypatch.undo()
        children.append(fork())
        queue.put(3)
        return False  # time is up, if not served in the meantime

    script_waiting(monkeypatch, fork_and_put)
    got = queue.get(timeout=1)
    if not children[0]:
        end_of_child(lambda: [got].index(3))
    assert got == 3
    assert os.waitpid(children[0], 0)[1] == 0


def test_a_thread_that_was_served_as_it_forked_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its item and has not looked yet."""
    queue = Queue[int](1)
    children: list[int] = []

    def put_and_fork() -> bool:
        monkeypatch.undo()
        queue.put(3)
        children.append(fork())
        return False

    script_waiting(monkeypatch, put_and_fork)
    got = queue.get(timeout=1)
    if not children[0]:
        end_of_child(lambda: [got].index(3))
    assert got == 3
    assert os.waitpid(children[0], 0)[1] == 0


def test_a_thread_that_forks_in_the_middle_of_a_put_keeps_its_slot() -> None:
    """Its item comes in both processes, and no more fit than before."""
    queue = Queue[Any](1)
    queue.put(0)
    queue.get()
    count_put = core_of(queue).count_put
    children: list[int] = []

    def fork_and_count() -> int:
        core_of(queue).count_put = count_put
        children.append(fork())
        return count_put()

    core_of(queue).count_put = fork_and_count
    queue.put(1)

    def check() -> None:
        with pytest.raises(Full):
            queue.put_nowait(2)
        assert queue.get_nowait() == 1

    if not children[0]:
        end_of_child(check)
    check()
    assert os.waitpid(children[0], 0)[1] == 0
    until(queue.empty)
