"""Wait in the line of a queue until served, out of time or interrupted.

`pcsim.queue.serving` has the rules, and the other half of the protocol.
"""

from __future__ import annotations

from typing import Any

from pcsim.queue.core import Line, QueueCore, Waiter
from pcsim.queue.serving import TRIES, give_back, serve, serve_now

AnyQueue = QueueCore[Any]


def wait_to_put(queue: AnyQueue, waiter: Waiter, timeout: float | None) -> bool:
    """Wait for the slot after `join_putters`; return False when time ran out.

    Raises the error that the waiter was served instead of a slot.
    """
    line = queue._putters
    if not _park(queue, waiter, line, timeout):
        return False
    # First off the count of the woken, then look at the flag: see "Throttle" in `serving`.
    line.woken.remove(waiter)
    if line.waiters and not queue._wants_slot:
        serve_now(queue)
    waiter.is_settled = True
    if waiter.error is not None:
        waiter.raise_error()
    return True


def wait_to_get(first: AnyQueue, waiter: Waiter, timeout: float | None) -> bool:
    """Wait for an item after the waiter has joined the getters of each of its queues.

    `first` is any of its queues. Returns and raises as `wait_to_put` does.
    """
    if not _park(first, waiter, first._getters, timeout):
        return False
    queue = first if waiter.queue is None else waiter.queue
    line = queue._getters
    line.woken.remove(waiter)
    if line.waiters and not queue._wants_item:
        serve_now(queue)
    waiter.is_settled = True
    if waiter.error is not None:
        waiter.raise_error()
    return True


def _park(queue: AnyQueue, waiter: Waiter, line: Line, timeout: float | None) -> bool:
    mutex = queue._mutex
    # A thread that owns the mutex releases all of it, as a `Condition` does that waits.
    saved = mutex._release_save() if mutex._is_owned() else None
    try:
        if waiter.lock.acquire(True, -1 if timeout is None else timeout):
            return True
        with mutex:
            if waiter.withdraw():
                return False
        waiter.lock.acquire()  # served at the last moment: a waiter may be used again
    except BaseException:
        abandon(queue, waiter, line)
        raise
    finally:
        if saved is not None:
            mutex._acquire_restore(saved)
    return True


def abandon(queue: AnyQueue, waiter: Waiter, line: Line, tries: int = TRIES) -> None:
    """Undo a wait that was interrupted: return what the waiter was served. Harmless if repeated.

    The interrupt may also have kept this thread from serving others, so that is done here.
    """
    try:
        if waiter.guard is not None:
            waiter.withdraw()  # from now on it is certain whether a queue has served it
        one = queue if waiter.queue is None else waiter.queue
        with one._mutex:
            # Only now it is, where the mutex is that of all its queues.
            served_by = one if waiter.queue is None else waiter.queue
            serve(served_by)  # if this very waiter is half served, it is served now
            if not waiter.withdraw():
                waiter.leave_lines()
                if not waiter.is_settled:
                    _take_back(served_by, waiter, line)
            serve(served_by)
    except BaseException:
        if tries:
            abandon(queue, waiter, line, tries - 1)
        raise


def _take_back(queue: AnyQueue, waiter: Waiter, line: Line) -> None:
    """Undo what a queue has served; a put cannot be undone, as any thread may have the item."""
    if waiter.line is not None and waiter in waiter.line.woken:
        waiter.line.woken.remove(waiter)  # else it did that before it was interrupted
    if line is queue._putters or waiter.error is not None:
        waiter.is_settled = True
    else:
        give_back(queue, waiter)
