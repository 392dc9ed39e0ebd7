"""The times of one worker, one by one, which somebody else may end at any moment.

A behaviour takes its times from an iterator in C, as quickly as that gives them, and looks at
nothing else between two items. So it is stopped there by ending its times: the block that
it takes them from is emptied under it, and what was left of that block is kept for later.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Any, TypeAlias

from pcsim import runtime

EQUAL_TIMES = 64
"""How many times a block has where all of them are equal."""

Block: TypeAlias = Sequence[float]


class EndableTimes:
    """Times in seconds, from blocks of them.

    Args:
        blocks: The times, block after block: lists or arrays that nobody else has.
    """

    __slots__ = ("_block", "_blocks", "_given", "_is_ended", "_numbers", "_rest", "factor")

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self._rest: Block = ()
        """What comes before the next block."""
        self._given: Block = ()
        """The block that times are taken from, as it came."""
        self._block: list[float] | array[float] = []
        """The same, multiplied by the factor."""
        self._numbers: Iterator[float] = iter(self._block)
        self._is_ended = False
        self.factor = 1.0
        """What each time is multiplied by; changed while nobody takes any."""

    @classmethod
    def equal(cls, seconds: float) -> EndableTimes:
        """Make times that are all equal."""
        return cls([seconds] * EQUAL_TIMES for _ in repeat(None))

    def each(self) -> Iterator[float]:
        """Take one after the other, from where the last iterator ended, until `end`."""
        self._is_ended = False
        return chain.from_iterable(self._parts())

    def _parts(self) -> Iterator[Iterator[float]]:
        while not self.has_ended():
            block = self._rest or next(self._blocks, ())
            if not block:
                return
            self._rest = ()
            self._given, self._block = block, self._scaled(block)
            self._numbers = iter(self._block)
            if self.has_ended():  # meanwhile, by another thread, which has emptied the last block
                self._rest = block
                return
            yield self._numbers

    def has_ended(self) -> bool:
        """Whether somebody has ended them, since an iterator was made."""
        return self._is_ended

    def _scaled(self, block: Block) -> list[float] | array[float]:
        """A block to take from, and to empty: an array may not be emptied under its iterator where
        there is no global lock."""
        if self.factor != 1.0:
            return [self.factor * seconds for seconds in block]
        if isinstance(block, list) or (isinstance(block, array) and runtime.has_interpreter_lock()):
            return block
        return list(block)

    def end(self, *, is_unused: bool = False) -> None:
        """From any thread: the iterator ends, after the time that it gives at this moment. The
        last one that it gave comes once more where it was not used."""
        if self._is_ended:
            return
        self._is_ended = True
        state: Any = self._numbers.__reduce__()[2:]  # empty where all of them are taken
        taken = state[0] if state else len(self._given)
        self._rest = self._given[max(taken - is_unused, 0) :]
        del self._block[:]

    def take(self) -> float:
        """Take one more though they have ended."""
        block = self._rest or next(self._blocks)
        self._rest = block[1:]
        return block[0] * self.factor


class TimesOfRetries:
    """The times after which an item is tried again: the next ones of its worker, which finishes
    its item though its times have ended."""

    __slots__ = ("_each", "_times")

    def __init__(self, times: EndableTimes, each: Iterator[float]) -> None:
        self._times = times
        self._each = each

    def __iter__(self) -> Iterator[float]:
        return self

    def __next__(self) -> float:
        seconds = next(self._each, None)
        return self._times.take() if seconds is None else seconds
