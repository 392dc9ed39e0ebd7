"""A queue under a lock: what the standard class of Python 3.13 does, step by step.

This is how a queue works whose hooks are replaced, whose items are in another order, or in which
code from outside has looked. The functions here call the hooks in the thread that puts or gets,
under the lock of this one queue, and use whatever lock, conditions and store the queue has then.
They enter the lock of a `Notice` itself: an interrupt in a condition's `__enter__`, which is Python
code, would leave it taken for ever.

Such a queue has its attributes either in its `Inside`, or as its own where its class says from the
beginning that it works like this. `state` is whichever it is.
"""

from __future__ import annotations

from typing import Any

from pcsim import runtime
from pcsim.queue.condition import Notice
from pcsim.queue.core import Empty, Full, ShutDown
from pcsim.queue.inside import Inside, make_locks


def begin(queue: Any, maxsize: Any) -> None:
    """Do what the constructor of the standard class does."""
    if queue._pcsim_is_locked:
        # In the object itself they are found faster than in its class.
        queue._pcsim_core = queue._pcsim_watched = queue._pcsim_inside = None
    queue.maxsize = maxsize
    queue._init(maxsize)
    make_locks(queue)
    queue.unfinished_tasks = 0
    queue.is_shutdown = False


def put(queue: Any, item: Any, block: bool = True, timeout: float | None = None) -> None:
    """Put an item into the queue, waiting for a free slot if there is none.

    Args:
        queue: The queue.
        item: Any object.
        block: Whether to wait when the queue is full.
        timeout: The longest wait in seconds, 0 or more; None to wait without a limit. It is
            ignored without `block`.

    Raises:
        Full: No slot became free in time, or at once without `block`.
        ShutDown: The queue is shut down, or was while this waited.
        ValueError: `timeout` is negative, and the queue is bounded.
    """
    inside = queue._pcsim_inside
    state = queue if inside is None else inside
    not_full = state.not_full
    with not_full.lock if type(not_full) is Notice else not_full:
        hooks = inside if inside is not None and inside.has_usual_hooks else queue
        if state.is_shutdown:
            raise ShutDown
        if state.maxsize > 0:
            if block and timeout is not None:
                timeout = checked_timeout(timeout)
            if hooks._qsize() >= state.maxsize:
                _wait_for_slot(queue, state, block, timeout)
                hooks = queue  # they may have been replaced meanwhile
        try:
            hooks._put(item)
        except BaseException:  # the slot is for the next thread that waits
            not_full.notify()
            raise
        if inside is None:
            queue.unfinished_tasks += 1
        else:
            inside.tasks.count_put()
        not_empty = state.not_empty
        if type(not_empty) is not Notice:
            not_empty.notify()
        elif not_empty.waiters or not_empty.bells:
            not_empty.wake()


def get(queue: Any, block: bool = True, timeout: float | None = None) -> Any:
    """Take the next item from the queue, waiting for one if there is none.

    Args:
        queue: The queue.
        block: Whether to wait when the queue is empty.
        timeout: The longest wait in seconds, 0 or more; None to wait without a limit. It is
            ignored without `block`.

    Returns:
        The item that the queue's `_get` chooses.

    Raises:
        Empty: No item came in time, or at once without `block`.
        ShutDown: The queue is shut down and empty.
        ValueError: `timeout` is negative.
    """
    inside = queue._pcsim_inside
    state = queue if inside is None else inside
    not_empty = state.not_empty
    with not_empty.lock if type(not_empty) is Notice else not_empty:
        hooks = inside if inside is not None and inside.has_usual_hooks else queue
        if state.is_shutdown and not hooks._qsize():
            raise ShutDown
        if block and timeout is not None:
            timeout = checked_timeout(timeout)
        if not hooks._qsize():
            _wait_for_item(queue, state, block, timeout)
            hooks = queue  # they may have been replaced meanwhile
        try:
            item = hooks._get()
        except BaseException:  # the item is for the next thread that waits
            not_empty.notify()
            raise
        not_full = state.not_full
        if type(not_full) is not Notice:
            not_full.notify()
        elif not_full.waiters:
            not_full.wake()
        return item


def _wait_for_slot(queue: Any, state: Any, block: bool, timeout: float | None) -> None:
    if not block:
        raise Full
    deadline = deadline_in(timeout)
    while queue._qsize() >= state.maxsize:
        if not _wait(state.not_full, deadline, state):
            raise Full
        if state.is_shutdown:
            raise ShutDown


def _wait_for_item(queue: Any, state: Any, block: bool, timeout: float | None) -> None:
    if not block:
        raise Empty
    deadline = deadline_in(timeout)
    while not queue._qsize():
        if not _wait(state.not_empty, deadline, state):
            raise Empty
        if state.is_shutdown and not queue._qsize():
            raise ShutDown


def _wait(condition: Any, deadline: float | None, state: Any) -> bool:
    """Wait for a notice; return False where no time is left, without waiting."""
    left = time_left(deadline)
    if left is not None and left <= 0:
        return False
    if type(state) is Inside and state.longest_wait is not None:
        left = state.longest_wait if left is None else min(left, state.longest_wait)
    try:
        if type(condition) is Notice:
            condition.wait_once(left)
        else:
            condition.wait(left)
    except BaseException:  # an interrupt may have used up the notice
        condition.notify()
        raise
    return True


def size(queue: Any) -> int:
    """How many items are queued."""
    with queue.mutex:
        number: int = queue._qsize()
        return number


def is_full(queue: Any) -> bool:
    """Whether there are as many items as the capacity allows."""
    with queue.mutex:
        return bool(0 < queue.maxsize <= queue._qsize())


def finish_task(queue: Any) -> None:
    """Report one task done. Raises `ValueError` where none is unfinished."""
    done = queue.all_tasks_done
    inside = queue._pcsim_inside
    with done.lock if type(done) is Notice else done:
        if inside is not None:
            is_last = inside.tasks.finish()
        else:
            unfinished = queue.unfinished_tasks - 1
            if unfinished < 0:
                raise ValueError("task_done() called too many times")
            queue.unfinished_tasks = unfinished
            is_last = not unfinished
        if is_last:
            done.notify_all()


def join(queue: Any) -> None:
    """Wait until no task is unfinished."""
    done = queue.all_tasks_done
    with done.lock if type(done) is Notice else done:
        while queue.unfinished_tasks:
            _wait(done, None, queue._pcsim_inside)


def shut_down(queue: Any, immediate: bool) -> None:
    """Refuse puts, and gets once nothing is left; `immediate` drops what is queued."""
    dropped = []  # they die outside the lock: their `__del__` may use the queue
    with queue.mutex:
        queue.is_shutdown = True
        if immediate:
            while queue._qsize():
                dropped.append(queue._get())
                if queue.unfinished_tasks > 0:
                    queue.unfinished_tasks -= 1
            queue.all_tasks_done.notify_all()
        queue.not_empty.notify_all()
        queue.not_full.notify_all()


# Times, as the standard class takes them.


def checked_timeout(timeout: float) -> float | None:
    """The timeout in seconds; None for one that is not a number, and so never over.

    Raises `ValueError` where it is negative. One that a lock cannot wait for is an
    `OverflowError` of the lock, where there is something to wait for.
    """
    if timeout < 0:
        raise ValueError("'timeout' must be a non-negative number")
    seconds = 0.0 + timeout
    return None if seconds != seconds else seconds


def deadline_in(timeout: float | None) -> float | None:
    """The time on the clock at which a timeout is over; None for never."""
    return None if timeout is None else runtime.clock() + timeout


def time_left(deadline: float | None) -> float | None:
    """Seconds until then, below 0 if it is over; None for no limit."""
    return None if deadline is None else deadline - runtime.clock()
