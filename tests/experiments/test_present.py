"""The present of a scenario is what it does now, and changes only when that does."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential, Instants, mean_of
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.experiments.present import ODD, Present
from pcsim.scenario import Bursts, ConsumerSpec, End, ProducerSpec, QueueSpec, Retry, Scenario
from tests.support.small_scenarios import one_queue


def models(
    described: Scenario, real: Scenario, until: float, pace: float = 1.0
) -> dict[float, Scenario | None]:
    """The present of a scenario twice a second, in a run on threads that is really another one."""
    engine = VirtualEngine(real)
    present = Present(described)
    engine.start()
    seen: dict[float, Scenario | None] = {}
    at = 0.5
    while at <= until:
        engine.advance(until=at)
        snapshot = engine.snapshot()._replace(engine="threads")
        if snapshot.phase.is_over:
            break
        present.look(snapshot, snapshot.recent, pace)
        seen[at] = present.model
        at += 0.5
    return seen


def test_a_steady_run_has_one_present() -> None:
    """It is simulated once, however long the run is."""
    scenario = Scenario(
        queues=(QueueSpec("q", 20), QueueSpec("dead", 50)),
        producers=(ProducerSpec("P", "q", interval=Exponential(0.1), count=5),),
        consumers=(
            ConsumerSpec(
                "C", "q", 0.15, count=5, failure_probability=0.2, on_error=Retry(2, "dead")
            ),
            ConsumerSpec("D", "dead", Exponential(0.5)),
        ),
    )
    assert len(set(models(scenario, scenario, 120).values())) == 1


def test_what_ends_a_run_is_no_part_of_its_present() -> None:
    """Neither times nor numbers of items."""
    scenario = one_queue(0.1, 0.2, items=50, until=60.0, warm_up=5.0)
    model = models(scenario, scenario, 3)[3.0]
    assert model is not None
    assert (model.end, model.warm_up, model.producers[0].items) == (End(), 0.0, None)


def test_times_that_are_others_for_a_while_are_those_of_the_present() -> None:
    """A worker that is described as quick, and is slow."""
    seen = models(one_queue(0.1, 0.02), one_queue(0.1, 0.2), 40)
    first, last = seen[1.0], seen[40.0]
    assert first is not None
    assert first.consumers[0].service_time == 0.02
    assert last is not None
    assert mean_of(last.consumers[0].service_time) == pytest.approx(0.2, rel=0.02)
    changed_at = next(at for at in seen if seen[at] not in (None, first))
    assert changed_at >= ODD
    assert len(set(seen.values())) == 2


def test_code_that_is_described_without_times_has_those_measured() -> None:
    """A description in which no time passes cannot be simulated: what its first second was is the
    present."""
    seen = models(one_queue(0.0, 0.0), one_queue(0.0, 0.05), 30)
    first, early, last = seen[0.5], seen[2.0], seen[30.0]
    assert first is not None
    assert first.consumers[0].service_time == 0
    for model in (early, last):
        assert model is not None
        assert mean_of(model.consumers[0].service_time) == pytest.approx(0.05, rel=0.1)
    assert len(set(seen.values())) == 2


def test_recorded_arrivals_are_a_rate() -> None:
    """That of the last moments: first five a second, then one."""
    quick = [number / 5 for number in range(150)]
    instants = Instants(tuple(quick + [30 + number for number in range(1, 40)]))
    scenario = replace(one_queue(0.1, 0.05), producers=(ProducerSpec("P", "q", interval=instants),))
    seen = models(scenario, scenario, 60)
    early, late = seen[15.0], seen[55.0]
    assert early is not None
    assert mean_of(early.producers[0].interval) == pytest.approx(0.2, rel=0.3)
    assert late is not None
    assert mean_of(late.producers[0].interval) == pytest.approx(1.0, rel=0.5)


@pytest.mark.parametrize("pace", [1.0, 4.0])
def test_long_bursts_are_on_or_off(pace: float) -> None:
    """Off, nothing arrives; on, as if they never ended."""
    source = ProducerSpec("P", "q", interval=0.1, bursts=Bursts(30, 30))
    scenario = replace(one_queue(0.1, 0.01), producers=(source,))
    seen = models(scenario, scenario, 100, pace)
    on = seen[20.0]
    assert on is not None
    assert on.producers[0].bursts is None
    assert seen[50.0] is None
    assert seen[80.0] == on


def test_a_source_with_long_intervals_is_not_silent_between_them() -> None:
    """It is as slow as it was described."""
    scenario = one_queue(5.0, 0.1)
    assert None not in models(scenario, scenario, 60).values()


def test_items_that_go_round_need_no_source() -> None:
    """A closed system has a present after its sources have ended."""
    scenario = Scenario(
        queues=(QueueSpec("a", 10), QueueSpec("b", 10)),
        producers=(ProducerSpec("P", "a", interval=0.0, items=4),),
        consumers=(
            ConsumerSpec("X", "a", 0.1, output="b"),
            ConsumerSpec("Y", "b", 0.2, output="a"),
        ),
    )
    model = models(scenario, scenario, 20)[20.0]
    assert model is not None
    assert model.producers[0].items == 4
