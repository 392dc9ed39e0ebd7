"""A worker's thread works for as long as it should, whatever the clock and its sleeps do."""

from __future__ import annotations

import pytest

from pcsim import runtime
from pcsim.engine.books.ledger import Activity
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.threads.worker import ThreadWorker
from pcsim.engine.worker import Stopped
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import BlockReason, WorkerState
from tests.support.cases import case
from tests.support.engines import GUARD, endless, line, state_of, until


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
    worker = engine.workers[number]
    monkeypatch.setattr(worker, "_bell", fake)
    return worker


def test_a_thousand_works_take_a_thousand_times_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sleep that ends late makes the next one shorter: the error does not add up."""
    for overshoot in (0.0, 60e-6, 0.4e-3, 0.9e-3):
        with case(overshoot):
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
    worker.resumed(fake.now, None)
    resumed = fake.now
    fake.overshoot = 0.0
    worker._work(1.0)
    assert fake.now - resumed == pytest.approx(1.0)


def test_of_two_waits_both_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """For items and for slots, each for itself."""
    fake = FakeTime(0.0)
    worker = worker_on(fake, monkeypatch)
    for seconds, reason in (
        (1.0, BlockReason.FULL), (2.0, BlockReason.EMPTY), (4.0, BlockReason.FULL),
        (8.0, BlockReason.EMPTY),
    ):  # fmt: skip
        worker.blocked(Activity(WorkerState.BLOCKED, 0, "main", reason))
        fake.now += seconds
        worker.resumed(fake.now, None)
    times = worker._cells[worker.account.base]
    assert (times.blocked_full, times.blocked_empty) == (5.0, 10.0)


def test_a_pause_keeps_the_rest_of_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paused 0.3 s into a second, it works 0.7 s more when it goes on."""
    fake = FakeTime(0.0)
    worker = worker_on(fake, monkeypatch)
    engine = worker._host
    paused_at: list[float] = []

    def pause() -> None:
        paused_at.append(fake.now)
        fake.now += 50.0
        engine.flags.holds_producers = False

    monkeypatch.setattr(worker, "_pause", pause)
    engine.flags.holds_producers = True
    fake.rings_at = [1000.3]
    worker._work(1.0)
    assert paused_at == [1000.3]
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


def test_no_worker_sleeps_longer_than_a_lock_can(monkeypatch: pytest.MonkeyPatch) -> None:
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
