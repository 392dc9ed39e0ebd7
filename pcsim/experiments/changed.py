"""A run as its changes have left it: what is simulated, and what was measured since then."""

from __future__ import annotations

from typing import Protocol

from pcsim.engine.run import Run
from pcsim.scenario import Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.snapshot import Snapshot


class Described(Protocol):
    """Says what a run is, at any time of it."""

    def scenario(self) -> Scenario:
        """The system as it is by now."""

    def since_changed(self, snapshot: Snapshot) -> Snapshot:
        """What has happened up to a snapshot since the system was changed last."""


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
        changed = self._run.observer.course.at_change
        return snapshot if changed is None else snapshot.since(changed)
