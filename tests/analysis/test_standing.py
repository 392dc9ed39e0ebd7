"""A verdict stands until another one has held for a while."""

from __future__ import annotations

from pcsim.analysis.counterfactual import Diagnosis, Part, PartKind, Verdict
from pcsim.analysis.standing import HOLD, Standing, SteadyVerdict
from pcsim.snapshot import Snapshot
from pcsim.theory.statistics import confidence_interval
from tests.support.snapshots import consumer, producer, queue, snapshot


def limited_by(name: str, throughput: float = 1.0) -> Diagnosis:
    """A worker that is the limit."""
    part = Part(PartKind.WORKERS, (name,), (name,))
    return Diagnosis(Verdict.WORKERS, confidence_interval([throughput]), part)


SILENCE = Diagnosis(Verdict.NO_ARRIVALS, confidence_interval([0.0]))


def run_at(at: float) -> Snapshot:
    """A run of a producer and a consumer at a time."""
    return snapshot(queue(), producer(), consumer(), at=at)


def standing_at(verdict: SteadyVerdict, at: float) -> Standing | None:
    """What stands at a time."""
    return verdict.standing(run_at(at), run_at(at))


def test_the_first_verdict_stands_at_once() -> None:
    """There is nothing that it replaces."""
    verdict = SteadyVerdict()
    assert standing_at(verdict, 1) is None
    verdict.offer(limited_by("A"), 0.0, run_at(2))
    standing = standing_at(verdict, 2)
    assert standing is not None
    assert (standing.found, standing.since) == (limited_by("A"), 0.0)


def test_another_verdict_replaces_it_once_it_has_held_for_a_while() -> None:
    """It holds since the time at which it was first found."""
    verdict = SteadyVerdict()
    verdict.offer(limited_by("A"), 0.0, run_at(2))
    for at in (10.0, 11.0, 12.9):
        verdict.offer(limited_by("B"), 10.0, run_at(at))
        standing = standing_at(verdict, at)
        assert standing is not None
        assert standing.found == limited_by("A")
    verdict.offer(limited_by("B"), 10.0, run_at(10 + HOLD))
    standing = standing_at(verdict, 20)
    assert standing is not None
    assert (standing.found, standing.since, standing.part.begins_at) == (limited_by("B"), 10.0, 10)


def test_a_verdict_that_does_not_hold_changes_nothing() -> None:
    """Neither does one that comes again and again, and goes."""
    verdict = SteadyVerdict()
    for at in range(60):
        name = "B" if at % 3 == 2 else "A"
        verdict.offer(limited_by(name), float(at), run_at(at + 1))
        standing = standing_at(verdict, at + 1)
        assert standing is not None
        assert standing.found == limited_by("A")
        assert standing.since == 0.0


def test_other_numbers_are_no_other_verdict() -> None:
    """They are shown at once."""
    verdict = SteadyVerdict()
    verdict.offer(limited_by("A"), 0.0, run_at(2))
    verdict.offer(limited_by("A", 2.0), 5.0, run_at(6))
    standing = standing_at(verdict, 6)
    assert standing is not None
    assert (standing.found, standing.since) == (limited_by("A", 2.0), 0.0)


def test_a_run_that_goes_faster_holds_longer() -> None:
    """What counts is the time of those who read."""
    verdict = SteadyVerdict()
    verdict.offer(limited_by("A"), 0.0, run_at(2))
    verdict.offer(limited_by("B"), 100.0, run_at(100 + 10 * HOLD - 1), pace=10.0)
    assert standing_at(verdict, 200) is not None
    standing = standing_at(verdict, 200)
    assert standing is not None
    assert standing.found == limited_by("A")


def test_that_nothing_arrives_is_withdrawn_with_the_first_item() -> None:
    """It is wrong from then on, whatever is right."""
    verdict = SteadyVerdict()
    verdict.offer(SILENCE, 0.0, run_at(5))
    verdict.withdraw(Verdict.NO_ARRIVALS)
    assert standing_at(verdict, 6) is None
    verdict.offer(SILENCE, 0.0, run_at(7))
    verdict.offer(limited_by("A"), 8.0, run_at(8))
    assert standing_at(verdict, 8) is None
    verdict.offer(limited_by("A"), 8.0, run_at(9))
    standing = standing_at(verdict, 9)
    assert standing is not None
    assert (standing.found, standing.since) == (limited_by("A"), 8.0)


def test_that_nothing_more_arrives_stands_at_once() -> None:
    """Sources that have ended do not begin again."""
    verdict = SteadyVerdict()
    verdict.offer(limited_by("A"), 0.0, run_at(2))
    ended = snapshot(queue(), producer(until=9.0), consumer(), at=9.5)
    verdict.offer(SILENCE, 9.0, ended)
    standing = verdict.standing(ended, ended)
    assert standing is not None
    assert (standing.found, standing.since) == (SILENCE, 9.0)
