"""The details of a worker: where its time went, what it waits for, what happened to it."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.analysis.contention import away_share, core_wait_share, cpu_share
from pcsim.analysis.deadlock_cycle import cycle, queue_between
from pcsim.analysis.event_text import note
from pcsim.distributions import describe
from pcsim.scenario import ConsumerSpec, ProducerSpec, WorkerSpec
from pcsim.snapshot import (
    BlockReason,
    Event,
    EventKind,
    Role,
    Snapshot,
    WorkerRow,
    WorkerState,
)
from pcsim.text import clock_time, count, duration, percent, rate, safe
from pcsim.tui.details.common import Measure, compared, event_entries, pair
from pcsim.tui.details.sections import Entry, Kind, Section, Target, inner_width
from pcsim.tui.details.states import states_section
from pcsim.tui.glyphs import MARKS, standing
from pcsim.tui.view import View
from pcsim.tui.widgets.worker_table import why

ERRORS = 5
"""Errors of a worker that are listed."""


def worker_sections(view: View, place: int, width: int) -> list[Section]:
    """Return the details of the worker at that place of the snapshot; a failed one with its
    traceback.

    Args:
        view: The view.
        place: The place.
        width: The cells of the screen.
    """
    row = view.snapshot.workers[place]
    sections = [
        states_section(view, row, inner_width(width, is_half=False)),
        Section(view.moment, _now(view, row)),
        Section("Its work", _work(view, row, place)),
        Section("Where its time went", compared("", view, _worker_measures(row, place))),
        Section("Its waits", _waits(view, row.name), "as far as events are kept"),
        Section(
            "What happened to it", event_entries(view, row.name, of_queue=False), "newest first",
            is_half=False,
        ),
    ]  # fmt: skip
    failed = _failure(row, view.snapshot)
    return [Section("It failed", failed, is_half=False), *sections] if failed else sections


def _now(view: View, row: WorkerRow) -> list[Entry]:
    snapshot, at = view.snapshot, view.at
    word = standing(row)
    lines = [
        Entry(
            [
                ("state        ", "dim"),
                (f"{MARKS[word]} {word}", word),
                (f"  {why(row, at)}", "text"),
            ]
        )
    ]
    if snapshot.failure is not None and snapshot.failure.is_deadlock:
        lines += _partner(row, snapshot)
    if row.state not in (WorkerState.NEW, WorkerState.DONE, WorkerState.FAILED):
        lines.append(
            pair("since", f"{clock_time(row.since, tenths=True)}, for {duration(at - row.since)}")
        )
    if row.item is not None:
        since = (
            ""
            if row.item_since is None
            else f", held for {duration(max(at - row.item_since, 0.0))}"
        )
        lines.append(
            Entry([("item         ", "dim"), (f"{row.item}{since}", "text")],
                  Target(Kind.ITEM, str(row.item)))
        )  # fmt: skip
    for label, queues in (("gets from", row.inputs), ("puts in", row.outputs)):
        for name in queues:
            lines.append(
                Entry([(f"{label:<13}", "dim"), (safe(name, 60), "text")], Target(Kind.QUEUE, name))
            )
            label = ""
    if row.group and row.group != row.name:
        lines.append(pair("group", safe(row.group, 60)))
    return lines


def _work(view: View, row: WorkerRow, place: int) -> list[Entry]:
    goal = row.source_size if row.role is Role.PRODUCER else row.max_items
    of_goal = f" of {count(goal)}" if goal is not None else ""
    if not row.is_counted:
        lines = [pair("items", "not counted in this program")]
    else:
        lines = [pair("items", f"{count(row.items_total)}{of_goal}")]
    spec = spec_of(view, row)
    if isinstance(spec, ConsumerSpec):
        lines.append(pair("service time", describe(spec.service_time)))
    elif isinstance(spec, ProducerSpec):
        lines.append(pair("interval", describe(spec.interval)))
    could = _could_do(view, place)
    if could is not None:
        lines.append(pair("could do", f"{rate(could)} if nothing held it up"))
    for label, number in (
        ("in hand", row.in_hand),
        ("failed", row.failed_total),
        ("dropped", row.dropped_total),
        ("discarded", row.discarded_total),
    ):
        if number:
            lines.append(pair(label, count(number)))
    retried = sum(one.subject == row.name and one.cause == "retry" for one in view.events)
    if retried:
        lines.append(pair("retried", f"{count(retried)} of late"))
    if row.state is not WorkerState.NEW:
        ended = f", ended {clock_time(row.ended_at)}" if row.ended_at is not None else ""
        lines.append(pair("started", clock_time(row.started_at) + ended))
    return lines


def spec_of(view: View, row: WorkerRow) -> WorkerSpec | None:
    """Return what the scenario says of a worker; None where there is no scenario."""
    scenario = view.current
    if scenario is None:
        return None
    specs: tuple[WorkerSpec, ...] = (*scenario.producers, *scenario.consumers)
    by_name = {spec.name: spec for spec in specs}
    return by_name.get(row.name) or by_name.get(row.group)


def _could_do(view: View, place: int) -> float | None:
    """Items a second of its working time: what it would do if it never waited."""
    row, at = view.shown.workers[place], view.shown.at
    done, active = row.throughput(at), row.shares(at).active
    return done / active if done and active > 0.01 else None


def _waits(view: View, name: str) -> list[Entry]:
    """Its waits by queue, from the events that are kept."""
    waits: dict[tuple[str, str], list[Event]] = {}
    for event in view.events:
        if event.subject == name and event.kind is EventKind.RESUMED and event.seconds is not None:
            key = (event.queue, str(event.reason))
            waits.setdefault(key, []).append(event)
    if not waits:
        return [Entry([("it has not waited, as far as events are kept", "dim")])]
    lines = [Entry([(f"{'queue':<20}{'waits':>6}{'p50':>9}{'p99':>9}{'longest':>9}", "dim")])]
    for (queue, reason), events in sorted(waits.items(), key=lambda pair: -len(pair[1])):
        times = sorted(one.seconds or 0.0 for one in events)
        middle, late = (
            times[min(int(len(times) * share), len(times) - 1)] for share in (0.5, 0.99)
        )
        style = "blocked" if reason == BlockReason.FULL else "dim"
        lines.append(
            Entry(
                [
                    (f"{safe(queue, 12)} ", "text"),
                    (f"{reason:<{19 - min(len(safe(queue, 12)), 12)}}", style),
                    (f"{len(times):>6}{duration(middle):>9}{duration(late):>9}"
                     f"{duration(times[-1]):>9}", "text"),
                ],
                Target(Kind.QUEUE, queue),
            )
        )  # fmt: skip
    return lines


def _partner(row: WorkerRow, snapshot: Snapshot) -> list[Entry]:
    """Whom the worker waits for in a deadlock."""
    waits = cycle(snapshot, snapshot.failure)
    for wait, other in zip(waits, [*waits[1:], *waits[:1]], strict=True):
        if wait.worker == row.name:
            queue = safe(queue_between(snapshot, wait, other), 60)
            text = f"waits for {safe(other.worker, 60)}: {queue} is {wait.reason}"
            return [pair("deadlock", text, "failed")]
    return []


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


def _failure(row: WorkerRow, snapshot: Snapshot) -> list[Entry]:
    """Why it failed, with the traceback; nothing of one that has not."""
    failure = snapshot.failure
    if failure is None or failure.worker != row.name:
        if row.state is not WorkerState.FAILED:
            return []
        return [Entry([(safe(note(row), 400), "failed")])]
    lines = [
        Entry([(f"Failed {safe(failure.place, 120)}: ", "strong"),
               (safe(failure.message, 400), "failed")])
    ]  # fmt: skip
    lines += [Entry([(safe(line, 400), "dim")]) for line in failure.traceback.splitlines()]
    return lines
