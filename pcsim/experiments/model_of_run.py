"""What is simulated in the place of a run, to find out what changes of it would do."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from math import fsum, inf
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from pcsim.analysis.bottleneck import MIN_ITEMS
from pcsim.analysis.contention import Scarce, find_contention, only_computes
from pcsim.errors import EndlessError, PcsimError
from pcsim.experiments.background import Simulations
from pcsim.experiments.changed import Described
from pcsim.experiments.measured import measure
from pcsim.experiments.present import passes_time
from pcsim.experiments.run_limit import comes_to_the_same
from pcsim.experiments.variants.asking import questions
from pcsim.experiments.variants.measures import Measure, usual_measures
from pcsim.experiments.variants.preparing import ITEMS, WARM_UP, prepared
from pcsim.experiments.variants.variation import Variant
from pcsim.scenario import End, Scenario
from pcsim.scenario.flow import production_rate
from pcsim.scenario.termination import termination
from pcsim.snapshot import Phase, Snapshot
from pcsim.text import safe

TOO_FEW = "Too few items have come out to measure what the workers do: {} more are needed."
UNLIKE = (
    "A simulation with the times that were measured does not come to the throughput of the run,"
    " so nothing is said of changes."
)
NO_TIME = "No time passes in this system: there is nothing to simulate."
AGAIN = 2.0
"""Seconds of a run after which it is looked at again, where nothing could be said of it."""
LEAST = 0.01
"""A gain that is greater than its bound by a smaller share is within it."""
MEASURED_ANEW = "It is being measured anew."
IS_OVER = "This cannot be tried: a recording is over and done."
ONLY_ITS_CODE = "Only the run itself has the code whose times were measured."

_numbers = count()


class Bound(NamedTuple):
    """By which share a throughput grows at most, and why, in a few words."""

    gain: float
    note: str


class Model(NamedTuple):
    """What is simulated in the place of a run.

    Attributes:
        scenario: It, with an end; None where there is nothing to say.
        variants: It, and the changes that people ask about.
        measures: What is measured of each.
        is_measured: Whether the times are those measured, and not those described.
        caution: What it leaves out, as a sentence; "" for nothing.
        why_not: Why nothing is said, as a sentence; "" where something is.
        fit: To what it was fitted, and how well it repeats that, in sentences; "" where its parts
            are those of the run.
        not_live: Why no change can be tried in what is shown, as a sentence; "" where it can.
        bounds: What limits more workers and is not simulated, by their name and number.
    """

    scenario: Scenario | None = None
    variants: tuple[Variant, ...] = ()
    measures: tuple[Measure, ...] = ()
    is_measured: bool = False
    caution: str = ""
    why_not: str = ""
    fit: str = ""
    not_live: str = ""
    bounds: Mapping[tuple[str, int], Bound] = {}

    def bound(self, scenario: Scenario | None, gain: float) -> Bound | None:
        """Return what allows less than was simulated; None where nothing does.

        Args:
            scenario: What was simulated.
            gain: The share by which its throughput is greater.
        """
        specs = () if scenario is None else scenario.consumers
        found = (self.bounds.get((one.name, one.count)) for one in specs)
        least = min((one for one in found if one is not None), default=None)
        return least if least is not None and gain > least.gain + LEAST else None

    @property
    def length(self) -> float | None:
        """Seconds that each run lasts; None where that is not the same for all."""
        end = None if self.scenario is None else self.scenario.end
        return None if end is None or end.items is not None else end.time


class ModelTask(NamedTuple):
    """A run of which a model is wanted.

    Attributes:
        number: It makes the key short.
        scenario: The system as it is by now.
        seen: What was seen of it since it is so; None for a run in virtual time, which is what its
            scenario describes, and before the start.
        rate: Items a second that came out of it; 0 where that is not known.
    """

    number: int
    scenario: Scenario
    seen: Snapshot | None = None
    rate: float = 0.0

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""
        return "model", self.number

    def done(self) -> Model:
        """Make it."""
        try:
            return self._made()
        except EndlessError as error:
            return Model(why_not=f"A run of it never ends: {safe(str(error), 200)}.")
        except PcsimError as error:
            return Model(why_not=f"It cannot be simulated: {safe(str(error), 200)}.")

    def _made(self) -> Model:
        scenario, is_measured, seen = self.scenario, False, self.seen
        if seen is not None and seen.totals.consumed >= MIN_ITEMS:
            measured = measure(scenario, seen)
            scenario, is_measured = measured.scenario, not measured.is_as_described
            if not passes_time(scenario):
                return Model(why_not=NO_TIME)
            if not comes_to_the_same(scenario, seen):
                return Model(why_not=UNLIKE)
        elif not passes_time(scenario):
            out = 0 if seen is None else seen.totals.consumed
            return Model(why_not=TOO_FEW.format(max(MIN_ITEMS - out, 1)))
        ready = short_enough(self._ended(scenario))
        return Model(
            ready,
            (Variant((), ready), *questions(ready)),
            tuple(usual_measures(ready)),
            is_measured,
            "" if seen is None else _caution(seen),
        )

    def _ended(self, scenario: Scenario) -> Scenario:
        """With an end: where it has none, after the time in which 20,000 items come out."""
        if self.rate and not termination(scenario).ends:
            ready = prepared(scenario, until=ITEMS / self.rate)
            warm_up = ready.warm_up or WARM_UP * ITEMS / self.rate
            return replace(ready, warm_up=warm_up)
        return prepared(scenario)


def short_enough(scenario: Scenario) -> Scenario:
    """Return a scenario that ends after the time of about 20,000 items, where it lasts longer.

    Args:
        scenario: What ends, with a warm-up in seconds.
    """
    arriving = fsum(map(production_rate, scenario.producers))
    if not 0 < arriving < inf or isinstance(scenario.warm_up, str):
        return scenario
    seconds, end = ITEMS / arriving, scenario.end
    is_long = (end.time or 0.0) > 1.5 * seconds or (end.items or 0) > 1.5 * ITEMS
    if not is_long or scenario.warm_up > 0.5 * seconds:
        return scenario
    warm_up = scenario.warm_up or WARM_UP * seconds
    return replace(scenario, end=End(time=seconds), warm_up=warm_up)


def _caution(seen: Snapshot) -> str:
    """What is not simulated: Python's lock and the cores, where workers wait for them."""
    contention = find_contention(seen)
    if contention is not None:
        scarce = "Python's lock" if contention.scarce is Scarce.LOCK else "a core"
        return f"Its workers wait for {scarce}, which is not simulated: more of them do less."
    if any(only_computes(row, seen) for row in seen.consumers):
        return "Its workers compute: more of them help only where they let go of Python's lock."
    return ""


class ModelSource(Protocol):
    """Finds what is simulated in the place of what is shown."""

    waits_for: str
    """What is done before anything can be said, as a sentence; "" where that takes no time."""

    def look(self, snapshot: Snapshot) -> Model | None:
        """Return it; None while it is not known. Another one is another object."""

    def again(self) -> str:
        """Find it anew, where it is of what was measured; what is said of that, as a sentence. ""
        where it is what was described."""


class ModelOfRun:
    """What is simulated in the place of a run: again where it was changed, or where nothing could
    be said of it.

    Args:
        described: Says what the run is.
        simulations: Where it is made.
    """

    waits_for = ""

    def __init__(self, described: Described, simulations: Simulations) -> None:
        self._described = described
        self._simulations = simulations
        self._scenario: Scenario | None = None
        self._seen: Snapshot | None = None
        self._number = 0
        self._model: Model | None = None

    def look(self, snapshot: Snapshot) -> Model | None:
        """Return it; None while it is not known.

        Args:
            snapshot: The run.
        """
        scenario, seen = self._described.scenario(), self._seen
        is_stuck = (
            self._model is not None
            and bool(self._model.why_not)
            and seen is not None
            and (snapshot.at - seen.at >= AGAIN or snapshot.phase is not seen.phase)
        )
        if scenario is not self._scenario or seen is None or is_stuck:
            self._scenario, self._seen, self._number = scenario, snapshot, next(_numbers)
            self._model, seen = None, snapshot
        if self._model is None:
            end = None
            if seen.engine != "virtual" and seen.phase is not Phase.CREATED:
                end = self._described.since_changed(seen)._replace(before=None)
            self._model = self._simulations.answer(
                ModelTask(self._number, scenario, end, _rate(seen))
            )
        return self._model

    def again(self) -> str:
        """Return why it cannot be run elsewhere, where it has the times that were measured."""
        return ONLY_ITS_CODE if self._model is not None and self._model.is_measured else ""


def _rate(seen: Snapshot) -> float:
    """Items a second that came out of a run by then; 0 where that is not known."""
    return seen.throughput if seen.totals.consumed >= MIN_ITEMS else 0.0
