"""What `ProducerConsumerSystem` promises to those who call it from Python."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.errors import DeadlockError, PhaseError, ScenarioError, WorkerError
from pcsim.snapshot import Phase

GUARD = 20.0
"""Seconds after which a wait that should end is a failure."""


def _system(
    source: Any, destination: Any, capacity: int = 5, **more: Any
) -> ProducerConsumerSystem:
    system = ProducerConsumerSystem()
    system.add_queue("main", capacity)
    system.add_producer("P1", source, 0, queue_name="main")
    system.add_consumer("C1", destination, 0, queue_names="main", **more)
    return system


def test_everything_produced_arrives_in_order_as_the_same_object() -> None:
    """One producer, one consumer: the very objects, in the source's order."""
    source = [object() for _ in range(200)]
    arrived: list[object] = []
    system = _system(source, arrived)
    system.start()
    assert system.wait_for_completion(GUARD)
    assert [id(item) for item in arrived] == [id(item) for item in source]
    statistics = system.get_statistics()
    assert statistics["total_produced"] == statistics["total_consumed"] == 200
    assert statistics["total_queue_remaining"] == 0


def test_one_consumer_serves_three_queues(capsys: pytest.CaptureFixture[str]) -> None:
    """The second example of the README: round robin over three queues of capacity 5."""
    system = ProducerConsumerSystem()
    arrived: list[str] = []
    for number in (1, 2, 3):
        system.add_queue(f"q{number}", 5)
        source = [f"{number}-{k}" for k in range(20)]
        system.add_producer(f"P{number}", source, 0, queue_name=f"q{number}")
    system.add_consumer("C1", arrived, 0, queue_names=["q1", "q2", "q3"])
    with system:
        pass
    assert sorted(arrived) == sorted(f"{n}-{k}" for n in (1, 2, 3) for k in range(20))
    system.print_statistics()
    assert "books balance" in capsys.readouterr().out


def test_a_stage_hands_on_what_its_function_returns() -> None:
    """With `output` a consumer is a stage."""
    system = ProducerConsumerSystem()
    system.add_queue("a", 2)
    system.add_queue("b", 2)
    squares: list[int] = []
    system.add_producer("P", range(10), 0, queue_name="a")
    system.add_consumer("S", lambda n: n * n, 0, queue_names="a", output="b")
    system.add_consumer("C", squares, 0, queue_names="b")
    with system:
        pass
    assert squares == [n * n for n in range(10)]


def test_an_endless_source_is_drained_and_closed_once() -> None:
    """Drain pulls no more, delivers what was pulled, and closes the generator."""
    closed: list[bool] = []
    pulled: list[int] = []

    def endless() -> Iterator[int]:
        number = 0
        try:
            while True:
                pulled.append(number)
                yield number
                number += 1
        finally:
            closed.append(True)

    arrived: list[int] = []
    seen = threading.Event()

    def sink(item: int) -> None:
        arrived.append(item)
        if item == 50:
            seen.set()

    system = _system(endless(), sink)
    system.start()
    assert seen.wait(GUARD)
    system.drain()
    assert system.wait_for_completion(GUARD)
    assert arrived == pulled
    assert closed == [True]


def test_a_failing_sink_ends_the_run_and_names_worker_and_item() -> None:
    """The first error wins; its cause is the original."""

    def sink(item: int) -> None:
        if item == 6:
            raise ValueError("no sixes")

    system = _system(range(100), sink)
    system.start()
    with pytest.raises(WorkerError, match="C1 failed on item 7: ValueError: no sixes") as caught:
        system.wait_for_completion(GUARD)
    assert isinstance(caught.value.__cause__, ValueError)
    snapshot = system.snapshot()
    assert snapshot.phase is Phase.FAILED
    assert snapshot.totals.failed == 1
    assert snapshot.totals.balanced


def test_a_failing_item_can_be_skipped() -> None:
    """With `on_error="skip"` it is counted as failed and the run goes on."""
    arrived: list[int] = []

    def sink(item: int) -> None:
        if item == 3:
            raise SystemExit("not this one")
        arrived.append(item)

    system = _system(range(10), sink, on_error="skip")
    with system:
        pass
    assert arrived == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert system.snapshot().totals.failed == 1


def test_a_failing_source_delivers_what_it_gave_before() -> None:
    """The error is the run's, and names the item it failed to give."""

    def source() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    system = _system(source(), [])
    system.start()
    with pytest.raises(WorkerError, match="P1 failed on item 2: OSError: gone"):
        system.wait_for_completion(GUARD)


def test_a_consumer_that_reaches_its_limit_releases_its_producers() -> None:
    """`max_items`: leftovers are discarded, nobody hangs."""
    arrived: list[int] = []
    system = _system(range(1000), arrived, capacity=3, max_items=4)
    with system:
        pass
    totals = system.snapshot().totals
    assert arrived == [0, 1, 2, 3]
    assert totals.balanced
    assert totals.discarded == totals.produced - 4


def test_a_full_cycle_is_a_deadlock_that_says_who_waits_for_whom() -> None:
    """Two stages that feed each other fill their queues and stop for good."""
    system = ProducerConsumerSystem()
    system.add_queue("a", 1)
    system.add_queue("b", 1)
    system.add_producer("P", range(100), 0, queue_name="a")
    system.add_consumer("S1", lambda n: n, 0, queue_names="a", output="b")
    system.add_consumer("S2", lambda n: n, 0, queue_names="b", output="a")
    with pytest.warns(UserWarning, match="cycle"):
        system.start()
    with pytest.raises(DeadlockError, match="S1 waits on b"):
        system.wait_for_completion(GUARD)


def test_abort_wakes_all_who_are_blocked_and_shows_no_error() -> None:
    """A hundred producers blocked on one full queue are gone, and nothing failed."""
    gate = threading.Event()
    system = ProducerConsumerSystem()
    system.add_queue("main", 1)
    for number in range(100):
        system.add_producer(f"P{number}", range(10), 0, queue_name="main")
    system.add_consumer("C", lambda _: gate.wait(GUARD), 0, queue_names="main")
    system.start()
    system.abort()
    gate.set()
    assert system.wait_for_completion(GUARD)
    assert system.snapshot().phase is Phase.ABORTED
    assert system.snapshot().totals.balanced


def test_a_sink_that_hangs_is_named_and_given_up() -> None:
    """Waiting times out and names it; `stop` abandons it and counts its item as discarded."""
    gate = threading.Event()
    system = _system([1], lambda _: gate.wait(GUARD))
    system.start()
    assert system.wait_for_completion(timeout=0.05) is False
    assert system.unfinished_workers == ("C1",)
    system.stop(timeout=0.05)
    snapshot = system.snapshot()
    assert snapshot.abandoned == ("C1",)
    assert snapshot.totals.discarded == 1
    gate.set()


def test_pausing_makes_nothing_new_and_draining_ends_a_pause() -> None:
    """While paused a producer stands still; a drain is never a deadlock."""
    seen = threading.Event()
    system = _system(iter(int, 1), lambda _: seen.set())
    system.start()
    assert seen.wait(GUARD)
    system.pause_producing()
    assert not system.snapshot().producing
    system.drain()
    assert system.wait_for_completion(GUARD)
    assert system.snapshot().phase is Phase.FINISHED


def test_a_second_start_is_an_error_and_the_run_goes_on() -> None:
    """Exactly one start wins."""
    system = _system(range(10), [])
    system.start()
    with pytest.raises(PhaseError):
        system.start()
    assert system.wait_for_completion(GUARD)


def test_drain_and_abort_before_the_start_end_the_run() -> None:
    """A later start is an error."""
    for control in ("drain", "abort"):
        system = _system(range(10), [])
        getattr(system, control)()
        with pytest.raises(PhaseError):
            system.start()


def test_stop_from_ten_threads_gives_one_report() -> None:
    """And a stop after the end gives it again."""
    system = _system(iter(int, 1), lambda _: None)
    system.start()
    reports: list[dict[str, object]] = []
    threads = [
        threading.Thread(target=lambda: reports.append(system.stop(GUARD))) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GUARD)
    assert len(reports) == 10
    assert all(report == system.stop() for report in reports)


def test_a_worker_cannot_wait_for_its_own_end() -> None:
    """A join from a sink is an error, a drain from it a request."""
    system = ProducerConsumerSystem()

    def sink(_: object) -> None:
        system.drain()
        system.wait_for_completion()

    system.add_queue("main", 1)
    system.add_producer("P", iter(int, 1), 0, queue_name="main")
    system.add_consumer("C", sink, 0, queue_names="main")
    system.start()
    with pytest.raises(WorkerError, match="PhaseError"):
        system.wait_for_completion(GUARD)


@pytest.mark.parametrize("capacity", [0, -1, 2.5, float("nan"), True, "3", None, 10**30])
def test_a_wrong_capacity_is_refused_at_once(capacity: Any) -> None:
    """The error says what would be right."""
    with pytest.raises(ScenarioError, match="whole number, 1 or more"):
        ProducerConsumerSystem().add_queue("main", capacity)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1, "1", True])
def test_a_wrong_time_is_refused_at_once(seconds: Any) -> None:
    """For producers, consumers and timeouts alike."""
    system = ProducerConsumerSystem()
    with pytest.raises(ScenarioError):
        system.add_producer("P", [], seconds, queue_name="main")
    with pytest.raises(ScenarioError):
        system.add_consumer("C", [], seconds, queue_names="main")


def test_wrong_names_are_told_with_the_close_match() -> None:
    """Unknown, duplicate and twice-listed names."""
    system = _system([], [])
    with pytest.raises(ScenarioError, match="two queues named 'main'"):
        system.add_queue("main")
    with pytest.raises(ScenarioError, match="two workers named 'P1'"):
        system.add_producer("P1", [], queue_name="main")
    with pytest.raises(ScenarioError, match="lists queue 'main' twice"):
        system.add_consumer("C2", [], queue_names=["main", "main"])
    system.add_producer("P2", [], queue_name="mian")
    with pytest.raises(ScenarioError, match="did you mean 'main'"):
        system.start()
