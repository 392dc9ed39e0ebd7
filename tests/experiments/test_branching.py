"""`branch`: a run with the same past, bit for bit, and another future."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.analysis.comparison_text import text
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import EndlessError, PhaseError, ScenarioError
from pcsim.experiments.branching import Course, branch, branch_of, course_of
from pcsim.launch.recorded import SteppedRun
from pcsim.recording.container import RecordingError
from pcsim.recording.recorder import Recorder
from pcsim.scenario import Change, End, Scenario
from pcsim.scenario.change_text import written
from pcsim.scenario.changes import AddWorkers, SetCapacity
from pcsim.snapshot import EventKind
from tests.contract.scenarios import outcome
from tests.contract.test_steering_laws import changes, scenario
from tests.recording.runs import record
from tests.support.small_scenarios import one_queue

SHOP = one_queue(Exponential(0.5), Exponential(0.7), capacity=10, until=120.0, seed=1)
STEPS = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 1.0, 2.5, 7.0]), changes(1.0)), max_size=8)
"""Waits, each with a change after it."""


def steered(steps: list[tuple[float, Change]], of: Scenario) -> VirtualEngine:
    """A run that was changed by hand; what does not fit is left out."""
    run = VirtualEngine(of)
    run.start()
    for wait, change in steps:
        run.advance(run.clock() + wait)
        try:
            run.steer(change)
        except (ScenarioError, PhaseError):
            continue
    return run


def up_to(at: float, of: Scenario) -> VirtualEngine:
    """A run of a scenario up to a time, which is part of it."""
    run = VirtualEngine(of)
    run.start()
    run.advance(at)
    return run


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.floats(0.0, 10.0))
def test_a_run_that_was_changed_by_hand_is_the_run_with_the_changes_planned(
    steps: list[tuple[float, Change]], more: float
) -> None:
    """So that it can be made again: every item, every event, every time."""
    of = scenario(1.0)
    run = steered(steps, of)
    course = Course(of, run.log.acts())
    end = run.clock() + more
    run.advance(end)
    try:
        planned = course.up_to(math.inf)
    except ScenarioError:  # a worker that has gone by itself is there on paper
        return
    assert outcome(up_to(end, planned)) == outcome(run)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.floats(0.01, 15.0), st.lists(changes(1.0), min_size=1, max_size=3))
def test_a_branch_has_the_past_of_its_run(
    steps: list[tuple[float, Change]], at: float, more: list[Change]
) -> None:
    """Up to the moment itself both are the same, whatever was changed before, and is now."""
    of = scenario(1.0)
    run = steered(steps, of)
    course = Course(of, run.log.acts())
    try:
        original, changed = course.up_to(math.inf), course.with_changes(at, more)
    except ScenarioError:
        return
    before = math.nextafter(at, 0.0)
    assert outcome(up_to(before, changed)) == outcome(up_to(before, original))


def test_a_change_has_a_time_of_its_own() -> None:
    """Of two changes at one time the second comes after all that the first has brought."""
    run = up_to(10.0, SHOP)
    run.steer(SetCapacity("q", 4))
    run.steer(AddWorkers("C"))
    one, other = Course(SHOP, run.log.acts()).changes
    assert one.at == 10.0
    assert other.at == math.nextafter(10.0, math.inf)


def test_the_acts_of_a_run_are_kept_though_events_are_evicted() -> None:
    """However much happens after it, a change is not lost."""
    run = up_to(5.0, replace(SHOP, end=SHOP.end.__class__(time=4_000.0)))
    run.steer(AddWorkers("C"))
    run.advance()
    assert run.events().evicted > 0
    assert [one.kind for one in run.log.acts()] == [EventKind.CHANGED, EventKind.CONTROL]
    assert Course(SHOP, run.log.acts()).changes == (AddWorkers("C", at=5.0),)


def test_what_helps_is_measured_from_the_moment_on() -> None:
    """The past is left out: it is the same."""
    found = branch(SHOP, 60, "add C")
    out = found.row("out")
    assert out.a.mean < 1.6
    assert out.b.mean > 1.8
    assert out.half_width is None
    assert found.spans == ((60.0, 120.0), (60.0, 120.0))
    assert found.scenario.changes == (AddWorkers("C", at=60.0),)
    assert found.original.system.consumed.mean < found.branch.system.consumed.mean


def test_replications_are_compared_in_pairs() -> None:
    """With the same random numbers chance cancels out: where nothing follows, to nothing at all."""
    found = branch(SHOP, 60, "add C", replications=4)
    out = found.row("out")
    assert out.half_width is not None
    assert out.a.half_width is not None
    assert out.difference > out.half_width
    assert found.original.replications == found.branch.replications == 4
    same = branch(SHOP, 60, "capacity q 10", replications=3).row("out")
    assert same.difference == same.half_width == 0.0


def test_a_recording_branches_with_the_changes_made_in_it(tmp_path: Path) -> None:
    """What was changed by then is part of the branch; what was changed later is not."""
    run = VirtualEngine(SHOP)
    recorder = Recorder(tmp_path / "x.rec", SHOP)
    recorder.follow(run)
    run.start()
    for at, change in ((20.0, SetCapacity("q", 3)), (80.0, SetCapacity("q", 99))):
        run.advance(at)
        recorder.look_and_write()
        run.steer(change)
    SteppedRun(run, recorder).join()
    recorder.close()
    course = course_of(tmp_path / "x.rec")
    assert course.changes == (SetCapacity("q", 3, at=20.0), SetCapacity("q", 99, at=80.0))
    assert outcome(up_to(120.0, course.up_to(math.inf))) == outcome(run)
    found = branch(tmp_path / "x.rec", 60, AddWorkers("C"))
    assert found.scenario.changes == (SetCapacity("q", 3, at=20.0), AddWorkers("C", at=60.0))


def test_a_run_that_was_paused_by_hand_branches_before_that() -> None:
    """A scenario cannot repeat a pause; what comes after the moment does not matter."""
    run = up_to(30.0, SHOP)
    run.pause_producing()
    course = Course(SHOP, run.log.acts(), 120.0)
    assert course.with_changes(29.0, [AddWorkers("C")]).changes == (AddWorkers("C", at=29.0),)
    with pytest.raises(ScenarioError, match=r"paused by hand at 0:30.0: a branch begins before"):
        course.with_changes(31.0, [AddWorkers("C")])


def test_later_changes_by_hand_are_of_the_run_alone() -> None:
    """The run is what it was, whatever came later; the branch is without, and that is said."""
    run = up_to(70.0, SHOP)
    run.steer(SetCapacity("q", 30))
    course = Course(SHOP, run.log.acts(), 120.0)
    found = branch_of(course, 60.0, [AddWorkers("C")])
    assert found.before.changes == (SetCapacity("q", 30, at=70.0),)
    assert found.scenario.changes == (AddWorkers("C", at=60.0),)
    page = text(found.comparison, ("the run", "the branch"), 200)
    assert "Up to 1:00.0 both are the same run, bit for bit." in page
    assert "1 change of A after that was by hand, and B is without." in page
    assert "at 1:10.0   capacity q 30 (in A alone)" in page


def test_where_a_run_was_paused_by_hand_later_both_end() -> None:
    """With what was changed before that; a branch that ends sooner is not concerned."""
    run = up_to(70.0, SHOP)
    run.steer(SetCapacity("q", 30))
    run.advance(90.0)
    run.pause_producing()
    course = Course(SHOP, run.log.acts(), 120.0)
    found = branch_of(course, 60.0, [AddWorkers("C")])
    assert found.stopped_at == 90.0
    assert found.spans == ((60.0, 90.0), (60.0, 90.0))
    assert found.before.changes == (SetCapacity("q", 30, at=70.0),)
    assert "Both end at 1:30.0, where A was paused" in text(found.comparison, ("a", "b"))
    sooner = branch_of(course, 60.0, [AddWorkers("C")], until=80.0)
    assert sooner.stopped_at is None
    assert sooner.spans == ((60.0, 80.0), (60.0, 80.0))


def test_a_run_that_drains_by_itself_can_branch_meanwhile() -> None:
    """Enough items were produced: nobody has drained it."""
    scenario = replace(one_queue(0.5, 1.0), end=End(items=10))
    ended = up_to(7.0, scenario)
    course = Course(scenario, ended.log.acts(), 7.0)
    found = branch_of(course, 6.0, [AddWorkers("C")])
    assert found.stopped_at is None
    assert found.spans[1][1] < found.spans[0][1]


def test_what_cannot_branch_says_why(tmp_path: Path) -> None:
    """One line, with what is wrong and what would be right."""
    record(tmp_path / "short.rec", SHOP, step=1.0)
    for of, at, change, match in (
        (SHOP, 130, "add C", "before the end, 2:00.0"),
        (tmp_path / "short.rec", 500, "add C", "at most 2:00.0, the end of the run"),
        (SHOP, -1, "add C", "at must be"),
        (SHOP, 60, "add nobody", "unknown worker 'nobody'"),
        (SHOP, 60, "remove C", "without a consumer"),
        (one_queue(items=10), 60, "add C", "before the end of the run, 0:10.5"),
    ):
        with pytest.raises(ScenarioError, match=match):
            branch(of, at, change)
    with pytest.raises(ScenarioError, match="needs a change"):
        branch(SHOP, 60)
    with pytest.raises(EndlessError):
        branch(one_queue(), 60, "add C")
    with pytest.raises(RecordingError, match="no such file"):
        branch(tmp_path / "none.rec", 60, "add C")


def test_an_act_of_another_version_is_one_line() -> None:
    """A change that this pcsim does not know is said, and not passed over."""
    run = up_to(5.0, SHOP)
    run.steer(AddWorkers("C"))
    (act,) = run.log.acts()
    assert act.change == written(AddWorkers("C", at=5.0))
    course = Course(SHOP, (act._replace(change='{"what":"magic","at":5}'),))
    with pytest.raises(ScenarioError, match="no change that this pcsim knows"):
        course.up_to(10.0)
