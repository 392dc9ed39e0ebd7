"""Little's law holds in every run in which nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.analysis.littles_law import LittlesLaw
from pcsim.distributions import Exponential
from pcsim.experiments.simulate import simulate
from pcsim.scenario import (
    End,
    Scenario,
)
from tests.support.random_systems import FROM_0, ended, systems
from tests.support.small_scenarios import one_queue


@settings(max_examples=60, deadline=None)
@given(systems(), st.integers(1, 40))
def test_littles_law_is_exact_when_every_item_is_consumed(scenario: Scenario, items: int) -> None:
    """What is between production and consumption, integrated, is the sum of the sojourns."""
    _, seen = ended(replace(scenario, end=End(items=items)))
    system = seen.system
    assert system.consumed == items
    assert system.littles_product == pytest.approx(system.mean_in_system, rel=1e-9, abs=1e-12)
    assert system.mean_in_system == pytest.approx(
        system.throughput * seen.sojourn_time.mean, rel=1e-9, abs=1e-12
    )
    for name, queue in seen.queues.items():
        waited = queue.throughput * seen.waiting_times[name].mean
        assert queue.mean_depth == pytest.approx(waited, rel=1e-9, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(systems(), st.floats(5.0, 40.0), FROM_0.map(lambda share: share * 4))
def test_littles_law_holds_within_the_edges(
    scenario: Scenario, until: float, warm_up: float
) -> None:
    """A run that ends early lacks what is left at its end, and has too much by what was there when
    its warm-up ended: for no longer than the one and the other had been there."""
    engine, seen = ended(replace(scenario, end=End(until), warm_up=warm_up))
    area = seen.system.mean_in_system * seen.system.duration
    sojourns = engine.snapshot().sojourn_time
    there = 0 if engine.warmed is None else engine.warmed.totals.in_system
    surplus = sojourns.mean * sojourns.count - area
    discarded = engine.snapshot().totals.discarded
    assert -discarded * seen.system.duration - 1e-9 <= surplus <= there * warm_up + 1e-9


def test_nothing_in_the_system_is_no_gap_from_littles_law() -> None:
    """No time passes there, but the times outside it do not add up to the last bit."""
    quick = replace(one_queue(Exponential(1.8), 0.0, consumers=2, items=5), seed=3)
    for seed in range(50):
        assert simulate(quick, seed=seed).littles_gap == 0.0


def test_the_gap_is_relative_to_what_was_in_the_system() -> None:
    """Whichever side is larger; the law holds up to 1 %."""
    assert LittlesLaw(4.0, 3.0).gap == LittlesLaw(4.0, 5.0).gap == 0.25
    assert LittlesLaw(100.0, 99.0).sentence.startswith("Little's law holds: ")
    assert LittlesLaw(100.0, 98.9).sentence.startswith("Little's law is off ")
