"""Contract: stages that put into each other's queues, on both engines: ends and deadlocks."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from pcsim.analysis.event_text import describe
from pcsim.errors import DeadlockError
from pcsim.scenario import (
    ConsumerSpec,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Scenario,
)  # fmt: skip
from pcsim.snapshot import EventKind, Phase, Snapshot, WorkerState
from tests.contract.bench import Bench, Boom, is_done, is_full, worker


def ring(capacity: int, service: float = 0, **has: Any) -> Scenario:
    """Two stages that put into each other's queue."""
    return Scenario(
        (QueueSpec("a", capacity, **has), QueueSpec("b", capacity, **has)),
        (ProducerSpec("P", "a", 0),),
        (ConsumerSpec("S", "a", 0, output="b"), ConsumerSpec("T", "b", service, output="a")),
    )


def test_a_full_cycle_is_a_deadlock_and_names_the_waiting_workers(bench: Bench) -> None:
    """The same words on both engines. T keeps its first item until all others wait."""

    def all_stand(snapshot: Snapshot) -> bool:
        return is_full("P")(snapshot) and is_full("S")(snapshot)

    scenario = ring(1, service=bench.slow_time)
    final = bench.run(scenario, {"P": range(20)}, {"T": bench.slow(all_stand)})
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert final.failure.is_deadlock
    assert final.failure.worker == ""
    assert isinstance(bench.engine.error, DeadlockError)
    message = "deadlock: P waits on a (full); S waits on b (full); T waits on a (full)"
    assert str(bench.engine.error) == final.failure.message == message
    assert final.totals.discarded == final.totals.produced == 5
    failed = [event for event in bench.engine.events().events if event.kind is EventKind.FAILED]
    assert [(event.subject, describe(event)) for event in failed] == [("run", message)]


def test_a_cycle_that_has_emptied_itself_ends(bench: Bench) -> None:
    """Nobody will ever put again: that is an end, not a deadlock."""
    rounds: Counter[int] = Counter()

    def twice(data: int) -> int:
        rounds[data] += 1
        if rounds[data] == 2:
            raise Boom("out")
        return data

    final = bench.run(
        Scenario(
            (QueueSpec("a", 50), QueueSpec("b", 50)),
            (ProducerSpec("P", "a", 0),),
            (
                ConsumerSpec("S", "a", 0, output="b", on_error="skip"),
                ConsumerSpec("T", "b", 0, output="a"),
            ),
        ),
        {"P": range(10)},
        {"S": twice},
    )
    assert final.phase is Phase.FINISHED
    assert final.failure is None
    assert final.totals.failed == 10


def test_a_deadlock_is_kept_as_it_was(bench: Bench) -> None:
    """Its end lets the workers go and empties the queues; states, depths and items stay."""

    def all_stand(snapshot: Snapshot) -> bool:
        return is_full("P")(snapshot) and is_full("S")(snapshot)

    scenario = ring(2, service=bench.slow_time)
    final = bench.run(scenario, {"P": range(20)}, {"T": bench.slow(all_stand)})
    kept = final.at_deadlock
    assert kept is not None
    assert final.totals.queued == 0
    assert {row.name: row.depth for row in kept.queues} == {"a": 2, "b": 2}
    states = {row.name: (row.state, row.queue, row.in_hand) for row in kept.workers}
    assert states == {
        "P": (WorkerState.BLOCKED, "a", 1),
        "S": (WorkerState.BLOCKED, "b", 1),
        "T": (WorkerState.BLOCKED, "a", 1),
    }
    assert kept.failure == final.failure
    assert kept.totals.balanced
    assert kept.totals.in_system == 7
    for name in ("a", "b"):
        detail = bench.engine.queue_detail(name)
        assert (detail.depth, len(detail.items)) == (2, 2)
    detail = bench.engine.queue_detail("b", limit=1)
    assert (detail.depth, len(detail.items)) == (2, 1)
    assert final.recent.at_deadlock is None or final.recent is final


def test_the_end_of_a_worker_can_leave_the_others_in_deadlock(bench: Bench) -> None:
    """The last other reader of a queue has its fill and ends, while a stage waits to put into
    that queue: nobody blocks any more, and the deadlock is found at once, though others go on."""

    def only_r_works(snapshot: Snapshot) -> bool:
        return is_done("P")(snapshot) and is_full("S")(snapshot)

    final = bench.run(
        Scenario(
            (QueueSpec("a", 1), QueueSpec("b", 1)),
            (ProducerSpec("P", "a", 0), ProducerSpec("Q", "b", 1.5 * bench.slow_time, 3)),
            (
                ConsumerSpec("R", "a", bench.slow_time, max_items=1),
                ConsumerSpec("S", "a", bench.steady_time, output="a"),
                ConsumerSpec("C", "b", 0),
            ),
        ),
        {"P": range(3)},
        {"R": bench.slow(only_r_works)},
    )
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert final.failure.is_deadlock
    assert isinstance(bench.engine.error, DeadlockError)
    assert worker(final, "R").done_total == 1
    assert worker(final, "R").state == "done"
    if bench.is_virtual:
        assert final.at == bench.slow_time


def test_a_put_that_gives_up_is_no_deadlock(bench: Bench) -> None:
    """With a put timeout a full cycle goes on by dropping."""
    scenario = Scenario(
        (QueueSpec("a", 1), QueueSpec("b", 1)),
        (ProducerSpec("P", "a", 0, put_timeout=0.001),),
        (
            ConsumerSpec("S", "a", 0, output="b", put_timeout=0.001),
            ConsumerSpec("T", "b", 0, output="a", put_timeout=0.001, max_items=30),
        ),
        end=End(items=200),
    )
    final = bench.run(scenario)
    assert final.failure is None
    assert final.phase is Phase.FINISHED
    assert worker(final, "T").got_total == 30


@pytest.mark.parametrize("overflow", [Overflow.DROP_NEW, Overflow.DROP_OLD])
def test_a_cycle_that_drops_never_blocks(bench: Bench, overflow: Overflow) -> None:
    """It goes round until it is stopped."""
    bench.started(ring(2, overflow=overflow), {"P": range(20)})
    bench.until(lambda s: worker(s, "T").put_total >= 50)
    bench.engine.abort()
    final = bench.end()
    assert final.phase is Phase.ABORTED
    assert final.failure is None
