"""Advice about programs: a scenario fitted to what was recorded, never a change of the program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pcsim.analysis.advice import sentence
from pcsim.experiments.advising_sizes import AdvisorWithSizes
from pcsim.experiments.model_of_run import MEASURED_ANEW, Model
from pcsim.recording.program import Recording, up_to
from pcsim.snapshot import Snapshot
from pcsim.watch import programs
from pcsim.watch.advising import (
    NOT_STEERED,
    FittedModel,
    ProgramTask,
    RecordingTask,
    model_of,
    of_program,
)
from pcsim.watch.wire import Connection, WatchError
from tests.support import watched
from tests.support.at_once import AtOnce
from tests.support.fake_program import FakeProgram
from tests.support.recorded_crawl import Recorded, crawl
from tests.support.threads import until
from tests.watch.machine import Get, Lock, Machine, Steps, exponential, producer

SEEN: Snapshot = FakeProgram(1).snapshot()
on_unix = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")


def fitted_to(*recordings: Recording) -> AdvisorWithSizes:
    """An advisor about these, one after the other as they are measured anew."""
    left = list(recordings)
    simulations = AtOnce()

    def of_next(_: Snapshot, tries: int) -> Recorded:
        return Recorded(left.pop(0), tries)

    source = FittedModel(simulations, of_next, lambda _: "Waits.")
    return AdvisorWithSizes(source, simulations, simulations)


def test_changes_of_a_program_are_simulated_in_a_scenario_that_was_fitted_to_it() -> None:
    """It says so, how well that repeats what was measured, and never that one could be tried."""
    advisor = fitted_to(crawl())
    advice = advisor.look(SEEN)
    assert advice.is_done
    assert "What helps most is one more fetcher" in sentence(advice)
    assert "of a scenario fitted to it" in sentence(advice)
    assert "items in 1:00" in advice.fit or "items in 60.0 s" in advice.fit
    assert "throughputs within" in advice.fit
    assert "mean waits" in advice.fit
    assert all(not row.changes and row.not_live for row in advice.rows)
    assert {row.not_live for row in advice.rows[1:]} == {NOT_STEERED}
    assert advisor.ask("fetcher.count = 3, queue 1.capacity = 9") == ""
    asked = advisor.look(SEEN).asked
    assert asked is not None
    assert asked.rows[0].differences["throughput"].mean > 0
    assert asked.rows[0].not_live == NOT_STEERED


def test_sizes_of_a_program_are_those_of_the_fitted_scenario() -> None:
    """None of them can be tried."""
    advisor = fitted_to(crawl())
    grid = advisor.sizes.look(SEEN)
    assert grid.row_path == "fetcher.count"
    assert grid.is_done
    assert grid.fit
    assert not any(cell.changes for row in grid.cells for cell in row)


def test_too_few_items_say_how_many_more_are_needed() -> None:
    """Then it is measured anew, for longer, and all else is answered."""
    advisor = fitted_to(crawl(1.0), crawl())
    advice = advisor.look(SEEN)
    assert "'lister' put 17 items, and 4 more would make its intervals known" in advice.why_not
    assert advisor.verify("") == MEASURED_ANEW
    assert advisor.look(SEEN).rows


def test_a_recorder_of_a_program_waits_longer_each_time_it_was_too_little() -> None:
    """Up to a limit; what it waits for is said."""

    class Few(AtOnce):
        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float] = []

        def answer(self, task: Any) -> Any:
            self.seconds.append(task.seconds)
            return Model(why_not="Too little.")

    simulations = Few()
    source = of_program(simulations, 4711)
    for _ in range(6):
        source.look(SEEN)
        source.again()
    assert simulations.seconds == [10, 20, 40, 80, 160, 160]
    assert source.waits_for.startswith("Its items are recorded for up to")


def test_what_no_scenario_describes_is_said() -> None:
    """And a scenario that does not repeat what was recorded says nothing of changes."""
    empty = crawl()._replace(items=(), waits=())
    assert model_of(empty, NOT_STEERED).why_not.startswith("No scenario describes it")
    odd = crawl()
    late = tuple(item._replace(put_at=item.put_at - 5 * (item.queue == 2)) for item in odd.items)
    why_not = model_of(odd._replace(items=late), NOT_STEERED).why_not
    assert "does not repeat what was recorded" in why_not


def test_a_recording_up_to_a_moment_has_nothing_of_later() -> None:
    """Items that were taken later were still there."""
    whole = crawl()
    part = up_to(whole, 20.0)
    assert part.program.seconds == 20.0
    assert all(item.put_at <= 20 and (item.got_at or 0) <= 20 for item in part.items)
    assert all(wait.ended <= 20 for wait in part.waits)
    there = sum(item.put_at <= 20 < (item.got_at or 99) for item in whole.items)
    assert sum(item.got_at is None for item in part.items) == there
    assert up_to(whole, 99.0) is whole
    assert model_of(part, NOT_STEERED).scenario is not None


@on_unix
def test_a_program_that_runs_is_measured_beside_its_viewers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a connection of its own; afterwards nothing of it is recorded any more."""
    with watched.executed(watched.TRAFFIC, tmp_path) as process:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        remote = programs.remote(process.pid)
        try:
            model = ProgramTask(1, remote.pid, 0.5).done()
            assert not model.why_not
            assert model.scenario is not None
            assert model.scenario.consumers[0].name == "fetcher"
        finally:
            remote.close()
        gone = ProgramTask(2, 2**22 + 1, 0.1).done()
        assert gone.why_not.startswith("It cannot be measured")


@on_unix
def test_a_recording_belongs_to_one_viewer_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one neither takes its items nor stops it; one that was killed leaves nothing on."""
    with watched.executed(watched.TRAFFIC, tmp_path) as process:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        one, other = programs.connect(process.pid), programs.connect(process.pid)
        other.ask("look")
        one.ask("record")
        for what in ("record", "items", "stop"):
            with pytest.raises(WatchError, match="is being recorded by another viewer"):
                other.ask(what)
        one.close()
        until(lambda: _records(other))
        assert other.ask("stop")["queued"] is not None
        other.close()


def _records(connection: Connection) -> bool:
    try:
        connection.ask("record")
    except WatchError:
        return False
    return True


def test_a_recording_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """As any other command would."""
    assert RecordingTask(1, tmp_path / "none.rec", 1.0).done().why_not.startswith("It cannot be")


def test_more_workers_are_bounded_by_the_lock_that_all_of_them_share() -> None:
    """What a simulation gives beyond that is neither named as what helps, nor left without a
    note."""
    machine = Machine({1: 5})
    machine.thread("lister", producer(exponential(0.02, 1), 1))
    for number in range(2):
        machine.thread(f"clerk-{number}", _computing(2 + number))
    advisor = fitted_to(machine.run(60.0))
    advice = advisor.look(SEEN)
    row = next(one for one in advice.rows if one.label == "one more clerk")
    assert "Python's lock" in row.note
    gain = row.gain("throughput")
    assert gain is not None
    assert row.most is not None
    assert gain.mean > 0.3 > row.most
    assert "one more clerk" not in sentence(advice)


def _computing(seed: int) -> Steps:
    """Takes an item and computes, with the lock."""
    draw = exponential(0.1, seed)
    while True:
        yield Get(1)
        yield Lock(draw())
