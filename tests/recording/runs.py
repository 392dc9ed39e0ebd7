"""Recordings of small runs in virtual time, which are the same every time."""

from __future__ import annotations

from pathlib import Path

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.launch.recorded import SteppedRun
from pcsim.recording.recorder import Recorder
from pcsim.scenario import Scenario, demos
from pcsim.snapshot import Snapshot


class Seen(SteppedRun):
    """A run that keeps what was looked at of it."""

    def __init__(self, scenario: Scenario, recorder: Recorder, step: float | None) -> None:
        self.engine = VirtualEngine(scenario)
        super().__init__(self.engine, recorder, step)
        self.seen: list[Snapshot] = []

    def _look(self) -> None:
        self.seen.append(self.engine.snapshot())
        super()._look()


def record(path: Path, scenario: Scenario | None = None, step: float | None = 0.1) -> Seen:
    """Record a run to its end."""
    scenario = scenario or demos.find("3")
    recorder = Recorder(path, scenario)
    run = Seen(scenario, recorder, step)
    run.start()
    run.join()
    recorder.keep_report("the report\n", {"sentence": "the report"})
    recorder.close()
    assert recorder.problem == ""
    return run
