"""What advises about programs and recordings: by what was measured of them, beside the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pcsim.experiments.advising_sizes import AdvisorWithSizes
    from pcsim.experiments.background import Simulations
    from pcsim.experiments.model_of_run import Model
    from pcsim.scenario import Change, Scenario
    from pcsim.snapshot import Snapshot
    from pcsim.snapshot.control import Rewindable, Watchable


@contextmanager
def advising_about_programs() -> Iterator[Callable[[Watchable], AdvisorWithSizes | None]]:
    """Yield what makes an advisor about a program; it advises until the block ends.

    Yields:
        A function. It returns None of a program that is watched from outside: its items are not
        seen one by one there.
    """
    from pcsim.experiments.background import InBackground

    simulations = InBackground()

    def advises(program: Watchable) -> AdvisorWithSizes | None:
        from pcsim.experiments.advising_sizes import AdvisorWithSizes
        from pcsim.watch.advising import of_program
        from pcsim.watch.remote import Remote

        if not isinstance(program, Remote) or not program.pid:
            return None
        return AdvisorWithSizes(of_program(simulations, program.pid), simulations, simulations)

    try:
        yield advises
    finally:
        simulations.close()


@contextmanager
def advising_about_recordings(
    path: Path, scenario: Scenario | None
) -> Iterator[Callable[[Rewindable], AdvisorWithSizes | None]]:
    """Yield what makes an advisor about a recording, up to the moment that is shown.

    Args:
        path: The file.
        scenario: What was run; None for a program that was watched.

    Yields:
        A function. It returns None of a run whose scenario is not known.
    """
    from pcsim.experiments.background import InBackground

    simulations, on_threads = InBackground(), InBackground()

    def advises(past: Rewindable) -> AdvisorWithSizes | None:
        from pcsim.experiments.advising_sizes import AdvisorWithSizes

        if scenario is not None:
            source = PastModel(past, scenario, simulations)
            return AdvisorWithSizes(source, simulations, on_threads)
        from pcsim.watch.advising import of_recording

        return AdvisorWithSizes(of_recording(simulations, path), simulations, on_threads)

    try:
        yield advises
    finally:
        simulations.close()
        on_threads.close()


class PastModel:
    """What is simulated in the place of a run that was recorded, up to the moment that is shown.

    Args:
        past: The recording.
        scenario: What was run.
        simulations: Where it is made.
    """

    waits_for = ""

    def __init__(self, past: Rewindable, scenario: Scenario, simulations: Simulations) -> None:
        from pcsim.experiments.model_of_run import ModelOfRun

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
        from pcsim.watch.advising import IS_OVER

        made = self._source.look(snapshot)
        if made is not self._made:
            self._made = made
            self._shown = None if made is None else made._replace(not_live=IS_OVER)
        return self._shown

    def again(self) -> str:
        """Measure it anew, up to the moment that is shown by now; what is said of that."""
        from pcsim.watch.advising import MEASURED_ANEW

        if not self._source.again():
            return ""
        self._source = self._make()
        return MEASURED_ANEW


class _Then:
    """What a recorded run was at the moment that is shown."""

    def __init__(self, past: Rewindable, began: Scenario) -> None:
        self._past = past
        self._began = self._known = began
        self._made: tuple[int, ...] = ()

    def scenario(self) -> Scenario:
        """The system as its changes had left it."""
        from pcsim.tui.current import changed

        events = self._past.changes(self._past.at)
        made = tuple(event.number for event in events)
        if made != self._made:
            self._made, self._known = made, changed(self._began, events)
        return self._known

    def since_changed(self, snapshot: Snapshot) -> Snapshot:
        """What had happened since the last change; all of it where there was none."""
        from pcsim.recording.replay import Replay

        events = self._past.changes(snapshot.at)
        if not events or not isinstance(self._past, Replay):
            return snapshot
        return snapshot.since(self._past.past.snapshot_at(events[-1].at))

    def with_changes(self, _model: Scenario, _changes: Sequence[Change]) -> Scenario | None:
        """Nothing: it is over."""
        return None
