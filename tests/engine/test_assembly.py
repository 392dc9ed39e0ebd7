"""Each worker gets the items, limits and intervals that its description promises."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.distributions import Instants
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from tests.support.engines import GUARD

Q = QueueSpec("main", 2)


C = ConsumerSpec("C", ("main",), 0)


def test_an_engine_makes_numbers_for_a_producer_without_a_source() -> None:
    """As a demo does: `items` of them, numbered, and a consumer drops them."""
    got: list[object] = []
    specs = (ProducerSpec("P", "main", 0, 3), ProducerSpec("none", "main", 0, 0))
    engine = ThreadsEngine(Scenario((Q,), specs, (C,)), sinks={"C": got.append})
    engine.start()
    assert engine.join(GUARD)
    assert got == [1, 2, 3]
    assert [row.source_size for row in engine.snapshot().producers] == [3, 0]
    with pytest.raises(KeyError):
        engine.queue_detail("nothing")


def test_items_limits_a_longer_source() -> None:
    """The smaller of the two counts."""
    got: list[object] = []
    pulled = threading.Event()

    def source() -> Any:
        yield from (1, 2)
        pulled.set()
        yield 3

    engine = ThreadsEngine(
        Scenario((Q,), (ProducerSpec("P", "main", 0, 2),), (C,)),
        {"P": source()},
        {"C": got.append},
    )
    engine.start()
    assert engine.join(GUARD)
    assert got == [1, 2]
    assert not pulled.is_set()


def test_an_interval_comes_before_each_item_and_not_after_the_last() -> None:
    """Where the size is known: a run of 3 items at 0.01 s is no longer than it must be."""
    system = ProducerConsumerSystem()
    system.add_queue("q", 3)
    system.add_producer("P", [1, 2], 0.005, "q")
    system.add_consumer("C", None, 0, queue_names="q")
    with system:
        pass
    row = system.snapshot().workers[0]
    assert row.lifetime(system.snapshot().at) >= 0.0099


@pytest.mark.parametrize("kind", [ThreadsEngine, VirtualEngine])
@pytest.mark.parametrize("source", [None, range(9)])
def test_after_the_last_recorded_time_nothing_comes(
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
