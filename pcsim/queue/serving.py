"""Serve those that wait at a queue: the slow path of every operation, written once.

The rules of this file
----------------------
State. `_items` has what is queued. `_free` has one token for each free slot. A slot is made the
first time that it is needed; `_slots` counts them. `_getters` and `_putters` are the lines of
those that wait.

Locks. The fast paths change `_items` and `_free` without a lock: `append`, `pop` and `popleft`
of a deque are one C call each, and no other thread runs within a C call. Everything else is
changed under `_mutex` alone. Flags are read without it.

Publish, then look. A putter first appends its item and then reads `_wants_item`. A getter first
returns its token and then reads `_wants_slot`. A thread that has to wait does the opposite: it
first stands in its line and raises the flag, and then looks at what is there. So whichever of
the two comes second sees the other: no wake-up is lost.

A waiter never tries again. The thread that serves it gives it its result, and only then wakes
it.

Reentry. A signal handler or the `__del__` of an item may use the queue in the middle of any
function here, since the mutex lets its own thread in. Such code can only begin at a call.
Therefore a server takes an item or a slot by one call that may fail; it then claims the waiter
(`Line.claim` looks and marks without a call between); and it puts back what it has no waiter
for. Code that waits from within releases the mutex meanwhile: no other thread could end its wait.

Throttle. At most `MAX_WOKEN` waiters of a line are served and do not run yet. Without a limit,
every hand-off would become a switch of threads. The server lowers the flag and then counts
again. A woken waiter first takes itself off the count, and then serves the line if the flag is
down. This is "publish, then look" once more.

Shutdown. A queue that is shut down refuses putters. It is over, once and for good, when nothing
is queued and every token is back: an item whose putter passed the check just before is still on
its way, and keeps its token. Until then `_wants_slot` stays up, so that the get that returns
the last token ends the wait of the other getters.

Barriers. While code from outside owns `mutex`, `_fast_items` and `_fast_free` are barriers
(`pcsim.queue.mutex`). The fast paths of `Queue` know the two deques by these names alone.

Hooks. A queue whose subclass replaces a hook, and every queue of an interpreter without a global
lock, keeps `_items` and `_free` empty. So each operation misses the fast path and goes under the
mutex, where the hooks are called.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pcsim.queue.core import QueueCore, ShutDown, Waiter

MAX_WOKEN = 8
"""Waiters of one line that are served and do not run yet, at most. From 8 on all measure the
same; with 1 or 2 a system of capacity 1 loses a third of its throughput."""

AnyQueue = QueueCore[Any]
_NOTHING: Any = object()


def serve_now(queue: AnyQueue) -> None:
    """Serve from a fast path, which has seen that a thread waits."""
    with queue._mutex:
        serve(queue)
    if queue._dropped_items:
        queue._release_dropped()


def serve(queue: AnyQueue, notify: bool = True) -> None:  # noqa: C901 - unrolled: the hand-off's cost
    """Under the mutex: serve both lines until nothing more can be handed over.

    `notify` is whether threads that wait for the queue's conditions are woken as well.
    """
    getters, putters = queue._getters, queue._putters
    while True:
        if queue.is_shutdown or 0 < queue._maxsize < queue._slots:
            _serve_unusual(queue)

        if getters.waiters:
            # Raise the flag before looking at the items. A putter that appends after our look
            # then sees the flag, and serves; one that appended before is seen by our look.
            queue._wants_item = True
            _give_items(queue)
            if not getters.waiters:
                # No getter is left, so the next put need not look. An immediate shutdown still
                # wants the items that are on their way, to throw them away.
                queue._wants_item = queue._is_immediate and not queue._is_over
            elif len(getters.woken) >= MAX_WOKEN:
                # Enough are woken, and each of them will serve on when it runs and sees the flag
                # down. But it may have run between our count and the lowering, and have seen
                # the flag up: so count again. If it has, no other thread will serve the rest.
                queue._wants_item = False
                if len(getters.woken) < MAX_WOKEN:
                    continue
            # Else the items ran out. The flag stays up: the next put serves.
        elif not queue.is_shutdown:
            queue._wants_item = False

        # The same for putters. Their line comes second, as the items just taken freed slots.
        if putters.waiters:
            queue._wants_slot = True
            _give_slots(queue)
            if not putters.waiters:
                queue._wants_slot = queue._slots_owed > 0
            elif len(putters.woken) >= MAX_WOKEN:
                queue._wants_slot = queue._slots_owed > 0
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
    if notify and queue._conditions is not None:
        notify_conditions(queue)


def _give_items(queue: AnyQueue) -> None:
    """Hand the oldest items to getters, until items or getters run out, or enough are woken."""
    getters, items, free = queue._getters, queue._items, queue._free
    waiters, woken = getters.waiters, getters.woken
    if queue._hooked:
        while waiters and len(woken) < MAX_WOKEN and _give_item_by_hooks(queue):
            continue
        return
    while waiters and len(woken) < MAX_WOKEN:
        # 1. Take the item. Only then is it certain that there is one: fast paths take them too.
        try:
            item: Any = items.popleft() if items else _NOTHING
        except IndexError:  # a getter on its fast path was quicker
            return
        if item is _NOTHING:
            return
        # 2. Claim a getter for it. There may be none any more: then the item goes back, to the
        #    front. Claiming first would leave a getter without an item and out of its line.
        waiter = getters.claim()
        if waiter is None:
            items.appendleft(item)
            return
        # 3. Give it, and count it. The slot becomes free after that, so that no observer of the
        #    counters ever sees more items in the queue than its capacity.
        waiter.item = item
        at = waiter.on_item(queue)
        free.append(None)
        queue._on_get_served(at)
        # 4. Wake it. It is on the count of the woken before it can run, as it takes itself off.
        woken.append(waiter)
        waiter.end(queue)


def _give_item_by_hooks(queue: AnyQueue) -> bool:
    """The same for one item that a hook takes out; the hook may raise, or use the queue."""
    if not queue._qsize():
        return False
    waiter = queue._getters.claim()
    if waiter is None:
        return False
    error: BaseException | None = None
    try:
        waiter.item = queue._get()
    except BaseException as raised:  # noqa: BLE001 - the error of a hook is for its getter
        if isinstance(raised, IndexError) and not queue._qsize():  # emptied from within
            waiter.pending = True
            queue._getters.waiters.appendleft(waiter)
            return False
        error = raised
    else:
        queue._on_get_served(waiter.on_item(queue))
    queue._getters.woken.append(waiter)
    waiter.end(queue, error)
    return True


def _give_slots(queue: AnyQueue) -> None:
    """Let putters in, until slots or putters run out, or enough are woken."""
    putters, items, free = queue._putters, queue._items, queue._free
    waiters, woken = putters.waiters, putters.woken
    if queue._hooked:
        while waiters and len(woken) < MAX_WOKEN and _give_slot_by_hooks(queue):
            continue
        return
    while waiters and len(woken) < MAX_WOKEN:
        # 1. Take a slot, by one call that may fail, as with items.
        if free:
            try:
                free.pop()
            except IndexError:  # a putter on its fast path was quicker
                continue
        elif not queue._take_slot():
            return
        # 2. Claim a putter for it, or put the slot back.
        waiter = putters.claim()
        if waiter is None:
            free.append(None)
            return
        # 3. Count the item before it is queued: from then on any thread may take it, and an
        #    observer must not see it taken before it was put.
        at = waiter.on_slot(queue)
        items.append(waiter.item)
        queue._on_put_served(at)
        # 4. Wake the putter, as above.
        woken.append(waiter)
        waiter.end(queue)


def _give_slot_by_hooks(queue: AnyQueue) -> bool:
    """The same for one item that a hook stores."""
    if not queue._take_slot():
        return False
    waiter = queue._putters.claim()
    if waiter is None:
        return False
    error: BaseException | None = None
    try:
        queue._put(waiter.item)
        at = waiter.on_slot(queue)
    except BaseException as raised:  # noqa: BLE001 - the error of a hook is for its putter
        error = raised
    else:
        queue._on_put_served(at)
    queue._putters.woken.append(waiter)
    waiter.end(queue, error)
    return True


def _serve_unusual(queue: AnyQueue) -> None:
    """Do what a queue that is shut down, or has too many slots, does before it serves."""
    if queue.is_shutdown:
        _serve_shut_down(queue)
    if queue._slots_owed:
        queue._wants_slot = True  # raised before looking, as every flag
    while queue._slots_owed:
        try:
            queue._free.pop()
        except IndexError:
            break
        queue._slots -= 1


def _serve_shut_down(queue: AnyQueue) -> None:
    """Refuse putters, drop the items if asked to, and once it is over release the getters."""
    getters, putters = queue._getters, queue._putters
    if not queue._is_over:
        queue._wants_slot = True
        queue._wants_item = queue._is_immediate
    while (putter := putters.claim()) is not None:
        putters.woken.append(putter)
        putter.end(queue, ShutDown())
    while queue._is_immediate and queue._qsize():
        try:
            item = queue._fetch()
        except IndexError:
            if queue._hooked:
                raise
            break
        queue._on_dropped(item)
        queue._return_slot()
        queue._dropped_items.append(item)
    if queue._is_drained_unannounced:
        queue._is_over = True
    if queue._is_over:
        queue._wants_slot = queue._wants_item = False
        # A getter of several queues waits on until the last of them is over.
        for waiter in [w for w in getters.waiters if all(q._is_over for q in w.queues)]:
            if waiter.pending:
                waiter.pending = False
                if waiter in getters.waiters:
                    getters.waiters.remove(waiter)
                getters.woken.append(waiter)
                waiter.end(queue, ShutDown())


def notify_conditions(queue: AnyQueue) -> None:
    """Under the mutex: wake threads that wait for the queue's conditions, where it has any."""
    conditions = queue._conditions
    if conditions is None:
        return
    size, maxsize = queue._qsize(), queue._maxsize
    if queue.is_shutdown:
        conditions.notify_all()
    else:
        conditions.notify(size, maxsize - size if maxsize > 0 else None)


# Standing in line, all under the mutex.


def join_putters(queue: AnyQueue, waiter: Waiter) -> None:
    """Stand in line when no slot was free, raise the flag, and only then look at the slots."""
    putters = queue._putters
    putters.waiters.append(waiter)
    if queue._hooked or queue.is_shutdown:
        serve(queue)
    elif len(putters.woken) < MAX_WOKEN:
        queue._wants_slot = True
        if queue._free or queue._slots != queue._maxsize:
            serve(queue)
    # Else one of the woken has yet to run: it will see the line, and serve it.


def join_getters(queue: AnyQueue, waiter: Waiter) -> None:
    """Stand in line, raise the flag, and only then look at the items."""
    getters = queue._getters
    getters.waiters.append(waiter)
    if queue._hooked or queue.is_shutdown:
        serve(queue)
    elif len(getters.woken) < MAX_WOKEN:
        queue._wants_item = True
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
        queue._getters.woken.append(waiter)
        waiter.end(None, ShutDown())


def give_back(queue: AnyQueue, item: Any) -> None:
    """Return the item of an interrupted getter to the front; its slot may be taken by now."""
    if queue._hooked:
        queue._put(item)
    else:
        queue._force_slot()
        queue._items.appendleft(item)
    serve(queue)


def resize(queue: AnyQueue, maxsize: int) -> None:
    """Give the queue another capacity; slots above it go as they become free."""
    queue._maxsize = maxsize
    serve(queue)


def shut_down(queue: AnyQueue, immediate: bool) -> None:
    """Refuse every further put; `immediate` also drops what is queued."""
    queue.is_shutdown = True
    if immediate:
        queue._is_immediate = True
    serve(queue)
