"""Runs the app in a terminal of its own, for `test_process`: a run that follows the clock.

Its last line says how it ended, for the test to read.
"""

from __future__ import annotations

import json
import os
import sys
import time

from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import Snapshot
from pcsim.tui.app import PcsimApp
from pcsim.tui.widgets.header import Header
from tests.tui.scenarios import HOSTILE
from tests.tui.support import SteppedControl


class ClockedControl(SteppedControl):
    """Its time passes by itself."""

    begun = 0.0

    def start(self) -> None:
        self.begun = time.monotonic()
        super().start()

    def snapshot(self) -> Snapshot:
        if self.begun:
            self.advance(time.monotonic() - self.begun)
        return super().snapshot()


def break_header() -> None:
    """From now on, the header cannot be shown."""

    def fail(self: Header, view: object) -> None:
        raise RuntimeError("broken on purpose")

    Header.show = fail  # type: ignore[method-assign]


def main(what: str) -> int:
    scenario = HOSTILE if what == "hostile" else DEMOS[2]
    app = PcsimApp(ClockedControl, scenario, DEMOS)
    if what == "broken":
        app.action_freeze = break_header  # type: ignore[method-assign]
    app.run()
    control = app.control
    assert isinstance(control, SteppedControl)
    ended = {"calls": control.calls, "phase": control.snapshot().phase, "code": app.return_code}
    sys.stdout.write(f"ENDED {json.dumps(ended)}\n")
    return app.return_code or 0


if __name__ == "__main__":
    status = main(sys.argv[1])
    sys.stdout.flush()
    os._exit(status)
