"""The scenario that is shown as its changes have left it."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.change_effect import MadeChange
from pcsim.errors import ScenarioError
from pcsim.scenario import Change, Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.scenario.change_text import read
from pcsim.scenario.roster import Roster, Steerable, in_order
from pcsim.snapshot import Event


class Current:
    """What is shown as it is by now: a run says it; of a replay, its changes are made once more.

    Args:
        shown: A run, or a replay.
        began: What it was at first; None for a program that is watched.
    """

    def __init__(self, shown: object, began: Scenario | None) -> None:
        self._began = began
        self._system: AsItIs | None = None
        self._made: tuple[int, ...] = ()
        """The numbers of the changes that were made once more."""
        self._known = began
        if began is not None and isinstance(shown, Steerable):
            self._system = AsItIs(began, shown.roster)

    def scenario(self, changes: Sequence[MadeChange]) -> Scenario | None:
        """Return it; None for a program that is watched.

        Args:
            changes: What was changed so far, the latest first.
        """
        if self._system is not None:
            return self._system.scenario
        events = [one.event for one in reversed(changes)]
        made = tuple(event.number for event in events)
        if self._began is not None and made != self._made:
            self._made, self._known = made, changed(self._began, events)
        return self._known


def changed(began: Scenario, events: Sequence[Event]) -> Scenario:
    """Return a scenario as changes that were made have left it; one that does not fit is left out,
    as where an earlier one is not known.

    Args:
        began: What it was at first.
        events: The changes, in order.
    """
    if not events:
        return began
    roster = Roster(began)
    planned = [change for _, change in in_order(began.changes)]
    for event in events:
        change = read(event.change) if event.change else _planned(event, planned)
        if change is not None:
            try:
                roster.change(change)
            except ScenarioError:
                continue
    return AsItIs(began, roster).scenario


def _planned(event: Event, planned: list[Change]) -> Change | None:
    """The change of the scenario that an event says was made; it is made once."""
    for place, change in enumerate(planned):
        if (change.what, change.subject) == (event.what, event.subject):
            return planned.pop(place)
    return None
