"""`get_any`: take from the first of several queues that has an item, waiting on all at once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeVar

from pcsim import runtime
from pcsim.queue import locked
from pcsim.queue.attributes import sealed_core
from pcsim.queue.condition import Bell
from pcsim.queue.core import Empty, ShutDown, Waiter, has_global_lock
from pcsim.queue.locked import deadline_in, time_left
from pcsim.queue.queue import Queue
from pcsim.queue.sealed import SealedCore, Unsealed
from pcsim.queue.serving import TRIES, join_all_getters, join_getters
from pcsim.queue.slow_path import bring_late_items, leave_if_unsealed
from pcsim.queue.unsealing import listening
from pcsim.queue.waiting import abandon, wait_to_get

T = TypeVar("T")

_next_turn = runtime.count(1).__next__


def get_any(
    queues: Iterable[Queue[T]], block: bool = True, timeout: float | None = None
) -> tuple[Queue[T], T]:
    """Take the next item of whichever of these queues has one, waiting at all of them at once.

    The search begins after the queue that `get_any` took from last (round robin). So a queue that
    always has items cannot starve the others. A search costs about 0.3 µs for each queue.

    Args:
        queues: One queue or more, each listed once. Any `pcsim.Queue` will do, and any subclass
            that leaves `get` as it is.
        block: Whether to wait when all of them are empty.
        timeout: The longest wait in seconds, 0 or more; None to wait without a limit. It is
            ignored without `block`.

    Returns:
        The queue and the item taken from it.

    Raises:
        Empty: No item came in time, or at once without `block`.
        ShutDown: All of the queues are shut down and empty.
        ValueError: There is no queue, a queue is listed twice, or `timeout` is negative, infinite
            or not a number.
        TypeError: One of them is not a `pcsim.Queue`, or its class overrides `get`: an item that
            this has to wait for would not come through that `get`. Override the hook `_get`.

    Example:
        >>> import pcsim
        >>> orders, returns = pcsim.Queue(), pcsim.Queue()
        >>> returns.put("a parcel")
        >>> queue, item = pcsim.get_any([orders, returns])
        >>> queue is returns, item
        (True, 'a parcel')
    """
    line = _listed(queues)
    if block and timeout is not None:
        timeout = _checked_timeout(timeout)
    deadline = deadline_in(timeout)
    while True:
        for queue in _in_turn(line):
            if queue.qsize():
                try:
                    return _served(queue), queue.get(block=False)
                except (Empty, ShutDown):
                    continue
        left = time_left(deadline) if block else 0.0
        if left is not None and left < 0:
            left = 0.0
        cores = [core for queue in line if (core := sealed_core(queue)) is not None]
        if len(cores) < len(line):
            _wait_for_notice(line, left)
            continue
        try:
            found = _wait_in_lines(line, cores, left)
        except Unsealed:
            continue
        return _served(found[0]), found[1]


def _wait_in_lines(
    line: tuple[Queue[T], ...], cores: list[SealedCore[T]], timeout: float | None
) -> tuple[Queue[T], T]:
    """Stand in the lines of all these sealed queues until one of them serves."""
    share_mutex = has_global_lock or len(cores) == 1
    # `pcsim.queue.fork` finds it by this name.
    waiter = Waiter(tuple(cores)) if share_mutex else SpreadWaiter(tuple(cores))
    first = cores[0]
    try:
        if share_mutex:
            with first._mutex:  # that of all of them
                if any(core.is_unsealed for core in cores):
                    raise Unsealed
                join_all_getters(cores, waiter)
                for core in cores:
                    leave_if_unsealed(core, waiter)
                is_refused = timeout == 0 and waiter.withdraw()
        else:
            _join_one_by_one(cores, waiter)
            is_refused = timeout == 0 and waiter.withdraw()
        served = not is_refused and wait_to_get(first, waiter, timeout)
    except BaseException:  # an interrupt may come anywhere
        abandon(first, waiter, first._getters)
        raise
    finally:
        if not share_mutex:
            try:
                _leave_one_by_one(cores, waiter)
            except BaseException:  # it may have been interrupted before it began
                _leave_one_by_one(cores, waiter)
                raise
        for queue, core in zip(line, cores, strict=True):
            if core.is_unsealed:
                bring_late_items(queue, core)
    if not served:
        raise Empty
    source = next(queue for queue, core in zip(line, cores, strict=True) if core is waiter.queue)
    return source, waiter.item


class SpreadWaiter(Waiter):
    """A waiter at queues of which each has a mutex of its own: its guard decides who serves it."""

    __slots__ = ()

    def __init__(self, queues: tuple[SealedCore[Any], ...]) -> None:
        super().__init__(queues)
        self.guard = runtime.RLock()

    def withdraw(self) -> bool:
        """Give up, unless it was served meanwhile; it stays in lines, where it is passed over."""
        with self.guard:
            if not self.pending:
                return False
            self.pending = False
            self.is_settled = True
        return True


def _join_one_by_one(cores: list[SealedCore[Any]], waiter: Waiter) -> None:
    for core in cores:
        with core._mutex:
            if core.is_unsealed:
                raise Unsealed
            join_getters(core, waiter)
            leave_if_unsealed(core, waiter)
        if not waiter.pending:
            return


def _leave_one_by_one(cores: list[SealedCore[Any]], waiter: Waiter, tries: int = TRIES) -> None:
    try:
        for core in cores:
            with core._mutex:
                if waiter in core._getters.waiters:
                    core._getters.waiters.remove(waiter)
    except BaseException:
        if tries:
            _leave_one_by_one(cores, waiter, tries - 1)
        raise


def _wait_for_notice(line: tuple[Queue[T], ...], timeout: float | None) -> None:
    """Wait until a look at these queues may find an item; those that are sealed are unsealed.

    Raises `Empty` or `ShutDown` where no look would.
    """
    bell = Bell()
    heard = []
    is_open = False
    try:
        for queue in line:
            condition = listening(queue)
            with condition:
                if queue._qsize():
                    return
                if not queue.is_shutdown:
                    is_open = True
                    condition.add_bell(bell)
                    heard.append(condition)
        if not is_open:
            raise ShutDown
        if timeout == 0 or not bell.wait(timeout):
            raise Empty
    finally:
        for condition in heard:
            with condition:
                condition.remove_bell(bell)


def _checked_timeout(timeout: float) -> float:
    """The timeout in seconds, cut to half of what a lock can wait: the time until the deadline is
    rounded. Raises ValueError unless 0 or more."""
    if not timeout >= 0:
        raise ValueError("'timeout' must be a non-negative number")
    if math.isinf(timeout):
        raise ValueError("'timeout' must be finite; None waits for ever")
    return min(timeout, runtime.LONGEST_WAIT / 2)


def _listed(queues: Iterable[Queue[T]]) -> tuple[Queue[T], ...]:
    try:
        each = iter(queues)
    except TypeError:
        raise TypeError(
            f"get_any takes queues in a list, as in get_any([queue]), not a {_kind(queues)}"
        ) from None
    line = tuple(each)
    if not line or len(set(map(id, line))) != len(line):
        raise ValueError("get_any needs one queue or more, each listed once")
    return line


def _in_turn(line: tuple[Queue[T], ...]) -> tuple[Queue[T], ...]:
    """Beginning after the one served last. Raises TypeError where `get_any` cannot take."""
    begin = latest = 0
    for position, queue in enumerate(line, 1):
        if not isinstance(queue, Queue):
            raise TypeError(f"get_any takes from a pcsim.Queue, not from a {_kind(queue)}")
        if type(queue).get not in (Queue.get, locked.get):
            raise TypeError(
                f"get_any cannot take from a {_kind(queue)}, which overrides `get`; "
                "let it override the hook `_get`"
            )
        if queue._pcsim_turn > latest:
            begin, latest = position, queue._pcsim_turn
    return line[begin:] + line[:begin]


def _kind(wrong: object) -> str:
    """The class of an object, by the name that it is imported by."""
    kind = type(wrong)
    module = "pcsim" if kind.__module__.startswith("pcsim.queue.") else kind.__module__
    return f"{module}.{kind.__qualname__}"


def _served(queue: Queue[T]) -> Queue[T]:
    object.__setattr__(queue, "_pcsim_turn", _next_turn())
    return queue
