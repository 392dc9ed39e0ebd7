"""A scripted run, played through the headless front end: what it writes, and its exit status."""

from __future__ import annotations

import io
from typing import Any

from pcsim.headless.run import run
from pcsim.scenario import demos
from pcsim.snapshot import Phase, Snapshot
from tests.support.scripted import ScriptedControl
from tests.support.snapshots import consumer, producer, queue, snapshot

DEMO = demos.find("3")
now = [0.0]
"""The time on the clock of the played runs, in its only element."""


def played(seconds: int, phase: Phase = Phase.FINISHED) -> list[Snapshot]:
    """The snapshots of a run, two for each second."""
    rows = (queue(capacity=3, depth=3, full=0.5), producer(blocked=0.5), consumer())
    snapshots = [snapshot(*rows, at=i / 2, title=DEMO.title) for i in range(2 * seconds)]
    return [*snapshots, snapshot(*rows, at=float(seconds), title=DEMO.title, phase=phase)]


class Terminal(io.StringIO):
    """A stream that reports that it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def half_a_second(_: int) -> None:
    """Let half a second pass in a wait."""
    now[0] += 0.5


def play(
    control: ScriptedControl,
    err: io.StringIO | None = None,
    *,
    as_json: bool = False,
    **kwargs: Any,
) -> tuple[int, str, str]:
    """Run it, and return the exit status, what was written to stdout, and to stderr."""
    out, err = io.StringIO(), err or io.StringIO()
    status = run(control, DEMO, out=out, err=err, json=as_json, **kwargs)
    return status, out.getvalue(), err.getvalue()
