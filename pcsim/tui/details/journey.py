"""The journey of one item: where it is now, and what happened to it, as far as that is known."""

from __future__ import annotations

from pcsim.snapshot import Event, QueueRow, WaitingItem
from pcsim.snapshot.journey import Journey
from pcsim.text import clock_time, count, duration, safe
from pcsim.tui.details.common import event_entry, pair
from pcsim.tui.details.sections import Entry, Kind, Section, Target, inner_width
from pcsim.tui.details.way import way_sections
from pcsim.tui.view import View


def item_sections(view: View, number: int, width: int) -> list[Section]:
    """Return the journey of an item.

    Args:
        view: The view.
        number: The number of the item in the system.
        width: The cells of the screen.
    """
    events = [one for one in view.events if one.item == number]
    journey = journey_of(view, number)
    now = Section("Where it is now", _now(view, number, journey))
    if journey is not None:
        room = inner_width(width, is_half=False)
        return [now, *way_sections(journey, view.at, events, room)]
    lines = _steps(view, number)
    if len(events) > 1:
        times = [one.at for one in events]
        lines.append(pair("from to", f"{duration(max(times) - min(times))} between them"))
    if not events:
        lines.append(Entry([("no event that is still kept is about it", "dim")]))
    return [
        now,
        Section("What is known of it", [
            Entry([("An item that nobody had to wait for leaves no event: its", "dim")]),
            Entry([("steps between those below were without a wait.", "dim")]),
        ]),
        Section("Its journey", lines, "oldest first", is_half=False),
    ]  # fmt: skip


def journey_of(view: View, number: int) -> Journey | None:
    """Return the way of an item up to the time that is shown; None where it is not known."""
    journey = view.detail_of.journey(number)
    return None if journey is None or journey.made_at > view.at else journey.until(view.at)


def _steps(view: View, number: int) -> list[Entry]:
    """Its events in the order of their times, and where events are missing that may be of it."""
    steps: list[tuple[float, int, Entry]] = []
    last: Event | None = None
    for one in sorted(view.events, key=lambda event: event.number):
        is_gap = one.number > 0 if last is None else one.number != last.number + 1
        if is_gap:
            begin = "" if last is None else f" from {_clock(last.at)}"
            text = f"        … events{begin} up to {_clock(one.at)} are no longer kept"
            steps.append((one.at, -1, Entry([(text, "dim")])))
        if one.item == number:
            steps.append((one.at, one.number, event_entry(one, with_subject=True)))
        last = one
    return [entry for _, _, entry in sorted(steps, key=lambda step: step[:2])]


def _clock(at: float) -> str:
    return clock_time(at, tenths=True)


def _now(view: View, number: int, journey: Journey | None) -> list[Entry]:
    """In whose hand it is, or in which queue."""
    at = view.at
    for row in view.snapshot.workers:
        if row.item == number:
            since = row.item_since
            held = "" if since is None else f" for {duration(max(at - since, 0.0))}"
            return [
                Entry([("in hand of   ", "dim"), (safe(row.name, 60) + held, "text")],
                      Target(Kind.WORKER, row.name))
            ]  # fmt: skip
    found = _waiting(view, number)
    if found is None:
        return [_elsewhere(view, journey)]
    queue, item, place = found
    lines = [
        Entry([("waits in     ", "dim"), (safe(queue.name, 60), "text")],
              Target(Kind.QUEUE, queue.name)),
        pair("since", f"{clock_time(max(item.queued_at, 0.0), tenths=True)}, "
                      f"for {duration(max(at - item.queued_at, 0.0))}"),
        pair("before it", f"{place} of {queue.depth}"),
        pair("put by", safe(item.producer, 60)),
    ]  # fmt: skip
    if item.shown:
        lines.append(pair("value", safe(item.shown, 200)))
    return lines


def _elsewhere(view: View, journey: Journey | None) -> Entry:
    """Where an item is that is in no hand and among none of the items that were asked for."""
    if journey is None:
        return Entry([(_not_found(view), "dim")])
    if journey.ended_at is not None:
        ago = duration(view.at - journey.ended_at)
        return Entry([(f"it has left the system: {journey.outcome} {ago} ago", "text")])
    name = journey.queues[0] if journey.queues else ""
    place = "" if journey.before_it is None else f", {count(journey.before_it)} before it"
    if journey.queued_at is None or not name:
        return Entry([("it is being put into a queue", "text")])
    return Entry([("waits in     ", "dim"), (safe(name, 60) + place, "text")],
                 Target(Kind.QUEUE, name))  # fmt: skip


def _not_found(view: View) -> str:
    """What is known of an item that is in no hand, and not among the items that were asked for."""
    if view.is_watched or view.past is not None:
        return "in nobody's hand; whether it waits in a queue is not known"
    hidden = [
        row.name
        for row in view.snapshot.queues
        if row.depth and len(view.detail_of(row.name).items) < row.depth
    ]
    if hidden:
        names = safe(", ".join(hidden), 60)
        return f"it has left the system, or is among the newer items in {names}"
    return "in no queue and in nobody's hand: it has left the system"


def _waiting(view: View, number: int) -> tuple[QueueRow, WaitingItem, int] | None:
    """The queue where it waits. A program that is watched is not asked for all of its items."""
    for row in view.snapshot.queues if not view.is_watched else ():
        for place, item in enumerate(view.detail_of(row.name).items if row.depth else ()):
            if item.id == number:
                return row, item, place
    return None
