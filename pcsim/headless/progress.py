"""What happens while a run goes on, as a few readable lines or one that stays in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcsim import runtime
from pcsim.analysis.event_text import describe
from pcsim.headless.output import Output
from pcsim.snapshot import BlockReason, Event, Phase, QueueRow, Snapshot, WorkerState
from pcsim.text import clock_time, count, fit, safe

if TYPE_CHECKING:
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Control

INTERVAL, LATE_INTERVAL = 1.0, 10.0
"""Seconds between plain lines: at first, and once a run is `LATE` seconds old."""
LATE = 30.0
MOST_QUEUES = 4
"""Queues that a line of progress shows at most."""
CLEAR_LINE = "\r\x1b[K"
"""Makes room for another text in the terminal's last line."""


class Progress:
    """Shows a run while it goes on: in one line of a terminal, else in plain lines.

    What is no terminal gets no escape code.

    Args:
        control: The run.
        err: Where to.
        verbose: Whether to print each event instead.
    """

    def __init__(self, control: Control, err: Output, *, verbose: bool) -> None:
        self._control = control
        self._err = err
        self._verbose = verbose
        self._in_place = err.is_terminal and not verbose
        self._drawn = False
        self._begun = runtime.clock()
        self._due = INTERVAL
        self._next_number = 0

    def begin(self, scenario: Scenario) -> None:
        """Print what runs, and what to watch."""
        if scenario.title:
            self._err.write(f"{safe(scenario.title)}\n")
        if scenario.watch:
            self._err.write(f"Watch {safe(scenario.watch, 400)}\n")

    def show(self) -> None:
        """Show what is new, if a line is due."""
        if self._verbose:
            self._events()
            return
        if self._in_place:
            text = fit(line(self._control.snapshot()), self._err.width - 1).rstrip()
            self._err.write(CLEAR_LINE + text)
            self._drawn = True
            return
        age = runtime.clock() - self._begun
        if age >= self._due:
            self._due += INTERVAL if age < LATE else LATE_INTERVAL
            self._err.write(line(self._control.snapshot()) + "\n")

    def message(self, text: str) -> None:
        """Print a message in a line of its own, which stays."""
        self._err.write(f"{CLEAR_LINE if self._drawn else ''}pcsim: {text}\n")
        self._drawn = False

    def end(self) -> None:
        """Print the last events, and clear the line of progress."""
        if self._verbose:
            self._events()
        if self._drawn:
            self._err.write(CLEAR_LINE)
            self._drawn = False

    def _events(self) -> None:
        batch = self._control.events(self._next_number)
        self._next_number = batch.next_number
        lines = [_event_line(event) for event in batch.events]
        if batch.evicted:
            lines.insert(0, f"… {count(batch.evicted)} older events are no longer kept")
        if lines:
            self._err.write("\n".join(lines) + "\n")


def _event_line(event: Event) -> str:
    subject = fit(safe(event.subject, 24), 14)
    return f"{_milliseconds(event.at):>8}  {subject}  {safe(describe(event))}"


def _milliseconds(at: float) -> str:
    """A time of the run to the millisecond: `0:04.216`."""
    whole, thousandths = divmod(int(at * 1000 + 1e-6), 1000)
    return f"{clock_time(whole, tenths=False)}.{thousandths:03d}"


def line(snapshot: Snapshot) -> str:
    """A snapshot in one line: the time, the items produced and consumed, the queues, and which
    workers are blocked on a full one."""
    totals = snapshot.totals
    parts = [
        f"{clock_time(snapshot.at):>6}",
        f"{count(totals.produced):>4} produced",
        *([f"{count(totals.copied):>4} copies"] if totals.copied else []),
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
    of = "" if row.capacity is None else f"/{count(row.capacity)}"
    return f"{safe(row.name, 20)} {count(row.depth)}{of}{' full' if row.is_full else ''}"
