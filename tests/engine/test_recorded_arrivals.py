"""Recorded arrivals come at their instants, and not at intervals after whatever held them up."""

from __future__ import annotations

import pytest

from pcsim.distributions import Instants
from pcsim.engine.behaviours import on_schedule
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import ScenarioError
from pcsim.scenario import Bursts, ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from tests.support.engines import GUARD

ARRIVALS = Instants((1.0, 2.0, 3.0, 4.0, 10.0))


def test_arrivals_are_kept_and_late_ones_come_at_once() -> None:
    """A producer held up at a full queue catches up, and is on time again."""
    scenario = Scenario(
        queues=(QueueSpec("q", 1),),
        producers=(ProducerSpec("P", "q", ARRIVALS),),
        consumers=(ConsumerSpec("C", ("q",), 2.5),),
    )
    engine = VirtualEngine(scenario)
    engine.start()
    made: list[float] = []
    for instant in (1.0, 2.0, 3.0, 3.5, 4.0, 9.99, 10.0):
        engine.advance(until=instant)
        made.append(engine.snapshot().totals.produced)
    assert made == [1, 2, 3, 3, 4, 4, 5]
    assert engine.join()
    assert engine.snapshot().totals.consumed == 5


def test_what_is_left_until_an_instant_is_never_negative() -> None:
    """Nothing where it has passed."""
    now = iter([0.5, 2.5, 2.5])
    assert list(on_schedule([1.0, 2.0, 3.0], lambda: next(now))) == [0.5, 0.0, 0.5]


@pytest.mark.parametrize("kind", [ThreadsEngine, VirtualEngine])
@pytest.mark.parametrize("source", [None, range(9)])
def test_after_the_last_instant_nothing_comes(
    kind: type[ThreadsEngine | VirtualEngine], source: range | None
) -> None:
    """However many items are wanted, or could be had."""
    scenario = Scenario(
        queues=(QueueSpec("q", 9),),
        producers=(ProducerSpec("P", "q", Instants((0.01, 0.02, 0.03)), items=5),),
        consumers=(ConsumerSpec("C", "q", 0.0),),
    )
    engine = kind(scenario, {} if source is None else {"P": source})
    engine.start()
    assert engine.join(GUARD)
    assert engine.snapshot().totals.consumed == 3


def test_recorded_arrivals_have_no_bursts() -> None:
    """They say themselves when the producer is silent."""
    with pytest.raises(ScenarioError, match="bursts of producer 'P' do not go with"):
        ProducerSpec("P", "q", ARRIVALS, bursts=Bursts(1.0, 1.0))
