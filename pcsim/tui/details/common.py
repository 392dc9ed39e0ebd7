"""Lines that the details of queues and of workers share: pairs, and measures beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pcsim.analysis.event_text import describe
from pcsim.snapshot import BlockReason, Event, EventKind, Snapshot
from pcsim.text import clock_time, duration, safe
from pcsim.tui.details.sections import Entry, Kind, Pieces, Target
from pcsim.tui.glyphs import MARKS, WAITING
from pcsim.tui.view import View
from pcsim.tui.widgets.event_log import GLYPH

BAR = 12
"""Cells of a bar that shows all of the time."""
MOST_EVENTS = 30
"""Events of one worker or queue that are listed."""


def pair(label: str, text: str, style: str = "text") -> Entry:
    """Return a line of a label and a text."""
    return Entry([(f"{label:<13}", "dim"), (text, style)])


class Measure(NamedTuple):
    """A measure of a run, or of a part of it."""

    label: str
    value: Callable[[Snapshot], str]
    style: str = "text"
    share: Callable[[Snapshot], float] | None = None
    """The share that a bar shows, if one does."""


def compared(title: str, view: View, measures: Sequence[Measure]) -> list[Entry]:
    """Return the measures of the last seconds beside those of the whole run, where both are known
    apart; bars show the first of them."""
    parts, heads = [view.snapshot], ["whole run"]
    if view.recent is not None and view.recent.begins_at:
        parts, heads = [view.recent, *parts], [f"last {duration(view.recent.at)}", *heads]
    widest = max(map(len, heads))
    lines = [
        Entry([(f"{title:<22}", "strong"), *((f"{head:>{widest}}  ", "dim") for head in heads)])
    ]
    for label, value, style, share in measures:
        values = [(f"{value(part):>{widest}}  ", "text") for part in parts]
        bar = "█" * round((share(parts[0]) if share is not None else 0.0) * BAR)
        lines.append(Entry([(f"  {label:<20}", "dim"), *values, (bar, style)]))
    return lines


def event_entry(event: Event, *, with_subject: bool) -> Entry:
    """Return the line of an event; it leads to the journey of its item, if it has one.

    Args:
        event: The event.
        with_subject: Whether the worker or queue is named.
    """
    is_wait = event.kind is EventKind.BLOCKED and event.reason is BlockReason.EMPTY
    glyph, state = (MARKS[WAITING], WAITING) if is_wait else GLYPH[event.kind]
    text = f"{WAITING}, {event.queue} empty" if is_wait else describe(event)
    pieces: Pieces = [
        (f"{clock_time(event.at, tenths=event.at < 3600):>8} ", "dim"),
        (f"{glyph} ", state),
        (f"{safe(event.subject, 30)}  " if with_subject else "", "text"),
        (safe(text, 200), "dim"),
    ]
    target = None if event.item is None else Target(Kind.ITEM, str(event.item))
    return Entry(pieces, target)


def event_entries(view: View, name: str, *, of_queue: bool) -> list[Entry]:
    """Return what happened to a worker or at a queue, newest first, as far as it is kept.

    Args:
        view: The view.
        name: Its name.
        of_queue: Whether it is a queue.
    """
    found = [one for one in view.events if one.subject == name or (of_queue and one.queue == name)]
    entries = [event_entry(one, with_subject=of_queue) for one in found[:MOST_EVENTS]]
    if not entries:
        return [Entry([("nothing that is still kept", "dim")])]
    if len(found) > MOST_EVENTS:
        entries.append(Entry([(f"… {len(found) - MOST_EVENTS} more are kept", "dim")]))
    return entries
