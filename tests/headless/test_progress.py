"""Progress of a run: a few plain lines, one line in place on a terminal, or each event."""

from __future__ import annotations

import pytest

from pcsim.headless.progress import MOST_QUEUES, line
from pcsim.snapshot import BlockReason, Event, EventBatch, EventKind, Phase, WorkerState
from tests.support.playback import Terminal, half_a_second, play, played
from tests.support.scripted import ScriptedControl
from tests.support.snapshots import consumer, producer, queue, snapshot

pytestmark = pytest.mark.usefixtures("capable_terminal", "played_clock")


def test_long_runs_do_not_flood_a_log() -> None:
    """After half a minute a line every ten seconds is enough."""
    _, _, err = play(ScriptedControl(*played(120), at_join=half_a_second))
    assert len(err.splitlines()) < 45


def test_terminal_gets_one_line_in_place() -> None:
    """On a terminal the line is drawn over itself, and gone at the end."""
    _, out, err = play(ScriptedControl(*played(3), at_join=half_a_second), Terminal())
    assert err.endswith("\r\x1b[K")
    assert err.count("\r\x1b[K") == 7
    assert err.count("\n") == 2
    assert "\x1b" not in out


def test_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that can do nothing is sent nothing but text."""
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in play(ScriptedControl(*played(3), at_join=half_a_second), Terminal())[2]


def test_verbose_prints_each_event_once() -> None:
    """Every event in its order, the last ones too, instead of progress."""
    events = (
        Event(0, 0.0, EventKind.STARTED, "P1"),
        Event(1, 0.8, EventKind.BLOCKED, "P1", queue="main", reason=BlockReason.FULL),
        Event(2, 3.0, EventKind.ENDED, "run"),
    )
    _, _, err = play(ScriptedControl(*played(3), events=events), verbose=True)
    lines = err.splitlines()[2:]
    assert [" ".join(line.split()) for line in lines] == [
        "0:00.000 P1 started",
        "0:00.800 P1 blocked, main full",
        "0:03.000 run ended",
    ]


def test_a_line_of_progress_has_a_few_queues_and_the_first_blocked_worker() -> None:
    """The others are counted, so that the line stays readable."""
    queues = [queue(f"q{number}", depth=number) for number in range(MOST_QUEUES + 2)]
    workers = [producer(f"P{number}", state=WorkerState.BLOCKED) for number in range(3)]
    shown = line(snapshot(*queues, *workers, consumer(), phase=Phase.DRAINING, at=75.5))
    assert " ".join(shown.split()) == (
        "1:15.5 55 produced 40 consumed q0 0/10 · q1 1/10 · q2 2/10 · q3 3/10 · 2 more"
        " P0 and 2 more blocked draining"
    )


def test_names_in_a_line_of_progress_are_escaped() -> None:
    """Nothing in a name moves the cursor."""
    name = "\x1b[2J"
    shown = line(snapshot(queue(name), producer(name, state=WorkerState.BLOCKED), consumer()))
    assert shown.isprintable()
    assert "\\e[2J blocked" in shown


def test_events_that_are_no_longer_kept_are_counted() -> None:
    """Verbose output does not pass over a gap in silence."""

    class Forgetful(ScriptedControl):
        """A control whose log has evicted its first 1,200 events."""

        def events(self, since: int = 0) -> EventBatch:
            kept = super().events(max(since, 1_200))
            return kept._replace(evicted=max(1_200 - since, 0))

    events = (Event(1_200, 0.8, EventKind.STARTED, "P1"),)
    _, _, err = play(Forgetful(*played(1), events=events), verbose=True)
    lines = [" ".join(line.split()) for line in err.splitlines()[2:]]
    assert lines == ["... 1200 older events are no longer kept", "0:00.800 P1 started"]
