"""What limits a run that goes on: the present of its scenario, simulated beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from pcsim.analysis.bottleneck import MIN_ITEMS
from pcsim.analysis.contention import held_up
from pcsim.analysis.counterfactual import Basis, Diagnosis, Verdict
from pcsim.analysis.outlook import NoOutlook, Outlook
from pcsim.analysis.standing import Standing, SteadyVerdict
from pcsim.experiments.background import Simulations, Task
from pcsim.experiments.changed import Described
from pcsim.experiments.measured import AGREES
from pcsim.experiments.outlooks import OutlookTask
from pcsim.experiments.present import LOOK_BACK, Present, passes_time
from pcsim.scenario import Change, End
from pcsim.snapshot import Phase, Snapshot
from pcsim.theory.statistics import confidence_interval

YOUNG = 2.0
"""Seconds of those who watch before which nothing is said of a run."""


class LiveLimit:
    """What limits a run, at any time of it.

    Args:
        described: Says what it is.
        simulations: Where its present is simulated.
    """

    def __init__(self, described: Described, simulations: Simulations) -> None:
        self._described = described
        self._scenario = scenario = described.scenario()
        """The system as it is, as far as its snapshots have all of it."""
        self._simulations = simulations
        self._present = Present(scenario)
        self._verdict = SteadyVerdict()

    def look(self, snapshot: Snapshot, pace: float = 1.0) -> Standing | None:
        """Return the verdict that stands about the run as it is.

        Args:
            snapshot: The run, while it produces.
            pace: Seconds of the run in one of those who watch.

        Returns:
            The verdict; None where there is none yet.
        """
        recent = snapshot.recent
        if snapshot.phase is Phase.RUNNING and snapshot.producing:
            self._renew(snapshot)
            self._present.look(snapshot, recent, pace)
            found = self._found(snapshot, recent, pace)
            if found is not None:
                self._verdict.offer(found, self._present.since, snapshot, pace)
            elif self._present.model is not None:
                self._verdict.withdraw(Verdict.NO_ARRIVALS)
        return self._verdict.standing(snapshot, recent)

    def final(self, snapshot: Snapshot) -> Diagnosis:
        """Return what limited a run that has finished, or that this is being simulated."""
        end = self._described.since_changed(snapshot)._replace(before=None)
        found = self._simulations.answer(Task(self._described.scenario(), end))
        if found is None:
            return Diagnosis(Verdict.PENDING, confidence_interval([snapshot.throughput]))
        return found

    def outlook(self, changes: Sequence[Change]) -> Outlook | NoOutlook | None:
        """Return what changes would do; None while that is being simulated, and where nothing can
        be said of them.

        Args:
            changes: Changes of the run, all at once.
        """
        model = self._present.model or replace(self._scenario, end=End(), warm_up=0.0, changes=())
        changed = self._described.with_changes(model, changes)
        if changed is None or changed == model or not passes_time(model):
            return None
        return self._simulations.answer(OutlookTask(model, changed))

    def _renew(self, snapshot: Snapshot) -> None:
        """Go by the system as it is, once the workers are seen that have come."""
        scenario = self._described.scenario()
        if scenario is self._scenario:
            return
        seen = {row.name for row in snapshot.workers}
        if all(spec.name in seen for spec in scenario.workers):
            self._scenario = scenario
            self._present.describe(scenario)

    def _found(self, snapshot: Snapshot, recent: Snapshot, pace: float) -> Diagnosis | None:
        model = self._present.model
        found = None if model is None else self._simulations.answer(Task(model))
        if not snapshot.totals.produced or snapshot.at < YOUNG * pace:
            return None
        if model is None:
            return Diagnosis(Verdict.NO_ARRIVALS, confidence_interval([0.0]))
        if snapshot.totals.consumed < MIN_ITEMS and snapshot.at < LOOK_BACK * pace:
            return None
        if found is None or (found.verdict is Verdict.FAILS and not passes_time(model)):
            return None
        if _has_backlog(found, recent):
            return Diagnosis(Verdict.BACKLOG, found.throughput)
        if snapshot.engine == "virtual":
            return found
        if model.consumers != self._scenario.consumers:
            found = found._replace(basis=Basis.MEASURED)
        if snapshot.at - self._present.since > 2 * LOOK_BACK * pace:
            found = _compared(found, recent)
        return held_up(found, recent)


def _has_backlog(found: Diagnosis, recent: Snapshot) -> bool:
    """Whether workers that keep up with what arrives are still busy with what came before."""
    keeps_up = found.verdict in (Verdict.SOURCES, Verdict.ARRIVALS, Verdict.NOTHING)
    is_less = recent.totals.in_system < recent.totals.carried
    more = found.throughput.mean * recent.at * (1 + AGREES) + _chance(recent)
    return keeps_up and is_less and recent.totals.consumed > more


def _compared(found: Diagnosis, recent: Snapshot) -> Diagnosis:
    """What was found, if the run on threads does what the simulation does."""
    totals = recent.totals
    is_even = abs(totals.in_system - totals.carried) <= AGREES * totals.consumed
    expected = found.throughput.mean * recent.at
    if not found.is_simulated or not totals.consumed or not is_even:
        return found
    if abs(totals.consumed - expected) <= AGREES * expected + _chance(recent):
        return found
    return Diagnosis(Verdict.UNLIKE, confidence_interval([recent.throughput]))


def _chance(recent: Snapshot) -> float:
    """By how many items the number of those consumed may differ by chance."""
    return 3 * math.sqrt(max(recent.totals.consumed, 1))
