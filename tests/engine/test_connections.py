"""What closes, and which workers are released, as others leave."""

from __future__ import annotations

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.analysis.event_text import describe, note
from pcsim.errors import WorkerError
from pcsim.snapshot import EventKind, Phase
from tests.support.engines import GUARD, Boom, Gate, endless, failing_at, line, state_of, until


@pytest.mark.parametrize("capacity", [1, 3])
def test_when_the_last_reader_dies_its_producers_are_released(capacity: int) -> None:
    """Consumers that fail one after the other leave no producer blocked."""
    system = ProducerConsumerSystem()
    system.add_queue("q", capacity)
    for number in range(3):
        system.add_producer(f"P{number}", endless(), 0, "q")
    for number in range(2):
        system.add_consumer(f"C{number}", failing_at(3, Boom()), 0, queue_names="q")
    system.start()
    with pytest.raises(WorkerError):
        system.wait_for_completion(GUARD)
    assert system.snapshot().totals.balanced


def test_reaching_max_items_ends_a_run_whose_producers_have_more() -> None:
    """The leftovers are discarded, and the log has the cause."""
    dest: list[int] = []
    system = line(endless(), dest, max_items=7)
    system.start()
    assert system.wait_for_completion(GUARD)
    snapshot = system.snapshot()
    assert dest == list(range(7))
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.consumed == 7
    assert snapshot.totals.discarded == snapshot.totals.produced - 7
    notes = {row.name: note(row) for row in snapshot.workers}
    assert notes["C"] == "its limit of 7 reached"
    assert notes["P"] == "the queue it puts into has no consumer left"


@pytest.mark.parametrize("paused", [False, True])
def test_a_producer_that_sleeps_is_released_when_its_last_reader_is_gone(paused: bool) -> None:
    """Neither an hour's interval nor a pause keeps a run alive that nobody reads any more."""
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("q", 3)
    system.add_producer("slow", range(5), 3600, "q")
    system.add_producer("quick", ["x"], 0, "q")
    system.add_consumer("C", gate, 0, 1, "q")
    system.start()
    assert gate.entered.wait(GUARD)
    if paused:
        system.pause_producing()
        until(system, lambda s: state_of(s, "slow") == "paused")
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert gate.got == ["x"]
    assert system.snapshot().totals.balanced


def test_a_consumer_goes_on_with_the_queues_that_are_left() -> None:
    """One of its queues closes, the others do not suffer."""
    dest: list[str] = []
    system = ProducerConsumerSystem()
    for name, number in (("a", 3), ("b", 200)):
        system.add_queue(name, 2)
        system.add_producer(f"P{name}", [name] * number, 0, name)
    system.add_consumer("C", dest, 0, queue_names=["a", "b"])
    with system:
        pass
    assert (dest.count("a"), dest.count("b")) == (3, 200)


def test_one_last_item_goes_to_exactly_one() -> None:
    """The others end without one."""
    for _ in range(30):
        got: list[int] = []
        system = ProducerConsumerSystem()
        system.add_queue("q", 1)
        system.add_producer("P", [1], 0, "q")
        for number in range(4):
            system.add_consumer(f"C{number}", got, 0, queue_names="q")
        with system:
            pass
        assert got == [1]


def test_when_the_last_reader_of_a_stage_is_gone_the_stage_is_released() -> None:
    """Release goes upstream, all the way to the source, and the leftovers are discarded."""
    system = ProducerConsumerSystem()
    system.add_queue("a", 2)
    system.add_queue("b", 2)
    system.add_producer("P", endless(), 0, "a")
    system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("C", None, 0, 5, "b")
    system.start()
    assert system.wait_for_completion(GUARD)
    snapshot = system.snapshot()
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.consumed == 5
    assert snapshot.totals.discarded == snapshot.totals.produced - 5
    messages = [describe(e) for e in system.events().events if e.kind is EventKind.DISCARDED]
    assert len(messages) <= sum(row.discarded_total > 0 for row in snapshot.queues)
    assert all(text.endswith("no consumer is left") for text in messages)
