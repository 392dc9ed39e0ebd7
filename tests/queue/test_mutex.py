"""Code that reaches inside a queue under its `mutex`, or waits for `not_empty` and `not_full`."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from pcsim.queue import Empty, Full, LifoQueue, PriorityQueue, Queue, domains, get_any
from tests.support.threads import Calling, until, until_waiting

KINDS = pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])


class LoudMutex(type(threading.RLock())):  # type: ignore[misc]
    """A mutex that keeps which threads ask for it."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        self.asked.append(threading.get_ident())
        return bool(super().acquire(blocking, timeout))

    __enter__ = acquire

    def is_awaited(self) -> bool:
        """Whether any other thread has asked."""
        return any(one != threading.get_ident() for one in self.asked)


@pytest.fixture
def mutex(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoudMutex]:
    """What the queues that a test makes take for the mutex of all queues."""
    domain = domains.new_domain()
    domain.mutex = loud = LoudMutex()
    monkeypatch.setattr(domains, "_free_standing", {"domain": domain})
    return loud


def filled(*items: int, maxsize: int = 3) -> Queue[int]:
    queue = Queue[int](maxsize)
    for item in items:
        queue.put_nowait(item)
    return queue


def room(queue: Queue[int]) -> int:
    """How many more are let in."""
    number = 0
    while True:
        try:
            queue.put_nowait(number)
        except Full:
            return number
        number += 1


# The mutex.


@pytest.mark.parametrize("operation", ["put", "put_nowait", "get", "get_nowait", "get_any"])
def test_no_other_thread_changes_a_queue_whose_mutex_is_owned(
    operation: str, mutex: LoudMutex
) -> None:
    """Whatever is asked of it has to wait, as with the standard class; nothing is refused."""
    queue = filled(1, 2)
    calls: dict[str, Any] = {
        "put": lambda: queue.put(3),
        "put_nowait": lambda: queue.put_nowait(3),
        "get": queue.get,
        "get_nowait": queue.get_nowait,
        "get_any": lambda: get_any([queue, Queue[int]()])[1],
    }
    mutex.asked.clear()
    with queue.mutex:
        seen = iter(queue.queue)
        assert next(seen) == 1
        call = Calling(calls[operation])
        until(mutex.is_awaited)
        assert list(seen) == [2]
        assert call.is_going_on
    assert call.result() == (None if "put" in operation else 1)
    assert list(queue.queue) == ([1, 2, 3] if "put" in operation else [2])
    assert room(queue) == 3 - len([1, 2, 3] if "put" in operation else [2])


def test_an_item_on_its_way_arrives_when_the_queue_is_let_go(mutex: LoudMutex) -> None:
    """A put that had its slot before comes in after; it is given to the thread that waits."""
    queue = filled(1, 2)
    count_put = queue._count_put
    may_go = threading.Event()
    is_there = threading.Event()

    def stay_and_count() -> int:
        queue._count_put = count_put
        is_there.set()
        assert may_go.wait(30)
        return count_put()

    queue.get()
    queue._count_put = stay_and_count
    putter = Calling(queue.put, 3)
    assert is_there.wait(30)
    mutex.asked.clear()
    with queue.mutex:
        may_go.set()
        until(mutex.is_awaited)
        assert list(queue.queue) == [2]
        queue.queue.clear()
        getter = Calling(queue.get)
        until_waiting(queue)
    putter.result()
    assert getter.result() == 3
    assert room(queue) == 3


def test_a_slot_on_its_way_arrives_when_the_queue_is_let_go(mutex: LoudMutex) -> None:
    """A get that had its item before frees its slot after; a thread that waits for it gets it."""
    queue = filled(1, maxsize=1)
    assert queue._fast_items.popleft() == 1  # the first half of a get
    mutex.asked.clear()
    with queue.mutex:
        other_half = Calling(lambda: queue._fast_free.append(None))
        until(mutex.is_awaited)
        with pytest.raises(Full):
            queue.put_nowait(2)
    other_half.result()
    assert room(queue) == 1


class Interrupted(BaseException):
    """A KeyboardInterrupt that no test runner takes for its own."""


class InterruptedMutex:
    """Its first wait is interrupted."""

    def __init__(self, mutex: Any) -> None:
        self._mutex = mutex

    def acquire(self) -> None:
        raise Interrupted

    def __enter__(self) -> None:
        self._mutex.__enter__()

    def __exit__(self, *_: object) -> None:
        self._mutex.release()


def test_an_interrupt_at_the_barrier_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item that has its slot is put, though its putter is interrupted as it waits."""
    queue = filled(1, 2)
    queue.get()
    queue._fast_free.pop()  # the first half of a put
    with queue.mutex:
        with monkeypatch.context() as patch:
            patch.setattr(queue, "_mutex", InterruptedMutex(queue._mutex))
            with pytest.raises(Interrupted):
                queue._fast_items.append(3)
        getter = Calling(queue.get)
    assert getter.result() == 2
    assert queue.get_nowait() == 3
    assert room(queue) == 3


def test_the_mutex_says_whether_it_is_locked() -> None:
    """As a lock does: for the thread that has it and for every other, and its conditions too."""
    queue = Queue[int]()
    assert not queue.mutex.locked()
    with queue.mutex:
        assert queue.mutex.locked()
        seen: list[bool] = []
        other = threading.Thread(target=lambda: seen.append(queue.mutex.locked()))
        other.start()
        other.join()
        assert seen == [True]
    assert not queue.mutex.locked()


def test_the_mutex_may_be_taken_again_and_is_let_go_as_often() -> None:
    """Its owner may use the queue as always; no thread releases what another owns."""
    queue = filled(1)
    with queue.mutex:
        assert queue.mutex.acquire(blocking=False)
        assert not Calling(queue.mutex.acquire, False).result()
        assert not Calling(queue.mutex.acquire, True, 0).result()
        assert isinstance(Calling(queue.mutex.release).error(), RuntimeError)
        queue.put(2)
        assert queue.get() == 1
        queue.mutex.release()
        other = filled()
        with pytest.raises(RuntimeError, match="un-acquired"):
            other.mutex.release()
        assert not Calling(queue.mutex.acquire, False).result()
    with pytest.raises(RuntimeError, match="un-acquired"):
        queue.mutex.release()
    assert Calling(queue.get).result() == 2


def test_what_hooks_do_under_the_mutex_leaves_the_capacity_as_it_is() -> None:
    """As everybody writes it for the standard class, which has no slots that could go astray."""
    queue = filled(1, 2, 3)
    with queue.mutex:
        taken = [queue._get() for _ in range(queue._qsize())]
        queue.not_full.notify_all()
    assert taken == [1, 2, 3]
    assert room(queue) == 3
    with queue.mutex:
        for item in (7, 8):
            queue._put(item)
            queue.unfinished_tasks += 1
            queue.not_empty.notify()
        assert queue._qsize() == 5
    for _ in range(3):
        with pytest.raises(Full):
            queue.put_nowait(9)
        queue.get_nowait()
    assert room(queue) == 1


@KINDS
def test_what_was_done_under_the_mutex_lets_in_waiting_threads(kind: type[Queue[int]]) -> None:
    """No notification is needed, whatever it was done with."""
    queue = kind(1)
    queue.put(1)
    putter = Calling(queue.put, 2)
    until_waiting(queue, putters=1)
    with queue.mutex:
        queue._get()
    putter.result()
    assert queue.get() == 2
    getter = Calling(queue.get)
    until_waiting(queue, getters=1)
    with queue.mutex:
        queue._put(3)
    assert getter.result() == 3


def test_a_deque_that_is_assigned_becomes_what_is_queued() -> None:
    """A copy of it; nothing is kept of what was there, and no more fit than before."""
    queue = filled(1, 2, 3)
    putter = Calling(queue.put, 4)
    until_waiting(queue, putters=1)
    mine = deque([7, 8])
    with queue.mutex:
        queue.queue = mine
        assert queue.queue == mine
    mine.clear()
    putter.result()
    assert list(queue.queue) == [7, 8, 4]
    queue.queue += [9]
    with pytest.raises(TypeError):
        queue.queue = None
    assert [queue.get_nowait() for _ in range(4)] == [7, 8, 4, 9]
    queue.queue = deque()
    assert room(queue) == 3


@KINDS
def test_what_a_subclass_stores_is_its_own(kind: type[Queue[int]]) -> None:
    """A class with hooks has in `queue` what it put there."""

    class Listed(kind):  # type: ignore[misc, valid-type]
        def _init(self, maxsize: int) -> None:
            self.queue = [5]

        def _get(self) -> int:
            return int(self.queue.pop())

    queue = Listed()
    assert queue.queue == [5]
    queue.queue = mine = [3, 4]
    assert queue.queue is mine
    assert (queue.get(), queue.get()) == (4, 3)


def test_a_queue_without_references_is_gone_at_once() -> None:
    """Its parts do not keep it, nor what is in it."""
    gc.disable()
    try:
        queue = filled(1)
        with queue.mutex, queue.not_full, queue.not_empty:
            assert list(queue.queue) == [1]
        gone = weakref.ref(queue)
        del queue
        assert gone() is None
    finally:
        gc.enable()


# The conditions.


def wait_until_not_empty(queue: Queue[int], number: int = 1) -> list[int]:
    """As it is written for the standard class."""
    with queue.not_empty:
        while queue._qsize() < number:
            queue.not_empty.wait()
        return [queue._get() for _ in range(number)]


def put_when_not_full(queue: Queue[int], item: int) -> None:
    """As it is written for the standard class."""
    with queue.not_full:
        while queue._qsize() >= queue.maxsize:
            queue.not_full.wait()
        queue._put(item)
        queue.unfinished_tasks += 1
        queue.not_empty.notify()


def until_told_of(condition: Any, waiters: int) -> None:
    """Wait until this many threads wait for the condition."""

    def seen() -> bool:
        with condition:
            return len(condition._waiters) == waiters

    until(seen)


@KINDS
@pytest.mark.parametrize("number", [1, 3])
def test_a_put_notifies_not_empty(kind: type[Queue[int]], number: int) -> None:
    """As often as it takes."""
    queue = kind(3)
    waiting = Calling(wait_until_not_empty, queue, number)
    until_told_of(queue.not_empty, 1)
    for item in range(number):
        assert waiting.is_going_on
        queue.put(item)
    assert sorted(waiting.result()) == list(range(number))
    assert room(queue) == 3


@KINDS
def test_a_get_notifies_not_full(kind: type[Queue[int]]) -> None:
    """The item that it then puts by hand counts like any other."""
    queue = kind(1)
    queue.put(1)
    waiting = Calling(put_when_not_full, queue, 2)
    until_told_of(queue.not_full, 1)
    assert queue.get() == 1
    waiting.result()
    assert queue.unfinished_tasks == 2
    with pytest.raises(Full):
        queue.put_nowait(3)
    assert queue.get() == 2


@KINDS
def test_an_item_of_a_putter_in_line_notifies_not_empty(kind: type[Queue[int]]) -> None:
    """A get lets it in, and it is the next to wait for."""
    queue = kind(1)
    queue.put(1)
    putter = Calling(queue.put, 2)
    until_waiting(queue, putters=1)

    def wait_for_two() -> None:
        with queue.not_empty:
            while 2 not in queue.queue:
                queue.not_empty.wait()

    waiting = Calling(wait_for_two)
    until_told_of(queue.not_empty, 1)
    assert queue.get() == 1
    putter.result()
    waiting.result()


@KINDS
def test_a_wait_for_a_condition_is_no_burden_afterwards(kind: type[Queue[int]]) -> None:
    """A wait in vain ends by its timeout; the queue is as it was."""
    queue = kind(1)
    with queue.not_empty:
        assert not queue.not_empty.wait(0.001)
    with queue.not_full:
        queue.not_full.notify_all()
    assert queue._fast_items is queue._items
    assert queue._fast_free is queue._free
    queue.put(1)
    with pytest.raises(Full):
        queue.put_nowait(2)
    assert queue.get() == 1


@KINDS
def test_a_shutdown_notifies_the_conditions(kind: type[Queue[int]]) -> None:
    """It will look at `is_shutdown`."""
    queue = kind(1)

    def wait_for_the_end(condition: Any) -> bool:
        with condition:
            while not queue.is_shutdown:
                condition.wait()
        return True

    waiting = [Calling(wait_for_the_end, one) for one in (queue.not_empty, queue.not_full)]
    until_told_of(queue.not_empty, 1)
    until_told_of(queue.not_full, 1)
    queue.shutdown()
    assert all(one.result() for one in waiting)


@KINDS
def test_a_condition_may_be_waited_for_under_any_of_the_locks(kind: type[Queue[int]]) -> None:
    """In the standard class they are one."""
    queue = kind(1)

    def wait() -> int:
        with queue.all_tasks_done:
            while not queue._qsize():
                queue.not_empty.wait()
            return queue._get()

    waiting = Calling(wait)
    until_told_of(queue.not_empty, 1)
    queue.put(4)
    assert waiting.result() == 4
    assert room(queue) == 1


def test_no_other_thread_changes_a_queue_whose_all_tasks_done_is_owned(mutex: LoudMutex) -> None:
    """A count that is read and written there has not changed in between."""
    queue = filled(1)
    mutex.asked.clear()
    with queue.all_tasks_done:
        unfinished = queue.unfinished_tasks
        putter = Calling(queue.put, 2)
        until(mutex.is_awaited)
        queue.unfinished_tasks = unfinished + 5
    putter.result()
    assert queue.unfinished_tasks == 7


@KINDS
def test_a_wait_for_tasks_delays_no_thread(kind: type[Queue[int]]) -> None:
    """The queue is as quick as ever while it is joined, and is held again afterwards."""
    queue = kind(1)
    queue.put(1)

    def join() -> bool:
        with queue.mutex, queue.all_tasks_done:
            while queue.unfinished_tasks:
                queue.all_tasks_done.wait()
            return kind is not Queue or queue._fast_items is not queue._items

    held_join, plain_join = Calling(join), Calling(queue.join)
    until_told_of(queue.all_tasks_done, 2)
    assert queue._fast_items is queue._items
    assert queue.get() == 1
    queue.task_done()
    assert held_join.result()
    plain_join.result()
    assert queue._fast_items is queue._items


class Handmade(Queue[int]):
    """Puts and gets as the standard class does, on its conditions."""

    def put(self, item: int, block: bool = True, timeout: float | None = None) -> None:
        put_when_not_full(self, item)

    def get(self, block: bool = True, timeout: float | None = None) -> int:
        with self.not_empty:
            while not self._qsize():
                self.not_empty.wait()
            item = self._get()
            self.not_full.notify()
            return item


@pytest.mark.parametrize("maxsize", [1, 3])
def test_operations_written_on_the_conditions_get_on_with_ours(maxsize: int) -> None:
    """Nothing is lost or doubled between the two, and nobody waits for ever."""
    queue = Handmade(maxsize)
    putters = [
        Calling(lambda put=put, base=base: [put(queue, 200 * base + one) for one in range(200)])
        for base, put in enumerate([Handmade.put, Queue.put] * 2)
    ]
    getters = [
        Calling(lambda get=get: [get(queue) for _ in range(200)])
        for get in (Queue.get, Handmade.get, Queue.get, Handmade.get)
    ]
    for putter in putters:
        putter.result()
    assert sorted(item for getter in getters for item in getter.result()) == list(range(800))
    assert queue.unfinished_tasks == 800
    with pytest.raises(Empty):
        Queue.get(queue, block=False)
    for _ in range(maxsize):
        Queue.put(queue, 0, block=False)
    with pytest.raises(Full):
        Queue.put(queue, 0, block=False)
