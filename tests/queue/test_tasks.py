"""`join` waits for every item that was put, and for no other."""

from __future__ import annotations

import pytest

from pcsim.queue import Full, Queue, ShutDown
from tests.support.queues import ROADS
from tests.support.threads import Calling, until_waiting


@ROADS
def test_join_waits_for_every_task(kind: type[Queue[int]]) -> None:
    """It comes back when `task_done` was called once for each item put, by whatever road."""
    queue = kind(1)
    queue.put(0)
    waiting = Calling(queue.put, 1)
    until_waiting(queue, putters=1)
    join = Calling(queue.join)
    queue.get()
    waiting.result()
    queue.get()
    assert queue.unfinished_tasks == 2
    queue.task_done()
    assert join.is_going_on
    queue.task_done()
    join.result()
    with pytest.raises(ValueError, match="too many"):
        queue.task_done()
    assert queue.unfinished_tasks == 0
    queue.join()


def test_a_refused_put_is_no_task() -> None:
    """`Full` and `ShutDown` leave the count of tasks alone."""
    queue = Queue[int](1)
    queue.put(1)
    with pytest.raises(Full):
        queue.put_nowait(2)
    queue.get()
    queue.shutdown()
    with pytest.raises(ShutDown):
        queue.put(3)
    assert queue.unfinished_tasks == 1


def test_unfinished_tasks_can_be_set_as_in_the_standard_class() -> None:
    """Code that empties a queue under its mutex notifies the condition."""
    queue = Queue[int]()
    for number in range(5):
        queue.put(number)
    with queue.mutex:
        queue.queue.clear()
        queue.unfinished_tasks = 0
        queue.all_tasks_done.notify_all()
    queue.join()
    queue.put(1)
    assert queue.unfinished_tasks == 1
    queue.task_done()
    queue.join()
