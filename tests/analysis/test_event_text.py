"""Every kind of event and every cause has its words."""

from __future__ import annotations

from pcsim.analysis.event_text import cause_text, deadlock_text, describe, note
from pcsim.errors import Wait
from pcsim.snapshot import BlockReason, Cause, Event, EventKind, Failure, Role, WorkerRow


def event(kind: EventKind, **fields: object) -> Event:
    """An event of this kind, with these fields."""
    return Event(0, 0.0, kind, "subject")._replace(**fields)  # type: ignore[arg-type]


FULL, EMPTY = BlockReason.FULL, BlockReason.EMPTY
WORDS = [
    (event(EventKind.STARTED), "started"),
    (event(EventKind.STARTED, count=2), "2 workers"),
    (event(EventKind.BLOCKED, queue="main", reason=FULL), "blocked, main full"),
    (
        event(EventKind.RESUMED, queue="main", reason=FULL, item=18, seconds=0.2),
        "put 18 into main after 200 ms",
    ),
    (
        event(EventKind.RESUMED, queue="main", reason=FULL, seconds=0.2),
        "went on, main full for 200 ms",
    ),
    (
        event(EventKind.RESUMED, queue="main", reason=EMPTY, item=18, seconds=0.2),
        "got 18 from main after 200 ms",
    ),
    (
        event(EventKind.RESUMED, queue="main", reason=EMPTY, seconds=0.2),
        "went on, main empty for 200 ms",
    ),
    (event(EventKind.CLOSED), "closed"),
    (event(EventKind.DONE), "done"),
    (
        event(EventKind.DONE, cause=Cause.MAX_ITEMS, limit=40),
        "done: its limit of 40 reached",
    ),
    (
        event(EventKind.DONE, cause=Cause.NO_CONSUMER),
        "done: the queue it puts into has no consumer left",
    ),
    (event(EventKind.DONE, cause=Cause.NOT_STARTED), "done: not started"),
    (
        event(EventKind.DONE, cause=Cause.ABANDONED),
        "done: abandoned: still inside its source or sink",
    ),
    (event(EventKind.DONE, cause=Cause.REMOVED), "done: removed"),
    (event(EventKind.CHANGED, what="capacity", was="3", now="10"), "capacity 3 → 10"),
    (event(EventKind.FAILED, item=3, message="E: x"), "failed on item 3: E: x"),
    (event(EventKind.FAILED, message="E: x"), "E: x"),
    (event(EventKind.FAILED), "failed"),
    (
        event(EventKind.SKIPPED, item=3, cause=Cause.SKIP, message="E: x"),
        "item 3 failed, skipped: E: x",
    ),
    (
        event(EventKind.SKIPPED, item=3, cause=Cause.RETRY, count=1, limit=2, message="E: x"),
        "item 3 failed, try 1 of 2 follows: E: x",
    ),
    (
        event(EventKind.SKIPPED, item=3, cause=Cause.DEAD_LETTER, message="E: x"),
        "item 3 failed, goes to the dead letters: E: x",
    ),
    (event(EventKind.DROPPED, queue="main", item=3), "dropped item 3: main is full"),
    (event(EventKind.DISCARDED, count=1, cause=Cause.ABORTED), "1 item: aborted"),
    (event(EventKind.DISCARDED, count=3, cause=Cause.DRAINED), "3 items: drained"),
    (event(EventKind.DISCARDED, count=3, cause=Cause.RUN_FAILED), "3 items: the run failed"),
    (
        event(EventKind.DISCARDED, count=3, cause=Cause.NO_CONSUMER),
        "3 items: no consumer is left",
    ),
    (event(EventKind.CONTROL, cause=Cause.PAUSED), "producing paused"),
    (event(EventKind.CONTROL, cause=Cause.RESUMED), "producing resumed"),
    (event(EventKind.CONTROL, cause=Cause.DRAINED), "draining"),
    (event(EventKind.CONTROL, cause=Cause.ABORTED), "aborting"),
    (event(EventKind.CONTROL, cause=Cause.TIME_LIMIT), "time limit reached"),
    (
        event(EventKind.CONTROL, cause=Cause.ENOUGH_ITEMS),
        "enough items were produced: draining",
    ),
    (event(EventKind.CONTROL, cause=Cause.SOURCE_FAILED), "a source failed: draining"),
    (event(EventKind.ENDED), "ended"),
    (event(EventKind.ENDED, message="E: x"), "E: x"),
]


def test_every_event_is_described_in_its_words() -> None:
    """A queue that is full or empty, an item, a limit, a reason: whatever the kind has."""
    for one, words in WORDS:
        assert describe(one) == words, one


def test_every_kind_of_event_has_its_words_above() -> None:
    """A new kind cannot be added without them."""
    described = {one.kind for one, _ in WORDS}
    assert described == set(EventKind), set(EventKind) - described


def test_every_cause_has_its_words_above() -> None:
    """A new cause cannot be added without them."""
    described = {one.cause for one, _ in WORDS} - {None}
    assert described == set(Cause), set(Cause) - described


def test_every_cause_but_a_retry_has_words_of_its_own() -> None:
    """Those of a retry need its number; no cause is no words."""
    for cause in set(Cause) - {Cause.RETRY}:
        assert cause_text(cause), cause
    assert cause_text(None) == ""


def test_a_note_has_the_error_of_a_worker_or_why_it_ended() -> None:
    """The error comes first; a worker that simply ended needs no note."""
    row = WorkerRow("C", Role.CONSUMER)
    assert note(row) == ""
    limited = row._replace(end_cause=Cause.MAX_ITEMS, max_items=40)
    assert note(limited) == "its limit of 40 reached"
    assert note(limited._replace(error="E: x")) == "E: x"


def test_a_deadlock_is_described_with_every_wait() -> None:
    """Which worker waits at which queues, and why."""
    waits = (Wait("S", ("b",), "full"), Wait("T", ("a", "c"), "empty"))
    assert deadlock_text(Failure("", 0, "deadlock", waits=waits)) == (
        "S waits on b (full); T waits on a/c (empty)"
    )


def test_names_and_messages_are_as_they_came() -> None:
    """They are made safe where they are shown."""
    assert describe(event(EventKind.FAILED, message="\x1b[2J")) == "\x1b[2J"
