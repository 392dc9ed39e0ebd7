"""The threads engine measures how long each worker was on a processor."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from itertools import repeat

import pytest

from pcsim import runtime
from pcsim.engine.books.ledger import WorkerGauge
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.threads.gauges import CORE_WAITS_FOR, ThreadGauges
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Processor, Snapshot, WorkerRow
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
    gate = Gate()
    engine = ThreadsEngine(SCENARIO, {"P": range(3)}, {"C": gate})
    engine.start()
    assert gate.entered.wait(GUARD)
    until(lambda: row_of(engine, "C").cpu_time == 0.5)
    times.update(cpu=0.75, wait=0.1)
    until(lambda: row_of(engine, "C").cpu_time == 0.75)
    until(lambda: row_of(engine, "C").core_wait_time == 0.1)
    gate.open.set()
    assert engine.join(GUARD)


def test_a_snapshot_reads_no_clock_of_a_thread() -> None:
    """It finds what another thread has read; where nothing was read yet, it is read once."""
    worker = Counted()
    gauges = ThreadGauges([worker], HandClock())
    for _ in range(3):
        gauges.read(afresh=False)
    assert (worker.read, worker.waits_read) == (1, 0)
    gauges.read_on()
    gauges.read(afresh=False)
    assert (worker.read, worker.waits_read) == (2, 1)
    gauges.read(afresh=True)
    assert (worker.read, worker.waits_read) == (3, 1)


def test_waits_for_a_core_are_read_of_a_few_workers_at_a_time() -> None:
    """Each in its turn: a thousand of them would take too long."""
    clock = HandClock()
    workers = [Counted(clock, 0.4 * CORE_WAITS_FOR) for _ in range(10)]
    gauges = ThreadGauges(workers, clock)
    for _ in range(3):
        gauges.read_on()
    assert [worker.waits_read for worker in workers] == [1] * 9 + [0]


@pytest.mark.skipif(not runtime.has_interpreter_lock(), reason="there is no lock to be seen")
def test_workers_that_compute_are_seen_to_have_the_lock() -> None:
    """A thread of the run looks at it; of a part of a run, the looks in it are known."""
    engine = ThreadsEngine(SCENARIO, {"P": repeat(0)}, {"C": computes})
    engine.start()
    before = engine.snapshot()
    until(lambda: looks_of(engine.snapshot()).looks >= before_looks(before) + 5)
    snapshot = engine.snapshot()
    engine.abort()
    assert engine.join(GUARD)
    looks = looks_of(snapshot)
    assert 0 <= looks.times_taken <= looks.looks
    assert looks_of(snapshot.since(before)).looks == looks.looks - before_looks(before)


def computes(_: object) -> None:
    """Keep the lock for a while."""
    sum(range(10_000))


def looks_of(snapshot: Snapshot) -> Processor:
    """What is known of the processor."""
    assert snapshot.processor is not None
    return snapshot.processor


def before_looks(snapshot: Snapshot) -> int:
    """How often the lock had been looked at."""
    return looks_of(snapshot).looks


def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.001)


class Counted:
    """A worker that counts how often it is asked; on a clock that reading it moves."""

    def __init__(self, clock: HandClock | None = None, seconds: float = 0.0) -> None:
        self.read = self.waits_read = 0
        self.clock, self.seconds = clock or HandClock(), seconds

    def gauge(self) -> WorkerGauge:
        """Count it."""
        self.read += 1
        return WorkerGauge()

    def read_core_wait(self) -> None:
        """Count it."""
        self.waits_read += 1
        self.clock.now += self.seconds


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
