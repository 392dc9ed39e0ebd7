"""What becomes of queues in a forked child, where only the thread that forked goes on.

Whoever waited at a queue in another thread is not there any more: nobody may be served in its
place. A queue of which another thread was in the middle of something can be used all the same,
where one of the standard library waits for its mutex for ever: what that thread had taken and not
passed on yet is gone with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any
from weakref import WeakValueDictionary

from pcsim.queue.mutex import shared_mutex
from pcsim.queue.waiter import Waiter
from pcsim.queue.waiting import QueueCore

# By number, since a subclass may not be hashable.
_queues: WeakValueDictionary[int, QueueCore[Any]] = WeakValueDictionary()


def remember(queue: QueueCore[Any]) -> None:
    """From now on a forked child has this queue without the threads that it does not have."""
    _queues[id(queue)] = queue


def _forked() -> None:
    frames = list(_frames_inside(sys._getframe()))
    held = [
        waiter for frame in frames if isinstance(waiter := frame.f_locals.get("waiter"), Waiter)
    ]
    mutex = shared_mutex()
    if not mutex._is_owned():
        mutex._at_fork_reinit()
    with mutex:
        for queue in list(_queues.values()):
            _leave_threads(queue, held)
            if not frames:
                _count_slots(queue)


def _frames_inside(hook: FrameType) -> Iterator[FrameType]:
    """The calls of the queues' code that this very thread is in the middle of: a signal handler
    or a `__del__` may fork."""
    frame = hook.f_back
    while frame is not None:
        if frame.f_globals.get("__package__") == __package__:
            yield frame
        frame = frame.f_back


def _leave_threads(queue: QueueCore[Any], held: list[Waiter]) -> None:
    """Under the mutex: of those that wait, only the waiters held by this thread are real."""
    queue.mutex.leave_threads()
    for line in (queue._getters, queue._putters):
        mine = [waiter for waiter in line if waiter in held]
        line.clear()
        line.extend(mine)
    served = [
        None
        for waiter in held
        if not (waiter.pending or waiter.is_settled) and any(one is queue for one in waiter.queues)
    ]
    for woken in (queue._woken_getters, queue._woken_putters):
        woken.clear()
        woken.extend(served)
    if queue._getters or queue._putters:
        queue._serve()
    elif not queue.is_shutdown:
        queue._wants_item = False
        queue._wants_slot = queue._slots_owed > 0


def _count_slots(queue: QueueCore[Any]) -> None:
    """Under the mutex: no slot is on its way from one thread to another."""
    if not queue._hooked:
        queue._slots = len(queue._items) + len(queue._free)
        if queue._maxsize > 0:
            queue._slots_owed = max(queue._slots - queue._maxsize, 0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
