"""What differs between two runs as plain data: rows, scenarios, and where they part."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pcsim.analysis.differences import Row

CHANGES = "changes"
"""The key of the changes that a scenario has planned."""


class ScenarioChange(NamedTuple):
    """A key that two scenarios do not have alike.

    Attributes:
        key: Its path, such as `consumers.writer.count`; of a planned change its time, as in
            `changes.0:40.0`.
        a: Its value in the first, as it is written; "" where it is not there.
        b: The same in the second.
    """

    key: str
    a: str
    b: str


class Parting(NamedTuple):
    """Where two runs part: the first time at which they are seen to differ, and in what."""

    at: float
    name: str
    """The queue, or `consumed`."""
    a: int
    b: int


class Basis(StrEnum):
    """Where the intervals of differences come from."""

    PARTS = "parts"
    """One run each, cut into parts."""
    PAIRS = "pairs"
    """Runs in pairs, each pair with the same random numbers."""
    REPLICATIONS = "replications"
    """Runs that are independent of each other."""
    MIXED = "mixed"
    """Parts of one run on one side, replications on the other."""
    NONE = "none"
    """One run each, of which only the whole is known: there are no intervals."""


class Relation(StrEnum):
    """What two runs that are compared are to each other."""

    RUNS = "runs"
    """Each is a run of its own."""
    BRANCH = "branch"
    """The second is a branch of the first, and both are measured from where they part."""
    STRETCHES = "stretches"
    """Two stretches of one run."""


class Period(StrEnum):
    """Which part of each run is measured."""

    STEADY = "steady state"
    """From the end of the warm-up on; where a scenario has none, without the first tenth."""
    WHOLE = "whole run"
    """All of it."""


class Comparison(NamedTuple):
    """What differs between two runs, or two sets of runs."""

    spans: tuple[tuple[float, float], tuple[float, float]]
    """The part of each run that was measured."""
    rows: tuple[Row, ...]
    """All measures, the whole system first, then by how much they differ."""
    changes: tuple[ScenarioChange, ...] | None
    """How the scenarios differ; None where they are not known."""
    parting: Parting | None
    """None where they do not part, or are not known moment by moment."""
    basis: Basis = Basis.PARTS
    replications: tuple[int, int] = (1, 1)
    """Runs that were measured, of each."""
    relation: Relation = Relation.RUNS
    stopped_at: float | None = None
    """When the first was paused or drained by hand, which no run can repeat: both end there. None
    where it was not."""
