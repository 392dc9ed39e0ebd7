"""Numbers for the kernel: drawn by the laws' own code, block after block, when it needs more."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pcsim.engine.endable import Block
from pcsim.kernel.plan import Plan
from pcsim.kernel.structs import Refill

MOST_AT_ONCE = 8
"""Blocks that the kernel gets at once; one at first, so that a short run draws few."""


class Refilling:
    """Gives the kernel the random numbers of one replication.

    Args:
        plan: What it runs.
        replication: Which of the independent runs.
    """

    def __init__(self, plan: Plan, replication: int) -> None:
        self._plan = plan
        self._replication = replication
        self._blocks: dict[int, Iterator[Block]] = {}
        self._given: dict[int, array[float]] = {}
        """By stream what the kernel takes from now: it has the address alone."""
        self.error: BaseException | None = None
        """What a law has raised, or Ctrl-C, which came while it drew."""
        self.refill = Refill(self._refill)

    def _refill(self, number: int, numbers: Any) -> int:
        try:
            given = self._next(number)
        except BaseException as raised:  # noqa: BLE001 - the run raises it when the kernel is back
            self.error = raised
            return -1
        numbers[0], many = given.buffer_info()
        return many

    def _next(self, number: int) -> array[float]:
        blocks = self._blocks.get(number)
        if blocks is None:
            seed = self._plan.scenario.seed
            blocks = self._plan.numbers[number].blocks(seed, self._replication)
            self._blocks[number] = blocks
        last = self._given.get(number)
        again = MOST_AT_ONCE if last else 1
        given = array("d")
        for block in islice(blocks, again):
            given.extend(block)
        self._given[number] = given
        return given
