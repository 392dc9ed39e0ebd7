"""What a change of a running system would do: found by simulating it as it is, and changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from pcsim.analysis.outlook import NoOutlook, Outlook
from pcsim.errors import ScenarioError
from pcsim.experiments.trials import Trials, throughput
from pcsim.scenario import Change, Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.scenario.changes import (
    AddWorkers,
    Burst,
    FailItem,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetOverflow,
    SlowSpell,
)
from pcsim.scenario.roster import Roster
from pcsim.theory.statistics import confidence_interval

PAIRS = 8
"""Runs of the system as it is, and as many with the change."""
FAULTS = (Burst, FailItem, Freeze, SlowSpell)
"""Changes that last for a while alone: nothing is simulated of them."""


def changed(model: Scenario, roster: Roster, changes: Sequence[Change]) -> Scenario | None:
    """Return what a model of a run would be with changes of that run; None where they are none
    that last, or do not fit.

    Args:
        model: What is simulated in the place of the run. Its workers have the same names, but
            some that the run has together may each have a spec of their own.
        roster: The run as it is.
        changes: What would be changed.
    """
    lasting = [one for one in changes if not isinstance(one, FAULTS)]
    made = Roster(model)
    try:
        for change in lasting:
            for one in _of_model(change, roster, made):
                made.change(one)
        return AsItIs(model, made).scenario if lasting else None
    except ScenarioError:
        return None


def _of_model(change: Change, roster: Roster, model: Roster) -> list[Change]:
    """The same change, in terms of the specs that the model has."""
    if isinstance(change, SetCapacity | SetOverflow):
        return [change]
    crew = roster.crews.get(change.subject)
    if crew is None:
        return [change]
    known = model.crews.get(change.subject)
    if known is not None and known.present == crew.present:
        return [change]
    names = [name for name in crew.present if name in model.specs]
    if isinstance(change, AddWorkers):
        return [replace(change, worker=names[0])] if names else []
    if isinstance(change, RemoveWorkers):
        return [RemoveWorkers(name) for name in names[-change.count :]]
    return [replace(change, worker=name) for name in names]


class OutlookTask(NamedTuple):
    """What is to be simulated, as it is and changed."""

    scenario: Scenario
    changed: Scenario

    @property
    def key(self) -> object:
        """What makes it another than others; it can be hashed."""
        return "outlook", self.scenario, self.changed

    def done(self) -> Outlook | NoOutlook:
        """Simulate."""
        trials = Trials(self.scenario)
        pairs = []
        for number in range(PAIRS):
            seen = [trials.observe(one, number) for one in (self.scenario, self.changed)]
            if None in seen:
                return NoOutlook("a simulation of it fails")
            pairs.append([throughput(one) for one in seen])
        if not all(before > 0 for before, _ in pairs):
            return NoOutlook("nothing comes out of it")
        return Outlook(
            confidence_interval(before for before, _ in pairs),
            confidence_interval(after for _, after in pairs),
            confidence_interval(after / before - 1 for before, after in pairs),
        )
