"""Runs the app in a terminal of its own, for `test_quitting`: threads, by the machine's clock.

Its last line is a JSON object with how it ended, for the test to read.
"""

from __future__ import annotations

import json
import os
import sys
import threading

from msgspec.structs import replace

from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.scenario.demos import DEMOS
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs
from pcsim.tui.widgets.header import Header
from tests.tui.scenarios import HOSTILE
from tests.tui.support import Recorder


def break_header() -> None:
    """From now on, the header cannot be shown."""

    def fail(self: Header, view: object) -> None:
        raise RuntimeError("broken on purpose")

    Header.show = fail  # type: ignore[method-assign]


SCENARIOS = {
    "hostile": HOSTILE,
    "endless": replace(
        HOSTILE, producers=tuple(replace(one, items=None) for one in HOSTILE.producers)
    ),
}


def main(what: str) -> int:
    scenario = SCENARIOS.get(what, DEMOS[2])
    app = PcsimApp(Runs(lambda chosen: Recorder(ThreadsEngine(chosen)), scenario, DEMOS))
    if what == "broken":
        app.action_freeze = break_header  # type: ignore[method-assign]
    app.run()
    control = app.control
    assert isinstance(control, Recorder)
    if control.calls:
        control.join(10.0)  # an abort is asked for; threads end in their own time
    workers = {worker.name for worker in control.snapshot().workers}
    ended = {
        "calls": control.calls,
        "phase": control.snapshot().phase,
        "code": app.return_code,
        "threads": [thread.name for thread in threading.enumerate() if thread.name in workers],
    }
    sys.stdout.write(f"ENDED {json.dumps(ended)}\n")
    if app.faults.text:
        sys.stderr.write(app.faults.text)
        return app.return_code or 1
    return app.return_code or 0


if __name__ == "__main__":
    status = main(sys.argv[1])
    sys.stdout.flush()
    os._exit(status)
