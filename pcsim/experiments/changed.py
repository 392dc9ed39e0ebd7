"""A run as its changes have left it: what is simulated, and what was measured since then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pcsim.engine.run import Run
from pcsim.experiments.outlooks import changed
from pcsim.scenario import Change, Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.snapshot import Snapshot


class Described(Protocol):
    """Says what a run is, at any time of it."""

    def scenario(self) -> Scenario:
        """The system as it is by now."""

    def since_changed(self, snapshot: Snapshot) -> Snapshot:
        """What has happened up to a snapshot since the system was changed last."""

    def with_changes(self, model: Scenario, changes: Sequence[Change]) -> Scenario | None:
        """What a model of it would be with changes; None where nothing can be said of these."""


class Unchanged:
    """A run that nobody changes.

    Args:
        began: What it runs.
    """

    def __init__(self, began: Scenario) -> None:
        self._began = began

    def scenario(self) -> Scenario:
        """The scenario."""
        return self._began

    def since_changed(self, snapshot: Snapshot) -> Snapshot:
        """All of it."""
        return snapshot

    def with_changes(self, _model: Scenario, _changes: Sequence[Change]) -> Scenario | None:
        """Nothing: it cannot be changed."""
        return None


class Changeable:
    """A run that may be changed.

    Args:
        run: The run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._system = AsItIs(run.scenario, run.roster)

    def scenario(self) -> Scenario:
        """The system as it is by now."""
        return self._system.scenario

    def since_changed(self, snapshot: Snapshot) -> Snapshot:
        """What has happened up to a snapshot since the last change of the system."""
        at_change = self._run.observer.course.at_change
        return snapshot if at_change is None else snapshot.since(at_change)

    def with_changes(self, model: Scenario, changes: Sequence[Change]) -> Scenario | None:
        """What a model of it would be with changes; None where nothing can be said of these."""
        return changed(model, self._run.roster, changes)
