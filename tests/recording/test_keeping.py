"""The last ten minutes in memory: what was seen is what is read, and no more is kept than that."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import PcsimError
from pcsim.recording import keeping, writer
from pcsim.recording.keeping import Keeping
from pcsim.scenario import Scenario, demos
from pcsim.scenario.changes import AddWorkers
from pcsim.scenario.file import load
from pcsim.snapshot import EventKind, Phase, QueueRow, Snapshot, Totals
from tests.recording.test_frames import assert_same
from tests.support import snapshots
from tests.support.clocks import HandClock

CASES = Path(__file__).parent.parent / "cases" / "diagnosis"


class Watcher:
    """Looks at a run in virtual time, ten times a second of its clock, and keeps what it sees."""

    def __init__(self, scenario: Scenario) -> None:
        self.clock = HandClock()
        self.engine = VirtualEngine(scenario)
        self.keeping = Keeping(self.clock, lambda: 0.0)
        self.seen: list[Snapshot] = []
        self._next = 0
        self.engine.start()

    def look(self, until: float, step: float = 0.1) -> None:
        while (now := self.engine.snapshot()).at < until and not now.phase.is_over:
            self.engine.advance(until=now.at + step)
            snapshot = self.engine.snapshot()
            batch = self.engine.events(self._next)
            self._next = batch.next_number
            self.clock.now += step
            self.seen.append(snapshot)
            self.keeping.add(snapshot, batch)
        self.keeping.flush()


def ticking() -> Iterator[Snapshot]:
    """A run of one queue, of which something changes at every look."""
    for turn in itertools.count(1):
        row = QueueRow("main", 9, turn % 10, put_total=turn, got_total=turn - turn % 10)
        workers = (snapshots.consumer(),)
        yield Snapshot(turn, turn * 1.0, Phase.RUNNING, True, (row,), workers, Totals(turn))


def kept_of(looks: int, clock: HandClock) -> Keeping:
    """What is kept after as many looks, one a second."""
    kept = Keeping(clock, lambda: 0.0)
    for snapshot in itertools.islice(ticking(), looks):
        clock.now += 1.0
        kept.add(snapshot)
    kept.flush()
    return kept


@pytest.mark.parametrize("name", ["06-loss-at-one-queue", "08-retries-eat-time"])
def test_the_past_is_what_was_seen_then(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the time of each look every field of every row, also while the group still grows."""
    monkeypatch.setattr(writer, "MOST_FRAMES", 40)
    scenario = msgspec.structs.replace(load(CASES / f"{name}.toml", Scenario), seed=1)
    watcher = Watcher(scenario)
    for until in (3.0, 5.5, 12.0):
        watcher.look(until)
        replay = watcher.keeping.replay(until)
        assert replay is not None
        for seen in watcher.seen:
            replay.seek(seen.at)
            assert_same(replay.snapshot(), seen)


def test_the_past_of_a_run_that_is_steered_has_its_change() -> None:
    """The worker is there from its time on; the change is an event and a mark."""
    watcher = Watcher(demos.find("3"))
    watcher.look(2.0)
    watcher.engine.steer(AddWorkers("SlowConsumer"))
    watcher.look(4.0)
    replay = watcher.keeping.replay(4.0)
    assert replay is not None
    assert [mark.kind for mark in replay.marks()].count("change") == 1
    replay.seek(1.9)
    assert len(replay.snapshot().workers) == 2
    assert not any(one.kind is EventKind.CHANGED for one in replay.events().events)
    replay.seek(2.2)
    assert len(replay.snapshot().workers) == 3
    assert any(one.kind is EventKind.CHANGED for one in replay.events().events)


def test_a_replay_grows_while_the_run_goes_on_and_stays_where_it_stands() -> None:
    """It plays on to what comes; the end of the run is its end."""
    watcher = Watcher(demos.find("3"))
    watcher.look(2.0)
    replay = watcher.keeping.replay(1.0)
    assert replay is not None
    assert (replay.at, replay.is_standing) == (1.0, True)
    watcher.look(4.0)
    assert replay.length == pytest.approx(4.0)
    assert replay.snapshot().at == pytest.approx(1.0)
    replay.seek(4.0)
    replay.go_on()
    watcher.look(99.0)
    assert watcher.seen[-1].phase is Phase.FINISHED
    assert replay.snapshot().at == pytest.approx(watcher.seen[-1].at)
    assert_same(replay.snapshot(), watcher.seen[-1])
    assert replay.is_standing
    assert replay.events().events[-1].kind is EventKind.ENDED


def test_no_more_than_ten_minutes_are_kept_over_hours() -> None:
    """After an hour memory is what it was after twelve minutes; what is older is gone."""
    clock = HandClock()
    kept = Keeping(clock, lambda: 0.0)
    sizes, spans = [], []
    for snapshot in itertools.islice(ticking(), 3600):
        clock.now += 1.0
        kept.add(snapshot)
        if snapshot.version % 900 == 0:
            kept.flush()
            sizes.append(kept.bytes)
            spans.append(kept.length - kept.begins)
    assert max(sizes) <= 1.3 * sizes[0]
    assert all(599.0 <= span <= 600.0 + writer.MOST_FRAMES for span in spans)
    oldest = kept.replay(0.0)
    assert oldest is not None
    assert oldest.snapshot().queues[0].put_total == round(kept.begins)


def test_events_and_marks_go_with_their_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of them is of what is kept."""
    monkeypatch.setattr(keeping, "LASTS", 5)
    monkeypatch.setattr(writer, "MOST_FRAMES", 20)
    watcher = Watcher(load(CASES / "06-loss-at-one-queue.toml", Scenario))
    watcher.look(3.0, step=0.5)
    watcher.engine.steer(AddWorkers(watcher.engine.snapshot().workers[-1].group))
    watcher.look(40.0, step=0.5)
    replay = watcher.keeping.replay(40.0)
    assert replay is not None
    assert replay.begins > 20.0
    assert not any(mark.kind == "change" for mark in replay.marks())
    assert all(mark.at >= replay.begins for mark in replay.marks())
    events = replay.events().events
    assert events
    assert events[0].at >= replay.begins - 2.0


def test_who_stands_at_a_moment_that_is_forgotten_is_taken_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To the oldest one that is still kept."""
    monkeypatch.setattr(keeping, "LASTS", 10)
    monkeypatch.setattr(writer, "MOST_FRAMES", 5)
    clock = HandClock()
    kept = kept_of(12, clock)
    replay = kept.replay(3.0)
    assert replay is not None
    assert replay.snapshot().queues[0].put_total == 3
    for snapshot in itertools.islice(ticking(), 12, 60):
        clock.now += 1.0
        kept.add(snapshot)
    kept.flush()
    assert replay.snapshot().at == replay.at == kept.begins > 40.0
    assert replay.snapshot().queues[0].put_total == kept.begins


def test_wide_systems_are_kept_for_a_shorter_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more bytes than there may be, and never less than the group that is written."""
    monkeypatch.setattr(keeping, "MOST_BYTES", 150_000)
    monkeypatch.setattr(writer, "MOST_FRAMES", 20)
    clock = HandClock()
    assert kept_of(500, clock).bytes < 170_000
    monkeypatch.setattr(keeping, "MOST_BYTES", 1)
    kept = kept_of(500, clock)
    assert 1.0 <= kept.length - kept.begins <= 40.0


def test_a_look_that_costs_much_is_not_always_kept() -> None:
    """So that keeping takes a small share of a processor, whatever it costs; a phase always."""
    clock, cost = HandClock(), itertools.count(0.0, 0.005)
    kept = Keeping(clock, lambda: next(cost))
    for snapshot in itertools.islice(ticking(), 100):
        clock.now += 0.1
        kept.add(snapshot._replace(at=clock.now))
    last = Snapshot(101, clock.now, Phase.FINISHED, False, (), (), Totals(101))
    kept.add(last)
    replay = kept.replay(0.0)
    assert replay is not None
    times = [replay.snapshot().at]
    while replay.at < replay.length:
        replay.move(1)
        times.append(replay.at)
    assert 9 <= len(times) <= 13
    assert times[-1] == pytest.approx(last.at)
    replay.seek(replay.length)
    assert replay.snapshot().phase is Phase.FINISHED


def test_while_nothing_happens_nothing_is_forgotten() -> None:
    """The last moment lasts, and the same is shown at any time of it."""
    clock = HandClock()
    kept = kept_of(3, clock)
    (last,) = itertools.islice(ticking(), 2, 3)
    for passed in range(3000):
        clock.now += 1.0
        kept.add(last._replace(at=last.at + passed))
    assert (kept.begins, kept.length) == (1.0, last.at + 2999)
    shown = kept.snapshot_at(1500.0)
    assert (shown.at, shown.version) == (1500.0, last.version)


def test_nothing_is_there_before_the_first_look() -> None:
    """A question is an error of ours, an answer would be made up."""
    kept = Keeping(HandClock(), lambda: 0.0)
    assert kept.replay(1.0) is None
    with pytest.raises(PcsimError, match="nothing is kept yet"):
        kept.snapshot_at(1.0)
    with pytest.raises(PcsimError, match="nothing is kept yet"):
        kept.copy()


def test_a_copy_stays_as_it_is_while_more_is_kept() -> None:
    """Another thread reads it, with its events and marks."""
    watcher = Watcher(demos.find("3"))
    watcher.look(2.0)
    copy = watcher.keeping.copy()
    marks, before = copy.notes.marks(), watcher.seen[-1]
    assert marks
    watcher.look(5.0)
    assert watcher.keeping.length > 4.0
    assert copy.length == pytest.approx(before.at)
    assert copy.notes.marks() == marks
    last = copy.snapshot_at(2.0)
    assert last.totals == before.totals
    assert [row.depth for row in last.queues] == [row.depth for row in before.queues]
    copy.close()
    assert watcher.keeping.snapshot_at(5.0).at > 4.0


def test_where_no_more_can_be_kept_what_is_there_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one line that says why, and the run is not disturbed."""
    clock = HandClock()
    kept = kept_of(5, clock)

    def full() -> None:
        raise MemoryError

    monkeypatch.setattr(kept._writer, "flush", full)
    for snapshot in itertools.islice(ticking(), 5, 9):
        clock.now += 1.0
        kept.add(snapshot)
    assert kept.problem == "there is no memory left"
    replay = kept.replay(99.0)
    assert replay is not None
    assert replay.snapshot().queues[0].put_total == 5
