"""The effect of a change, from what a run had done before it and after."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import mul

import pytest

from pcsim.analysis.change_effect import Effect, Effects, changes_in, over_replications
from pcsim.snapshot import Event, EventKind, Phase, Snapshot, Totals
from pcsim.snapshot.course import MOST_CHANGES, MOST_PARTS, Course, Tally
from tests.support.cases import case


def measured(consumed: Callable[[float], float], *changes: float, until: float = 30.0) -> Effects:
    """Effects of a run that had consumed so much by each time, and was changed at those."""
    effects = Effects()
    events = [Event(n, at, EventKind.CHANGED, "q") for n, at in enumerate(changes)]
    for tick in range(round(until * 10) + 1):
        at = tick / 10
        totals = Totals(consumed=round(consumed(at)))
        effects.add(Snapshot(tick, at, Phase.RUNNING, True, (), (), totals))
        while events and events[0].at <= at:
            effects.note([events.pop(0)])
    return effects


def wavy(at: float) -> float:
    """Ten a second, and now and then some more or less."""
    return 10 * at + (at * 7919) % 13


def test_a_faster_system_is_seen_to_be_faster() -> None:
    """With an interval around each side, over all of the time to the next change."""
    effects = measured(lambda at: wavy(at) + (10 * (at - 15) if at > 15 else 0), 15.0)
    (made,) = effects.changes
    before, after = made.effect.throughput
    assert before is not None
    assert after is not None
    assert before.mean == pytest.approx(10, abs=1)
    assert after.mean == pytest.approx(20, abs=1)
    assert before.low is not None
    assert before.low < 10 < (before.high or 0)
    assert made.effect.throughput.differs
    assert made.effect.text == "consumed 10.3 ±3.7 → 20.3 ±3.8/s"


def test_chance_is_no_difference() -> None:
    """Where nothing changes but the wobble."""
    for at in (12.0, 15.0, 18.0):
        with case(at):
            (made,) = measured(wavy, at).changes
            assert made.effect.is_measured
            assert not made.effect.throughput.differs
            assert made.effect.text.endswith("no difference")


def test_a_side_reaches_over_no_other_change() -> None:
    """The latest comes first, and each is compared with what was between."""

    def consumed(at: float) -> float:
        if at <= 10:
            return 10 * at
        return 100 + (20 * (at - 10) if at <= 14 else 80 + 5 * (at - 14))

    last, first = measured(consumed, 10.0, 14.0).changes
    for made, before, after in ((first, 10, 20), (last, 20, 5)):
        sides = made.effect.throughput
        assert sides.before is not None
        assert sides.after is not None
        assert sides.before.mean == pytest.approx(before, rel=0.02)
        assert sides.after.mean == pytest.approx(after, rel=0.02)
        assert sides.differs


def test_changes_in_one_moment_count_as_one() -> None:
    """Each of them has what was before the first and after the last."""

    def consumed(at: float) -> float:
        return 10 * at if at <= 10 else 100 + 20 * (at - 10)

    for made in measured(consumed, 10.0, 10.05, 10.1).changes:
        with case(made.at):
            sides = made.effect.throughput
            assert sides.before is not None
            assert sides.after is not None
            assert (round(sides.before.mean), round(sides.after.mean)) == (10, 20)


def test_nothing_is_said_too_early() -> None:
    """Of a change that was made a moment ago, or right after the start."""
    (made,) = measured(wavy, 9.5, until=10.0).changes
    assert made.effect.throughput.after is None
    assert made.effect.text == ""
    (made,) = measured(wavy, 0.5).changes
    assert made.effect.throughput.before is None
    assert not Effect().throughput.differs


def test_what_was_not_changed_has_no_effect() -> None:
    """Its event has a message; other events are none."""
    effects = Effects()
    effects.note(
        [Event(0, 1.0, EventKind.CHANGED, "q", message="no"), Event(1, 1.0, EventKind.DONE, "C")]
    )
    assert effects.changes == ()


def test_waits_and_depths_are_measured_beside_the_throughput() -> None:
    """Only those that differ are said; a wait is per item, not per second."""
    course = Course()
    for tick in range(201):
        at, late = tick / 10, max(tick / 10 - 10, 0.0)
        waited = 5 * min(at, 10) * 2.0 + 5 * late * 0.5
        course.add(Tally(at, 5 * at, 5 * at, waited, waited, 5 * at, waited + 5 * at))
        if tick == 100:
            course.change(Event(0, at, EventKind.CHANGED, "C", what="add", was="1", now="2"))
    (made,) = changes_in(course)
    effect = made.effect
    for sides, before, after in (
        (effect.waiting_time, 2.0, 0.5),
        (effect.depth, 10.0, 2.5),
        (effect.sojourn_time, 3.0, 1.5),
    ):
        assert sides.before is not None
        assert sides.after is not None
        assert (sides.before.mean, sides.after.mean) == pytest.approx((before, after))
    assert effect.text == "consumed 5/s → 5/s: no difference"
    assert effect.waits_text == "waited 2.0 ±0 s → 500 ±0 ms, queued 10 ±0 → 2.5 ±0"


def test_over_replications_the_interval_is_that_of_their_means() -> None:
    """A change that one of the runs has not made is left out."""
    rows = [measured(partial(mul, 10 + k), 10.0, 20.0 + (k == 2)).changes[::-1] for k in range(3)]
    (made,) = over_replications(rows)
    sides = made.effect.throughput
    assert sides.before is not None
    assert sides.before.count == 3
    assert sides.before.mean == pytest.approx(11)
    assert sides.before.low is not None
    assert sides.before.low < 10


def test_a_course_stays_small_however_long_a_run_is() -> None:
    """And has the same sums, whichever looks it has forgotten."""
    course = Course()
    for tick in range(100_000):
        course.add(Tally(tick / 10, consumed=tick))
    (stretch,) = course.stretches
    assert len(stretch.tallies) <= MOST_PARTS + 2
    assert stretch.end.consumed - stretch.begin.consumed == 99_999


def test_what_came_before_the_end_of_the_warm_up_does_not_count() -> None:
    """Measured times begin anew then: the side begins there."""
    course = Course()
    for tick in range(301):
        at = tick / 10
        counted = at if at < 10 else at - 10
        course.add(Tally(at, 7 * at, waits=counted, waited=counted))
    course.change(Event(0, 30.0, EventKind.CHANGED, "q"))
    assert course.stretches[0].begin.at == pytest.approx(10, abs=0.2)


def test_of_many_changes_the_latest_are_kept() -> None:
    """With what was between them; memory has a bound."""
    course = Course()
    course.add(Tally())
    for number in range(MOST_CHANGES + 50):
        course.change(Event(number, float(number), EventKind.CHANGED, "q"))
        course.add(Tally(number + 0.5, consumed=number))
    assert [one.number for one in course.changes] == list(range(50, MOST_CHANGES + 50))
    assert len(course.stretches) == MOST_CHANGES + 1
    assert course.stretches[1].begin.at == 50
