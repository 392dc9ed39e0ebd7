"""What the sentence names can be pointed at: a limit, a deadlock, a worker that failed."""

from __future__ import annotations

from pcsim.analysis.diagnosis import sentence
from pcsim.analysis.named import FAILED, LIMIT, STUCK, Named
from pcsim.analysis.naming import named
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Failure, Snapshot
from tests.tui.scenarios import CYCLE, FAN, THREE_HUNDRED


def seen(scenario: Scenario, at: float) -> Snapshot:
    engine = VirtualEngine(scenario)
    engine.start()
    engine.advance(at)
    return engine.snapshot()


def test_the_limit_is_what_the_sentence_names() -> None:
    """The workers, and the queue before them; nothing before the start."""
    snapshot = seen(FAN, 20.0)
    found = named(snapshot)
    assert found == Named(LIMIT, frozenset({"writer"}), ("store",))
    assert sentence(snapshot).startswith("writer is the bottleneck")
    crowd = named(seen(THREE_HUNDRED, 10.0))
    assert crowd.queues == ("b",)
    assert crowd.workers == {f"writer-{number}" for number in range(1, 101)}
    assert named(VirtualEngine(FAN).snapshot()) == Named()


def test_of_a_deadlock_the_cycle_is_named() -> None:
    """Not those who wait beside it."""
    found = named(seen(CYCLE, 10.0))
    assert found.word == STUCK
    assert found.workers == {"Splitter", "Returner"}
    assert set(found.queues) == {"todo", "again"}


def test_of_a_failure_the_worker_is_named() -> None:
    """It has no queue."""
    snapshot = seen(FAN, 1.0)._replace(failure=Failure("writer", 3, "no"))
    assert named(snapshot) == Named(FAILED, frozenset({"writer"}))


def test_sources_that_limit_are_named_themselves() -> None:
    """No queue stands before them."""
    scenario = Scenario(
        (QueueSpec("q", 10),), (ProducerSpec("P", "q", 1.0),), (ConsumerSpec("C", "q", 0.1),)
    )
    assert named(seen(scenario, 30.0)) == Named(LIMIT, frozenset({"P"}))
