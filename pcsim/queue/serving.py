"""Serve those that wait at a queue: the slow path of every operation, written once.

The rules of this file
----------------------
State. `_items` has what is queued. `_free` has one token for each free slot. A slot is made the
first time that it is needed; `_slots` counts them. `_getters` and `_putters` are the lines of
those that wait.

Locks. The fast paths change `_items` and `_free` without a lock: `append`, `pop` and `popleft`
of a deque are one C call each, and no other thread runs within a C call. Everything else is
changed under `_mutex` alone. Flags are read without it.

Without a global lock. CPython's free-threaded build takes a lock of the deque's own for each of
these calls, so they are atomic there as well, and come one after another in the order of that
lock. Nothing here relies on more for being atomic: what is done without a call is so for
interrupts alone. But a processor may let a look overtake an earlier write of the same thread. So
there a thread that has raised a flag, or lowered it, takes the lock of the deque in question once
(`fence`) before it looks. An operation on that deque that came before the fence is seen by the
look; one that comes after it has seen the flag, since a lock shows what was written before it was
released. This holds on any processor, and the fast paths are the same.

Publish, then look. A putter first appends its item and then reads `_wants_item`. A getter first
returns its token and then reads `_wants_slot`. A thread that has to wait does the opposite: it
first stands in its line and raises the flag, and then looks at what is there. So whichever of
the two comes second sees the other: no wake-up is lost.

A waiter never tries again. The thread that serves it gives it its result, and only then wakes
it.

Reentry. A signal handler or the `__del__` of an item may use the queue in the middle of any
function here, since the mutex lets its own thread in. Such code can only begin at a call.
Therefore a server looks at a waiter, takes an item or a slot and marks the waiter as its own
without a call between (`pcsim.queue.handing`). Code that waits from within releases the mutex
meanwhile: no other thread could end its wait.

Interrupts. A signal handler may raise wherever it may begin: at the end of a call, at the
beginning of a function, at the end of a loop's body. So what belongs together is done without any
of these: `deque += (item,)` appends, and `for item in line.each` takes. A server that is
interrupted notes the waiter that it has not woken, serves on, and only then lets the interrupt
go; should the next one cut that off as well, the next operation on the queue goes on. An
interrupted put has put its item or not. An interrupted get may lose the item that it had in hand,
as in the standard class, and no other.

Throttle. At most `MAX_WOKEN` waiters of a line are served and do not run yet. Without a limit,
every hand-off would become a switch of threads. The server lowers the flag and then counts
again. A woken waiter first takes itself off the count, and then serves the line if the flag is
down. This is "publish, then look" once more.

Shutdown. A queue that is shut down refuses putters. It is over, once and for good, when nothing
is queued and every token is back: an item whose putter passed the check just before is still on
its way, and keeps its token. Until then `_wants_slot` stays up, so that the get that returns
the last token ends the wait of the other getters.

Unsealing. When code from outside looks inside a `Queue`, others take the places of `_fast_items`
and `_fast_free` for good (`pcsim.queue.unsealing`). The fast paths of `Queue` know the two deques
by these names alone. What they have in their hands at that moment shows by the slots
(`pcsim.queue.in_hand`).

Hooks. A queue of the engine whose subclass replaces a hook keeps `_items` and `_free` empty. So
each operation misses the fast path and goes under the mutex, where the hooks are called.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pcsim.queue.core import QueueCore, ShutDown, Waiter, fence, has_global_lock
from pcsim.queue.handing import MAX_WOKEN, SLOT, finish, give_items, give_slots, refuse

TRIES = 3
"""How often what an interrupt has cut off is tried once more, where the next one cuts it off."""

AnyQueue = QueueCore[Any]


def serve_now(queue: AnyQueue) -> None:
    """Serve from a fast path, which has seen that a thread waits."""
    with queue._mutex:
        serve(queue)
    if queue._dropped_items:
        queue._release_dropped()


def serve(queue: AnyQueue, tries: int = TRIES) -> None:
    """Under the mutex: serve both lines until nothing more can be handed over."""
    try:
        domain = queue._domain
        while domain.interrupted:
            waiter = domain.interrupted[0]
            domain.interrupted = domain.interrupted[1:]
            try:
                finish(waiter.queue, waiter)
            except BaseException:
                if not waiter.is_woken:
                    queue._domain.interrupted += (waiter,)
                raise
        _serve_lines(queue)
    except BaseException:  # others must not wait for ever, since this thread was interrupted
        if tries:
            serve(queue, tries - 1)
        raise


def _serve_lines(queue: AnyQueue) -> None:  # noqa: C901 - unrolled: the hand-off's cost
    getters, putters = queue._getters, queue._putters
    while True:
        if queue.is_shutdown or 0 < queue._maxsize < queue._slots:
            _serve_unusual(queue)

        if getters.waiters:
            # Raise the flag before looking at the items. A putter that appends after our look
            # then sees the flag, and serves; one that appended before is seen by our look.
            queue._wants_item = True
            if not has_global_lock:
                fence(queue._items)
            give_items(queue)
            if not getters.waiters:
                # No getter is left, so the next put need not look. An immediate shutdown still
                # wants the items that are on their way, to throw them away.
                queue._wants_item = queue._is_immediate and not queue._is_over
            elif len(getters.woken) >= MAX_WOKEN:
                # Enough are woken, and each of them will serve on when it runs and sees the flag
                # down. But it may have run between our count and the lowering, and have seen
                # the flag up: so count again. If it has, no other thread will serve the rest.
                queue._wants_item = False
                if not has_global_lock:
                    fence(getters.woken)
                if len(getters.woken) < MAX_WOKEN:
                    continue
            # Else the items ran out. The flag stays up: the next put serves.
        elif not queue.is_shutdown:
            queue._wants_item = False

        # The same for putters. Their line comes second, as the items just taken freed slots.
        if putters.waiters:
            queue._wants_slot = True
            if not has_global_lock:
                fence(queue._free)
            give_slots(queue)
            if not putters.waiters:
                queue._wants_slot = queue._slots_owed > 0
            elif len(putters.woken) >= MAX_WOKEN:
                queue._wants_slot = queue._slots_owed > 0
                if not has_global_lock:
                    fence(putters.woken)
                if len(putters.woken) < MAX_WOKEN:
                    continue
        elif not queue.is_shutdown:
            # While slots are owed, each get has to come here, so that its slot is taken away.
            queue._wants_slot = queue._slots_owed > 0

        # A putter that was served has queued an item, which may be for a getter: go round again.
        # A lowered flag means that enough are woken; the rest is for them to serve. But all of
        # them may have run before it was lowered, and then the rest is for this thread.
        if getters.waiters:
            if queue._wants_item and queue._qsize():
                continue
            if queue._is_drained_unannounced:
                continue
        if putters.waiters and queue._wants_slot and queue._has_slot():
            continue
        break


def _serve_unusual(queue: AnyQueue) -> None:
    """Do what a queue that is shut down, or has too many slots, does before it serves."""
    if queue.is_shutdown:
        _serve_shut_down(queue)
    if queue._slots_owed:
        queue._wants_slot = True  # raised before looking, as every flag
        queue._remove_owed_slots()


def _serve_shut_down(queue: AnyQueue) -> None:
    """Refuse putters, drop the items if asked to, and once it is over release the getters."""
    getters, putters = queue._getters, queue._putters
    if not queue._is_over:
        queue._wants_slot = True
        queue._wants_item = queue._is_immediate
    for putter in list(putters.waiters):
        refuse(queue, putters, putter, ShutDown())
    while queue._is_immediate and queue._qsize():
        try:
            _drop_one(queue)
        except IndexError:
            if queue._hooked:
                raise
            break
    if queue._is_drained_unannounced:
        queue._is_over = True
    if queue._is_over:
        queue._wants_slot = queue._wants_item = False
        # A getter of several queues waits on until the last of them is over.
        for waiter in [w for w in getters.waiters if _are_over(w)]:
            refuse(queue, getters, waiter, ShutDown())


def _are_over(waiter: Waiter) -> bool:
    """Whether all queues of a getter are over. Of two that are at the same time, one sees both."""
    if waiter.guard is not None:
        with waiter.guard:
            pass
    return all(queue._is_over for queue in waiter.queues)


def _drop_one(queue: AnyQueue) -> None:
    """Throw the next item away, and free its slot. Raises `IndexError` where there is none."""
    if queue._hooked:
        item = queue._get()
        queue._dropped_items.append(item)
        queue._on_dropped(item)
        return
    dropped, free = queue._dropped_items, queue._free
    for item in queue._getters.each:
        dropped += (item,)
        try:
            queue._on_dropped(item)
        finally:
            free += SLOT
        break


# Standing in line, all under the mutex.


def join_putters(queue: AnyQueue, waiter: Waiter) -> None:
    """Stand in line when no slot was free, raise the flag, and only then look at the slots."""
    putters = queue._putters
    waiter.line = putters
    putters.waiters.append(waiter)
    if not has_global_lock:
        fence(putters.woken)
    if queue._hooked or queue.is_shutdown:
        serve(queue)
    elif len(putters.woken) < MAX_WOKEN:
        queue._wants_slot = True
        if not has_global_lock:
            fence(queue._free)
        if queue._free or queue._slots != queue._maxsize:
            serve(queue)
    # Else one of the woken has yet to run: it will see the line, and serve it.


def join_getters(queue: AnyQueue, waiter: Waiter) -> None:
    """Stand in line, raise the flag, and only then look at the items."""
    getters = queue._getters
    if waiter.guard is None:  # else another of its queues may be serving it
        waiter.line = getters
    getters.waiters.append(waiter)
    if not has_global_lock:
        fence(getters.woken)
    if queue._hooked or queue.is_shutdown:
        serve(queue)
    elif len(getters.woken) < MAX_WOKEN:
        queue._wants_item = True
        if not has_global_lock:
            fence(queue._items)
        if queue._items:
            serve(queue)


def join_all_getters(queues: Iterable[AnyQueue], waiter: Waiter) -> None:
    """Stand in the line of each of these queues, in this order, until one of them serves."""
    for queue in queues:
        join_getters(queue, waiter)
        if not waiter.pending:
            return


# Other changes of a queue's state, all under the mutex unless they take it.


def dismiss(queue: AnyQueue, waiter: Waiter) -> None:
    """End the wait of a getter that need not wait any more, if it still does."""
    if waiter.pending:
        refuse(queue, queue._getters, waiter, ShutDown())


def give_back(queue: AnyQueue, waiter: Waiter) -> None:
    """Return the item of an interrupted getter to the front; its slot may be taken by now."""
    if queue._hooked:
        waiter.is_settled = True
        queue._put(waiter.item)
        return
    has_slot = False  # no call from here on: an interrupt would lose the slot or the item
    try:
        for _ in queue._putters.each:
            has_slot = True
            break
    except IndexError:
        pass
    if not has_slot:
        queue._slots += 1
        if queue._slots > queue._slots_peak:
            queue._slots_peak = queue._slots
    waiter.is_settled = True
    queue._items.appendleft(waiter.item)


def resize(queue: AnyQueue, maxsize: int) -> None:
    """Give the queue another capacity; slots above it go as they become free."""
    queue._maxsize = maxsize
    if not has_global_lock:
        fence(queue._free)
    _serve_after_change(queue)


def shut_down(queue: AnyQueue, immediate: bool) -> None:
    """Refuse every further put; `immediate` also drops what is queued."""
    queue.is_shutdown = True
    if immediate:
        queue._is_immediate = True
    _serve_after_change(queue)


def _serve_after_change(queue: AnyQueue) -> None:
    try:
        serve(queue)
    except BaseException:  # an interrupt may have come before it began
        serve(queue)
        raise
