"""The whole way of an item that was followed: each step, how long it took, and where it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pcsim.snapshot import Event, EventKind
from pcsim.snapshot.journey import Journey
from pcsim.text import duration, exact_time, percent, safe
from pcsim.tui import cells
from pcsim.tui.details.common import BAR, event_entry
from pcsim.tui.details.sections import Entry, Kind, Pieces, Section, Target
from pcsim.tui.glyphs import WAITING

MISHAPS = (EventKind.SKIPPED, EventKind.FAILED, EventKind.DROPPED)
"""Events of an item that are no steps of its way, and shown between them."""
MOST_NAME, OTHERS = 40, 29
"""Cells for what a step is at, and for what else stands in its line but the bar."""
MIN_BARS = 12
LITTLE = 1e-4
"""The part of the whole time up to which a wait for a slot is only what putting takes."""


class Step(NamedTuple):
    """A part of the way, from one time to another."""

    kind: str
    """`waits` in a queue, is `worked` on, or is `held` until there is a slot."""
    begins: float
    ends: float
    text: str
    target: Target
    is_last: bool = False
    """Whether it goes on."""


KINDS = {
    "waits": ("▐", WAITING, "░"),
    "worked": ("▶", "running", "━"),
    "held": ("■", "blocked", "▒"),
}
"""The glyph of each kind of step, its style, and the cell that stands for a part of its time."""
WORDS = {"waits": "waited in queues", "worked": "in the hands of workers", "held": "held: no slot"}
ENDS = {
    "done": ("✓", "done"),
    "failed": ("✗", "failed"),
    "dropped": ("▼", "failed"),
    "discarded": ("▼", "failed"),
}


def way_sections(journey: Journey, at: float, events: Sequence[Event], width: int) -> list[Section]:
    """Return where the time of an item went, and its way.

    Args:
        journey: The way, up to that time.
        at: The time that is shown.
        events: What is known to have happened to it.
        width: The cells of a line of the whole screen.
    """
    steps = list(_steps(journey, at))
    end = at if journey.ended_at is None else journey.ended_at
    longest = max((cells.width_of(safe(step.text, 80)) for step in steps), default=0)
    name = max(min(longest, MOST_NAME, width - OTHERS), 1)
    mishaps = [one for one in events if one.kind in MISHAPS and one.at <= at]
    lines = [(journey.made_at, -1, _made(journey))]
    if journey.is_cut:
        lines.append((journey.made_at, 0, Entry([(f"{'':9}… earlier steps are not kept", "dim")])))
    for number, step in enumerate(steps, 1):
        lines.append((step.begins, number, _line(step, journey.made_at, end, name, width)))
    lines += [(one.at, len(steps) + 1, _mishap(one)) for one in mishaps]
    if journey.ended_at is not None and not (mishaps and journey.outcome in ("failed", "dropped")):
        lines.append((end, len(steps) + 2, _ended(journey)))
    entries = [entry for _, _, entry in sorted(lines, key=lambda line: line[:2])]
    note = "   ".join(f"{cell} {words}" for cell, words in _legend())
    return [
        Section("Where its time went", _times(steps, end - journey.made_at)),
        Section("Its journey", entries, note, is_half=False),
    ]


def _legend() -> Iterator[tuple[str, str]]:
    for kind, words in (("waits", "waits"), ("worked", "worked on"), ("held", "no slot")):
        yield KINDS[kind][2], words


def _steps(journey: Journey, at: float) -> Iterator[Step]:
    """Its steps, in order; those that took no time but are of a worker or queue as well."""
    holder, left_at = journey.producer, journey.made_at
    end = at if journey.ended_at is None else journey.ended_at
    little = LITTLE * (end - journey.made_at)
    for stop in journey.stops:
        yield from _held(holder, left_at, stop.queued_at, stop.queues, little)
        yield _waits(stop.queues, stop.queued_at, stop.taken_at)
        yield _worked(stop.worker, stop.taken_at, stop.left_at)
        holder, left_at = stop.worker, stop.left_at
    goes_on = journey.ended_at is None
    if journey.queued_at is None:
        for step in _held(holder, left_at, end, (), little):
            yield step._replace(is_last=goes_on)
        return
    yield from _held(holder, left_at, journey.queued_at, journey.queues, little)
    if journey.taken_at is None:
        if goes_on or end - journey.queued_at > little:
            yield _waits(journey.queues, journey.queued_at, end)._replace(is_last=goes_on)
        return
    yield _waits(journey.queues, journey.queued_at, journey.taken_at)
    yield _worked(journey.worker, journey.taken_at, end)._replace(is_last=goes_on)


def _held(
    worker: str, begins: float, ends: float, queues: tuple[str, ...], little: float
) -> Iterator[Step]:
    if ends - begins > little:
        where = f": {' or '.join(queues)} full" if queues else ": no slot"
        yield Step("held", begins, ends, f"{worker}{where}", Target(Kind.WORKER, worker))


def _waits(queues: tuple[str, ...], begins: float, ends: float) -> Step:
    name = queues[0] if queues else ""
    return Step("waits", begins, ends, " or ".join(queues), Target(Kind.QUEUE, name))


def _worked(worker: str, begins: float, ends: float) -> Step:
    return Step("worked", begins, ends, worker, Target(Kind.WORKER, worker))


def _clock(at: float) -> str:
    """A time to the millisecond."""
    return exact_time(round(at, 3))


def _made(journey: Journey) -> Entry:
    pieces: Pieces = [
        (f"{_clock(journey.made_at):>9} ", "dim"),
        ("● ", "accent"),
        ("made by ", "dim"),
        (safe(journey.producer, 40), "text"),
    ]
    return Entry(pieces, Target(Kind.WORKER, journey.producer))


def _mishap(event: Event) -> Entry:
    _, *rest = event_entry(event, with_subject=True).pieces
    return Entry([(f"{_clock(event.at):>9} ", "dim"), *rest])


def _ended(journey: Journey) -> Entry:
    glyph, style = ENDS[journey.outcome]
    by = f" by {safe(journey.worker, 40)}" if journey.worker else ""
    target = Target(Kind.WORKER, journey.worker) if journey.worker else None
    when = f"{_clock(journey.ended_at or 0.0):>9} "
    return Entry([(when, "dim"), (f"{glyph} ", style), (f"{journey.outcome}{by}", "text")], target)


def _line(step: Step, made_at: float, end: float, name: int, width: int) -> Entry:
    glyph, style, cell = KINDS[step.kind]
    lasts = duration(step.ends - step.begins)
    pieces = [
        (f"{_clock(step.begins):>9} ", "dim"),
        (f"{glyph} ", style),
        (cells.fit_name(safe(step.text, 80), name), "text"),
        (f"{lasts:>8}{' so far' if step.is_last else '       '}  ", style),
    ]
    room = width - OTHERS - name
    if room >= MIN_BARS and end > made_at:
        per_second = room / (end - made_at)
        first = min(int((step.begins - made_at) * per_second), room - 1)
        last = max(round((step.ends - made_at) * per_second), first + 1)
        pieces.append((" " * first + cell * (min(last, room) - first), style))
    return Entry(pieces, step.target)


def _times(steps: Sequence[Step], total: float) -> list[Entry]:
    lines = [Entry([(f"{'in the system':<24}", "dim"), (f"{duration(total):>9}", "text")])]
    for kind, words in WORDS.items():
        spent = sum(step.ends - step.begins for step in steps if step.kind == kind)
        share = spent / total if total > 0 else 0.0
        text = f"{duration(spent):>9} {percent(share) if total > 0 else '':>6}  "
        lines.append(
            Entry([(f"{words:<24}", "dim"), (text, "text"),
                   (KINDS[kind][2] * round(share * BAR), KINDS[kind][1])])
        )  # fmt: skip
    return lines
