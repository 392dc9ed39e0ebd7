"""What is done in another process to advise about a run: rows simulated, one of them on threads."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from pcsim import runtime
from pcsim.errors import PcsimError
from pcsim.experiments.variants.measures import Measure
from pcsim.experiments.variants.sweeping import Finished, Rule, finished
from pcsim.experiments.variants.variation import Variant
from pcsim.scenario import End, Scenario
from pcsim.text import safe

CHUNK = 0.25
"""Seconds of work in one task, about: rows are shown as they are known."""
ON_THREADS = 15.0
"""Seconds for which a row runs on threads."""
ENOUGH_ITEMS = 20
"""Items from which a run on threads says how fast it is."""


class RowsTask(NamedTuple):
    """Rows that are to be simulated, as far as they can be in a short time.

    Attributes:
        number: That of the table: it makes the key short.
        first: The place of the first row in it.
        variants: The rows from there on.
        measures: What to measure.
        replications: Runs of each.
    """

    number: int
    first: int
    variants: tuple[Variant, ...]
    measures: tuple[Measure, ...]
    replications: int

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""
        return "rows", self.number, self.first, self.replications

    def done(self) -> RowsFound:
        """Simulate."""
        begun, found = runtime.clock(), []
        for variant in self.variants:
            found.append(finished(variant, self.measures, Rule(self.replications)))
            if runtime.clock() - begun >= CHUNK:
                break
        return RowsFound(tuple(found), runtime.clock() - begun)


class RowsFound(NamedTuple):
    """The first rows of a task, at least one, and how long they took, in seconds."""

    rows: tuple[Finished, ...]
    seconds: float


class ThreadsTask(NamedTuple):
    """A scenario that is to be run on threads.

    Attributes:
        number: It makes the key short.
        scenario: The scenario.
    """

    number: int
    scenario: Scenario

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""
        return "threads", self.number

    def done(self) -> ThreadsFound:
        """Run it, by the machine's clock."""
        from pcsim.experiments.simulate import run  # simulating needs none of it

        try:
            result = run(replace(self.scenario, end=End(time=ON_THREADS), warm_up=0.0))
        except PcsimError as error:
            return ThreadsFound(0, 0.0, safe(str(error), 200))
        return ThreadsFound(result.snapshot.totals.consumed, result.snapshot.throughput)


class ThreadsFound(NamedTuple):
    """What came out of a run on threads: items, items a second, why not."""

    items: int
    throughput: float
    problem: str = ""
