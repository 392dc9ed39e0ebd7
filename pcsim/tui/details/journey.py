"""The journey of one item: where it is now, and what happened to it, as far as that is known."""

from __future__ import annotations

from pcsim.snapshot import Event, QueueRow, WaitingItem
from pcsim.text import clock_time, duration, safe
from pcsim.tui.details.common import event_entry, pair
from pcsim.tui.details.sections import Entry, Kind, Section, Target
from pcsim.tui.view import View


def item_sections(view: View, number: int) -> list[Section]:
    """Return the journey of an item.

    Args:
        view: The view.
        number: The number of the item in the system.
    """
    events = [one for one in view.events if one.item == number]
    lines = _steps(view, number)
    if len(events) > 1:
        times = [one.at for one in events]
        lines.append(pair("from to", f"{duration(max(times) - min(times))} between them"))
    if not events:
        lines.append(Entry([("no event that is still kept is about it", "dim")]))
    return [
        Section("Where it is now", _now(view, number)),
        Section("What is known of it", [
            Entry([("An item that nobody had to wait for leaves no event: its", "dim")]),
            Entry([("steps between those below were without a wait.", "dim")]),
        ]),
        Section("Its journey", lines, "oldest first", is_half=False),
    ]  # fmt: skip


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


def _now(view: View, number: int) -> list[Entry]:
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
        return [Entry([(_not_found(view), "dim")])]
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
