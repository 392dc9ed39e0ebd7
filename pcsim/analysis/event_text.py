"""Events, causes and the ends of workers in words; not yet safe for a terminal."""

from __future__ import annotations

from pcsim.errors import item_text, place_of_failure
from pcsim.snapshot import BlockReason, Cause, Event, EventKind, Failure, WorkerRow
from pcsim.text import duration, plural

_CAUSES = {
    Cause.PAUSED: "producing paused",
    Cause.RESUMED: "producing resumed",
    Cause.DRAINED: "drained",
    Cause.ABORTED: "aborted",
    Cause.TIME_LIMIT: "time limit reached",
    Cause.ENOUGH_ITEMS: "enough items were produced: draining",
    Cause.SOURCE_FAILED: "a source failed: draining",
    Cause.RUN_FAILED: "the run failed",
    Cause.NO_CONSUMER: "no consumer is left",
    Cause.MAX_ITEMS: "its limit of items is reached",
    Cause.NOT_STARTED: "not started",
    Cause.REMOVED: "removed",
    Cause.ABANDONED: "abandoned: still inside its source or sink",
    Cause.SKIP: "skipped",
    Cause.DEAD_LETTER: "goes to the dead letters",
}
CHANGES = {
    "capacity": "capacity {was} → {now}",
    "overflow": "overflow {was} → {now}",
    "add": "workers {was} → {now}",
    "remove": "workers {was} → {now}",
    "interval": "interval {was} → {now}",
    "service_time": "service time {was} → {now}",
    "weights": "weights {was} → {now}",
    "on_error": "on error {was} → {now}",
    "freeze": "frozen for {now}",
    "fail": "let {now} fail",
    "burst": "burst of {now}",
    "slow": "slow {now}",
}
"""By what was changed, with the values from before and since."""
SHORT = 16
"""Characters of two values that are few."""
_CONTROLS = {**_CAUSES, Cause.DRAINED: "draining", Cause.ABORTED: "aborting"}
_OF_WORKERS = {**_CAUSES, Cause.NO_CONSUMER: "the queue it puts into has no consumer left"}


def describe(event: Event) -> str:
    """What happened to the event's subject.

    Args:
        event: Any event of a run.

    Returns:
        One line without the time and the subject, such as `put 18 into main after 200 ms`.
        Names and messages are as they came: pass it through `pcsim.text.safe`.
    """
    match event.kind:
        case EventKind.STARTED:
            return "started" if event.count is None else plural(event.count, "worker")
        case EventKind.BLOCKED:
            return f"blocked, {event.queue} {event.reason}"
        case EventKind.RESUMED:
            return _outcome_of_wait(event)
        case EventKind.DROPPED:
            return f"dropped item {event.item}: {event.queue} is full"
        case EventKind.DISCARDED:
            return f"{plural(event.count or 0, 'item')}: {cause_text(event.cause)}"
        case EventKind.CONTROL:
            return _CONTROLS[event.cause] if event.cause else ""
        case EventKind.SKIPPED:
            item = item_text(event.item or 0, event.payload, event.producer)
            return f"{item} failed, {_remedy(event)}: {event.message}"
        case EventKind.FAILED if event.item is not None or event.count is not None:
            by = "" if event.producer == event.subject else event.producer
            place = place_of_failure(event.item or 0, event.payload, by, event.count)
            return f"failed {place}: {event.message}"
        case EventKind.FAILED | EventKind.ENDED:
            return event.message or event.kind.value
        case EventKind.CHANGED:
            return _change(event)
        case EventKind.DONE:
            why = _end(event.cause, event.limit)
            return f"done: {why}" if why else "done"
        case _:
            return event.kind.value


def cause_text(cause: Cause | None) -> str:
    """Why the items of a queue were discarded, or a run was stopped; "" for no cause."""
    return "" if cause is None else _CAUSES[cause]


def note(row: WorkerRow) -> str:
    """Why a worker ended, where that is worth a note: its error, its closed queue, its limit."""
    return row.error or _end(row.end_cause, row.max_items)


def deadlock_text(failure: Failure) -> str:
    """Which worker waits at which queues, for a run that ended in a deadlock."""
    return "; ".join(
        f"{wait.worker} waits on {'/'.join(wait.queues)} ({wait.reason})" for wait in failure.waits
    )


def _end(cause: Cause | None, limit: int | None) -> str:
    if cause is Cause.MAX_ITEMS and limit is not None:
        return f"its limit of {limit} reached"
    return "" if cause is None else _OF_WORKERS[cause]


def _remedy(event: Event) -> str:
    if event.cause is Cause.RETRY:
        return f"try {event.count} of {event.limit} follows"
    return cause_text(event.cause)


def _change(event: Event) -> str:
    """`capacity 8 → 16`, `frozen for 5.0 s`; of one that could not be made, why."""
    words = CHANGES.get(event.what, event.what)
    if event.message:
        return f"{words.partition(' {')[0]} not changed: {event.message}"
    return words.format(was=event.was, now=event.now)


def short_change(event: Event) -> str:
    """What was changed, in few cells: `C 1 → 2`, `main 8 → 16`, `P burst`; not safe for a terminal.

    Args:
        event: A change that was made.
    """
    if not event.was or len(event.was) + len(event.now) > SHORT:
        return f"{event.subject} {CHANGES.get(event.what, event.what).partition(' {')[0]}"
    return f"{event.subject} {event.was} → {event.now}"


def _outcome_of_wait(event: Event) -> str:
    """What a wait has brought. Without an item it has brought none, or it is not known which: of a
    program that is watched."""
    if event.item is None:
        return f"went on, {event.queue} {event.reason} for {duration(event.seconds)}"
    is_put = event.reason is BlockReason.FULL
    done = f"put {event.item} into" if is_put else f"got {event.item} from"
    return f"{done} {event.queue} after {duration(event.seconds)}"
