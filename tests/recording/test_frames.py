"""Frames: what was seen is what is read, to the microsecond; the end exactly."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest

from pcsim.experiments.simulate import adjusted
from pcsim.recording import recorder, writer
from pcsim.recording.frames import GroupWriter, known, layout, read_group, snapshot_of
from pcsim.recording.reader import Reader
from pcsim.recording.whole import snapshot_of as exact_snapshot_of
from pcsim.recording.whole import whole
from pcsim.scenario import Scenario
from pcsim.scenario.file import load
from pcsim.snapshot import (
    Event,
    EventBatch,
    EventKind,
    Phase,
    QueueRow,
    Snapshot,
    Spread,
    Totals,
    WorkerRow,
)
from tests.recording.runs import record
from tests.support import snapshots

FIELDS = known(layout())
CASES = Path(__file__).parent.parent / "cases" / "diagnosis"
SCENARIOS = ("06-loss-at-one-queue", "09-rework-loop", "08-retries-eat-time",
             "05-broadcast-one-slow-branch")  # fmt: skip


def close(one: object, other: object) -> bool:
    """Whether two values are the same, numbers to a few microseconds."""
    if isinstance(one, Spread) and isinstance(other, Spread):
        return all(map(close, one[:7], other[:7]))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, abs_tol=3e-6)
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return all(map(close, one, other))
    return one == other


def assert_same(read: Snapshot, seen: Snapshot) -> None:
    """Every field of every row is what was seen."""
    for name in set(Snapshot._fields) - {"queues", "workers", "before", "at_deadlock"}:
        assert close(getattr(read, name), getattr(seen, name)), name
    rows: list[QueueRow | WorkerRow] = [*read.queues, *read.workers]
    for row, was in zip(rows, (*seen.queues, *seen.workers), strict=True):
        for name in row._fields:
            assert close(getattr(row, name), getattr(was, name)), (row.name, name)


def scenario(name: str) -> Scenario:
    return msgspec.structs.replace(load(CASES / f"{name}.toml", Scenario), seed=1)


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_was_seen_is_what_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losses, failures, retries, copies: every field of every row, at each moment, in any group."""
    monkeypatch.setattr(writer, "MOST_FRAMES", 20)
    monkeypatch.setattr(recorder, "FRAMES_OF_A_PIECE", 7)
    run = record(tmp_path / "x.rec", adjusted(scenario(name), until=60.0))
    reader = Reader(tmp_path / "x.rec")
    place = reader.place_at(0.0)
    versions: set[int] = set()
    groups: set[int] = set()
    for seen in run.seen:
        if seen.version not in versions:
            versions.add(seen.version)
            groups.add(place.group)
            assert_same(reader.moment(place), seen)
            place = reader.next(place) or place
    assert len(groups) > 2
    ending = reader.ending()
    assert (ending.queues, ending.workers) == (run.snapshot().queues, run.snapshot().workers)
    assert ending.recent == run.snapshot().recent
    reader.close()


def test_rows_may_come_and_go_and_change_their_order() -> None:
    """A row that comes back counts from its own last value; one that is gone is not there."""
    one, two, three = (snapshots.queue(name) for name in "abc")
    worker = snapshots.consumer()
    rows = [(one, worker), (one, two, worker), (three, one), (two, one, worker), ()]
    seen = [snapshots.snapshot(*each, at=place / 10) for place, each in enumerate(rows)]
    group = GroupWriter()
    pieces = []
    for each in seen:
        group.add(each)
        pieces.append(group.piece())
    for frame, was in zip(read_group(pieces, FIELDS), seen, strict=True):
        assert_same(snapshot_of(frame, FIELDS), was)


def test_every_field_of_a_row_is_recorded() -> None:
    """Also one that is added later: the layout is made from the rows."""
    assert layout()["queue"] == list(QueueRow._fields)
    assert layout()["worker"] == list(WorkerRow._fields)
    of_head = {*layout()["head"], "at", "queues", "workers", "before"}
    assert of_head == set(Snapshot._fields)


def test_a_field_of_another_version_is_passed_over_or_has_its_default() -> None:
    """What a newer pcsim has added is ignored; what an older one did not have is the default."""
    group = GroupWriter()
    group.add(snapshots.snapshot(snapshots.queue(depth=3), at=1.0))
    names = layout()
    names["queue"][names["queue"].index("depth")] = "of the future"
    (frame,) = read_group([group.piece()], known(names))
    (row,) = snapshot_of(frame, known(names)).queues
    assert (row.name, row.depth, row.got_total) == ("main", 0, 40)


def test_numbers_that_are_too_large_for_microseconds_stay_as_they_are() -> None:
    """Infinity and 10^300 seconds are read again."""
    row = QueueRow("q", None, moment=1e300, full_time=math.inf)
    seen = Snapshot(1, 1.0, Phase.RUNNING, True, (row,), (), Totals())
    group = GroupWriter()
    group.add(seen)
    (frame,) = read_group([group.piece()], FIELDS)
    assert_same(snapshot_of(frame, FIELDS), seen)


def test_a_deadlock_is_kept_as_its_picture(tmp_path: Path) -> None:
    """The end lets its workers go; how they waited for one another is recorded all the same."""
    run = record(tmp_path / "x.rec", load(CASES.parent / "app" / "cycle.toml", Scenario))
    end = run.snapshot()
    assert end.at_deadlock is not None
    reader = Reader(tmp_path / "x.rec")
    for found in (reader.ending(), reader.moment(reader.place_at(math.inf))):
        assert found.failure == end.failure
        assert found.at_deadlock is not None
        assert tuple(found.at_deadlock.workers) == tuple(end.at_deadlock.workers)
    reader.close()


def test_a_snapshot_is_plain_data_and_back() -> None:
    """Through MessagePack, exactly, with the one of some seconds before."""
    seen = snapshots.snapshot(snapshots.queue(full=1 / 3), snapshots.producer(), at=7.1)
    seen = seen._replace(before=snapshots.snapshot(snapshots.queue(), at=0.1))
    data = msgspec.msgpack.encode(whole(seen, with_past=True))
    assert exact_snapshot_of(msgspec.msgpack.decode(data)) == seen


def test_texts_that_utf_8_does_not_have_are_recorded_as_their_escapes(tmp_path: Path) -> None:
    """A name, a title and an item with half of a surrogate pair end no recording."""
    bad = "a\ud800"
    row = snapshots.queue(bad, depth=1, full=0.5)
    seen = snapshots.snapshot(row, snapshots.consumer(), at=1.0)._replace(title=bad)
    writing = writer.Writer(tmp_path / "x.rec", scenario=bad)
    event = Event(0, 1.0, EventKind.DROPPED, bad, bad, item=3)
    writing.add(seen, EventBatch((event,), next_number=1))
    writing.flush()
    writing.close((bad, {"sentence": bad}))
    reader = Reader(tmp_path / "x.rec")
    kept = "a\\ud800"
    assert reader.snapshot_at(1.0).queues[0].name == kept == reader.ending().queues[0].name
    assert (reader.about.title, reader.about.report, reader.about.scenario) == (kept, kept, kept)
    assert [one.subject for one in reader.notes.all_events()] == [kept]
    assert {mark.name for mark in reader.notes.marks()} == {kept}
    assert reader.notes.course(9)[0].queues == (kept,)
    reader.close()
