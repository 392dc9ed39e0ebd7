"""A queue that is shut down gives what it has, and ends every wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pcsim.queue import Queue, ShutDown, get_any
from pcsim.queue.sealed import serve_after_get
from tests.support.queues import KINDS, ROADS, core_of
from tests.support.threads import Calling, until, until_waiting


@KINDS
def test_a_closed_queue_gives_what_it_has(kind: type[Queue[int]]) -> None:
    """After a graceful shutdown puts are refused, gets go on until nothing is left."""
    queue = kind(2)
    queue.put(1)
    queue.put(1)
    put = Calling(queue.put, 1)
    until_waiting(queue, putters=1)
    queue.shutdown()
    assert isinstance(put.error(), ShutDown)
    with pytest.raises(ShutDown):
        queue.put_nowait(1)
    assert [queue.get(), queue.get(timeout=1)] == [1, 1]
    with pytest.raises(ShutDown):
        queue.get()
    with pytest.raises(ShutDown):
        queue.get_nowait()
    with pytest.raises(ShutDown):
        queue.put(1)


@ROADS
def test_an_immediate_close_throws_away_what_is_queued(kind: type[Queue[int]]) -> None:
    """It counts as done, so that `join` comes back; every waiting thread is woken."""
    queue = kind(2)
    queue.put(1)
    queue.put(2)
    puts = [Calling(queue.put, 3) for _ in range(20)]
    until_waiting(queue, putters=20)
    join = Calling(queue.join)
    queue.shutdown(immediate=True)
    for put in puts:
        assert isinstance(put.error(), ShutDown)
    join.result()
    assert queue.empty()
    assert queue.unfinished_tasks == 0
    with pytest.raises(ShutDown):
        queue.get()


@ROADS
@pytest.mark.parametrize("immediate", [False, True])
def test_a_close_ends_every_wait(kind: type[Queue[int]], immediate: bool) -> None:
    """All that wait for an item, at one queue or several, get `ShutDown`."""
    queue, other = kind(), kind()
    gets = [Calling(queue.get) for _ in range(10)]
    until_waiting(queue, getters=10)
    of_any = Calling(lambda: get_any([other, queue]))
    until_waiting(queue, getters=11)
    queue.shutdown(immediate)
    for get in gets:
        assert isinstance(get.error(), ShutDown)
    assert of_any.is_going_on
    other.shutdown(immediate)
    assert isinstance(of_any.error(), ShutDown)


@ROADS
def test_two_consumers_and_one_last_item(kind: type[Queue[str]]) -> None:
    """Exactly one of them gets it, the other gets `ShutDown`."""
    for _ in range(50):
        queue = kind()

        def take(queue: Queue[str] = queue) -> str:
            try:
                return queue.get()
            except ShutDown:
                return "nothing"

        takes = [Calling(take), Calling(take)]
        queue.put("the last")
        queue.shutdown()
        assert sorted(one.result() for one in takes) == ["nothing", "the last"]


class OnItsWay(Queue[Any]):
    """Closes in the middle of a put on the fast road: after its check, before its item is in."""

    immediate = False

    def close_at_the_next_put(self, immediate: bool) -> None:
        core = core_of(self)
        count_put = core.count_put

        def close_and_count() -> int:
            core.count_put = count_put
            self.shutdown(immediate)
            return count_put()

        self.put(None)
        self.get()
        self.task_done()
        core.count_put = close_and_count


def test_an_item_on_its_way_into_a_closing_queue_arrives() -> None:
    """A put that was let in before the close is delivered; only then is it over."""
    queue = OnItsWay()
    queue.close_at_the_next_put(immediate=False)
    queue.put("late")
    assert queue.get() == "late"
    with pytest.raises(ShutDown):
        queue.get()


def test_the_last_item_on_its_way_ends_the_wait_of_the_others() -> None:
    """It is handed to the first in line; those behind it hear that it was the last."""
    queue = OnItsWay()
    queue.close_at_the_next_put(immediate=False)
    first = Calling(queue.get)
    until_waiting(queue, getters=1)
    second = Calling(queue.get)
    until_waiting(queue, getters=2)
    queue.put("late")
    assert first.result() == "late"
    assert isinstance(second.error(), ShutDown)


def test_the_slot_of_the_last_item_on_its_way_ends_the_wait_of_the_others() -> None:
    """A get has the item when the queue is shut down, and frees its slot then."""
    queue = Queue[int](1)
    queue.put(1)
    core = core_of(queue)
    assert core._fast_items.popleft() == 1  # the first half of a get
    queue.shutdown()
    other = Calling(queue.get)
    until_waiting(queue, getters=1)
    core._fast_free.append(None)  # and the other half
    assert core._wants_slot
    serve_after_get(core)
    assert isinstance(other.error(), ShutDown)


def _joining(queue: Queue[Any], count_put: Callable[[], int]) -> Callable[[], int]:
    """Count a put; before it goes on, another thread waits in `join` for it."""

    def count_and_join() -> int:
        number = count_put()
        queue.joining = Calling(queue.join)
        core: Any = core_of(queue)
        until(lambda: core._all_done is not None and core._all_done._waiters)
        return number

    return count_and_join


def test_an_item_on_its_way_into_an_immediate_close_is_thrown_away() -> None:
    """It counts as done as well: a thread in `join` comes back, one in `get` gets `ShutDown`."""
    queue = OnItsWay()
    queue.close_at_the_next_put(immediate=True)
    get = Calling(queue.get)
    until_waiting(queue, getters=1)
    core_of(queue).count_put = _joining(queue, core_of(queue).count_put)
    queue.put("late")
    join: Calling[None] = queue.joining  # type: ignore[attr-defined]
    join.result()
    assert isinstance(get.error(), ShutDown)
    assert queue.empty()
    assert queue.unfinished_tasks == 0
