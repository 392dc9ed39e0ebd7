"""Sizes of a system, two keys value by value: what was measured, and which meet the goals."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from pcsim.analysis.advice import Measure
from pcsim.scenario import Change, Scenario
from pcsim.text import clock_time, plural, quantity, safe
from pcsim.theory.statistics import Interval

GOAL = re.compile(r"(?P<name>.+?)\s*(?P<sign>[<>])=?\s*(?P<number>[\d.]+)\s*(?P<unit>%|ms|s|/s)?")
UNITS = {"%": ("share", 0.01), "ms": ("s", 0.001), "s": ("s", 1.0), "/s": ("1/s", 1.0)}
EXAMPLE = "loss < 0.1 %, p95 wait < 1 s"


class Goal(NamedTuple):
    """A bound of a measure that a size is to meet.

    Attributes:
        measure: What is measured.
        bound: The bound.
        is_least: Whether the values must be above it, and not below.
    """

    measure: Measure
    bound: float
    is_least: bool = False

    @property
    def text(self) -> str:
        """It in words: `loss orders < 0.1 %`."""
        sign = ">" if self.is_least else "<"
        return f"{safe(self.measure.name, 60)} {sign} {quantity(self.bound, self.measure.unit)}"

    def holds(self, value: float) -> bool:
        """Whether a value meets it; none that is not known does."""
        return value > self.bound if self.is_least else value < self.bound

    def is_sure(self, one: Interval) -> bool:
        """Whether the whole interval is on one side of the bound."""
        if one.low is None or one.high is None:
            return True
        return self.holds(one.low) == self.holds(one.high)


class Cell(NamedTuple):
    """One size.

    Attributes:
        values: What was measured, by the name of the measure; empty where nothing was.
        note: Why nothing was, or what to know of it; "" for nothing.
        scenario: It; None where its values do not go together.
        changes: What makes a running system this one; empty where that cannot be done.
        not_live: Why that cannot be done, as a sentence; "" where it can.
    """

    values: Mapping[str, Interval] = {}
    note: str = ""
    scenario: Scenario | None = None
    changes: tuple[Change, ...] = ()
    not_live: str = ""

    def mean(self, name: str) -> float:
        """The mean of a measure; nan where it is not known."""
        found = self.values.get(name)
        return math.nan if found is None else found.mean

    def meets(self, goals: tuple[Goal, ...]) -> bool:
        """Whether it meets them all, as far as its means say."""
        return bool(self.values) and all(one.holds(self.mean(one.measure.name)) for one in goals)

    def is_sure(self, goals: tuple[Goal, ...]) -> bool:
        """Whether its intervals leave no doubt of that."""
        found = [(one, self.values.get(one.measure.name)) for one in goals]
        return all(value is None or goal.is_sure(value) for goal, value in found)


Place = tuple[int, int]
"""A row and a column."""


class Grid(NamedTuple):
    """The sizes of a system, as far as they are known by now.

    Attributes:
        title: The name of the system, not safe for a terminal.
        row_path: The key that differs from row to row; "" where there is one row.
        column_path: The key that differs from column to column.
        rows: The values of the one.
        columns: The values of the other.
        cells: A tuple of cells for each row.
        measures: What was measured.
        costs: What a size costs, by row and by column; empty where that is not known.
        cost_text: That as an expression of the keys; "" where it is not known.
        replications: Runs of each size.
        length: Seconds that each run lasts; None where that is not the same for all.
        seconds: How long the simulations took.
        best: The place of the size that a search has found; None where there was no search.
        goals: Those that the search was for.
        why_not: Why there is nothing, as a sentence; "" where there is.
        is_old: Whether the system has been changed since: new sizes are on their way.
        fit: To what the scenario was fitted, and how well it repeats that; "" where it was not.
        waits_for: What is done before anything can be said, as a sentence; "" for nothing.
    """

    title: str = ""
    row_path: str = ""
    column_path: str = ""
    rows: tuple[object, ...] = ()
    columns: tuple[object, ...] = ()
    cells: tuple[tuple[Cell, ...], ...] = ()
    measures: tuple[Measure, ...] = ()
    costs: tuple[tuple[float, ...], ...] = ()
    cost_text: str = ""
    replications: int = 0
    length: float | None = None
    seconds: float = 0.0
    best: Place | None = None
    goals: tuple[Goal, ...] = ()
    why_not: str = ""
    is_old: bool = False
    fit: str = ""
    waits_for: str = ""

    @property
    def known(self) -> int:
        """How many of the sizes are known."""
        return sum(bool(one.values or one.note) for row in self.cells for one in row)

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.rows) * len(self.columns)

    @property
    def is_done(self) -> bool:
        """Whether all are known."""
        is_search = bool(self.goals)  # which does not need them all
        is_known = not self.waits_for and 0 < self.size <= self.known
        return bool(self.why_not) or is_search or is_known

    @property
    def span(self) -> str:
        """From which runs it is, in a few words."""
        if not self.size:
            return ""
        runs = plural(self.replications, "run")
        if self.length is not None:
            runs += f" of {clock_time(self.length, tenths=False)}"
        known = "done" if self.is_done else f"{self.known} of {self.size}"
        return f"{plural(self.size, 'size')}, {runs} each; {self.seconds:.1f} s of work, {known}"

    def label(self, place: Place) -> str:
        """A size in words: `clerk.count=4, orders.capacity=20`."""
        row, column = place
        parts = [(self.row_path, self.rows[row]), (self.column_path, self.columns[column])]
        return ", ".join(f"{safe(path, 60)}={value_text(value)}" for path, value in parts if path)

    def cost(self, place: Place) -> float:
        """What a size costs; nan where that is not known."""
        return self.costs[place[0]][place[1]] if self.costs else math.nan

    def cheapest(self, goals: tuple[Goal, ...]) -> Place | None:
        """The cheapest size that meets goals for sure; None where none does."""
        if self.best is not None:
            return self.best
        if not goals or not self.costs:
            return None
        places = [(row, column) for row in range(len(self.rows))
                  for column in range(len(self.columns))]  # fmt: skip
        good = [(self.cost(place), place) for place in places
                if self.at(place).meets(goals) and self.at(place).is_sure(goals)]  # fmt: skip
        return min(good)[1] if good else None

    def at(self, place: Place) -> Cell:
        """The size at a place."""
        return self.cells[place[0]][place[1]]


def value_text(value: object) -> str:
    """A value of a key in words."""
    return safe(value, 40) if isinstance(value, str) else safe(f"{value}", 40)


def example_of(measures: tuple[Measure, ...]) -> str:
    """Return goals as they may be typed, of what is measured.

    Args:
        measures: What is measured.

    >>> example_of((Measure("throughput", "/s"), Measure("p95 sojourn", "s")))
    'p95 sojourn < 1 s'
    """
    limits = {"share": "0.1 %", "s": "1 s"}
    last_of = {
        one.unit: f"{one.name} < {limits[one.unit]}" for one in measures if one.unit in limits
    }
    return ", ".join(last_of[unit] for unit in limits if unit in last_of) or EXAMPLE


def read_goals(text: str, measures: tuple[Measure, ...]) -> tuple[Goal, ...]:
    """Read goals as they are typed.

    Args:
        text: `loss < 0.1 %, p95 wait < 1 s`; the beginning of a name is enough.
        measures: What is measured.

    Raises:
        ValueError: One is none; the message says what would be right.

    >>> read_goals("loss < 0.1 %", (Measure("loss orders", "share"),))[0].text
    'loss orders < 0.1 %'
    """
    return tuple(_goal(part.strip(), measures) for part in text.split(",") if part.strip())


def _goal(text: str, measures: tuple[Measure, ...]) -> Goal:
    found = GOAL.fullmatch(text)
    if found is None:
        raise ValueError(f"'{safe(text, 60)}' is no goal: try {safe(example_of(measures), 100)}")
    name = found["name"].strip()
    named = [one for one in measures if one.name == name] or [
        one for one in measures if one.name.startswith(name)
    ]
    if not named:
        known = ", ".join(safe(one.name, 40) for one in measures)
        raise ValueError(f"'{safe(name, 60)}' is not measured here: it is one of {known}")
    measure = named[0]
    unit, factor = UNITS.get(found["unit"] or "", (measure.unit, 1.0))
    if unit != measure.unit:
        wanted = next((word for word, (one, _) in UNITS.items() if one == measure.unit), "no unit")
        raise ValueError(f"{safe(text, 60)}: {safe(measure.name, 40)} is in {wanted}")
    try:
        number = float(found["number"])
    except ValueError:
        raise ValueError(f"'{safe(found['number'], 20)}' is no number") from None
    return Goal(measure, number * factor, found["sign"] == ">")
