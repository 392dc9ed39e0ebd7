"""Whose turn comes when, in virtual time: a heap of `(time, rank)`.

The rules of this file
----------------------
A worker has at most one entry that counts. To take one back out of the middle of a heap is dear,
so it stays and is noted in `stale`; it is thrown away when it comes up. Two entries may be equal,
one of them stale: it does not matter which of them is thrown away.

Ranks are unique (`pcsim.engine.virtual.tie_order`), so equal times have an order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any, TypeAlias

Action: TypeAlias = Callable[[Any], Any]
"""What a worker does in its turn, called with the time: it returns the effect that comes of it, or
None where that is all."""


class Agenda:
    """The time, the turns to come, and by rank what each worker does in its turn."""

    __slots__ = ("_turns", "actions", "heap", "stale", "time")

    def __init__(self) -> None:
        self.time = [0.0]
        """Its only element is the time now, in seconds: the hot paths share the list."""
        self.heap: list[tuple[float, int]] = []
        self.actions: list[Action] = []
        self.stale: Counter[tuple[float, int]] = Counter()
        """Entries of the heap that do not count any more, such as timeouts that were not
        needed."""
        self._turns: dict[int, float] | None = None
        """By rank, while many workers are woken: the turn of each, looked up once for all."""

    def open(self) -> None:
        """Give every worker a turn at time 0."""
        self.heap[:] = [(0.0, rank) for rank in range(len(self.actions))]

    def move(self, rank_of: Mapping[int, int], actions: list[Action]) -> None:
        """Give workers other ranks, in the same order, and all ranks these actions.

        Args:
            rank_of: By the rank that a worker had, the one that it has.
            actions: What is done in the turn of each rank.
        """
        self.actions[:] = actions
        self.heap[:] = [(at, rank_of[rank]) for at, rank in self.heap]  # and so still a heap
        stale = {(at, rank_of[rank]): number for (at, rank), number in self.stale.items()}
        self.stale.clear()
        self.stale.update(stale)

    def clear(self) -> None:
        """Forget all turns."""
        self.heap.clear()
        self.stale.clear()

    def schedule(self, at: float, rank: int, action: Action) -> None:
        """Give a worker that has no turn one at that time."""
        self.actions[rank] = action
        heappush(self.heap, (at, rank))

    def turn_of(self, rank: int) -> float | None:
        """The time at which its turn comes; None while it has it, or waits for somebody."""
        if self._turns is not None:
            return self._turns.get(rank)
        return self._all_turns(rank).get(rank)

    def unschedule(self, rank: int) -> float:
        """Take its turn away, if it has one; return the seconds that were left until then."""
        at = self.turn_of(rank)
        if at is None:
            return 0.0
        self.discard((at, rank))
        if self._turns is not None:
            del self._turns[rank]
        return at - self.time[0]

    def discard(self, entry: tuple[float, int]) -> None:
        """Note that an entry of the heap does not count any more."""
        self.stale[entry] += 1

    @contextmanager
    def turns_looked_up(self) -> Iterator[None]:
        """Look up the turns of all workers in one go over the heap, for the time of the block."""
        self._turns = self._all_turns()
        try:
            yield
        finally:
            self._turns = None

    def _all_turns(self, only: int | None = None) -> dict[int, float]:
        stale = self.stale.copy()
        turns: dict[int, float] = {}
        for entry in self.heap:
            if only is not None and entry[1] != only:
                continue
            if stale and stale[entry] > 0:
                stale[entry] -= 1
            else:
                turns[entry[1]] = entry[0]
        return turns

    def is_stale(self, entry: tuple[float, int]) -> bool:
        """Whether this entry, which has been taken out of the heap, does not count."""
        if entry not in self.stale:
            return False
        self.stale[entry] -= 1
        if not self.stale[entry]:
            del self.stale[entry]
        return True

    def next_at(self) -> float | None:
        """The time of the next turn; None where there is none."""
        while self.heap and self.stale and self.is_stale(self.heap[0]):
            heappop(self.heap)
        return self.heap[0][0] if self.heap else None
