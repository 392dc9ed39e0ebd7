"""A run whose virtual time stands still is found and ended, and no other is."""

from __future__ import annotations

from itertools import count, repeat

import pytest
from msgspec.structs import replace

from pcsim.analysis.diagnosis import advice, sentence
from pcsim.engine.virtual import engine as virtual
from pcsim.engine.virtual import livelock
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.errors import EndlessError
from pcsim.experiments.simulate import adjusted, simulate
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Routing, Scenario
from pcsim.snapshot import Phase
from tests.support.small_scenarios import ring


@pytest.mark.parametrize("until", [None, 10.0])
def test_a_run_whose_time_stands_still_fails(until: float | None) -> None:
    """Two stages that take no time hand an item to and fro, and to a third that is not quick
    enough: which the scenario alone does not show."""
    ring = Scenario(
        (QueueSpec("a", 4), QueueSpec("b", 4)),
        (ProducerSpec("P", "a", 1.0, 2),),
        (
            ConsumerSpec("S", "a", 0.0, output="b"),
            ConsumerSpec("T", "b", 0.0, output="a"),
            ConsumerSpec("C", "b", 1000.0),
        ),
    )
    with pytest.raises(EndlessError, match="time stands still at 2"):
        simulate(ring, until=until)
    engine = virtual.VirtualEngine(adjusted(ring, until=until))
    engine.start()
    assert engine.join()
    final = engine.snapshot()
    assert final.phase is Phase.FAILED
    assert sentence(final).startswith("Time stands still at 2.0 s: items go round and round")
    assert advice(final).startswith("Give a stage of that cycle a service time")


def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test does not take long to see that nothing comes."""
    monkeypatch.setattr(livelock, "MOVES_BEFORE_LOOK", 10_000)
    monkeypatch.setattr(virtual, "EVENTS_PER_CHECK", 50)


LIVELOCKS = [
    ring(Routing.SHORTEST, "b", "a"),
    ring(Routing.BROADCAST, "b", "a", overflow=Overflow.DROP_NEW),
    ring(Routing.BROADCAST, "b", "a", overflow=Overflow.DROP_OLD),
]


@pytest.mark.parametrize("scenario", LIVELOCKS)
def test_time_that_stands_still_is_found_whatever_way_items_go(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shortest queue may always be that of the ring; copies that come and go at one time
    are no progress."""
    look_often(monkeypatch)
    for variant in (scenario, replace(scenario, warm_up="auto")):
        with pytest.raises(EndlessError, match="time stands still at "):
            simulate(variant, until=9000.0)


@pytest.mark.parametrize("scenario", LIVELOCKS)
def test_time_that_stands_still_ends_a_watched_run_too(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next snapshot reports it, in the words of a run without a screen."""
    look_often(monkeypatch)
    readings = count()
    watched = PacedRun(virtual.VirtualEngine(scenario), None, clock=lambda: float(next(readings)))
    watched.start()
    seen = next(seen for _ in repeat(None) if (seen := watched.snapshot()).phase.is_over)
    assert seen.phase is Phase.FAILED
    assert sentence(seen).startswith("Time stands still at ")
    assert isinstance(watched.error, EndlessError)
    assert not watched.catch_up()


def test_a_replication_that_stands_still_is_no_freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    """Advancing to a time ends as well."""
    look_often(monkeypatch)
    engine = virtual.VirtualEngine(LIVELOCKS[0])
    engine.start()
    assert not engine.advance(until=9000.0)
    assert engine.snapshot().phase is Phase.FAILED


def test_many_events_at_one_time_are_no_livelock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand items pass two stages at one time before the first is consumed."""
    monkeypatch.setattr(livelock, "MOVES_BEFORE_LOOK", 2 * virtual.EVENTS_PER_CHECK)
    many = 20_000
    line = Scenario(
        tuple(QueueSpec(name, many) for name in "abc"),
        (ProducerSpec("P", "a", 0.0, many),),
        (
            ConsumerSpec("S", "a", 0.0, output="b"),
            ConsumerSpec("T", "b", 0.0, output=("c", "a"), routing=Routing.RANDOM),
            ConsumerSpec("C", "c", 1.0),
        ),
    )
    assert simulate(line, until=3.0).snapshot.totals.consumed == 3
