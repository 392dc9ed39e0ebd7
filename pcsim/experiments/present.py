"""A scenario as it is at present: with the loads and the times of the last moments, without an end.

What a run does from here on, were everything to stay as it is, has an answer that can be
simulated. Bursts that last long enough to be followed are either on or off; shorter ones are a
load as a whole.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from pcsim.distributions import Exponential, Instants, Time, mean_of
from pcsim.experiments.measured import measure
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, Scenario
from pcsim.scenario.specs import worker_names
from pcsim.scenario.termination import Outcome, termination
from pcsim.snapshot import Snapshot, WorkerRow, WorkerState

Spec = TypeVar("Spec", ProducerSpec, ConsumerSpec)

LOOK_BACK = 10.0
"""Seconds of those who watch that are the present."""
FIRST = 3.0
"""Seconds in which a run may settle: what it is then, it is from the start."""
ODD = 3.0
"""Seconds for which measured times must differ from those of the model before it is changed."""
SOON = 1.0
"""The same, of a model in which no time passes."""
FOLLOWED = 6.0
"""Seconds of those who watch from which bursts, and the silence between them, are followed."""
QUIET = 1.0
"""Seconds without an item from which a source may be silent."""
QUIET_INTERVALS = 8.0
"""Intervals without an item from which it is: of exponential ones, one in 3,000 is as long."""
SAME_RATE = 0.25
"""A measured rate of arrivals that differs by no more than this share, and chance, is the same."""
_ENDED = (WorkerState.DONE, WorkerState.FAILED)


class _Pulse(NamedTuple):
    """When a source was last seen to have made an item."""

    total: int
    at: float


class Present:
    """What a scenario is at present.

    Args:
        scenario: As it was described.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._keeps_items = bool(scenario.cycle())
        self._pulses: dict[str, _Pulse] = {}
        self._skeleton: Scenario | None = None
        self._odd_since: float | None = None
        """Since when the times measured are not those of the model."""
        self.model: Scenario | None = None
        """The scenario as it is; None while nothing arrives."""
        self.since = 0.0
        """The time of the run since which it is so, in seconds."""

    def describe(self, scenario: Scenario) -> None:
        """It was changed: this is what it is described as from now on."""
        self._scenario = scenario
        self._keeps_items = bool(scenario.cycle())
        self._skeleton = None

    def look(self, snapshot: Snapshot, recent: Snapshot, pace: float = 1.0) -> None:
        """Find out what it is now.

        Args:
            snapshot: The run.
            recent: Its last moments.
            pace: Seconds of the run in one of those who watch.
        """
        rows = {row.name: row for row in snapshot.workers}
        skeleton = self._skeleton_of(snapshot, recent, rows, pace)
        model = skeleton
        if skeleton is not None and snapshot.engine != "virtual":
            model = self._measured(skeleton, snapshot, recent, pace)
        if model != self.model:
            self.since = self._changed_at(snapshot, model, pace)
        self._skeleton, self.model = skeleton, model

    def _changed_at(self, snapshot: Snapshot, model: Scenario | None, pace: float) -> float:
        """When it became what it is: what is seen first was so from the start."""
        if model is None:
            return max((pulse.at for pulse in self._pulses.values()), default=0.0)
        return snapshot.at if snapshot.at > FIRST * pace else 0.0

    def _measured(
        self, skeleton: Scenario, snapshot: Snapshot, recent: Snapshot, pace: float
    ) -> Scenario:
        """With the times that were measured, once they have been others for a while."""
        part = None if self._keeps_items else recent
        known = skeleton
        if self.model is not None and self._skeleton == skeleton:
            known = self.model
        as_described = measure(skeleton, snapshot, part)
        if as_described.is_as_described:
            self._odd_since = None
            return skeleton
        if known is not skeleton and measure(known, snapshot, part).is_as_described:
            self._odd_since = None
            return known
        if self._odd_since is None:
            self._odd_since = snapshot.at
        odd_for = snapshot.at - self._odd_since
        if odd_for < SOON * pace or (odd_for < ODD * pace and passes_time(known)):
            return known
        self._odd_since = None
        return as_described.scenario

    def _skeleton_of(
        self, snapshot: Snapshot, recent: Snapshot, rows: dict[str, WorkerRow], pace: float
    ) -> Scenario | None:
        """Sources that are silent and workers that have ended taken out; None without sources."""
        scenario = self._scenario
        producers = tuple(
            one
            for spec in scenario.producers
            for one in self._producers(spec, rows, snapshot.at, recent, pace)
        )
        if self._keeps_items and snapshot.totals.in_system:
            producers = scenario.producers  # its items go round
        elif all(spec.items == 0 for spec in producers):
            return None
        live = {row.name for row in rows.values() if row.state not in _ENDED}
        consumers = tuple(one for spec in scenario.consumers for one in _live(spec, scenario, live))
        known = self._skeleton
        if known is not None and (known.producers, known.consumers) == (producers, consumers):
            return known  # to make one checks every worker of it
        return replace(scenario, producers=producers, consumers=consumers, end=End(), warm_up=0.0)

    def _producers(
        self,
        spec: ProducerSpec,
        rows: dict[str, WorkerRow],
        at: float,
        recent: Snapshot,
        pace: float,
    ) -> list[ProducerSpec]:
        """The sources as they are: those that are active, or all with no items."""
        on, off = (mean_of(spec.bursts.on), mean_of(spec.bursts.off)) if spec.bursts else (0.0, 0.0)
        cycle, is_slow = on + off, min(on, off) > FOLLOWED * pace
        mine = [rows[name] for name in worker_names(spec)]
        usual = max(_usual_interval(spec, mine, at), 0.0 if is_slow else cycle)
        quiet = max(QUIET * pace, QUIET_INTERVALS * usual)
        active = {row.name for row in mine if self._is_active(row, at, quiet)}
        if not active:
            return [replace(spec, items=0)]
        spec = replace(spec, items=None)
        if isinstance(spec.interval, Instants):
            spec = replace(spec, interval=self._rate_of(spec, recent))
        elif is_slow:
            spec = replace(spec, bursts=None)
        else:
            active = {row.name for row in mine if row.state not in _ENDED}
        return _those(spec, active)

    def _is_active(self, row: WorkerRow, at: float, quiet: float) -> bool:
        pulse = self._pulses.get(row.name)
        if pulse is None or pulse.total != row.produced_total:
            pulse = self._pulses[row.name] = _Pulse(row.produced_total, at)
        if row.state in _ENDED:
            return False
        return row.state is WorkerState.BLOCKED or at - pulse.at <= quiet

    def _rate_of(self, spec: ProducerSpec, recent: Snapshot) -> Time:
        """How recorded arrivals come at present; as before where chance explains the change."""
        names = set(worker_names(spec))
        made = sum(row.produced_total for row in recent.workers if row.name in names)
        interval = recent.at * len(names) / max(made, 1)
        for known in () if self.model is None else self.model.producers:
            is_same = known.name in (spec.name, *names)
            if is_same and isinstance(known.interval, Exponential):
                change = abs(recent.at * len(names) / known.interval.mean - made)
                if change <= SAME_RATE * made + 3 * math.sqrt(max(made, 1)):
                    return known.interval
        return Exponential(max(interval, 1e-9))


def passes_time(model: Scenario) -> bool:
    """Whether a simulation of the model would get anywhere: of code from outside, a description
    often has no times at all.

    Args:
        model: What would be simulated.
    """
    return termination(model).outcome is not Outcome.STANDS_STILL


def _usual_interval(spec: ProducerSpec, rows: list[WorkerRow], at: float) -> float:
    """Seconds between two items of a source, as described, or as measured where it takes longer."""
    described = 0.0 if isinstance(spec.interval, Instants) else mean_of(spec.interval)
    made = sum(row.produced_total for row in rows)
    if spec.bursts is not None or not made:
        return described
    active = math.fsum(row.spent(at).active for row in rows)
    return max(described, min(active / made, 10 * described) if described else active / made)


def _live(spec: ConsumerSpec, scenario: Scenario, live: set[str]) -> list[ConsumerSpec]:
    """The consumers that have not ended; where none is left, all, if a queue has no others."""
    names = set(worker_names(spec))
    if not names & live:
        others = [one for one in scenario.workers if one.name in live]
        read = {queue for one in others for queue in one.inputs}
        fed = {queue for one in (*others, *scenario.producers) for queue in one.outputs}
        if read.issuperset(spec.inputs) and fed.issuperset(spec.outputs):
            return []
    return _those(replace(spec, max_items=None), names & live or names)


def _those(spec: Spec, names: set[str]) -> list[Spec]:
    """The workers of these names, under one spec where they are all."""
    if len(names) == spec.count:
        return [spec]
    each = worker_names(spec)
    return [replace(spec, name=name, count=1) for name in each if name in names]
