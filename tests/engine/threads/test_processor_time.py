"""The threads engine measures how long each worker was on a processor."""

from __future__ import annotations

import sys

import pytest

from pcsim import runtime
from pcsim.engine.books.ledger import WorkerGauge
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.threads.gauges import ThreadGauges
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import WorkerRow
from tests.support.clocks import HandClock
from tests.support.engines import GUARD, Gate

SCENARIO = Scenario((QueueSpec("q"),), (ProducerSpec("P", "q", 0),), (ConsumerSpec("C", "q", 0),))


def row_of(engine: ThreadsEngine, name: str) -> WorkerRow:
    """The row of a worker, as it is now."""
    return next(row for row in engine.snapshot().workers if row.name == name)


def test_a_worker_that_has_ended_keeps_its_last_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread reads its own times as its last act."""
    monkeypatch.setattr(runtime, "thread_clock", lambda: 1.5)
    monkeypatch.setattr(runtime, "thread_core_wait_time", lambda _: 0.25)
    engine = ThreadsEngine(SCENARIO, {"P": range(3)})
    engine.start()
    assert engine.join(GUARD)
    for name in "PC":
        row = row_of(engine, name)
        assert (row.cpu_time, row.core_wait_time) == (1.5, 0.25)


def test_the_times_of_a_worker_are_read_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """From outside: the worker itself does nothing for it."""
    times = {"cpu": 0.5, "wait": 0.0}
    monkeypatch.setattr(runtime, "thread_cpu_time", lambda _: times["cpu"])
    monkeypatch.setattr(runtime, "thread_core_wait_time", lambda _: times["wait"])
    monkeypatch.setattr("pcsim.engine.threads.gauges.READ_EVERY", 0.0)
    monkeypatch.setattr("pcsim.engine.threads.gauges.PAUSE_FOR_COST", 0)
    gate = Gate()
    engine = ThreadsEngine(SCENARIO, {"P": range(3)}, {"C": gate})
    engine.start()
    assert gate.entered.wait(GUARD)
    assert row_of(engine, "C").cpu_time == 0.5
    times.update(cpu=0.75, wait=0.1)
    row_of(engine, "C")  # one worker at a time
    after = row_of(engine, "C")
    assert (after.cpu_time, after.core_wait_time) == (0.75, 0.1)
    gate.open.set()
    assert engine.join(GUARD)


def test_times_are_not_read_more_often_than_they_may_cost() -> None:
    """Between two readings a snapshot has those of the last."""
    clock = HandClock()
    worker = Counted()
    gauges = ThreadGauges([worker], clock)
    for now in (0.0, 0.1, 0.2, 0.25, 0.3):
        clock.now = now
        gauges.read(afresh=False)
    assert (worker.read, worker.waits_read) == (2, 2)
    gauges.read(afresh=True)
    assert (worker.read, worker.waits_read) == (3, 2)


class Counted:
    """A worker that counts how often it is asked."""

    read = waits_read = 0

    def gauge(self) -> WorkerGauge:
        """Count it."""
        self.read += 1
        return WorkerGauge()

    def read_core_wait(self) -> None:
        """Count it."""
        self.waits_read += 1


def test_a_thread_that_has_ended_has_no_times() -> None:
    """Nor has a system without such clocks: then nothing is reported."""
    assert runtime.thread_cpu_time(2**22 + 1) is None
    assert runtime.thread_core_wait_time(2**22 + 1) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the clocks of other threads")
def test_a_thread_sees_the_same_time_as_others_see_of_it() -> None:
    """The clock that is made of its id is its own."""
    before = runtime.thread_clock()
    seen = runtime.thread_cpu_time(runtime.get_native_id())
    assert seen is not None
    assert before <= seen <= runtime.thread_clock()


def test_a_run_knows_its_cores_and_its_lock() -> None:
    """What the threads share is part of a snapshot."""
    processor = ThreadsEngine(SCENARIO).snapshot().processor
    assert processor is not None
    assert processor.cores >= 1
    assert processor.has_interpreter_lock == runtime.has_interpreter_lock()
