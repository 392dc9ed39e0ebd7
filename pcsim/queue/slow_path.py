"""The slow paths of a sealed queue: put where no slot is free, and get where nothing is queued.

In the two functions here, `pcsim.queue.fork` finds the waiter by the name `waiter`, and
`pcsim.queue.in_hand` the core by the name `core`, as in `Queue.put` and `Queue.get`.
"""

from __future__ import annotations

from typing import Any

from pcsim.queue import locked
from pcsim.queue.core import Empty, Full, ShutDown, Waiter
from pcsim.queue.interrupted import serve_surely
from pcsim.queue.sealed import SealedCore, Unsealed
from pcsim.queue.serving import join_getters, join_putters, serve
from pcsim.queue.tasks import CountedWaiter
from pcsim.queue.unsealing import inside_of
from pcsim.queue.waiting import abandon, wait_to_get, wait_to_put


def put_slowly(
    queue: Any, core: SealedCore[Any], item: Any, block: bool, timeout: float | None
) -> None:
    """Put where no slot was free a moment ago."""
    deadline: float | None = None
    waiter: Waiter | None = None
    is_put = is_closed = is_late = False
    try:
        with core._mutex:
            is_late = core.is_unsealed
            is_closed = core.is_shutdown and not is_late
            if not (is_late or is_closed):
                if core._put_at_once(item, core.count_put):
                    is_put = True
                    core.make_slots()
                    serve(core)
                elif block and timeout != 0:
                    deadline = locked.deadline_in(timeout)
                    waiter = CountedWaiter((core,), item, core.count_put)
                    join_putters(core, waiter)
                    leave_if_unsealed(core, waiter)
        if waiter is not None:
            is_put = wait_to_put(core, waiter, timeout)
    except Unsealed:
        is_late = True
    except BaseException:  # an interrupt may come anywhere
        if waiter is None:
            serve_surely(core)
        else:
            abandon(core, waiter, core._putters)
        raise
    finally:
        if core.is_unsealed:
            bring_late_items(queue, core)
    if is_late:
        inside_of(queue)  # the thread that unseals it may have been interrupted
        locked.put(queue, item, block, _rest(deadline, timeout))
    elif not is_put:
        raise ShutDown if is_closed else Full


def get_slowly(queue: Any, core: SealedCore[Any], block: bool, timeout: float | None) -> Any:
    """Get where nothing was queued a moment ago."""
    must_not_wait = not block or timeout == 0
    if must_not_wait and not (core._items or core.is_shutdown or core.is_unsealed):
        raise Empty
    deadline = None if must_not_wait else locked.deadline_in(timeout)
    waiter = Waiter((core,))
    is_late = is_served = False
    try:
        with core._mutex:
            join_getters(core, waiter)
            leave_if_unsealed(core, waiter)
            is_refused = must_not_wait and waiter.withdraw()
        is_served = not is_refused and wait_to_get(core, waiter, timeout)
    except Unsealed:
        is_late = True
    except BaseException:  # an interrupt may come anywhere
        abandon(core, waiter, core._getters)
        raise
    finally:
        if core.is_unsealed:
            bring_late_items(queue, core)
    if is_late:
        inside_of(queue)
        return locked.get(queue, block, _rest(deadline, timeout))
    if not is_served:
        raise Empty
    return waiter.item


def leave_if_unsealed(core: SealedCore[Any], waiter: Waiter) -> None:
    """Under the mutex: wait in no line of a core that is unsealed, since nobody serves it.

    Code from within may have unsealed it just now.

    Raises `Unsealed`.
    """
    if core.is_unsealed and waiter.withdraw():
        raise Unsealed


def _rest(deadline: float | None, timeout: float | None) -> float | None:
    left = locked.time_left(deadline)
    return timeout if left is None else max(left, 0.0)


def bring_late_items(queue: Any, core: SealedCore[Any]) -> None:
    """Store in an unsealed queue what was returned to its core: to the front, if it has one."""
    late = core.late
    while late:
        with queue.not_empty:
            try:
                item = late.popleft()
            except IndexError:  # another thread has brought it
                return
            getattr(queue.queue, "appendleft", queue._put)(item)
            queue.not_empty.notify()
