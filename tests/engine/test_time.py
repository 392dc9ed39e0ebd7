"""Time: what is given, what is kept, and which clock counts."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem, runtime
from pcsim.engine.books.ledger import Activity
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.threads.worker import ThreadWorker
from pcsim.engine.worker import Stopped
from pcsim.errors import ScenarioError
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import BlockReason, WorkerState
from tests.support.engines import GUARD, endless, line, stands_at_full, state_of, until

WRONG_TIMES: list[Any] = [
    float("nan"), float("inf"), float("-inf"), -1, -1e-300, 10**400, -(10**400), True, None, "1",
    Decimal(1), [],
]  # fmt: skip


@pytest.mark.parametrize("seconds", WRONG_TIMES)
def test_a_time_is_finite_seconds_of_zero_or_more(seconds: Any) -> None:
    """Delays and timeouts alike, when they are given."""
    system = line([], None)
    for call in (
        lambda: system.add_producer("X", [], seconds, "q"),
        lambda: system.add_consumer("X", None, seconds, queue_names="q"),
        lambda: system.stop(seconds),
    ):
        with pytest.raises(ScenarioError, match="must be a number of seconds, 0 or more"):
            call()
    if seconds is not None:
        with pytest.raises(ValueError, match="seconds, 0 or more"):
            system.wait_for_completion(seconds)


class FakeTime:
    """A clock that only sleeping moves, and a bell that sleeps too long by a constant."""

    def __init__(self, overshoot: float) -> None:
        self.now = 1000.0
        self.overshoot = overshoot
        self.rings_at: list[float] = []

    def clock(self) -> float:
        """Now."""
        return self.now

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Sleep for the timeout and a little more, or until it rings."""
        assert timeout > 0
        if self.rings_at and self.rings_at[0] <= self.now + timeout:
            self.now = max(self.rings_at.pop(0), self.now)
            return True
        self.now += timeout + self.overshoot
        return False


def worker_on(fake: FakeTime, monkeypatch: pytest.MonkeyPatch, number: int = 0) -> ThreadWorker:
    """A worker whose clock and bell are the fake, not started."""
    monkeypatch.setattr(runtime, "clock", fake.clock)
    engine = ThreadsEngine(
        Scenario((QueueSpec("q"),), (ProducerSpec("P", "q", 0.001),), (ConsumerSpec("C", ("q",)),))
    )
    made = engine.workers[number]
    monkeypatch.setattr(made, "_bell", fake)
    return made


@pytest.mark.parametrize("overshoot", [0.0, 60e-6, 0.4e-3, 0.9e-3])
def test_a_thousand_works_take_a_thousand_times_as_long(
    overshoot: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sleep that ends late makes the next one shorter: the error does not add up."""
    fake = FakeTime(overshoot)
    worker = worker_on(fake, monkeypatch)
    for _ in range(1_000):
        worker._work(0.001)
    assert fake.now - 1000.0 == pytest.approx(1.0, abs=1.001e-3)


def test_after_a_suspend_there_is_no_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour's sleep of the machine does not shorten the works after it."""
    fake = FakeTime(0.0)
    worker = worker_on(fake, monkeypatch)
    worker._work(1.0)
    fake.overshoot = 3600.0
    worker._work(1.0)
    fake.overshoot = 0.0
    woken = fake.now
    for _ in range(10):
        worker._work(1.0)
    assert fake.now - woken == pytest.approx(10)


def test_a_wait_at_a_queue_is_not_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Being late is carried from work to work, not across a wait for others."""
    fake = FakeTime(0.1)
    worker = worker_on(fake, monkeypatch)
    worker._work(1.0)
    worker.blocked(Activity(WorkerState.BLOCKED, 0, "main", BlockReason.FULL))
    fake.now += 5.0
    worker.resumed(fake.now)
    resumed = fake.now
    fake.overshoot = 0.0
    worker._work(1.0)
    assert fake.now - resumed == pytest.approx(1.0)


def test_a_pause_keeps_the_rest_of_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paused 0.3 s into a second, it works 0.7 s more when it goes on."""
    fake = FakeTime(0.0)
    worker = worker_on(fake, monkeypatch)
    engine = worker._host
    held: list[float] = []

    def hold() -> None:
        held.append(fake.now)
        fake.now += 50.0
        engine.flags.holds_producers = False

    monkeypatch.setattr(worker, "_pause", hold)
    engine.flags.holds_producers = True
    fake.rings_at = [1000.3]
    worker._work(1.0)
    assert held == [1000.3]
    assert fake.now == pytest.approx(1051.0)


def test_a_bell_that_means_nothing_changes_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """A late ring of a pause that is over is slept through."""
    fake = FakeTime(0.0)
    worker = worker_on(fake, monkeypatch)
    fake.rings_at = [1000.0, 1000.3, 1000.6]
    worker._work(1.0)
    assert fake.now == pytest.approx(1001.0)


def test_an_abort_ends_any_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer does not finish the hour it is in."""
    fake = FakeTime(0.0)
    worker = worker_on(fake, monkeypatch, number=1)
    worker._host.flags.aborting = True
    fake.rings_at = [1000.3]
    with pytest.raises(Stopped):
        worker._work(3600.0)
    assert fake.now == 1000.3


def test_nobody_sleeps_longer_than_a_lock_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interval of ages is worked in pieces."""
    fake = FakeTime(0.0)
    worker = worker_on(fake, monkeypatch)
    monkeypatch.setattr(runtime, "LONGEST_WAIT", 10.0)
    worker._work(25.0)
    assert fake.now == pytest.approx(1025.0)


def test_an_interval_of_ages_can_be_ended() -> None:
    """1e12 s and a drain."""
    system = line(endless(), None, producing=1e12, consuming=1e12)
    system.start()
    until(system, lambda s: state_of(s, "P") == "running")
    system.drain()
    assert system.wait_for_completion(GUARD)
    assert system.snapshot().totals.produced == 0


def test_the_wall_clock_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it may jump a day either way."""
    flags: list[int] = []
    real = time.time

    def jumping() -> float:
        flags.append(1)
        return real() + (86_400 if len(flags) % 2 else -86_400)

    system = line(range(50), None, producing=0.0001, consuming=0.0001)
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", jumping)
        patch.setattr(time, "time_ns", lambda: int(jumping() * 1e9))
        with system:
            system.snapshot()
            system.events()
        stats: Any = system.get_statistics()
    assert flags == []
    assert 0 < stats["duration"] < GUARD


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


def test_without_delays_the_queue_alone_holds_the_producer() -> None:
    """An interval of 0 is full speed with back-pressure."""
    dest: list[int] = []
    system = line(range(2_000), dest, capacity=3)
    with system:
        pass
    assert dest == list(range(2_000))
    assert system.snapshot().queues[0].peak_depth <= 3


def test_shares_of_time_tell_where_it_went() -> None:
    """A producer at a full queue is blocked on full, and the open span counts."""
    system = line(endless(), None, capacity=1, consuming=3600)
    system.start()
    snapshot = until(system, lambda s: stands_at_full(s, "P") and s.queues[0].depth == 1)
    row = snapshot.workers[0]
    assert row.state is WorkerState.BLOCKED
    assert row.shares(row.since + 1e6).blocked_full > 0.99
    assert row.shares(row.since + 1e6).running < 0.01
    assert snapshot.queues[0].full_share(1e6) > 0.99
    system.abort()
    assert system.wait_for_completion(GUARD)
    final = system.snapshot().workers[0]
    assert sum(final.shares(1e9)) == pytest.approx(1)
    assert final.ended_at is not None
