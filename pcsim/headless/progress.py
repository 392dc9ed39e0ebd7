"""What happens while a run goes on, as a few readable lines or one that stays in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcsim import runtime
from pcsim.analysis.event_text import describe
from pcsim.headless.output import Output
from pcsim.snapshot import BlockReason, Phase, QueueRow, Snapshot, WorkerState
from pcsim.text import clock_time, count, fit, safe

if TYPE_CHECKING:
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Control

OFTEN, SELDOM = 1.0, 10.0
"""Seconds between plain lines: at first, and once a run is `OFTEN_UNTIL` seconds old."""
OFTEN_UNTIL = 30.0
MOST_QUEUES = 4
_CLEAR = "\r\x1b[K"


class Progress:
    """Shows a run on a stream: in place on a terminal, else in plain lines; with `verbose`
    each event instead. Not a terminal: not one escape code."""

    def __init__(self, control: Control, err: Output, *, verbose: bool) -> None:
        self._control = control
        self._err = err
        self._verbose = verbose
        self._in_place = err.is_terminal and not verbose
        self._drawn = False
        self._begun = runtime.clock()
        self._due = OFTEN
        self._next_number = 0

    def begin(self, scenario: Scenario) -> None:
        """Say what runs, and what to watch."""
        if scenario.title:
            self._err.write(f"{safe(scenario.title)}\n")
        if scenario.watch:
            self._err.write(f"Watch {safe(scenario.watch, 400)}\n")

    def show(self) -> None:
        """Show what is new, if anything is due."""
        if self._verbose:
            self._events()
            return
        if self._in_place:
            told = fit(line(self._control.snapshot()), self._err.width - 1).rstrip()
            self._err.write(_CLEAR + told)
            self._drawn = True
            return
        lasted = runtime.clock() - self._begun
        if lasted >= self._due:
            self._due += OFTEN if lasted < OFTEN_UNTIL else SELDOM
            self._err.write(line(self._control.snapshot()) + "\n")

    def say(self, told: str) -> None:
        """A line of its own, whatever is shown else."""
        self._err.write(f"{_CLEAR if self._drawn else ''}pcsim: {told}\n")
        self._drawn = False

    def end(self) -> None:
        """Show the last events, and leave a clean line."""
        if self._verbose:
            self._events()
        if self._drawn:
            self._err.write(_CLEAR)
            self._drawn = False

    def _events(self) -> None:
        batch = self._control.events(self._next_number)
        self._next_number = batch.next_number
        lines = [f"… {count(batch.evicted)} events were let go"] if batch.evicted else []
        lines += [
            f"{_instant(event.at):>8}  {fit(safe(event.subject, 24), 14)}  {safe(describe(event))}"
            for event in batch.events
        ]
        if lines:
            self._err.write("\n".join(lines) + "\n")


def _instant(at: float) -> str:
    """Down to the millisecond: `0:04.216`."""
    whole, thousandths = divmod(int(at * 1000 + 1e-6), 1000)
    return f"{clock_time(whole, tenths=False)}.{thousandths:03d}"


def line(snapshot: Snapshot) -> str:
    """One instant in one line: the time, what was made and consumed, what is full, who is
    blocked on it."""
    totals = snapshot.totals
    parts = [
        f"{clock_time(snapshot.at):>6}",
        f"{count(totals.produced):>4} produced",
        f"{count(totals.consumed):>4} consumed",
        " · ".join(_level(row) for row in snapshot.queues[:MOST_QUEUES]),
    ]
    if len(snapshot.queues) > MOST_QUEUES:
        parts[-1] += f" · {len(snapshot.queues) - MOST_QUEUES} more"
    blocked = [
        row.name
        for row in snapshot.workers
        if row.state is WorkerState.BLOCKED and row.reason is BlockReason.FULL
    ]
    if blocked:
        others = f" and {len(blocked) - 1} more" if len(blocked) > 1 else ""
        parts.append(f"{safe(blocked[0], 20)}{others} blocked")
    if snapshot.phase is not Phase.RUNNING:
        parts.append(snapshot.phase.value)
    return "   ".join(parts)


def _level(row: QueueRow) -> str:
    full = " full" if row.depth >= row.capacity else ""
    return f"{safe(row.name, 20)} {count(row.depth)}/{count(row.capacity)}{full}"
