"""What becomes of queues in a forked child, where only the thread that forked goes on.

A thread that waited at a queue in the parent does not exist in the child: nothing may be served
in its place. If another thread was in the middle of an operation on a queue, the child can use the
queue all the same, where one of the standard library waits for its mutex for ever. What that
thread had taken and not passed on yet is lost in the child.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from pcsim.queue.condition import Notice
from pcsim.queue.core import QueueCore, Waiter
from pcsim.queue.lock_domain import LockDomain
from pcsim.queue.serving import serve

_domains: WeakSet[LockDomain] = WeakSet()
_with_conditions: WeakValueDictionary[int, Any] = WeakValueDictionary()
_is_registered: list[bool] = []


def watch(domain: LockDomain) -> None:
    """From now on, repair the queues of this domain in every forked child."""
    _domains.add(domain)
    _register()


def watch_conditions(state: Any) -> None:
    """From now on, in every forked child, forget the threads that wait for these conditions."""
    _with_conditions[id(state)] = state
    _register()


def _register() -> None:
    if not _is_registered and hasattr(os, "register_at_fork"):
        _is_registered.append(True)
        os.register_at_fork(after_in_child=_after_fork)


def _after_fork() -> None:
    frames = list(_frames_inside(sys._getframe()))
    # The functions of this package call the waiter that their own thread made `waiter`.
    own = [waiter for frame in frames if isinstance(waiter := frame.f_locals.get("waiter"), Waiter)]
    for domain in list(_domains):
        mutex = domain.mutex
        if not mutex._is_owned():
            mutex._at_fork_reinit()
        with mutex:
            domain.interrupted = tuple(waiter for waiter in domain.interrupted if waiter in own)
            for queue in domain.queues():
                _forget_other_threads(queue, own)
                if not frames:
                    _recount_slots(queue)
    for state in list(_with_conditions.values()):
        for name in ("not_empty", "not_full", "all_tasks_done"):
            condition = getattr(state, name, None)
            # Where the lock is taken, it may be this thread's, so it is left as it is.
            if type(condition) is Notice and condition.lock.acquire(False):
                condition.forget_other_threads()
                condition.lock.release()


def _frames_inside(hook: FrameType) -> Iterator[FrameType]:
    """The calls of this package that this very thread is in the middle of: a signal handler or a
    `__del__` may fork."""
    frame = hook.f_back
    while frame is not None:
        if frame.f_globals.get("__package__") == __package__:
            yield frame
        frame = frame.f_back


def _forget_other_threads(queue: QueueCore[Any], own: list[Waiter]) -> None:
    """Under the mutex: of those that wait, only the waiters of this thread are real."""
    running = [
        waiter
        for waiter in own
        if not (waiter.pending or waiter.is_settled) and any(one is queue for one in waiter.queues)
    ]
    for line in (queue._getters, queue._putters):
        mine = [waiter for waiter in line.waiters if waiter in own]
        line.waiters.clear()
        line.waiters.extend(mine)
        line.woken.clear()
        line.woken.extend(running)
    if queue._getters.waiters or queue._putters.waiters:
        serve(queue)
    elif not queue.is_shutdown:
        queue._wants_item = False
        queue._wants_slot = queue._slots_owed > 0


def _recount_slots(queue: QueueCore[Any]) -> None:
    """Under the mutex: no slot is on its way from one thread to another."""
    if not queue._hooked:
        queue._slots = len(queue._items) + len(queue._free)
