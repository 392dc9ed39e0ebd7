"""Numbers for items: each is taken once, by any thread, and there may be a last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count, islice

from pcsim import runtime


def limited_ids(limit: int, ids: Iterator[int], on_last: Callable[[], object]) -> Iterator[int]:
    """Take at most `limit` numbers (1 or more) from `ids`, for any number of threads.

    `on_last` is called before the last of them is returned: no producer is to wait for its next
    interval only to find that there is no further number.
    """
    if not runtime.has_interpreter_lock():
        return _LimitedByTurns(limit, ids, on_last)
    return chain(islice(ids, limit - 1), _Last(islice(ids, 1), on_last))


class _Last:
    """The last number.

    While it calls `on_last` other threads may ask, and find that there is none left. The number
    of the first is not lost by that, as it is with `iter(callable, sentinel)`.
    """

    __slots__ = ("_ids", "_on_last")

    def __init__(self, ids: Iterator[int], on_last: Callable[[], object]) -> None:
        self._ids = ids
        self._on_last = on_last

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        number = next(self._ids)
        self._on_last()
        return number


class _LimitedByTurns:
    """The same without a global lock, where two threads may both pass the end of an `islice`: only
    `next` of a `count` is one step there."""

    __slots__ = ("_ids", "_limit", "_on_last", "_turns")

    def __init__(self, limit: int, ids: Iterator[int], on_last: Callable[[], object]) -> None:
        self._limit = limit
        self._ids = ids
        self._on_last = on_last
        self._turns = count(1)

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        turn = next(self._turns)
        if turn > self._limit:
            raise StopIteration
        number = next(self._ids)
        if turn == self._limit:
            self._on_last()
        return number
