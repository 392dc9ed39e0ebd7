"""The scenario of a recorded run as its changes have left it: they are made once more."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.errors import ScenarioError
from pcsim.scenario import Change, Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.scenario.change_text import read
from pcsim.scenario.roster import Roster, in_order
from pcsim.snapshot import Event


class Remade:
    """Makes changes once more, where others have been made since it was last asked.

    Args:
        began: What it was at first.
    """

    def __init__(self, began: Scenario) -> None:
        self._began = self._known = began
        self._made: tuple[int, ...] = ()

    def after(self, events: Sequence[Event]) -> Scenario:
        """Return it as these changes have left it; one that does not fit is left out, as where an
        earlier one is not known.

        Args:
            events: The changes, in order.
        """
        made = tuple(event.number for event in events)
        if made != self._made:
            self._made, self._known = made, _changed(self._began, events)
        return self._known


def _changed(began: Scenario, events: Sequence[Event]) -> Scenario:
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
