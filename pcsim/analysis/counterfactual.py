"""What one change would do to a system: plain data, found by simulating it changed.

`pcsim.experiments.counterfactuals` finds it, `pcsim.analysis.limit_text` puts it in words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pcsim.theory.statistics import Interval


class PartKind(StrEnum):
    """What a change is about."""

    SOURCES = "sources"
    WORKERS = "workers"
    QUEUES = "queues"


class Part(NamedTuple):
    """A part of a system: equal workers (producers are sources), or one or more queues."""

    kind: PartKind
    names: tuple[str, ...]
    """Those of the workers, or of the queues."""
    specs: tuple[str, ...]
    """The names that they are declared by: `clerk` for `clerk-1` and `clerk-2`."""
    inputs: tuple[str, ...] = ()
    """The queues that the workers take from."""


class ChangeKind(StrEnum):
    """What is changed."""

    FASTER = "faster"
    """Its times are a fifth shorter in number: 20 % more items in the same time."""
    ONE_MORE = "one more"
    """One worker more of that kind."""
    LARGER = "larger"
    """The capacity of the queues is three times as large."""
    MORE_ITEMS = "more items"
    """A fifth more items go round, at least one, in a system that they never leave."""


class Effect(NamedTuple):
    """What one change does to the throughput, against the same system without it."""

    part: Part
    change: ChangeKind
    gain: Interval
    """The relative change of the throughput, with the 95 % interval of paired runs."""
    throughput: float
    """Items a second with the change."""
    capacity: int = 0
    """The capacity that was tried, of one queue."""


class Enough(NamedTuple):
    """The smallest number of workers with which 98 % of what is possible is reached."""

    part: Part
    number: int
    throughput: float
    most: float
    """Items a second with far more of them."""
    keeps_up: bool = True
    """Whether nearly all that comes is then dealt with; else something else is the limit."""


class Plan(NamedTuple):
    """How many workers of each of several parts keep up together with all that comes."""

    numbers: tuple[tuple[Part, int], ...]
    """Those parts that need more workers than there are, with the number that they need."""
    throughput: float
    """Items a second with them."""
    most: float
    """Items a second with far more of all workers."""


class Loss(NamedTuple):
    """What a queue loses because it is full, and what would keep it."""

    queue: str
    share: float
    """Of the items that came to it, 0 to 1."""
    capacity: int | None = None
    """The smallest capacity tried that keeps nearly all; None where none does."""
    capacity_share: float = 0.0
    """The share lost with that capacity."""
    readers: Part | None = None
    """Those that take from it, or the limit further on, that they wait for."""
    number: int | None = None
    """The number of these that keeps nearly all; None where none does."""
    number_share: float = 0.0
    """The share lost with that number."""
    plan: Plan | None = None
    """Where only more workers of several parts keep nearly all: these."""
    plan_share: float = 0.0
    """The share lost with them."""


class Together(NamedTuple):
    """Parts that help only when all of them are changed, and what that does."""

    parts: tuple[Part, ...]
    change: ChangeKind
    """Of the workers; queues get three times their capacity."""
    gain: Interval
    """The relative change of the throughput."""
    throughput: float


class Supply(NamedTuple):
    """What the sources make, and what the workers could do if they made far more."""

    made: float
    """Items a second."""
    possible: float
    """Items a second that could be dealt with."""
    items: int = 0
    """The number of items that go round in a system that they never leave; 0 in others."""


class Wait(NamedTuple):
    """How long items wait before a part, and with one more worker there: in seconds."""

    part: Part
    queue: str
    mean: float
    with_one_more: float
    p99: float = 0.0
    """What 99 % of the waiting times do not exceed."""
    mean_interval: Interval | None = None
    """The mean, with the 95 % interval of several runs."""


class Failing(NamedTuple):
    """That a system fails, and with which changes it did not in the same time."""

    message: str
    at: float
    """When it fails, in seconds: in the first run that did."""
    runs: int
    """Runs of which `failed` have failed."""
    failed: int
    capacity: tuple[str, int] | None = None
    """A queue, and the smallest capacity tried with which no run fails."""
    number: tuple[Part, int] | None = None
    """Workers, and the smallest number of them with which no run fails."""


class Verdict(StrEnum):
    """What kind of thing limits a system."""

    WORKERS = "workers"
    QUEUES = "queues"
    SOURCES = "sources"
    """Its sources make no more, and what they make is dealt with."""
    ARRIVALS = "arrivals"
    """Items come by chance and are dealt with: no bottleneck."""
    TOGETHER = "together"
    """No single change helps, but one of two parts or more together."""
    NOTHING = "nothing"
    """Nothing that was tried helps."""
    TOO_LARGE = "too large"
    """The system is too large to simulate its changes: nothing is known but what was measured."""
    PROCESSOR = "processor"
    """The workers that limit it wait for Python's lock or for cores: more of them do not help."""
    UNLIKE = "unlike"
    """A simulation of what was measured does not come to the throughput that was measured."""
    TOO_EARLY = "too early"
    """Too few items have come out to measure anything."""
    FAILS = "fails"
    """A simulation of it fails, so that nothing can be compared with it."""
    PENDING = "pending"
    """It is being simulated."""
    NO_ARRIVALS = "no arrivals"
    """Of a run that goes on: no source makes anything at present."""
    BACKLOG = "backlog"
    """Of a run that goes on: workers keep up, and work off what has piled up before."""


class Basis(StrEnum):
    """What was simulated."""

    DESCRIBED = "described"
    """The scenario as it was described."""
    MEASURED = "measured"
    """The scenario with the times and shares that a run of it had."""


class Diagnosis(NamedTuple):
    """What limits a system: the one change that helps most, and what else was tried."""

    verdict: Verdict
    throughput: Interval
    """Items a second as it is."""
    limit: Part | None = None
    ties: tuple[Part, ...] = ()
    """Other parts whose best change helps as much, within what the runs can separate."""
    effects: tuple[Effect, ...] = ()
    """Every change that was tried, the best first."""
    blocked: tuple[str, ...] = ()
    """Workers that wait for a slot in the limit's inputs for a notable share of their time."""
    enough: Enough | None = None
    losses: tuple[Loss, ...] = ()
    wait: Wait | None = None
    """Where the longest wait is, in a system whose arrivals are dealt with."""
    runs: int = 0
    """The number of runs that were simulated."""
    duration: float = 0.0
    """The longest of them, in seconds of virtual time."""
    basis: Basis = Basis.DESCRIBED
    """What was simulated: where measured, everything here is an estimate."""
    together: Together | None = None
    """What helps where no single change does."""
    plan: Plan | None = None
    """Where more workers of the limit alone do not keep up with all that comes: those that do."""
    supply: Supply | None = None
    """Of sources that are the limit."""
    failing: Failing | None = None
    """That runs of it fail. What else is found then holds as long as they have not failed."""

    @property
    def is_simulated(self) -> bool:
        """Whether the changes were tried."""
        return self.verdict not in _NOT_SIMULATED

    @property
    def is_pending(self) -> bool:
        """Whether it is only being found."""
        return self.verdict is Verdict.PENDING

    @property
    def best(self) -> Effect | None:
        """The change that helps most, of the part that is named."""
        return next((one for one in self.effects if one.part == self.limit), None)

    def effect(self, change: ChangeKind) -> Effect | None:
        """What that change of the limit does, where it was tried."""
        return next(
            (one for one in self.effects if one.part == self.limit and one.change is change), None
        )


_NOT_SIMULATED = frozenset(
    {
        Verdict.TOO_LARGE,
        Verdict.UNLIKE,
        Verdict.TOO_EARLY,
        Verdict.FAILS,
        Verdict.PENDING,
        Verdict.NO_ARRIVALS,
        Verdict.BACKLOG,
    }
)
