"""The scenario that is shown as its changes have left it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from pcsim.analysis.change_effect import MadeChange
from pcsim.scenario import Overflow, Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.scenario.roster import Steerable


class Current:
    """What is shown as it is by now: a run says it; of a replay, its changes say which policies
    its queues have.

    Args:
        shown: A run, or a replay.
        began: What it was at first; None for a program that is watched.
    """

    def __init__(self, shown: object, began: Scenario | None) -> None:
        self._began = began
        self._system: AsItIs | None = None
        if began is not None and isinstance(shown, Steerable):
            self._system = AsItIs(began, shown.roster)

    def scenario(self, changes: Sequence[MadeChange]) -> Scenario | None:
        """Return it; None for a program that is watched.

        Args:
            changes: What was changed so far, the latest first.
        """
        if self._began is None or self._system is not None:
            return None if self._system is None else self._system.scenario
        policies = {one.subject: one.now for one in reversed(changes) if one.what == "overflow"}
        if not policies:
            return self._began
        queues = (
            replace(spec, overflow=Overflow(policies.get(spec.name, spec.overflow)))
            for spec in self._began.queues
        )
        return replace(self._began, queues=tuple(queues))
