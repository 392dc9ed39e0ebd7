"""A scenario as it is at present: with the loads and the times of the last moments, without an end.

What a run does from here on, were everything to stay as it is, has an answer that can be
simulated. Bursts that are longer than those who watch look back are either on or off.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from pcsim.distributions import Exponential, Instants, Time, mean_of
from pcsim.experiments.measured import is_as_described, measured_scenario
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, Scenario
from pcsim.scenario.specs import each_worker
from pcsim.snapshot import Snapshot, WorkerRow, WorkerState

Spec = TypeVar("Spec", ProducerSpec, ConsumerSpec)

LOOK_BACK = 10.0
"""Seconds of those who watch that are the present."""
FIRST = 3.0
"""Seconds in which a run may settle: what it is then, it is from the start."""
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
        self.model: Scenario | None = None
        """The scenario as it is; None while nothing arrives."""
        self.since = 0.0
        """The time of the run since which it is so, in seconds."""

    def look(self, snapshot: Snapshot, pace: float = 1.0) -> None:
        """Find out what it is now.

        Args:
            snapshot: The run.
            pace: Seconds of the run in one of those who watch.
        """
        rows = {row.name: row for row in snapshot.workers}
        skeleton = self._skeleton_of(snapshot, rows, pace)
        model = skeleton
        if skeleton is not None and snapshot.engine != "virtual":
            model = self._measured(skeleton, snapshot)
        if model != self.model:
            self.since = self._changed_at(snapshot, model, pace)
        self._skeleton, self.model = skeleton, model

    def _changed_at(self, snapshot: Snapshot, model: Scenario | None, pace: float) -> float:
        """When it became what it is: what is seen first was so from the start."""
        if model is None:
            return max((pulse.at for pulse in self._pulses.values()), default=0.0)
        return snapshot.at if snapshot.at > FIRST * pace else 0.0

    def _measured(self, skeleton: Scenario, snapshot: Snapshot) -> Scenario:
        """With the times that were measured; the same as before where these are within chance."""
        for known in (skeleton, self.model if self._skeleton == skeleton else None):
            if known is not None:
                measured = measured_scenario(known, snapshot, lasting=not self._keeps_items)
                if is_as_described(known, measured):
                    return known
        return measured_scenario(skeleton, snapshot, lasting=not self._keeps_items)

    def _skeleton_of(
        self, snapshot: Snapshot, rows: dict[str, WorkerRow], pace: float
    ) -> Scenario | None:
        """Sources that are silent and workers that have ended taken out; None without sources."""
        scenario = self._scenario
        producers = tuple(
            one
            for spec in scenario.producers
            for one in self._producers(spec, rows, snapshot, pace)
        )
        if self._keeps_items and snapshot.totals.in_system:
            producers = scenario.producers  # its items go round
        elif all(spec.items == 0 for spec in producers):
            return None
        live = {row.name for row in rows.values() if row.state not in _ENDED}
        consumers = tuple(one for spec in scenario.consumers for one in _live(spec, scenario, live))
        return replace(scenario, producers=producers, consumers=consumers, end=End(), warm_up=0.0)

    def _producers(
        self, spec: ProducerSpec, rows: dict[str, WorkerRow], snapshot: Snapshot, pace: float
    ) -> list[ProducerSpec]:
        """The sources as they are: those that are active, or all with no items."""
        cycle = 0.0
        if spec.bursts is not None:
            cycle = mean_of(spec.bursts.on) + mean_of(spec.bursts.off)
        is_slow = cycle > 2 * LOOK_BACK * pace
        mine = [rows[one.name] for one in each_worker(spec)]
        usual = max(_usual_interval(spec, mine, snapshot.at), 0.0 if is_slow else cycle)
        quiet = max(QUIET * pace, QUIET_INTERVALS * usual)
        active = {row.name for row in mine if self._is_active(row, snapshot.at, quiet)}
        if not active:
            return [replace(spec, items=0)]
        spec = replace(spec, items=None)
        if isinstance(spec.interval, Instants):
            spec = replace(spec, interval=self._rate_of(spec, snapshot))
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

    def _rate_of(self, spec: ProducerSpec, snapshot: Snapshot) -> Time:
        """How recorded arrivals come at present; as before where chance explains the change."""
        recent = snapshot.recent
        names = {one.name for one in each_worker(spec)}
        made = sum(row.produced_total for row in recent.workers if row.name in names)
        interval = recent.at * len(names) / max(made, 1)
        for known in () if self.model is None else self.model.producers:
            is_same = known.name in (spec.name, *names)
            if is_same and isinstance(known.interval, Exponential):
                change = abs(recent.at * len(names) / known.interval.mean - made)
                if change <= SAME_RATE * made + 3 * math.sqrt(max(made, 1)):
                    return known.interval
        return Exponential(max(interval, 1e-9))


def _usual_interval(spec: ProducerSpec, rows: list[WorkerRow], at: float) -> float:
    """Seconds between two items of a source, as described, or as measured where it takes longer."""
    described = 0.0 if isinstance(spec.interval, Instants) else mean_of(spec.interval)
    made = sum(row.produced_total for row in rows)
    if spec.bursts is not None or not made:
        return described
    running = math.fsum(row.spent(at).running for row in rows)
    return max(described, min(running / made, 10 * described) if described else running / made)


def _live(spec: ConsumerSpec, scenario: Scenario, live: set[str]) -> list[ConsumerSpec]:
    """The consumers that have not ended; where none is left, all, if a queue has no others."""
    names = {one.name for one in each_worker(spec)}
    if not names & live:
        others = [one for one in scenario.workers if one.name in live]
        read = {queue for one in others for queue in one.inputs}
        fed = {queue for one in (*others, *scenario.producers) for queue in one.outputs}
        if read.issuperset(spec.inputs) and fed.issuperset(spec.outputs):
            return []
    return _those(replace(spec, max_items=None), names & live or names)


def _those(spec: Spec, names: set[str]) -> list[Spec]:
    """The workers of these names, under one spec where they are all."""
    each = each_worker(spec)
    if len(names) == len(each):
        return [spec]
    return [replace(spec, name=one.name, count=1) for one in each if one.name in names]
