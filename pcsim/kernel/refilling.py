"""Numbers for the kernel: drawn by the laws' own code, block after block, when it needs more."""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterator
from itertools import islice

from pcsim.engine.endable import Block
from pcsim.kernel.plan import Plan
from pcsim.kernel.structs import Drawn, Refill

MOST_AT_ONCE = 2
"""Blocks that the kernel gets at once; one at first, so that a short run draws few. With a thousand
workers, more of them are out of the processor's cache before they are used."""


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
        """What a law has raised, or Ctrl-C, which came while the kernel ran."""
        self.drawn = Drawn()
        """Where the kernel finds them."""
        answers = self._answers()
        next(answers)
        self.refill = Refill(answers.send)

    def _answers(self) -> Generator[None, int, None]:
        """Answer what the kernel asks for.

        Python handles a signal at the first step of a function, before any of its `try` begins, and
        an exception that leaves a function that C has called is lost. A generator that is resumed
        is in its `try` already.
        """
        while True:
            try:
                while True:
                    given = self._next((yield))
                    self.drawn.numbers, self.drawn.many = given.buffer_info()
            except GeneratorExit:
                return
            except BaseException as raised:  # noqa: BLE001 - the run raises it
                self.error = raised

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
