"""The details of one queue or worker; they follow the run while they are open."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from pcsim.analysis.deadlock_cycle import cycle, queue_between
from pcsim.analysis.event_text import note
from pcsim.snapshot import QueueDetail, QueueRow, Role, Snapshot, Spread, WorkerRow, WorkerState
from pcsim.text import (
    clock_time,
    count,
    duration,
    percent,
    plural,
    rate,
    safe,
)  # fmt: skip
from pcsim.tui import cells
from pcsim.tui.glyphs import STATE
from pcsim.tui.keys import RUN_KEY_NAMES, RUN_KEYS
from pcsim.tui.screens.modal import Window
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import Marked, TextLine
from pcsim.tui.widgets.worker_table import why


class DetailsScreen(Window):
    """Follows the row of one name."""

    BINDINGS: ClassVar[list[BindingType]] = [*RUN_KEYS]
    ACTING = RUN_KEY_NAMES

    def __init__(self, row: QueueRow | WorkerRow, view: View) -> None:
        self.kind = "Queue" if isinstance(row, QueueRow) else row.role.value.capitalize()
        self._name_of_row = row.name
        self._is_queue = isinstance(row, QueueRow)
        super().__init__(f"{self.kind} {safe(row.name, 60)}", self._lines_for(view))

    def show(self, view: View) -> None:
        """Show the row as it is in the view."""
        self.show_lines(self._lines_for(view))

    def _lines_for(self, view: View) -> list[TextLine]:
        view = view.pictured
        rows = view.snapshot.queues if self._is_queue else view.snapshot.workers
        row = next((row for row in rows if row.name == self._name_of_row), None)
        if row is None:
            return [[("It is no longer there.", "dim")]]
        if isinstance(row, QueueRow):
            return queue_lines(row, view.detail_of(row.name), view.at)
        return worker_lines(row, view.snapshot)


def pair(label: str, text: str, style: str = "text") -> TextLine:
    """Return a line of a label and a text."""
    return [(f"{label:<16}", "dim"), (text, style)]


def queue_lines(row: QueueRow, detail: QueueDetail, at: float) -> list[TextLine]:
    """Return a queue as lines."""
    word = cells.level(row.fill)
    lines: list[TextLine] = [
        [("depth           ", "dim"), (f"{count(row.depth)} of {count(row.capacity)}  ", "text"),
         (word, word), ("  closed" if row.closed else "", "dim")],
        pair("peak depth", count(row.peak_depth)),
        pair("mean depth", f"{row.mean_depth(at):.2f}"),
        pair("put / got", f"{count(row.put_total)} / {count(row.got_total)}"),
        pair("dropped", count(row.dropped_total)),
        pair("discarded", count(row.discarded_total)),
        pair("time full", percent(row.full_share(at))),
        pair("time empty", percent(row.empty_share(at))),
        pair("oldest waits", duration(row.oldest_age(at))),
        *waits(row.waiting_time),
        [],
        [(f"Waiting now: {plural(detail.depth, 'item')}", "strong"),
         (", oldest first" if detail.depth > 1 else "", "dim")],
    ]  # fmt: skip
    for item in detail.items:
        waited = duration(max(at - item.queued_at, 0.0))
        marks: list[Marked] = [
            (f"  {item.id:>8}  ", "dim"), (f"{waited:>8}  ", "text"),
            (f"{cells.fit(safe(item.producer), 16)}  ", "dim"), (safe(item.shown), "text"),
        ]  # fmt: skip
        lines.append(marks)
    if detail.depth > len(detail.items) > 0:
        lines.append([(f"  … and {count(detail.depth - len(detail.items))} more", "dim")])
    return lines


def waits(times: Spread) -> list[TextLine]:
    """Return the waiting times of items in two lines."""
    if not times.count:
        return [pair("waiting time", "–", "dim")]
    return [
        pair("waiting time", f"mean {duration(times.mean)}  max {duration(times.max)}"),
        pair("", f"p50 {duration(times.p50)}  p99 {duration(times.p99)}"),
    ]


def worker_lines(row: WorkerRow, snapshot: Snapshot) -> list[TextLine]:
    """Return a worker as lines; a failed one with its traceback."""
    at = snapshot.at
    state: TextLine = [
        ("state           ", "dim"),
        (f"{STATE[row.state]} {row.state.value}", row.state.value),
        (f"  {why(row, at)}", "text"),
    ]
    lines: list[TextLine] = [state]
    if snapshot.failure is not None and snapshot.failure.is_deadlock:
        lines += _partner(row, snapshot)
    if row.inputs:
        lines.append(pair("gets from", safe(", ".join(row.inputs))))
    if row.outputs:
        lines.append(pair("puts in", safe(", ".join(row.outputs))))
    lines += _amounts(row, at)
    lines += _time_shares(row, at)
    if row.state is WorkerState.FAILED or (
        snapshot.failure is not None and snapshot.failure.worker == row.name
    ):
        lines += _failure(row, snapshot)
    return lines


def _partner(row: WorkerRow, snapshot: Snapshot) -> list[TextLine]:
    """Whom the worker waits for in a deadlock."""
    waits = cycle(snapshot, snapshot.failure)
    for wait, other in zip(waits, [*waits[1:], *waits[:1]], strict=True):
        if wait.worker == row.name:
            queue = safe(queue_between(snapshot, wait, other), 60)
            text = f"waits for {safe(other.worker, 60)}: {queue} is {wait.reason}"
            return [pair("deadlock", text, "failed")]
    return []


def _amounts(row: WorkerRow, at: float) -> list[TextLine]:
    goal = row.source_size if row.role is Role.PRODUCER else row.max_items
    of_goal = f" of {count(goal)}" if goal is not None else ""
    lines = [pair("items", f"{count(row.items_total)}{of_goal}")]
    lines.append(pair("throughput", rate(row.throughput(at))))
    for label, number in (
        ("in hand", row.in_hand),
        ("failed", row.failed_total),
        ("dropped", row.dropped_total),
        ("discarded", row.discarded_total),
    ):
        if number:
            lines.append(pair(label, count(number)))
    if row.state is not WorkerState.NEW:
        ended = f", ended {clock_time(row.ended_at)}" if row.ended_at is not None else ""
        lines.append(pair("started", clock_time(row.started_at) + ended))
    return lines


def _time_shares(row: WorkerRow, at: float) -> list[TextLine]:
    shares = row.shares(at)
    lines: list[TextLine] = [[], [("Where its time went", "strong")]]
    for label, share, style in (
        ("running", shares.running, "running"),
        *([("making", shares.making, "new")] if row.role is Role.PRODUCER else []),
        ("blocked, full", shares.blocked_full, "blocked"),
        ("blocked, empty", shares.blocked_empty, "new"),
        ("paused", shares.paused, "paused"),
    ):
        cells_wide = round(share * 30)
        lines.append([(f"  {label:<14}", "dim"), (f"{percent(share):>6}  ", "text"),
                      ("█" * cells_wide, style)])  # fmt: skip
    return lines


def _failure(row: WorkerRow, snapshot: Snapshot) -> list[TextLine]:
    failure = snapshot.failure
    if failure is None or failure.worker != row.name:
        return [[], [(safe(note(row), 400), "failed")]]
    lines: list[TextLine] = [
        [],
        [(f"Failed {safe(failure.place, 120)}: ", "strong"),
         (safe(failure.message, 400), "failed")],
    ]  # fmt: skip
    lines += [[(f"  {safe(line, 400)}", "dim")] for line in failure.traceback.splitlines()]
    return lines
