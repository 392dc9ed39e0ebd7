"""Records runs for front ends: real time by a thread beside it, virtual time by driving it.

Virtual time passes as fast as it can, so a thread that looks ten times a second would see little of
it. It is driven from one look to the next instead. That changes nothing of the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim import runtime
from pcsim.distributions import mean_of
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.recording.container import RecordingError
from pcsim.recording.recorder import EVERY, Recorder
from pcsim.snapshot import EventBatch, Phase, QueueDetail, Snapshot

if TYPE_CHECKING:
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Control

MOST_LOOKS, ENOUGH_LOOKS = 6_000, 600
"""Looks at a virtual run of known length: at most, and where there would be few."""
LOOKS_OF_A_STEP = 3_000
"""Looks after which the step doubles, where the length is not known."""
EVENTS_PER_CHECK = 2_000
"""Events between two looks at the machine's clock."""


@contextmanager
def recorded(
    control: Control, scenario: Scenario, path: Path, on_problem: Callable[[str], None]
) -> Iterator[tuple[Control, Recorder]]:
    """Record a run, which has not started, until the block ends.

    Args:
        control: The run.
        scenario: What it runs.
        path: The file. There must be none.
        on_problem: Called once, from any thread, with one line of text, where the file cannot be
            written any more.

    Yields:
        The controls to use for the run, and the recording.

    Raises:
        RecordingError: There is a file already, or it cannot be written.
    """
    recorder = Recorder(path, scenario, on_problem)
    try:
        if isinstance(control, VirtualEngine):
            yield SteppedRun(control, recorder), recorder
        else:
            recorder.begin(control)
            yield control, recorder
    finally:
        recorder.close()


class RecordedRuns:
    """Records the runs that the app shows, each into a file of its own: `x.rec`, `x-2.rec`.

    Args:
        path: The file of the first one. There must be none.

    Raises:
        RecordingError: There is a file already, or it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next: Recorder | None = Recorder(path)
        self._made = 1
        self.recorders: list[Recorder] = []
        """The recordings of all runs so far."""

    def of(self, launch: Callable[[Scenario], Control]) -> Callable[[Scenario], Control]:
        """Return what makes the same runs and records them.

        Args:
            launch: Makes a run of a scenario.
        """

        def launch_recorded(scenario: Scenario) -> Control:
            control = launch(scenario)
            recorder, self._next = self._next or self._another(), None
            if recorder is not None:
                recorder.describe(scenario)
                recorder.begin(control, closes=True)
                self.recorders.append(recorder)
            return control

        return launch_recorded

    def _another(self) -> Recorder | None:
        """A recording in a file that is not there yet; None where none can be written."""
        while True:
            self._made += 1
            path = self._path.with_stem(f"{self._path.stem}-{self._made}")
            if path.exists():
                continue
            try:
                return Recorder(path)
            except RecordingError:
                return None

    def close(self) -> list[Recorder]:
        """End all recordings; files of runs that never began are taken away. Returns those that
        have something in them, or that were cut."""
        for recorder in self.recorders:
            recorder.close()
        if self._next is not None:
            self._next.close()
            self.recorders.append(self._next)
        for recorder in self.recorders:
            if not recorder.frames and not recorder.problem:
                recorder.path.unlink(missing_ok=True)
        return [one for one in self.recorders if one.frames or one.problem]


def first_step(scenario: Scenario) -> float:
    """Return the virtual seconds between two looks at first.

    Args:
        scenario: What is run.
    """
    length = scenario.end.time
    if length is not None:
        return max(length / MOST_LOOKS, min(EVERY, length / ENOUGH_LOOKS))
    times = [mean_of(one.interval) for one in scenario.producers]
    times += [mean_of(one.service_time) for one in scenario.consumers]
    return min((time for time in times if 0 < time < EVERY), default=EVERY)


class SteppedRun:
    """The controls of a run in virtual time that is looked at again and again while it is driven.

    Args:
        engine: The run.
        recorder: What looks at it.
        step: Virtual seconds between two looks; None for what suits the scenario.
    """

    def __init__(
        self, engine: VirtualEngine, recorder: Recorder, step: float | None = None
    ) -> None:
        self._engine = engine
        self._recorder = recorder
        self._step = first_step(engine.scenario) if step is None else step
        self._grows = step is None and engine.scenario.end.time is None
        self._looks = 0
        self._due = 0.0
        recorder.follow(engine)

    def start(self) -> None:
        """Begin, at time 0."""
        self._engine.start()

    def pause_producing(self) -> None:
        """Let producers make nothing new."""
        self._engine.pause_producing()

    def resume_producing(self) -> None:
        """Let producers go on."""
        self._engine.resume_producing()

    def drain(self) -> None:
        """Stop producing, empty the queues, end."""
        self._engine.drain()

    def abort(self) -> None:
        """End at once."""
        self._engine.abort()

    def join(self, timeout: float | None = None) -> bool:
        """Drive the run, for at most that many seconds of the machine's clock; whether it has
        ended."""
        engine = self._engine
        until = math.inf if timeout is None else runtime.clock() + timeout
        while not engine.phase.is_over:
            if engine.phase is Phase.CREATED or engine.next_at is None:
                return engine.join(max(until - runtime.clock(), 0.0) if timeout else timeout)
            if not engine.advance(self._due, EVENTS_PER_CHECK):
                self._look()
            if runtime.clock() >= until:
                break
        return engine.phase.is_over

    def _look(self) -> None:
        self._recorder.look_and_write()
        self._looks += 1
        if self._grows and self._looks % LOOKS_OF_A_STEP == 0:
            self._step *= 2
        following = self._engine.next_at
        self._due += self._step
        if following is not None and following > self._due:  # nothing is to be seen before
            self._due += math.ceil((following - self._due) / self._step) * self._step

    def snapshot(self) -> Snapshot:
        """The whole system at one time."""
        return self._engine.snapshot()

    def events(self, since: int = 0) -> EventBatch:
        """What has happened."""
        return self._engine.events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items of a queue. Raises `KeyError` for an unknown name."""
        return self._engine.queue_detail(name, limit)
