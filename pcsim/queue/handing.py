"""Hand items to getters and slots to putters: what is done for one waiter, under the mutex.

`pcsim.queue.serving` has the rules, and decides when. An interrupt (an exception that a signal
handler raises) comes at the end of a call, at the beginning of a function and at the end of a
loop's body, and nowhere else. So each step here is written without a call from what it takes to
the note of it, and a step that was cut off is taken up again by the next thread that serves.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from pcsim.queue.core import Line, QueueCore, Waiter

MAX_WOKEN = 8
"""Waiters of one line that are served and do not run yet, at most. From 8 on all measure the
same; with 1 or 2 a system of capacity 1 loses a third of its throughput."""

AnyQueue = QueueCore[Any]
_NO_GUARD = nullcontext()
SLOT = (None,)
"""What is added to the free slots, by `+=`: that is no call."""


def give_items(queue: AnyQueue) -> None:
    """Hand the oldest items to getters, until items or getters run out, or enough are woken."""
    getters = queue._getters
    waiters, woken = getters.waiters, getters.woken
    if queue._hooked:
        while waiters and len(woken) < MAX_WOKEN and _give_item_by_hooks(queue):
            continue
        return
    items, each_item = queue._items, getters.each
    while len(woken) < MAX_WOKEN:
        # From here to `_finish` nothing is called: no interrupt comes, and nothing from within.
        if not (items and waiters):
            return
        waiter = waiters[0]
        if not waiter.pending:  # another of its queues has served it
            del waiters[0]
            continue
        if waiter.guard is not None:
            if not _give_guarded(queue, waiter):
                return
            continue
        # 1. Take the item. Only then is it certain that there is one: fast paths take them too.
        try:
            for waiter.item in each_item:
                break
        except IndexError:  # a getter on its fast path was quicker
            return
        # 2. The getter is this thread's alone.
        waiter.pending = waiter.is_through = waiter.is_woken = False
        waiter.queue, waiter.line = queue, getters
        del waiters[0]
        try:
            finish(queue, waiter)
        except BaseException:
            if not waiter.is_woken:
                queue._domain.interrupted += (waiter,)
            raise


def give_slots(queue: AnyQueue) -> None:
    """Let putters in, until slots or putters run out, or enough are woken."""
    putters = queue._putters
    waiters, woken = putters.waiters, putters.woken
    if queue._hooked:
        while waiters and len(woken) < MAX_WOKEN and _give_slot_by_hooks(queue):
            continue
        return
    free, each_free = queue._free, putters.each
    while len(woken) < MAX_WOKEN:
        # As with items: a slot, then its putter, and nothing is called.
        if not waiters or 0 < queue._maxsize < queue._slots:
            return  # slots above the capacity are for nobody
        waiter = waiters[0]
        if free:
            try:
                for _ in each_free:
                    break
            except IndexError:  # a putter on its fast path was quicker
                continue
        elif 0 < queue._maxsize <= queue._slots:
            return
        else:
            queue._slots += 1
            if queue._slots > queue._slots_peak:
                queue._slots_peak = queue._slots
        waiter.pending = waiter.is_through = waiter.is_woken = False
        waiter.queue, waiter.line = queue, putters
        del waiters[0]
        try:
            finish(queue, waiter)
        except BaseException:
            if not waiter.is_woken:
                queue._domain.interrupted += (waiter,)
            raise


def finish(queue: AnyQueue, waiter: Waiter) -> None:
    """Under the mutex: do for a claimed waiter what is to be done, and wake it.

    An interrupt may cut this off at any call. Then it is done once more, from the step on that
    was not done. From the look at what was done to the note of it, nothing is called.
    """
    line: Any = waiter.line
    if waiter.is_through:
        pass
    elif line is queue._getters:
        # 3. Count the item, and then free its slot, so that no observer of the counters ever
        #    sees more items in the queue than its capacity.
        at = waiter.on_item(queue)
        if not queue._hooked:
            free = queue._free
            free += SLOT
        waiter.is_through = True
        queue._on_get_served(at)
    else:
        # 3. Count the item, and then queue it: from then on any thread may take it, and an
        #    observer must not see it taken before it was put.
        at = waiter.on_slot(queue)
        if not queue._hooked:
            items = queue._items
            items += (waiter.item,)
        waiter.is_through = True
        queue._on_put_served(at)
    if waiter.guard is not None or len(waiter.queues) > 1 or waiter.error is not None:
        waiter.leave_lines()
    # 4. Wake it. It is on the count of the woken before it can run: it takes itself off.
    woken = line.woken
    woken += (waiter,)
    waiter.is_woken = True
    waiter.lock.release()


def refuse(queue: AnyQueue, line: Line, waiter: Waiter, error: BaseException) -> None:
    """Under the mutex: end a wait with an error instead of a result."""
    is_mine = False
    try:
        with waiter.guard or _NO_GUARD:
            if waiter.pending:
                waiter.pending, waiter.is_through, waiter.is_woken = False, True, False
                waiter.queue, waiter.line, waiter.error = queue, line, error
                is_mine = True
        if is_mine:
            finish(queue, waiter)
    except BaseException:
        if is_mine and not waiter.is_woken:
            queue._domain.interrupted += (waiter,)
        raise


def _give_guarded(queue: AnyQueue, waiter: Waiter) -> bool:
    """Hand an item to a getter that waits at queues of other mutexes as well, unless one of them
    does so at this very moment. Returns False where the items ran out."""
    getters = queue._getters
    is_mine = False
    try:
        with waiter.guard:
            if waiter.pending:
                for waiter.item in getters.each:
                    waiter.pending = waiter.is_through = waiter.is_woken = False
                    waiter.queue, waiter.line = queue, getters
                    is_mine = True
                    break
        if is_mine:
            finish(queue, waiter)
    except IndexError:
        if is_mine:
            raise
        return False
    except BaseException:
        if is_mine and not waiter.is_woken:
            queue._domain.interrupted += (waiter,)
        raise
    return True


def _give_item_by_hooks(queue: AnyQueue) -> bool:
    """The same for one item that a hook takes out; the hook may raise, or use the queue."""
    getters = queue._getters
    if not queue._qsize() or not getters.waiters:
        return False
    waiter = getters.waiters[0]
    del getters.waiters[0]
    if not waiter.pending:
        return True
    waiter.pending = waiter.is_through = waiter.is_woken = False
    waiter.queue, waiter.line = queue, getters
    try:
        waiter.item = queue._get()
    except BaseException as raised:
        is_empty = isinstance(raised, IndexError) and not queue._qsize()  # emptied from within
        if is_empty or not isinstance(raised, Exception):
            waiter.pending = True
            getters.waiters.appendleft(waiter)
            if is_empty:
                return False
            raise
        waiter.error, waiter.is_through = raised, True  # the error of a hook is for its getter
    try:
        finish(queue, waiter)
    except BaseException:
        if not waiter.is_woken:
            queue._domain.interrupted += (waiter,)
        raise
    return True


def _give_slot_by_hooks(queue: AnyQueue) -> bool:
    """The same for one item that a hook stores."""
    putters = queue._putters
    if not queue._take_slot() or not putters.waiters:
        return False
    waiter = putters.waiters[0]
    del putters.waiters[0]
    waiter.pending = waiter.is_through = waiter.is_woken = False
    waiter.queue, waiter.line = queue, putters
    try:
        queue._put(waiter.item)
    except BaseException as raised:
        if not isinstance(raised, Exception):
            waiter.pending = True
            putters.waiters.appendleft(waiter)
            raise
        waiter.error, waiter.is_through = raised, True  # the error of a hook is for its putter
    try:
        finish(queue, waiter)
    except BaseException:
        if not waiter.is_woken:
            queue._domain.interrupted += (waiter,)
        raise
    return True
