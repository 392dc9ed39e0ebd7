"""`compare` two recordings: what differs, by how much, how surely, and where the runs part."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcsim.analysis.comparison import Comparison, Period, Relation
from pcsim.analysis.comparison_text import document, sentence, text
from pcsim.analysis.differences import Row
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.launch.recorded import SteppedRun
from pcsim.recording.comparison import compare, compare_stretches, seen
from pcsim.recording.reader import Reader
from pcsim.recording.recorder import Recorder
from pcsim.scenario import Change, Scenario
from pcsim.scenario.changes import AddWorkers, SetCapacity
from tests.recording.runs import record
from tests.support.small_scenarios import one_queue


def shop(consumers: int = 1, seed: int = 1, until: float = 300.0) -> Scenario:
    """Too many customers for one clerk."""
    times = Exponential(0.5), Exponential(0.7)
    return one_queue(*times, capacity=10, consumers=consumers, until=until, seed=seed)


def compared(folder: Path, a: Scenario, b: Scenario) -> Comparison:
    record(folder / "a.rec", a, step=0.5)
    record(folder / "b.rec", b, step=0.5)
    one, other = Reader(folder / "a.rec"), Reader(folder / "b.rec")
    try:
        return compare(one, other)
    finally:
        one.close()
        other.close()


def steered(path: Path, at: float, change: Change) -> None:
    """Record the shop, changed by hand at a time."""
    run = VirtualEngine(shop(1, until=120.0))
    recorder = Recorder(path, run.scenario)
    recorder.follow(run)
    run.start()
    for look in range(1, int(2 * at) + 1):
        run.advance(look / 2)
        recorder.look_and_write()
    run.steer(change)
    SteppedRun(run, recorder).join()
    recorder.close()


def test_what_was_changed_by_hand_in_one_run_alone_is_named(tmp_path: Path) -> None:
    """Though the scenarios are the same; what was done to both alike is no difference."""
    steered(tmp_path / "a.rec", 60.0, SetCapacity("q", 3))
    steered(tmp_path / "b.rec", 60.0, AddWorkers("C"))
    one, other = Reader(tmp_path / "a.rec"), Reader(tmp_path / "b.rec")
    found = compare(one, other)
    assert [(one.key, one.a, one.b) for one in found.changes or ()] == [
        ("changes.1:00.0", "capacity q 3", ""),
        ("changes.1:00.0", "", "add C"),
    ]
    assert compare(one, one).changes == ()
    whole = compare(one, other, Period.WHOLE, found)
    assert whole.changes == found.changes
    assert whole.parting == found.parting
    assert whole.spans[0][0] < 1.0 < found.spans[0][0]
    one.close()
    other.close()


def test_two_stretches_of_a_run_are_compared(tmp_path: Path) -> None:
    """What was done at the moment between them is of the second alone, and so is its effect."""
    steered(tmp_path / "x.rec", 60.0, AddWorkers("C"))
    reader = Reader(tmp_path / "x.rec")
    found = compare_stretches(seen(reader), (0.0, 60.0), (60.0, 120.0))
    assert found.relation is Relation.STRETCHES
    assert row(found, "workers.C.busy").a.mean == pytest.approx(1.0, abs=0.02)
    assert row(found, "queues.q.full").verdict == "better"
    assert [(one.key, one.a, one.b) for one in found.changes or ()] == [
        ("changes.1:00.0", "", "add C")
    ]
    page = text(found, ("before", "after"))
    assert "Done to the run:" in page
    assert "Both are stretches of the same run." in page
    begin, end = found.spans[0]
    assert begin == pytest.approx(6.0, abs=0.5)
    assert end == 60.0
    other = compare_stretches(seen(reader), (60.0, 80.0), (80.0, 120.0))
    assert [(one.a, one.b) for one in other.changes or ()] == [("add C", "")]
    assert compare_stretches(seen(reader), (70.0, 90.0), (90.0, 120.0)).changes == ()
    reader.close()


def row(found: Comparison, key: str) -> Row:
    return next(row for row in found.rows if row.measure.key == key)


def test_a_change_that_helps_is_found_with_its_interval(tmp_path: Path) -> None:
    """More comes out, nobody is held up, and the change of the scenario is named."""
    found = compared(tmp_path, shop(1), shop(2))
    out = row(found, "out")
    assert out.verdict == "better"
    assert out.a.mean == pytest.approx(1 / 0.7, rel=0.1)
    assert out.b.mean == pytest.approx(2.0, rel=0.1)
    assert out.half_width is not None
    assert 0 < out.half_width < out.difference
    assert row(found, "queues.q.full").verdict == "better"
    assert row(found, "p99_time").verdict == "better"
    assert row(found, "workers.C.busy").verdict == "less"
    assert [(one.key, one.a, one.b) for one in found.changes or ()] == [
        ("consumers.C.count", "", "2")
    ]
    assert "more comes out of B" in sentence(found)
    assert found.parting is not None
    assert found.parting.at < 30.0


def test_the_same_run_is_alike(tmp_path: Path) -> None:
    """Nothing differs, nowhere."""
    found = compared(tmp_path, shop(), shop())
    assert {row.verdict for row in found.rows} == {"alike"}
    assert found.parting is None
    assert found.changes == ()
    page = text(found, ("a", "b"))
    assert "The runs are alike from the beginning to the end." in page


def test_other_random_numbers_are_no_difference(tmp_path: Path) -> None:
    """Chance is not taken for an effect: of many pairs, few differ surely."""
    sure = 0
    for seed in range(4):
        folder = tmp_path / str(seed)
        folder.mkdir()
        pair = (shop(1, 10 + seed, 100.0), shop(1, 20 + seed, 100.0))
        found = compared(folder, *pair)
        sure += row(found, "out").verdict != "alike"
        assert found.parting is not None
    assert sure <= 1


def test_a_run_that_is_too_short_has_no_interval(tmp_path: Path) -> None:
    """Its values are shown, and no verdict is made of them."""
    found = compared(tmp_path, shop(1, until=1.0), shop(2, until=1.0))
    assert all(row.verdict in ("alike", "unsure") for row in found.rows)
    text(found, ("a", "b"))
    document(found, ("a", "b"))


def test_the_document_has_what_the_text_has(tmp_path: Path) -> None:
    """Each measure with its values, the changes, the parting; names are safe in the text."""
    found = compared(tmp_path, shop(1), shop(2))
    made = document(found, ("a", "b"))
    measures = made["measures"]
    assert isinstance(measures, list)
    assert measures[0]["measure"] == "out"
    assert measures[0]["verdict"] == "better"
    page = text(found, ("\x1b[31ma", "b"), 80)
    assert "\x1b" not in page
    assert "consumers.C.count" in page
    assert max(map(len, page.splitlines())) <= 80
