"""Sizes of the system that is run: workers against places, simulated beside it, size by size."""

from __future__ import annotations

import math
from contextlib import suppress
from itertools import count
from typing import NamedTuple

from msgspec.structs import replace

from pcsim.analysis.advice import Measure
from pcsim.analysis.grid import Cell, Grid
from pcsim.errors import ScenarioError
from pcsim.experiments.advising import (
    NOT_YET,
    Advisor,
    Rows,
    live_changes,
    setting_texts,
    stepped,
)
from pcsim.experiments.background import Simulations
from pcsim.experiments.grids import arranged, cell_of, priced, variant_of
from pcsim.experiments.model_of_run import Model, ModelSource
from pcsim.experiments.variants.measures import Measure as ReadMeasure
from pcsim.experiments.variants.sweeping import Rule, finished
from pcsim.experiments.variants.variation import (
    Variant,
    Variation,
    read_variation,
    value_text,
    variants,
)
from pcsim.scenario import Scenario
from pcsim.scenario.keys import find
from pcsim.snapshot import Snapshot
from pcsim.text import plural, safe

REPLICATIONS = (2, 4, 8, 16, 32, 64)
"""Runs of each size, by choice."""
USUAL = 4
CAPACITIES = (1, 2, 5, 10, 20, 50, 100)
"""Capacities that are tried, besides that which there is."""
MORE_WORKERS = 4
"""Sizes with that many workers more, and one with one fewer, are tried."""
MOST_SIZES = 200

_numbers = count()


class BusiestTask(NamedTuple):
    """A scenario of which the busiest workers are wanted.

    Attributes:
        number: It makes the key short.
        scenario: The scenario; it ends.
    """

    number: int
    scenario: Scenario

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""
        return "busiest", self.number

    def done(self) -> str:
        """Return their name, by one run."""
        measures = tuple(ReadMeasure("utilization", one.name) for one in self.scenario.consumers)
        found = finished(Variant((), self.scenario), measures, Rule(1)).row.values
        busy = {one.name: found[one.label].mean for one in measures if one.label in found}
        return max(busy, key=lambda name: busy[name]) if busy else self.scenario.consumers[0].name


class Sizes:
    """Finds out what sizes of a system do. Nothing is simulated before it is looked at.

    Args:
        advisor: Knows what is simulated in the place of the run.
        simulations: Where it is simulated.
    """

    def __init__(self, advisor: Advisor, simulations: Simulations) -> None:
        self._advisor = advisor
        self._simulations = simulations
        self._model: Model | None = None
        self._number = 0
        self._variations: tuple[Variation, ...] = ()
        self._rows: Rows | None = None
        self._shown = Grid()
        self._replications = USUAL
        self._cost_text = ""

    def look(self, snapshot: Snapshot) -> Grid:
        """Return what is known by now, and have the rest simulated.

        Args:
            snapshot: The run.
        """
        model = self._advisor.model(snapshot)
        if model is None:
            is_old = bool(self._shown.known)
            return self._shown._replace(is_old=is_old, waits_for=self._advisor.waits_for)
        if model is not self._model:
            self._model, self._rows, self._number = model, None, next(_numbers)
        if model.why_not or model.scenario is None:
            return Grid(why_not=model.why_not)
        if self._rows is None and not self._begin(model):
            return self._shown._replace(is_old=bool(self._shown.known))
        rows = self._rows
        if rows is None:
            return Grid(why_not="There is nothing in this system whose size could be varied.")
        before = len(rows.found)
        rows.look(self._simulations, self._replications)
        if len(rows.found) != before or not before:
            self._shown = self._grid(model, rows)
        return self._shown

    def more(self, steps: int) -> None:
        """Make more runs of each size, or fewer.

        Args:
            steps: How many steps further: each is twice as many, or half.
        """
        wanted = stepped(REPLICATIONS, self._replications, steps)
        if wanted != self._replications:
            self._replications, self._rows = wanted, None

    def vary(self, text: str) -> str:
        """Vary other keys.

        Args:
            text: One or two keys and their values, `clerk.count=1..5, orders.capacity=1,5,10`; ""
                for those that are chosen for the system.

        Returns:
            What is wrong with it, in a line; "" for nothing.
        """
        scenario = None if self._model is None else self._model.scenario
        if scenario is None:
            return NOT_YET
        try:
            wanted = tuple(read_variation(part) for part in setting_texts(text))
            made = variants(scenario, wanted) if wanted else []
        except ScenarioError as error:
            return safe(str(error), 300)
        if len(wanted) > 2:
            return f"A picture has one or two keys that vary, not {len(wanted)}."
        if len(made) > MOST_SIZES:
            return f"{plural(len(made), 'size')} are more than {MOST_SIZES}."
        self._variations, self._rows = wanted, None
        return ""

    def price(self, text: str) -> str:
        """Set what a size costs.

        Args:
            text: An expression of the keys that vary, `clerk.count*30 + orders.capacity*0.1`; ""
                for what is usual.

        Returns:
            What is wrong with it, in a line; "" for nothing.
        """
        if self._model is None or self._rows is None or not self._shown.size:
            return NOT_YET
        if text.strip():
            try:
                priced(self._shown, text)
            except ScenarioError as error:
                return safe(str(error), 300)
        self._cost_text = text.strip()
        self._shown = self._grid(self._model, self._rows)
        return ""

    @property
    def varied(self) -> str:
        """What is varied, as it may be typed."""
        return ", ".join(
            f"{one.path}={','.join(value_text(value) for value in one.values)}"
            for one in self._variations
        )

    def _begin(self, model: Model) -> bool:
        """Decide which sizes there are; whether that is known."""
        scenario = model.scenario
        if scenario is None:
            return False
        wanted = self._variations
        if not wanted or not _fits(scenario, wanted):
            busiest = self._simulations.answer(BusiestTask(self._number, scenario))
            if busiest is None:
                return False
            wanted = self._variations = usual_variations(scenario, busiest)
        measures = model.measures
        key = find(scenario, wanted[0].path)
        if (key.table, key.keys) == ("consumers", ("count",)):
            measures = (*measures, ReadMeasure("utilization", key.name))
        self._rows = Rows(model._replace(measures=measures), variants(scenario, wanted))
        return True

    def _grid(self, model: Model, rows: Rows) -> Grid:
        cells: dict[tuple[object, ...], Cell] = {}
        base = _throughput_of(rows, model.scenario)
        for made, found in zip(rows.made, rows.found, strict=False):
            changes, not_live = live_changes(model, made.scenario)
            row = found.row._replace(growing=()) if model.fit else found.row
            cell = cell_of(row, made.scenario)
            bound = model.bound(made.scenario, cell.mean("throughput") / base - 1)
            note = cell.note if bound is None else bound.note
            cells[variant_of(made)] = cell._replace(changes=changes, not_live=not_live, note=note)
        scenario = model.scenario
        title = "" if scenario is None else scenario.title
        rest = Grid(
            title=title,
            measures=tuple(Measure(one.label, one.unit) for one in rows.measures),
            replications=self._replications,
            length=model.length,
            seconds=rows.seconds,
            fit=model.fit,
        )
        paths = [one.path for one in self._variations]
        grid = arranged(paths, [one.settings for one in rows.made], cells, rest)
        if self._cost_text:
            with suppress(ScenarioError):  # other keys vary by now: the usual cost is theirs
                return priced(grid, self._cost_text)
        return grid


def _throughput_of(rows: Rows, scenario: Scenario | None) -> float:
    """That of the size which there is; nan while it is not known."""
    for made, found in zip(rows.made, rows.found, strict=False):
        if made.scenario == scenario and "throughput" in found.row.values:
            return found.row.values["throughput"].mean or math.nan
    return math.nan


class AdvisorWithSizes(Advisor):
    """An advisor that knows sizes, too.

    Args:
        source: Finds what is simulated in the place of the run.
        simulations: Where it is simulated.
        on_threads: Where rows are run on threads.
    """

    def __init__(
        self, source: ModelSource, simulations: Simulations, on_threads: Simulations
    ) -> None:
        super().__init__(source, simulations, on_threads)
        self.sizes = Sizes(self, simulations)
        """What finds out what sizes of the system do."""


def usual_variations(scenario: Scenario, busiest: str) -> tuple[Variation, ...]:
    """Return what is varied where nobody has said it: how many there are of the busiest workers,
    and the capacity of the queue that they take from.

    Args:
        scenario: The system.
        busiest: The name of the workers.
    """
    spec = next(one for one in scenario.consumers if one.name == busiest)
    queue = next(one for one in scenario.queues if one.name == spec.inputs[0])
    capacities = tuple(sorted({*CAPACITIES, queue.capacity}))
    places = Variation(_path(scenario, "queues", queue.name, "capacity"), capacities)
    alike = [
        one for one in scenario.consumers if replace(one, name=busiest, count=spec.count) == spec
    ]
    for one in (spec, *reversed(alike)):  # of those added while it ran, the last can be more
        counts = tuple(range(max(one.count - 1, 1), one.count + MORE_WORKERS))
        workers = Variation(_path(scenario, "consumers", one.name, "count"), counts)
        if _fits(scenario, (workers,)):
            return workers, places
    return (places,)


def _path(scenario: Scenario, table: str, name: str, key: str) -> str:
    """The path of a key: without its table, where that is enough."""
    short = f"{name}.{key}"
    try:
        find(scenario, short)
    except ScenarioError:
        return f"{table}.{short}"
    return short


def _fits(scenario: Scenario, wanted: tuple[Variation, ...]) -> bool:
    try:
        variants(scenario, wanted)
    except ScenarioError:
        return False
    return True
