"""The event log is bounded, counts what it no longer has, and is numbered without a gap."""

from __future__ import annotations

import threading

import pytest

from pcsim import runtime
from pcsim.analysis.event_text import describe
from pcsim.engine.books.event_log import Entry, EventLog
from pcsim.engine.books.ledger import Activity
from pcsim.snapshot import BlockReason, Cause, EventKind, WorkerState
from tests.support.engines import GUARD, line, until


def test_the_log_lets_the_oldest_go_and_counts_them() -> None:
    """A reader that comes late knows what it has missed."""
    log = EventLog(kept=5)
    for number in range(12):
        log.append(10.0 + number, EventKind.ENDED, "run", message=f"event {number}")
    batch = log.since(0, origin=10.0)
    assert [event.number for event in batch.events] == [7, 8, 9, 10, 11]
    assert (batch.evicted, batch.next_number) == (7, 12)
    assert batch.events[0].at == 7.0
    later = log.since(9, origin=10.0)
    assert [describe(event) for event in later.events] == ["event 9", "event 10", "event 11"]
    assert later.evicted == 0
    assert log.since(12, origin=10.0) == ((), 0, 12)
    assert EventLog().since(0, 0.0) == ((), 0, 0)


def late(number: int, at: float) -> Entry:
    """An entry whose number was taken before others that are in the log already."""
    return number, at, EventKind.DONE, "P", {}


def test_an_event_that_others_have_overtaken_is_not_missed() -> None:
    """A thread takes a number and appends in two steps: what comes in between waits for it."""
    log = EventLog()
    taken = [next(log.numbers) for _ in range(3)]
    log.keep(late(taken[0], 5.0))
    log.keep(late(taken[2], 5.1))
    first = log.since(0, 0.0, now=5.2)
    assert ([event.number for event in first.events], first.next_number) == ([0], 1)
    assert log.since(1, 0.0, now=5.2) == ((), 0, 1)
    log.keep(late(taken[1], 5.0))
    second = log.since(1, 0.0, now=5.3)
    assert ([event.number for event in second.events], second.evicted) == ([1, 2], 0)


def test_an_event_that_never_comes_holds_up_no_other() -> None:
    """Its thread was interrupted: after a second, or at the end, it counts as evicted."""
    log = EventLog(kept=2)
    next(log.numbers)
    log.keep(late(next(log.numbers), 5.0))
    assert log.since(0, 0.0, now=5.9).events == ()
    assert log.since(0, 0.0, now=6.0).evicted == 1
    assert log.since(0, 0.0).next_number == 2
    log.keep(late(next(log.numbers), 5.0))  # now it is full: what is missing was evicted
    assert log.since(0, 0.0, now=5.1).evicted == 1


def test_the_log_makes_events_only_when_they_are_read() -> None:
    """Blocked and resumed are kept as they came; their fields are filled in later."""
    log = EventLog()
    putting = Activity(WorkerState.BLOCKED, 0, "main", BlockReason.FULL)
    getting = Activity(WorkerState.BLOCKED, 0, "main", BlockReason.EMPTY)
    log.keep((next(log.numbers), 0.5, EventKind.BLOCKED, "P", putting))
    log.keep((next(log.numbers), 1.0, EventKind.RESUMED, "P", (putting, 7, 0.048)))
    log.keep((next(log.numbers), 2.0, EventKind.RESUMED, "C", (getting, 8, 1.2)))
    log.append(-1.0, EventKind.CONTROL, "run", cause=Cause.DRAINED)
    assert [(event.at, describe(event)) for event in log.since(0, 0.0).events] == [
        (0.5, "blocked, main full"),
        (1.0, "put 7 into main after 48 ms"),
        (2.0, "got 8 from main after 1.2 s"),
        (0.0, "draining"),
    ]


def test_events_are_numbered_from_start_to_end() -> None:
    """From started to ended, numbered without a gap."""
    system = line(range(3), None)
    with system:
        pass
    batch = system.events()
    assert [event.number for event in batch.events] == list(range(len(batch.events)))
    assert batch.evicted == 0
    kinds = [event.kind for event in batch.events]
    assert kinds[0] is EventKind.STARTED
    assert kinds[-1] is EventKind.ENDED
    assert {EventKind.CLOSED, EventKind.DONE} <= set(kinds)
    assert system.events(batch.next_number) == ((), 0, batch.next_number)
    assert [e.number for e in system.events(2).events] == list(range(2, len(kinds)))


def test_the_end_is_in_the_log_when_a_snapshot_shows_it() -> None:
    """When a snapshot shows that the run is over, its last event is there."""
    system = line(range(100), None)
    system.start()
    until(system, lambda s: s.phase.is_over)
    assert system.events().events[-1].kind is EventKind.ENDED
    assert system.wait_for_completion(GUARD)


def test_events_are_read_while_threads_note_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a global lock no read fails, and each event is seen or counted as let go."""
    monkeypatch.setattr(runtime, "has_interpreter_lock", lambda: False)
    log = EventLog(kept=100)

    def note() -> None:
        for _ in range(500):
            log.append(0.0, EventKind.ENDED, "run")

    writers = [threading.Thread(target=note) for _ in range(3)]
    for writer in writers:
        writer.start()
    number = seen = evicted = 0
    while number < 1_500:
        batch = log.since(number, 0.0)
        seen, evicted = seen + len(batch.events), evicted + batch.evicted
        number = batch.next_number
    for writer in writers:
        writer.join()
    assert seen + evicted == 1_500
