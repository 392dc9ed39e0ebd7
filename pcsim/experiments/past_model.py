"""What is simulated in the place of a run that was recorded, up to the moment that is shown."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.remade import Remade
from pcsim.experiments.background import Simulations
from pcsim.experiments.model_of_run import IS_OVER, MEASURED_ANEW, Model, ModelOfRun
from pcsim.recording.replay import Replay
from pcsim.scenario import Change, Scenario
from pcsim.snapshot import Snapshot
from pcsim.snapshot.control import Rewindable


class PastModel:
    """What is simulated in the place of a run that was recorded, up to the moment that is shown.

    Args:
        past: The recording.
        scenario: What was run.
        simulations: Where it is made.
    """

    waits_for = ""

    def __init__(self, past: Rewindable, scenario: Scenario, simulations: Simulations) -> None:
        def make() -> ModelOfRun:
            return ModelOfRun(_Then(past, scenario), simulations)

        self._make = make
        self._source = make()
        self._made: Model | None = None
        self._shown: Model | None = None

    def look(self, snapshot: Snapshot) -> Model | None:
        """Return it; None while it is not known.

        Args:
            snapshot: The run at that moment.
        """
        made = self._source.look(snapshot)
        if made is not self._made:
            self._made = made
            self._shown = None if made is None else made._replace(not_live=IS_OVER)
        return self._shown

    def again(self) -> str:
        """Measure it anew, up to the moment that is shown by now; what is said of that."""
        if not self._source.again():
            return ""
        self._source = self._make()
        return MEASURED_ANEW


class _Then:
    """What a recorded run was at the moment that is shown."""

    def __init__(self, past: Rewindable, began: Scenario) -> None:
        self._past = past
        self._remade = Remade(began)

    def scenario(self) -> Scenario:
        """The system as its changes had left it."""
        return self._remade.after(self._past.changes(self._past.at))

    def since_changed(self, snapshot: Snapshot) -> Snapshot:
        """What had happened since the last change; all of it where there was none."""
        events = self._past.changes(snapshot.at)
        if not events or not isinstance(self._past, Replay):
            return snapshot
        return snapshot.since(self._past.past.snapshot_at(events[-1].at))

    def with_changes(self, _model: Scenario, _changes: Sequence[Change]) -> Scenario | None:
        """Nothing: it is over."""
        return None
