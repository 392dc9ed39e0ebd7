"""The details of one queue or worker; they follow the run while they are open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from pcsim.analysis.contention import away_share, core_wait_share, cpu_share
from pcsim.analysis.deadlock_cycle import cycle, queue_between
from pcsim.analysis.event_text import note
from pcsim.analysis.growth import growth_words
from pcsim.snapshot import QueueRow, Role, Snapshot, Spread, WorkerRow, WorkerState
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
from pcsim.tui.glyphs import MARKS, standing
from pcsim.tui.keys import RUN_KEY_NAMES, RUN_KEYS
from pcsim.tui.screens.modal import Window
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import Marked, TextLine
from pcsim.tui.widgets.worker_table import why

BAR = 24
"""Cells of a bar that shows all of the time."""


class DetailsScreen(Window):
    """Follows the row of one name."""

    BINDINGS: ClassVar[list[BindingType]] = [*RUN_KEYS]
    ACTING = RUN_KEY_NAMES

    def __init__(self, row: QueueRow | WorkerRow, view: View) -> None:
        self.kind = "Queue" if isinstance(row, QueueRow) else row.role.value.capitalize()
        self._name_of_row = row.name
        self._is_queue = isinstance(row, QueueRow)
        self._last: list[TextLine] = []
        self._seen_at = view.at
        super().__init__(f"{self.kind} {safe(row.name, 60)}", self._lines_for(view))

    def show(self, view: View) -> None:
        """Show the row as it is in the view."""
        self.show_lines(self._lines_for(view))

    def _lines_for(self, view: View) -> list[TextLine]:
        view = view.pictured
        rows: Sequence[QueueRow | WorkerRow] = (
            view.snapshot.queues if self._is_queue else view.snapshot.workers
        )
        place = next((at for at, row in enumerate(rows) if row.name == self._name_of_row), None)
        if place is None:
            at = clock_time(self._seen_at)
            return [[(f"It is gone. This is how it was at {at}.", "failed")], [], *self._last]
        self._seen_at = view.at
        self._last = queue_lines(view, place) if self._is_queue else worker_lines(view, place)
        return self._last


def pair(label: str, text: str, style: str = "text") -> TextLine:
    """Return a line of a label and a text."""
    return [(f"{label:<16}", "dim"), (text, style)]


def queue_lines(view: View, place: int) -> list[TextLine]:
    """Return the queue at that place of a snapshot as lines."""
    row, at = view.snapshot.queues[place], view.at
    detail = view.detail_of(row.name)
    word = cells.level(row.fill)
    if row.capacity is None:
        of, words = "", growth_words(view.shown.queues[place], view.shown.at)
    else:
        of, words = f" of {count(row.capacity)}", word
    lines: list[TextLine] = [
        [("depth           ", "dim"), (f"{count(row.depth)}{of}  ", "text"),
         (words, word), ("  closed" if row.closed else "", "dim")],
        pair("peak depth", count(row.peak_depth)),
        pair("discarded", count(row.discarded_total)),
        pair("oldest waits", duration(row.oldest_age(at))),
        [],
        *compared("What passed through", view, _queue_measures(place)),
        [],
        [(f"Waiting now: {plural(detail.depth, 'item')}", "strong"),
         (", oldest first" if detail.depth > 1 else "", "dim")],
    ]  # fmt: skip
    if detail.note:
        lines.append([(f"  {detail.note}", "dim")])
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


class Measure(NamedTuple):
    """A measure of a run, or of a part of it."""

    label: str
    value: Callable[[Snapshot], str]
    style: str = "text"
    share: Callable[[Snapshot], float] | None = None
    """The share that a bar shows, if one does."""


def compared(title: str, view: View, measures: Sequence[Measure]) -> list[TextLine]:
    """Return the measures of the last seconds beside those of the whole run, where both are known
    apart; bars show the first of them."""
    parts, heads = [view.snapshot], ["whole run"]
    if view.recent is not None and view.recent.begins_at:
        parts, heads = [view.recent, *parts], [f"last {duration(view.recent.at)}", *heads]
    widest = max(map(len, heads))
    lines: list[TextLine] = [
        [(f"{title:<22}", "strong"), *((f"{head:>{widest}}  ", "dim") for head in heads)]
    ]
    for label, value, style, share in measures:
        values: list[Marked] = [(f"{value(part):>{widest}}  ", "text") for part in parts]
        bar = "█" * round((share(parts[0]) if share is not None else 0.0) * BAR)
        lines.append([(f"  {label:<20}", "dim"), *values, (bar, style)])
    return lines


def _queue_measures(place: int) -> list[Measure]:
    """What is measured of the queue at that place."""

    def of_row(measure: Callable[[QueueRow, float], str]) -> Callable[[Snapshot], str]:
        return lambda part: measure(part.queues[place], part.at)

    def waited(measure: Callable[[Spread], float]) -> Callable[[Snapshot], str]:
        def text(part: Snapshot) -> str:
            times = part.queues[place].waiting_time
            return duration(measure(times) if times.count else None)

        return text

    return [
        Measure("put", of_row(lambda row, _: count(row.put_total) if row.is_counted else "–")),
        Measure("got", of_row(lambda row, _: count(row.got_total) if row.is_counted else "–")),
        Measure("dropped", of_row(lambda row, _: count(row.dropped_total))),
        Measure("put a second", of_row(lambda row, at: rate(row.put_rate(at)))),
        Measure("got a second", of_row(lambda row, at: rate(row.throughput(at)))),
        Measure("mean depth", of_row(lambda row, at: f"{row.mean_depth(at):.2f}")),
        Measure("time full", of_row(lambda row, at: percent(row.full_share(at)))),
        Measure("time empty", of_row(lambda row, at: percent(row.empty_share(at)))),
        Measure("wait, mean", waited(lambda times: times.mean)),
        Measure("wait, p50", waited(lambda times: times.p50)),
        Measure("wait, p99", waited(lambda times: times.p99)),
        Measure("wait, longest", waited(lambda times: times.max)),
    ]


def worker_lines(view: View, place: int) -> list[TextLine]:
    """Return the worker at that place of a snapshot as lines; a failed one with its traceback."""
    snapshot, at = view.snapshot, view.at
    row = snapshot.workers[place]
    state: TextLine = [
        ("state           ", "dim"),
        (f"{MARKS[standing(row)]} {standing(row)}", standing(row)),
        (f"  {why(row, at)}", "text"),
    ]
    lines: list[TextLine] = [state]
    if snapshot.failure is not None and snapshot.failure.is_deadlock:
        lines += _partner(row, snapshot)
    if row.inputs:
        lines.append(pair("gets from", safe(", ".join(row.inputs))))
    if row.outputs:
        lines.append(pair("puts in", safe(", ".join(row.outputs))))
    lines += _amounts(row)
    lines += [[], *compared("Where its time went", view, _worker_measures(row, place))]
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


def _amounts(row: WorkerRow) -> list[TextLine]:
    goal = row.source_size if row.role is Role.PRODUCER else row.max_items
    of_goal = f" of {count(goal)}" if goal is not None else ""
    lines = [pair("items", f"{count(row.items_total)}{of_goal}")]
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


def _worker_measures(row: WorkerRow, place: int) -> list[Measure]:
    """Where the time of the worker at that place went; on threads also where it ran."""

    def of(label: str, share: Callable[[WorkerRow, float], float], style: str = "text") -> Measure:
        def share_of(part: Snapshot) -> float:
            return share(part.workers[place], part.at)

        return Measure(label, lambda part: percent(share_of(part)), style, share_of)

    making = [of("making", lambda row, at: row.shares(at).making, "new")]
    measures = [
        of("running", lambda row, at: row.shares(at).running, "running"),
        *(making if row.role is Role.PRODUCER else []),
        of("blocked, full", lambda row, at: row.shares(at).blocked_full, "blocked"),
        of("blocked, empty", lambda row, at: row.shares(at).blocked_empty, "new"),
        of("paused", lambda row, at: row.shares(at).paused, "paused"),
    ]
    if row.cpu_time is not None:
        measures += [
            of("on a processor", cpu_share),
            of("waiting for a core", core_wait_share),
            of("off it otherwise", away_share),
        ]
    throughput = Measure(
        "items a second", lambda part: rate(part.workers[place].throughput(part.at))
    )
    return [throughput, *measures]


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
