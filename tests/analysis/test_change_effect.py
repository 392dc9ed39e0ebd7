"""The effect of a change, from snapshots before it and after."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pcsim.analysis.change_effect import Effect, Effects
from pcsim.snapshot import Event, EventKind, Phase, Snapshot, Totals
from tests.support.cases import case


def measured(consumed: Callable[[float], float], *changes: float, until: float = 30.0) -> Effects:
    """Effects of a run that had consumed so much by each time, and was changed at those."""
    effects = Effects()
    effects.note([Event(n, at, EventKind.CHANGED, "q") for n, at in enumerate(changes)])
    for tick in range(round(until * 10) + 1):
        at = tick / 10
        totals = Totals(consumed=round(consumed(at)))
        effects.add(Snapshot(tick, at, Phase.RUNNING, True, (), (), totals))
    return effects


def wavy(at: float) -> float:
    """Ten a second, and now and then some more or less."""
    return 10 * at + (at * 7919) % 13


def test_a_faster_system_is_seen_to_be_faster() -> None:
    """With an interval around each side."""
    effects = measured(lambda at: wavy(at) + (10 * (at - 15) if at > 15 else 0), 15.0)
    (made,) = effects.changes
    before, after = made.effect.before, made.effect.after
    assert before is not None
    assert after is not None
    assert before.mean == pytest.approx(10, abs=1)
    assert after.mean == pytest.approx(20, abs=1)
    assert before.low is not None
    assert before.low < 10 < (before.high or 0)
    assert made.effect.differs
    assert made.effect.text == "consumed 9.4 ±4.4 → 20.7 ±3.6/s"


def test_chance_is_no_difference() -> None:
    """Where nothing changes but the wobble."""
    for at in (12.0, 15.0, 18.0):
        with case(at):
            (made,) = measured(wavy, at).changes
            assert made.effect.is_measured
            assert not made.effect.differs
            assert made.effect.text.endswith("no difference")


def test_a_side_reaches_over_no_other_change() -> None:
    """The latest comes first, and each is compared with what was between."""

    def consumed(at: float) -> float:
        if at <= 10:
            return 10 * at
        return 100 + (20 * (at - 10) if at <= 14 else 80 + 5 * (at - 14))

    last, first = measured(consumed, 10.0, 14.0).changes
    for effect, before, after in ((first.effect, 10, 20), (last.effect, 20, 5)):
        assert effect.before is not None
        assert effect.after is not None
        assert effect.before.mean == pytest.approx(before, rel=0.02)
        assert effect.after.mean == pytest.approx(after, rel=0.02)
        assert effect.differs


def test_nothing_is_said_too_early() -> None:
    """Of a change that was made a moment ago, or right after the start."""
    (made,) = measured(wavy, 9.5, until=10.0).changes
    assert made.effect.after is None
    assert made.effect.text == ""
    (made,) = measured(wavy, 0.5).changes
    assert made.effect.before is None
    assert not Effect().differs


def test_what_was_not_changed_has_no_effect() -> None:
    """Its event has a message; other events are none."""
    effects = Effects()
    effects.note(
        [Event(0, 1.0, EventKind.CHANGED, "q", message="no"), Event(1, 1.0, EventKind.DONE, "C")]
    )
    assert effects.changes == ()
