"""Waits that end by a timeout or an interrupt leave the queue as it was."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from pcsim.queue import Empty, Full, Queue, ShutDown, get_any
from pcsim.queue.interrupted import finish_put
from tests.support.cases import case
from tests.support.queues import KINDS, ROADS, core_of
from tests.support.threads import Calling, script_waiting, until_waiting


def test_get_any_refuses_a_timeout_that_is_no_time() -> None:
    """It is an error whether or not there is an item, so that it shows at once."""
    queue = Queue[int]()
    for _ in range(2):
        for timeout in [float("nan"), float("inf"), -1, -0.001]:
            with case(timeout), pytest.raises(ValueError, match="timeout"):
                get_any([queue], timeout=timeout)
        queue.put(1)


@KINDS
@pytest.mark.parametrize("timeout", [0, 0.001])
def test_a_thread_that_waited_in_vain_leaves_the_line(
    kind: type[Queue[int]], timeout: float
) -> None:
    """After `Empty` or `Full` nobody waits there, and nothing has changed."""
    queue = kind(1)
    with pytest.raises(Empty):
        queue.get(timeout=timeout)
    queue.put(1)
    with pytest.raises(Full):
        queue.put(2, timeout=timeout)
    until_waiting(queue, getters=0, putters=0)
    assert queue.get_nowait() == 1
    assert queue.empty()


def test_an_item_that_comes_as_time_runs_out_is_got(monkeypatch: pytest.MonkeyPatch) -> None:
    """A get whose time runs out after it was served returns the item; it is not lost."""
    queue = Queue[str]()

    def served_too_late_to_wake() -> bool:
        queue.put("the item")
        return False

    script_waiting(monkeypatch, served_too_late_to_wake)
    assert queue.get(timeout=1) == "the item"
    assert queue.empty()


def test_a_slot_that_comes_as_time_runs_out_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A put whose time runs out after it was served has put, and says so by not raising."""
    queue = Queue[int](1)
    queue.put(1)

    def served_too_late_to_wake() -> bool:
        assert queue.get() == 1
        return False

    script_waiting(monkeypatch, served_too_late_to_wake)
    queue.put(2, timeout=1)
    assert queue.get_nowait() == 2


def check_timed_gets(kind: type[Queue[int]], seed: int) -> None:
    """Check 1,000 items against gets with random short timeouts."""
    queue = kind()
    random_wait = random.Random(seed).random

    def get_all() -> list[int]:
        got: list[int] = []
        while True:
            try:
                got.append(queue.get(timeout=random_wait() * 1e-4))
            except Empty:
                continue
            except ShutDown:
                return got

    gets = Calling(get_all)
    for number in range(1_000):
        queue.put(number)
    queue.shutdown()
    assert gets.result() == list(range(1_000))


@ROADS
def test_a_timed_get_against_a_put_loses_nothing(kind: type[Queue[int]]) -> None:
    """Whatever the race between them, each item is got once and in order."""
    for seed in range(3):
        with case(seed):
            check_timed_gets(kind, seed)


class Interrupted(BaseException):
    """A KeyboardInterrupt that no test runner takes for its own."""


def test_an_interrupted_get_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that was interrupted while waiting is not served; the next item is for others."""

    def interrupt() -> bool:
        raise Interrupted

    queue, other = Queue[int](1), Queue[int](1)
    with monkeypatch.context() as patch:
        script_waiting(patch, interrupt)
        with pytest.raises(Interrupted):
            queue.get()
        with pytest.raises(Interrupted):
            get_any([other, queue])
    until_waiting(queue)
    until_waiting(other)
    queue.put(1)
    assert queue.get_nowait() == 1


def test_an_interrupted_get_gives_its_item_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item that was handed over just before the interrupt is the next to be got."""
    queue, other = Queue[int](2), Queue[int](2)
    gets: list[Callable[[], object]] = [queue.get, lambda: get_any([other, queue])]
    for get in gets:

        def put_and_interrupt() -> bool:
            queue.put(1)
            raise Interrupted

        with monkeypatch.context() as patch:
            script_waiting(patch, put_and_interrupt)
            with pytest.raises(Interrupted):
                get()
        assert queue.qsize() == 1
        assert other.empty()
        queue.put(2)
        assert [queue.get_nowait(), queue.get_nowait()] == [1, 2]
        with pytest.raises(Empty):
            queue.get_nowait()
    assert queue.unfinished_tasks == 4


def test_an_item_given_back_goes_to_the_next_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that waits behind an interrupted get is served in its place."""
    queue = Queue[str](1)
    behind: list[Calling[str]] = []

    def put_and_interrupt() -> bool:
        monkeypatch.undo()
        behind.append(Calling(queue.get))
        until_waiting(queue, getters=2)
        queue.put("the item")
        raise Interrupted

    script_waiting(monkeypatch, put_and_interrupt)
    with pytest.raises(Interrupted):
        queue.get()
    assert behind[0].result() == "the item"


def test_an_item_given_back_to_a_full_queue_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has lost its slot to another; the next one that is free is not given away again."""
    queue = Queue[int](1)

    def put_twice_and_interrupt() -> bool:
        queue.put(1)
        queue.put(2)
        raise Interrupted

    with monkeypatch.context() as patch:
        script_waiting(patch, put_twice_and_interrupt)
        with pytest.raises(Interrupted):
            queue.get()
    assert queue.qsize() == 2
    assert queue.get_nowait() == 1
    with pytest.raises(Full):
        queue.put_nowait(3)
    assert queue.get_nowait() == 2
    queue.put_nowait(3)
    with pytest.raises(Full):
        queue.put_nowait(4)


def test_an_interrupted_put_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item whose putter was interrupted while it waited is not put later."""

    def interrupt() -> bool:
        raise Interrupted

    queue = Queue[int](1)
    queue.put(1)
    with monkeypatch.context() as patch:
        script_waiting(patch, interrupt)
        with pytest.raises(Interrupted):
            queue.put(2)
    assert queue.get_nowait() == 1
    assert queue.empty()
    assert queue.unfinished_tasks == 1


def test_interrupts_use_up_no_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many served waiters were interrupted, those that come later are served."""
    queue = Queue[int](1)

    def put_and_interrupt() -> bool:
        queue.put(0)
        raise Interrupted

    def get_and_interrupt() -> bool:
        queue.get()
        raise Interrupted

    for _ in range(20):
        with monkeypatch.context() as patch:
            script_waiting(patch, put_and_interrupt)
            with pytest.raises(Interrupted):
                queue.get()
            queue.get_nowait()
        queue.put(0)
        with monkeypatch.context() as patch:
            script_waiting(patch, get_and_interrupt)
            with pytest.raises(Interrupted):
                queue.put(1)
            queue.get_nowait()
    get = Calling(queue.get)
    until_waiting(queue, getters=1)
    queue.put(1)
    assert get.result() == 1
    queue.put(2)
    put = Calling(queue.put, 3)
    until_waiting(queue, putters=1)
    assert queue.get() == 2
    put.result()


def test_more_wait_than_are_woken_at_once() -> None:
    """Those that were not woken with the first are woken by them: nobody is forgotten."""
    queue = Queue[int]()
    gets = [Calling(queue.get) for _ in range(50)]
    until_waiting(queue, getters=50)
    for number in range(50):
        queue.put(number)
    assert sorted(get.result() for get in gets) == list(range(50))
    small = Queue[int](1)
    small.put(0)
    puts = [Calling(small.put, number) for number in range(1, 50)]
    until_waiting(small, putters=49)
    assert sorted(small.get() for _ in range(50)) == list(range(50))
    for put in puts:
        put.result()


@pytest.mark.parametrize("is_queued", [False, True])
def test_a_put_that_is_finished_after_an_interrupt_serves_who_waits(is_queued: bool) -> None:
    """Its thread was interrupted before it had queued the item, or before it looked for getters."""
    queue = Queue[str](1)
    get = Calling(queue.get)
    until_waiting(queue, getters=1)
    core = core_of(queue)
    with core._mutex:
        assert core._take_slot()
    if is_queued:
        core._items.append("item")
    finish_put(core, "item", is_queued=is_queued)
    assert get.result() == "item"
