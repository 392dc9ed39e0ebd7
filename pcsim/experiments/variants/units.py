"""One unit of work: some replications of one scenario, on whatever machine and in any order."""

from __future__ import annotations

from typing import NamedTuple

from pcsim import runtime
from pcsim.engine.raised import error_text
from pcsim.errors import PcsimError
from pcsim.experiments.one_run import Driver, measured
from pcsim.experiments.variants.measures import Measure, Reading, readings
from pcsim.experiments.variants.versions import versions
from pcsim.kernel.choice import KernelChoice
from pcsim.scenario import Scenario
from pcsim.text import safe


class Unit(NamedTuple):
    """Some replications of one scenario. It can be pickled.

    Attributes:
        scenario: What to run; it must end.
        measures: What to read of each run.
        first: The number of the first replication.
        number: How many.
        kernel: Whether the compiled kernel runs them: see `simulate`.
    """

    scenario: Scenario
    measures: tuple[Measure, ...]
    first: int
    number: int
    kernel: KernelChoice = "auto"


class Seen(NamedTuple):
    """What was seen of a unit. It can be pickled.

    Attributes:
        runs: For each run its readings, in the order of the measures.
        grown: The queues that grew as long as each of the runs lasted, by name.
        error: Why a run failed, in a line; "" where none did.
        seconds: How long it took, by the clock of the machine that did it.
        by: The versions there: others may draw other numbers.
        because: Why the Python engine has run it; "" where the kernel has.
    """

    runs: tuple[tuple[Reading, ...], ...]
    grown: tuple[tuple[str, ...], ...] = ()
    error: str = ""
    seconds: float = 0.0
    by: str = ""
    because: str = ""


def done(unit: Unit) -> Seen:
    """Do a unit of work: a plain function of its argument, for any executor.

    Args:
        unit: What to run.
    """
    begun = runtime.clock()
    runs: list[tuple[Reading, ...]] = []
    grown: list[tuple[str, ...]] = []
    error = because = ""
    try:
        driver = Driver(unit.scenario, unit.kernel, unit.number)
        for number in range(unit.first, unit.first + unit.number):
            seen = measured(driver.run(number))
            runs.append(readings(unit.scenario, seen, unit.measures))
            grown.append(seen.growing)
        because = driver.ran.because
    except PcsimError as wrong:
        error = safe(str(wrong), 300)
    except MemoryError:
        error = "there was not enough memory"
    except Exception as wrong:  # noqa: BLE001 - it is the failure of this variant, named as such
        error = error_text(wrong)
    took = runtime.clock() - begun
    return Seen(tuple(runs), tuple(grown), error, took, versions(), because)


def all_done(units: tuple[Unit, ...]) -> tuple[Seen, ...]:
    """Do some units, one after the other.

    Args:
        units: What to run.
    """
    return tuple(map(done, units))
