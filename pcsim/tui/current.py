"""The scenario that is shown as its changes have left it."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.change_effect import MadeChange
from pcsim.analysis.remade import Remade
from pcsim.scenario import Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.scenario.roster import Steerable


class Current:
    """What is shown as it is by now: a run says it; of a replay, its changes are made once more.

    Args:
        shown: A run, or a replay.
        began: What it was at first; None for a program that is watched.
    """

    def __init__(self, shown: object, began: Scenario | None) -> None:
        self._remade = None if began is None else Remade(began)
        self._system: AsItIs | None = None
        if began is not None and isinstance(shown, Steerable):
            self._system = AsItIs(began, shown.roster)

    def scenario(self, changes: Sequence[MadeChange]) -> Scenario | None:
        """Return it; None for a program that is watched.

        Args:
            changes: What was changed so far, the latest first.
        """
        if self._system is not None:
            return self._system.scenario
        if self._remade is None:
            return None
        return self._remade.after([one.event for one in reversed(changes)])
