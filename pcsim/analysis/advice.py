"""What changes of a system would do, as rows to choose from: plain data, found by simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pcsim.scenario import Change
from pcsim.text import clock_time, plural, quantities, quantity
from pcsim.theory.statistics import Interval

MORE_IS_BETTER = ("throughput",)
AGAIN = "it is another by now: being simulated anew"
"""What is said beside rows that are old."""
OF_A_FIT = "This is of a scenario fitted to it."
SURE = 0.01
"""A change for the better by less than this share is none worth naming."""


UNITS = "abcdefghijklmnopqrstuvwxyzµ%/ "
"""The characters of units, behind numbers."""


class Measure(NamedTuple):
    """Something that is measured of every row.

    Attributes:
        name: Its name, as in `pcsim what-if --measure`.
        unit: The unit of its values, as `pcsim.text.quantities` takes it.
    """

    name: str
    unit: str

    @property
    def is_better_more(self) -> bool:
        """Whether a larger value is the better one."""
        return self.name in MORE_IS_BETTER


class AdviceRow(NamedTuple):
    """A system with one change, or as it is.

    Attributes:
        label: What is changed, safe for a terminal.
        values: Each measure, by its name, with its 95 % interval; empty while it is not known.
        differences: The same minus that of the system as it is, from runs with the same random
            numbers.
        note: Why there are no values, or what to know of them; "" for nothing.
        changes: What makes a running system this one; empty where that cannot be done.
        not_live: Why that cannot be done, as a sentence; "" where it can.
        most: The share by which its throughput is greater at most, for a reason that was not
            simulated; None where there is none.
    """

    label: str
    values: Mapping[str, Interval] = {}
    differences: Mapping[str, Interval] = {}
    note: str = ""
    changes: tuple[Change, ...] = ()
    not_live: str = ""
    most: float | None = None

    def gain(self, name: str) -> Interval | None:
        """How much a measure changes as a share of what it is now; None where that is not known.

        Args:
            name: The name of the measure.
        """
        now, more = self.values.get(name), self.differences.get(name)
        if now is None or more is None:
            return None
        before = now.mean - more.mean
        if not before > 0:
            return None
        bounds = [None if one is None else one / before for one in (more.low, more.high)]
        half = None if more.half_width is None else more.half_width / before
        return more._replace(mean=more.mean / before, half_width=half, low=bounds[0],
                             high=bounds[1])  # fmt: skip


class Verified(NamedTuple):
    """A row that was run on threads as well.

    Attributes:
        label: That of the row.
        seconds: How long that runs.
        predicted: Items a second, simulated.
        measured: Items a second, on threads; None while it runs.
        problem: Why it was not measured; "" for nothing.
    """

    label: str
    seconds: float
    predicted: float
    measured: float | None = None
    problem: str = ""

    @property
    def text(self) -> str:
        """It in words."""
        if self.problem:
            return f"{self.label} on threads: {self.problem}"
        if self.measured is None:
            return f"{self.label}: runs on threads for {plural(round(self.seconds), 'second')} …"
        here, there = quantities([self.measured, self.predicted], "1/s")
        apart = f" ({self.measured / self.predicted - 1:+.1%})" if self.predicted else ""
        return f"{self.label}: {here} on threads, {there} predicted{apart}"


class Asked(NamedTuple):
    """A question of one's own.

    Attributes:
        text: As it was typed.
        rows: What is known of it.
        problem: What is wrong with it; "" for nothing.
    """

    text: str
    rows: tuple[AdviceRow, ...] = ()
    problem: str = ""


class Advice(NamedTuple):
    """What changes of a system would do, as far as that is known by now.

    Attributes:
        measures: What is measured of each row.
        rows: The system as it is, then the changes, the best first.
        wanted: How many rows there will be.
        replications: Runs of each row.
        length: Seconds that each run lasts; None where that is not the same for all.
        seconds: How long the simulations took.
        is_measured: Whether the times are those measured of the run, and not those described.
        caution: What the simulations leave out, as a sentence; "" for nothing.
        is_old: Whether the system has been changed since: the new rows are on their way.
        why_not: Why there is no advice, as a sentence; "" where there is.
        asked: A question of one's own; None where there was none.
        verified: A row that was run on threads as well; None where there was none.
        fit: To what the scenario was fitted, and how well it repeats that, in sentences; "" where
            it was not.
        waits_for: What is done before anything can be said, as a sentence; "" for nothing.
        example: A question of one's own that may be asked.
    """

    measures: tuple[Measure, ...] = ()
    rows: tuple[AdviceRow, ...] = ()
    wanted: int = 0
    replications: int = 0
    length: float | None = None
    seconds: float = 0.0
    is_measured: bool = False
    caution: str = ""
    is_old: bool = False
    why_not: str = ""
    asked: Asked | None = None
    verified: Verified | None = None
    fit: str = ""
    waits_for: str = ""
    example: str = "NAME.count = 2"

    @property
    def is_done(self) -> bool:
        """Whether all that was asked for is known."""
        waits = self.asked is not None and any(not _is_known(row) for row in self.asked.rows)
        verifies = self.verified is not None and not self.verified.problem
        waits |= verifies and self.verified is not None and self.verified.measured is None
        waits |= bool(self.waits_for)
        return bool(self.why_not) or (0 < self.wanted <= len(self.rows) and not waits)

    @property
    def span(self) -> str:
        """From which runs it is, in a few words."""
        if not self.wanted:
            return ""
        runs = plural(self.replications, "run")
        if self.length is not None:
            runs += f" of {clock_time(self.length, tenths=False)}"
        known = "done" if self.is_done else f"{len(self.rows)} of {self.wanted}"
        return f"{runs} each; {self.seconds:.1f} s of work, {known}"


def _is_known(row: AdviceRow) -> bool:
    return bool(row.values or row.note)


def sentence(advice: Advice, name: str = "throughput") -> str:
    """Return what helps most, in one sentence.

    Args:
        advice: What is known.
        name: The measure that it goes by.
    """
    if advice.why_not:
        return advice.why_not
    measure = next((one for one in advice.measures if one.name == name), None)
    if advice.waits_for:
        return advice.waits_for
    if measure is None or not advice.rows or not advice.rows[0].values:
        return "The system is being simulated as it is, and changed."
    of_a_fit = f" {OF_A_FIT}" if advice.fit else ""
    helpful = sorted(
        (row for row in advice.rows[1:] if _helps(row, measure)),
        key=lambda row: -_share(row, measure),
    )
    if not helpful:
        so_far = "No change" if advice.is_done else "No change so far"
        said = f"{so_far} makes the {measure.name} better by more than {SURE * 100:.0f} %."
        return f"{said}{of_a_fit}"
    best = helpful[0]
    now, then = best.values[name].mean - best.differences[name].mean, best.values[name].mean
    if best.most is not None:
        then = min(then, now * (1 + best.most))
    said = f"What helps most is {best.label}: {measure.name}"
    said += f" {quantity(now, measure.unit)} → {quantity(then, measure.unit)}."
    others = helpful[1:]
    if others:
        return f"{said} {len(others)} other{'s' if others[1:] else ''} would help, too.{of_a_fit}"
    return f"{said} Nothing else makes it better by more than {SURE * 100:.0f} %.{of_a_fit}"


def _helps(row: AdviceRow, measure: Measure) -> bool:
    gain = row.gain(measure.name)
    if gain is None:
        return False
    return _share(row, measure) > SURE and (gain.half_width or 0.0) < abs(gain.mean)


def _share(row: AdviceRow, measure: Measure) -> float:
    """By which share a measure is better; of what is bounded by what was not simulated, only the
    throughput is known."""
    gain = row.gain(measure.name)
    if gain is None:
        return 0.0
    if row.most is not None:
        return min(gain.mean, row.most) if measure.name == "throughput" else 0.0
    return gain.mean if measure.is_better_more else -gain.mean


def interval_text(one: Interval, measure: Measure) -> str:
    """Return a mean and half of its interval: `9.81 ±0.02/s`."""
    if one.mean != one.mean:
        return "–"
    if one.half_width is None:
        return quantities([one.mean], measure.unit)[0]
    mean, half = quantities([one.mean, one.half_width], measure.unit)
    unit = mean[len(mean.rstrip(UNITS)) :]
    return f"{mean.rstrip(UNITS)} ±{two_digits(half.rstrip(UNITS))}{unit}"


def two_digits(number: str) -> str:
    """Return a number with two digits, or whole."""
    value = float(number.replace(",", "") or 0)
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
