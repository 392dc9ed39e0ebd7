"""Changes of the run that is shown: made, undone, done again, and written into a scenario file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from msgspec.structs import replace

from pcsim.analysis.change_effect import MadeChange
from pcsim.analysis.outlook import NoOutlook, Outlook
from pcsim.errors import PhaseError, ScenarioError
from pcsim.scenario import Change, Scenario
from pcsim.scenario.roster import Changed, Roster, Steerable
from pcsim.text import clock_time, safe
from pcsim.tui.branching import Branching
from pcsim.tui.saving import write_new
from pcsim.tui.session import Session
from pcsim.tui.watcher import Watcher

NOT_STEERABLE = "Nothing can be changed here: this is no run of pcsim."


class Made(NamedTuple):
    """A change that was made in the app, with its time."""

    changed: Changed
    at: float


class Steering:
    """Changes the run that is shown.

    Args:
        watcher: The run.
        notify: Shows a short message.
        branching: Makes a branch of a change in the past.
    """

    def __init__(
        self, watcher: Watcher, notify: Callable[[str], None], branching: Branching
    ) -> None:
        self._watcher = watcher
        self._branching = branching
        self._notify = notify
        self._session: Session | None = None
        self._made: list[Made] = []
        """All that was done to this run, in its order; what was undone is a change as well."""
        self._undoable: list[Changed] = []
        self._undone: list[Changed] = []
        self._predicted: dict[tuple[str, ...], str] = {}
        """By subject, kind and values of a change, what was predicted of it."""

    @property
    def _run(self) -> Steerable | None:
        """The run that is shown; None where nothing can be changed."""
        session = self._watcher.session
        if session is not self._session:
            self._session = session
            self._made, self._undoable, self._undone = [], [], []
            self._predicted = {}
        control = cast("object", session.control)
        return control if isinstance(control, Steerable) else None

    @property
    def made(self) -> Sequence[Made]:
        """All that was done to the run, in its order."""
        return self._made

    @property
    def roster(self) -> Roster | None:
        """The system as it is by now, or was at the moment that is looked at; None where nothing
        can be changed."""
        if self._branching.is_past:
            return self._branching.roster
        run = self._run
        return None if run is None else run.roster

    @property
    def moment(self) -> str:
        """The moment in the past that is looked at, `0:40.0`; "" for now."""
        return clock_time(self._branching.at) if self._branching.is_past else ""

    @property
    def why_not(self) -> str:
        """Why nothing can be changed, as a sentence."""
        return self._branching.why_not if self._branching.is_past else NOT_STEERABLE

    def make_all(self, changes: Sequence[Change]) -> None:
        """Make changes up to one that cannot be made, and keep what was predicted of them; in the
        past they make a branch together."""
        if changes and self._branching.is_past:
            self._branching.begin(changes)
            return
        predicted, begun = self.outlook(changes), len(self._made)
        for change in changes:
            if not self.make(change):
                break
        if predicted is None:
            return
        for made in self._made[begun:]:
            changed = made.changed
            key = changed.change.subject, changed.change.what, changed.was, changed.now
            self._predicted[key] = predicted.text

    def make(self, change: Change) -> bool:
        """Make a change; whether it was made. Else a message says why not."""
        if self._branching.is_past:
            return self._branching.begin((change,))
        changed = self._steer(change)
        if changed is None:
            return False
        self._undone.clear()
        if changed.undo is not None:
            self._undoable.append(changed)
        return True

    def outlook(self, changes: Sequence[Change]) -> Outlook | NoOutlook | None:
        """Return what changes would do; None where that is not known, or not yet."""
        run = self._run
        return None if run is None or not changes else self._watcher.session.outlook(changes)

    def predicted(self, change: MadeChange) -> str:
        """What was predicted of a change that was made; "" for nothing."""
        return self._predicted.get((change.subject, change.what, change.was, change.now), "")

    def undo(self) -> None:
        """Take back the latest change that was not taken back; faults are not."""
        if self.roster is None or not self._undoable:
            self._notify("There is no change to undo; : makes one.")
            return
        last = self._undoable[-1]
        if last.undo is not None and self._steer(last.undo) is not None:
            self._undone.append(self._undoable.pop())

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self.roster is None or not self._undone:
            self._notify("There is no change to do again.")
            return
        if self._steer(self._undone[-1].change) is not None:
            self._undoable.append(self._undone.pop())

    def save(self) -> None:
        """Write the scenario with these changes into a file of its own beside where we are."""
        scenario = self._watcher.session.view.scenario
        if self.roster is None or scenario is None or not self._made:
            self._notify("There are no changes to save; : makes one.")
            return
        made = tuple(
            replace(one.changed.change, at=round(max(one.at, 0.001), 3)) for one in self._made
        )
        try:
            path = _write(replace(scenario, changes=(*scenario.changes, *made)))
        except ScenarioError as error:
            self._notify(f"Not saved: {error}")
        except OSError as error:
            self._notify(f"Not saved: {error.strerror or error}")
        else:
            self._notify(f"Saved as {safe(str(path))}; pcsim tui shows it.")

    def _steer(self, change: Change) -> Changed | None:
        run = self._run
        if run is None:
            self._notify(NOT_STEERABLE)
            return None
        self._watcher.display.unfreeze()
        try:
            changed = run.steer(change)
        except PhaseError as error:
            self._notify(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return None
        except (ScenarioError, RuntimeError) as error:
            self._notify(safe(str(error), 300))
            return None
        self._watcher.poll_now(force=True)
        if changed is not None:
            self._made.append(Made(changed, self._watcher.session.view.snapshot.at))
        return changed


def _write(scenario: Scenario) -> Path:
    """Write it as NAME-changed.toml, or NAME-changed-2.toml and so on where that is there."""
    from pcsim.scenario.file.writing import text_of_scenario

    stem = f"{Path(scenario.name or 'scenario').stem}-changed"
    return write_new(stem, ".toml", text_of_scenario(scenario))
