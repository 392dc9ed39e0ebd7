"""Replays: time passes by the clock, at any speed, and any moment is gone to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.recording.following import Following
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Replay
from pcsim.recording.writer import Writer
from pcsim.scenario import Overflow, demos
from pcsim.scenario.file.writing import text_of_scenario
from pcsim.snapshot import Phase
from pcsim.snapshot.control import Clockwork, Control, Rewindable
from tests.recording.runs import record
from tests.support.clocks import HandClock
from tests.support.small_scenarios import one_queue


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A recording of demo 3: 6.3 seconds."""
    path = tmp_path_factory.mktemp("replay") / "x.rec"
    record(path)
    reader = Reader(path)
    yield reader
    reader.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def replay(reader: Reader, clock: HandClock) -> Replay:
    return Replay(reader, clock)


def test_it_is_watched_as_a_run_but_has_no_controls(replay: Replay) -> None:
    """The app finds out what it may do by that."""
    assert isinstance(replay, Rewindable)
    assert isinstance(replay, Clockwork)
    assert not isinstance(replay, Control)


def test_it_plays_by_the_clock(replay: Replay, clock: HandClock) -> None:
    """At the speed that is set, to the end, where it stands; from there it begins again."""
    begin = replay.at
    clock.now += 1.0
    assert replay.snapshot().at == pytest.approx(begin + 1.0)
    replay.speed = 2.0
    clock.now += 1.0
    assert replay.snapshot().at == pytest.approx(begin + 3.0)
    clock.now += 100.0
    assert replay.snapshot().phase is Phase.FINISHED
    assert replay.is_standing
    replay.go_on()
    assert replay.snapshot().phase is Phase.RUNNING
    assert replay.jumps == 1


def test_where_it_stands_still_time_does_not_pass(replay: Replay, clock: HandClock) -> None:
    """Until it goes on, from there."""
    replay.seek(2.0)
    replay.stand_still()
    clock.now += 10.0
    assert replay.snapshot().at == 2.0
    replay.go_on()
    clock.now += 0.5
    assert replay.snapshot().at == 2.5


def test_any_moment_is_gone_to(replay: Replay, reader: Reader) -> None:
    """Back and forth, never beyond the ends; what is shown is what was seen then."""
    replay.stand_still()
    for at, shown in ((5.0, 5.0), (1.0, 1.0), (-3.0, reader.begins), (99.0, reader.length)):
        replay.seek(at)
        snapshot = replay.snapshot()
        assert snapshot.at == pytest.approx(shown)
        assert snapshot.totals == reader.snapshot_at(shown).totals
    assert replay.jumps == 4


def test_it_goes_from_frame_to_frame_and_from_event_to_event(replay: Replay) -> None:
    """There and back again, and stands."""
    replay.seek(2.0)
    times = [replay.at]
    for _ in range(5):
        replay.move(1)
        times.append(replay.at)
    assert times == sorted(set(times))
    replay.move(-4)
    assert replay.at == times[1]
    assert replay.is_standing
    assert replay.to_event(forward=True)
    first = replay.at
    assert replay.step()
    assert replay.at > first
    assert replay.to_event(forward=False)
    assert replay.at == first
    replay.seek(0.0)
    assert not replay.to_event(forward=False)
    replay.seek(99.0)
    assert not replay.step()


def test_events_are_those_up_to_the_moment(replay: Replay, reader: Reader) -> None:
    """And from a number on those since; after all, all of them."""
    replay.stand_still()
    replay.seek(2.0)
    batch = replay.events()
    assert all(event.at <= 2.0 for event in batch.events)
    replay.seek(3.0)
    more = replay.events(batch.next_number)
    assert more.evicted == 0
    assert all(2.0 < event.at <= 3.0 for event in more.events)
    replay.seek(99.0)
    assert list(replay.events().events) == reader.notes.events(1e9, 10_000)


def test_its_recent_past_is_that_of_its_moment(tmp_path: Path) -> None:
    """Ten seconds before it, more where it is played faster; none at the begin."""
    from tests.support.small_scenarios import one_queue

    record(tmp_path / "x.rec", one_queue(0.5, 0.4, until=60.0))
    replay = Replay(Reader(tmp_path / "x.rec"), HandClock())
    replay.stand_still()
    replay.seek(40.0)
    before = replay.snapshot().before
    assert before is not None
    assert before.at == pytest.approx(30.0, abs=0.2)
    replay.speed = 2.0
    before = replay.snapshot().before
    assert before is not None
    assert before.at == pytest.approx(20.0, abs=0.2)
    replay.seek(5.0)
    assert replay.snapshot().before is None


def test_items_are_not_recorded(replay: Replay) -> None:
    """How many waited is known; a queue that is not there is an error, as of a run."""
    replay.stand_still()
    replay.seek(2.0)
    detail = replay.queue_detail("main")
    assert (detail.depth, detail.items) == (replay.snapshot().queues[0].depth, ())
    assert detail.note
    with pytest.raises(KeyError):
        replay.queue_detail("other")


def test_where_the_file_is_damaged_the_last_moment_stays(tmp_path: Path) -> None:
    """One line says why, and nothing is raised."""
    import sqlite3

    record(tmp_path / "x.rec")
    base = sqlite3.connect(tmp_path / "x.rec")
    base.execute("update events set data = x'00'")
    base.execute("update frames set data = x'00' where number > 10")
    base.commit()
    base.close()
    replay = Replay(Reader(tmp_path / "x.rec"), HandClock())
    assert replay.events().events == ()
    assert "is damaged" in replay.problem


def test_marks_and_course_are_for_a_picture_of_all(replay: Replay) -> None:
    """The first time that the queue was full; totals that never fall, in a few points."""
    assert [(mark.kind, mark.name) for mark in replay.marks()] == [("full", "main")]
    points = replay.course(4)
    assert 0 < len(points) <= 4
    assert [point.consumed for point in points] == sorted(point.consumed for point in points)
    assert points[0].queues == ("main",)


def test_a_recording_that_grows_is_played_as_it_grows(tmp_path: Path) -> None:
    """It stands still at its end only once it is closed."""
    path, clock = tmp_path / "x.rec", HandClock()
    engine = VirtualEngine(demos.find("1"))
    writer = Writer(path)
    writer.scenario = text_of_scenario(demos.find("1"))
    engine.start()

    def write(until: float) -> None:
        while engine.snapshot().at < until and not engine.phase.is_over:
            engine.advance(until=engine.snapshot().at + 0.1)
            writer.add(engine.snapshot())
        writer.flush()

    write(2.0)
    reader = Reader(path)
    following = Following(reader, clock)
    replay = Replay(following, clock, at=following.start)
    assert replay.snapshot().at == pytest.approx(0.5, abs=0.11)
    for _ in range(30):
        clock.now += 0.1
        replay.snapshot()
    assert replay.snapshot().at == pytest.approx(2.0, abs=0.11)
    stands = replay.is_standing
    assert not stands
    write(math.inf)
    writer.close()
    for _ in range(100):
        clock.now += 0.1
        replay.snapshot()
    assert replay.snapshot().phase is Phase.FINISHED
    assert replay.is_standing
    replay.go_on()
    assert replay.at == replay.begins
    reader.close()


def test_it_goes_from_one_lost_item_to_the_next(tmp_path: Path, clock: HandClock) -> None:
    """To each frame in which another was lost, and back through the same ones; then it stays."""
    scenario = one_queue(Exponential(0.5), Exponential(0.6), capacity=2,
                         overflow=Overflow.DROP_NEW, until=40.0)  # fmt: skip
    seen = record(tmp_path / "x.rec", scenario, step=0.5).seen
    expected = [
        one.at for before, one in pairwise(seen) if one.totals.dropped > before.totals.dropped
    ]
    reader = Reader(tmp_path / "x.rec")
    replay = Replay(reader, clock)
    there = []
    while replay.to_drop(forward=True):
        there.append(replay.at)
    assert len(there) > 5
    assert there == pytest.approx(expected)
    assert replay.is_standing
    replay.seek(replay.length)
    back: list[float] = []
    while len(back) <= len(there) and replay.to_drop(forward=False):
        back.append(replay.at)
    assert back == there[::-1]
    assert replay.at == there[0]
    reader.close()
