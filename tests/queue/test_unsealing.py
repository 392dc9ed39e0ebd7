"""The first look inside a queue: what is going on there at that moment goes on under a lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pcsim.queue import (
    Empty,
    Full,
    LifoQueue,
    PriorityQueue,
    Queue,
    ShutDown,
    get_any,
    slow_path,
)
from pcsim.queue.attributes import sealed_core
from pcsim.queue.core import Waiter
from pcsim.queue.sealed import SealedCore
from pcsim.queue.slow_path import bring_late_items
from tests.support.queues import core_of
from tests.support.threads import GUARD, Calling, until_waiting


class Interrupted(BaseException):
    """A KeyboardInterrupt that no test runner takes for its own."""


def in_the_middle_of_a_put(queue: Queue[Any], act: Callable[[], object]) -> None:
    """Have the next put on the fast path, which has its slot and has not put its item, do this."""
    core = core_of(queue)
    count_put = core.count_put

    def act_and_count() -> int:
        core.count_put = count_put
        act()
        return count_put()

    core.count_put = act_and_count


def with_a_free_slot(maxsize: int = 1) -> Queue[Any]:
    """One whose next put is on the fast path."""
    queue = Queue[Any](maxsize)
    queue.put(0)
    queue.get()
    queue.task_done()
    return queue


def test_a_queue_in_which_nobody_has_looked_needs_no_lock() -> None:
    """Asking for its size, its capacity or its tasks is no look inside."""
    queue = Queue[int](2)
    queue.put(1)
    queue.qsize(), queue.full(), queue.empty(), queue.maxsize, queue.unfinished_tasks
    queue.maxsize = 3
    queue.unfinished_tasks += 1
    assert not queue.is_shutdown
    assert sealed_core(queue) is not None
    queue.mutex  # noqa: B018
    assert sealed_core(queue) is None


def test_an_item_on_its_way_arrives_under_the_lock() -> None:
    """Its put waits for the lock that another thread has by now; it counts as a task."""
    queue = with_a_free_slot()
    holder: list[Calling[object]] = []

    def look() -> None:
        with queue.mutex:
            holder.append(Calling(lambda: queue.put(5, timeout=30)))
        holder[0].result()

    in_the_middle_of_a_put(queue, look)
    queue.put("late")
    assert queue.qsize() == 2
    with pytest.raises(Full):
        queue.put_nowait(6)
    assert [queue.get(), queue.get()] == [5, "late"]
    assert queue.unfinished_tasks == 2


def test_an_item_on_its_way_is_refused_after_a_shutdown() -> None:
    """It was not put, so it is no task."""
    queue = with_a_free_slot()

    def look_and_close() -> None:
        with queue.mutex:
            queue.queue.clear()
        queue.shutdown()

    in_the_middle_of_a_put(queue, look_and_close)
    with pytest.raises(ShutDown):
        queue.put("late")
    assert queue.unfinished_tasks == 0
    assert queue.empty()
    queue.join()


def test_an_item_on_its_way_that_a_hook_refuses_is_no_task() -> None:
    """A hook that comes in the middle of a put is the one that is called."""

    def refuse(item: object) -> None:
        raise ZeroDivisionError

    queue = with_a_free_slot()
    in_the_middle_of_a_put(queue, lambda: setattr(queue, "_put", refuse))
    with pytest.raises(ZeroDivisionError):
        queue.put("late")
    assert queue.unfinished_tasks == 0
    queue.join()


def test_a_slot_on_its_way_is_counted_once() -> None:
    """A get that has its item and has not freed the slot yet frees none under the lock."""
    queue = Queue[int](2)
    queue.put(1)
    queue.put(2)
    core = core_of(queue)
    assert core._fast_items.popleft() == 1  # the first half of a get
    assert list(queue.queue) == [2]
    core._fast_free.append(None)  # and the other half
    queue.put_nowait(3)
    with pytest.raises(Full):
        queue.put_nowait(4)


@pytest.mark.parametrize("timeout", [None, 30])
def test_threads_that_wait_go_on_under_the_lock(timeout: float | None) -> None:
    """Getters, also of several queues, and putters."""
    queue, other, full = Queue[int](), Queue[int](), Queue[int](1)
    full.put(0)
    getters = [
        Calling(queue.get, True, timeout),
        Calling(lambda: get_any([other, queue], timeout=timeout)[1]),
    ]
    putter = Calling(full.put, 1, True, timeout)
    joiner = Calling(full.join)
    until_waiting(queue, getters=2)
    until_waiting(full, putters=1)
    with queue.mutex, full.mutex:
        pass
    until_waiting(queue, getters=2)
    until_waiting(full, putters=1)
    queue.put(1)
    queue.put(2)
    assert sorted(getter.result() for getter in getters) == [1, 2]
    assert [full.get(), full.get()] == [0, 1]
    putter.result()
    for _ in range(2):
        full.task_done()
    joiner.result()


def test_an_item_that_an_interrupted_get_returns_comes_back_under_the_lock() -> None:
    """To the front, where there is one, and with a notice."""
    queue = Queue[int]()
    queue.put(2)
    core = core_of(queue)
    inside = queue.queue
    core._items.append(1)  # as `give_back` does for a thread that was served before
    bring_late_items(queue, core)
    assert list(inside) == [1, 2]


def test_get_any_waits_at_queues_of_all_kinds() -> None:
    """Those under a lock ring a bell; after it is over, none of them keeps it."""
    queues: list[Queue[int]] = [Queue(), LifoQueue(), PriorityQueue()]
    for number, target in enumerate(queues):
        getter = Calling(get_any, queues)
        until_waiting(queues[1], getters=1)
        target.put(number)
        assert getter.result() == (target, number)
        for queue in queues:
            until_waiting(queue)
    with pytest.raises(Empty):
        get_any(queues, block=False)
    with pytest.raises(Empty):
        get_any(queues, timeout=0.001)
    getter = Calling(get_any, queues)
    until_waiting(queues[1], getters=1)
    for queue in queues:
        queue.shutdown()
    assert isinstance(getter.error(), ShutDown)


def test_get_any_needs_a_condition_of_ours() -> None:
    """One that was put in its place would not wake it."""
    queue = Queue[int]()
    queue.not_empty = threading.Condition(queue.mutex)
    with pytest.raises(TypeError, match="not_empty"):
        get_any([queue])
    queue.put(1)
    assert get_any([queue]) == (queue, 1)


def test_a_queue_unsealed_from_within_forgets_no_waiting_thread() -> None:
    """A `__del__` that looks inside the queue in the middle of an operation on it."""
    queue = Queue[Any](1)
    core = core_of(queue)
    with core._mutex:
        inside: Any = queue.queue
    getter = Calling(queue.get)
    until_waiting(queue, getters=1)
    inside.append("silently")
    assert getter.result() == "silently"


def test_a_look_in_the_middle_of_a_put_under_the_mutex_ends() -> None:
    """A signal handler that looks inside then: the item is there, once."""
    queue = Queue[int](2)
    in_the_middle_of_a_put(queue, lambda: queue.mutex)
    queue.put(1)
    queue.put(2)
    assert list(queue.queue) == [1, 2]
    assert queue.unfinished_tasks == 2


@pytest.mark.parametrize("timeout", [None, GUARD])
def test_a_look_just_before_a_thread_stands_in_line_has_it_wait_under_the_lock(
    monkeypatch: pytest.MonkeyPatch, timeout: float | None
) -> None:
    """A signal handler that looks inside then: nobody serves the line any more."""
    full, empty = Queue[int](1), Queue[int]()
    full.put(1)
    for name in ("join_putters", "join_getters"):
        join = getattr(slow_path, name)

        def look_and_join(
            core: SealedCore[Any], waiter: Waiter, join: Callable[..., None] = join
        ) -> None:
            list(full.queue), list(empty.queue)
            join(core, waiter)

        monkeypatch.setattr(slow_path, name, look_and_join)
    putting = Calling(lambda: full.put(2, timeout=timeout))
    getting = Calling(lambda: empty.get(timeout=timeout))
    until_waiting(full, putters=1)
    until_waiting(empty, getters=1)
    assert full.get() == 1
    empty.put(3)
    assert (putting.result(), getting.result()) == (None, 3)
    assert list(full.queue) == [2]


@pytest.mark.parametrize("kind", [LifoQueue, PriorityQueue])
def test_an_interrupted_wait_passes_its_notice_on(kind: type[Queue[int]]) -> None:
    """A getter that was notified, and then interrupted, leaves the item to the next in line."""
    queue = kind()
    condition: Any = queue.not_empty
    wait = condition.wait_once

    def wait_and_be_interrupted(timeout: float | None) -> None:
        del condition.wait_once
        wait(timeout)
        raise Interrupted

    condition.wait_once = wait_and_be_interrupted
    first = Calling(queue.get)
    until_waiting(queue, getters=1)
    second = Calling(queue.get)
    until_waiting(queue, getters=2)
    queue.put(1)
    assert isinstance(first.error(), Interrupted)
    assert second.result() == 1
