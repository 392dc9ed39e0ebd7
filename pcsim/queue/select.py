"""`get_any`: take from the first of several queues that has an item, waiting on all at once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any, TypeVar

from pcsim.queue.queue import Empty, Queue, ShutDown
from pcsim.queue.waiter import Waiter, checked_timeout

T = TypeVar("T")

_turn = count(1).__next__


def get_any(
    queues: Iterable[Queue[T]], block: bool = True, timeout: float | None = None
) -> tuple[Queue[T], T]:
    """The queue and the item taken from it; round robin among those that have one.

    The search begins after the queue that `get_any` served last, so a queue that always has
    items cannot starve the others. Waits for at most `timeout` seconds where given. Raises
    `Empty` when there was nothing in time, `ShutDown` when all of them are shut down and
    empty, `ValueError` for no queue, one listed twice, or a wrong timeout where it is asked to
    `block`, `TypeError` for what is no `pcsim.Queue`, and for one whose class overrides `get`:
    an item that had to be waited for would come past it (the hook `_get` is always called).
    """
    line = _listed(queues)
    if block and timeout is not None:
        timeout = checked_timeout(timeout)
    for queue in _in_turn(line):
        if queue.qsize():
            try:
                return _served(queue), queue.get(block=False)
            except (Empty, ShutDown):
                continue
    waiter = Waiter(line)
    first = line[0]
    try:
        with first._mutex:
            stand_in_line(waiter, line)
            if waiter.pending and (not block or timeout == 0):
                waiter.left(first._getters)
                raise Empty
        served = first._wait_to_get(waiter, timeout)
    except BaseException:  # an interrupt may come anywhere
        first._abandon(waiter, first._getters)
        raise
    if not served:
        raise Empty
    source: Any = waiter.queue
    return _served(source), waiter.item


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
        if type(queue).get is not Queue.get:
            raise TypeError(
                f"get_any cannot take from a {_kind(queue)}, which overrides `get`; "
                "let it override the hook `_get`"
            )
        if queue._turn_served > latest:
            begin, latest = position, queue._turn_served
    return line[begin:] + line[:begin]


def _kind(wrong: object) -> str:
    return f"{type(wrong).__module__}.{type(wrong).__qualname__}"


def stand_in_line(waiter: Waiter, queues: Iterable[Queue[Any]]) -> None:
    """Under the mutex: wait at each of its queues, in this order, until one of them serves."""
    for queue in queues:
        queue._join_getters(waiter)
        if not waiter.pending:
            return


def _served(queue: Queue[T]) -> Queue[T]:
    queue._turn_served = _turn()
    return queue
