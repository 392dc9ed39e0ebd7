"""Which of the two runs a scenario: the kernel where it can, the Python engine where it cannot."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Literal, TypeAlias

from pcsim import runtime
from pcsim.distributions import mean_of
from pcsim.kernel.leaving import NotBuiltError, UnusableError
from pcsim.scenario import Scenario

if TYPE_CHECKING:
    from pcsim.kernel.library import Library

KernelChoice: TypeAlias = Literal["auto", "python", "compiled"]
"""The kernel where it runs the scenario; never; or else an error."""
CHOICES: tuple[KernelChoice, ...] = ("auto", "python", "compiled")

WORTH_BUILDING = 300_000
"""Items that a process has to simulate before the kernel is built: half a second in Python."""


class _Known:
    """What this process knows of the kernel of its machine."""

    def __init__(self) -> None:
        self._lock = runtime.Lock()
        self._library: Library | None = None
        self.problem = ""
        """Why there is none; "" where that is not known, or it is only not built yet."""
        self._items = 0.0
        """Items that were to be simulated so far, without it."""
        self._is_missing = ""
        """Why there was none when it was looked for, and not built."""

    def library(self, items: float) -> Library:
        """Find the kernel for a run of that many items; infinity for one that asks for it.

        Raises:
            UnusableError: There is none.
        """
        with self._lock:
            if self._library is not None:
                return self._library
            if self.problem:
                raise UnusableError(self.problem)
            self._items += items
            may_build = self._items >= WORTH_BUILDING
            if self._is_missing and not may_build:
                raise NotBuiltError(self._is_missing)
            from pcsim.kernel.finding import find  # a run without the kernel needs none of it

            try:
                self._library = find(_difference, may_build=may_build)
            except NotBuiltError as error:
                self._is_missing = str(error)
                raise
            except UnusableError as error:
                self.problem = str(error)
                raise
            return self._library

    def forget(self) -> None:
        """Look for it again."""
        self._library, self.problem, self._items, self._is_missing = None, "", 0.0, ""


KNOWN = _Known()


def _difference(library: Library) -> str:
    from pcsim.kernel.checking import difference  # it is asked for once on a machine

    return difference(library)


def library_for(
    scenario: Scenario, choice: KernelChoice = "auto", replications: int = 1
) -> Library:
    """Return the kernel, where it is to run a scenario.

    Args:
        scenario: What is to be run.
        choice: The kernel where it can; never; or always.
        replications: How many runs there will be.

    Raises:
        UnusableError: The Python engine is to run it, or there is no kernel; why.
    """
    if choice == "python":
        raise UnusableError("it was asked for")
    if choice == "auto" and os.environ.get("PCSIM_KERNEL") == "0":
        raise UnusableError("PCSIM_KERNEL is 0")
    from pcsim.kernel.plan import refusal

    if why := refusal(scenario):
        raise UnusableError(why)
    return KNOWN.library(math.inf if choice == "compiled" else items_of(scenario) * replications)


def items_of(scenario: Scenario) -> float:
    """Return about how many items a run has; infinite for one that has no end of its own."""
    lasts = math.inf if scenario.end.time is None else scenario.end.time
    most = math.inf if scenario.end.items is None else scenario.end.items
    made = 0.0
    for one in scenario.producers:
        interval = mean_of(one.interval)
        items = lasts / interval if interval else math.inf
        made += one.count * min(items, math.inf if one.items is None else one.items)
    return min(made, most)
