"""The threads engine measures how long each worker was on a processor."""

from __future__ import annotations

import pytest

from pcsim import runtime
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.runtime import ThreadTimes
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import WorkerRow
from tests.support.engines import GUARD, Gate

SCENARIO = Scenario((QueueSpec("q"),), (ProducerSpec("P", "q", 0),), (ConsumerSpec("C", "q", 0),))


def row_of(engine: ThreadsEngine, name: str) -> WorkerRow:
    """The row of a worker, as it is now."""
    return next(row for row in engine.snapshot().workers if row.name == name)


def test_a_worker_that_has_ended_keeps_its_last_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread reads its own times as its last act."""
    monkeypatch.setattr(runtime, "own_thread_times", lambda: ThreadTimes(1.5, 0.25))
    engine = ThreadsEngine(SCENARIO, {"P": range(3)})
    engine.start()
    assert engine.join(GUARD)
    for name in "PC":
        row = row_of(engine, name)
        assert (row.cpu_time, row.core_wait_time) == (1.5, 0.25)


def test_the_times_of_a_worker_are_read_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """From outside: the worker itself does nothing for it."""
    times = {"C": ThreadTimes(0.5, None)}
    names: dict[int, str] = {}

    def read(native_id: int) -> ThreadTimes | None:
        return times.get(names.get(native_id, ""))

    monkeypatch.setattr(runtime, "thread_times", read)
    monkeypatch.setattr("pcsim.engine.threads.gauges.READ_EVERY", 0.0)
    monkeypatch.setattr("pcsim.engine.threads.gauges.PAUSE_FOR_COST", 0)
    gate = Gate()
    engine = ThreadsEngine(SCENARIO, {"P": range(3)}, {"C": gate})
    engine.start()
    assert gate.entered.wait(GUARD)
    names.update(
        {worker.thread.native_id or 0: worker.name for worker in engine.workers if worker.thread}
    )
    assert row_of(engine, "C").cpu_time == 0.5
    times["C"] = ThreadTimes(0.75, 0.1)
    after = row_of(engine, "C")
    assert (after.cpu_time, after.core_wait_time) == (0.75, 0.1)
    gate.open.set()
    assert engine.join(GUARD)


def test_a_thread_that_has_ended_has_no_times() -> None:
    """Nor has a system without the file: then nothing is said."""
    assert runtime.thread_times(2**22 + 1) is None
    assert runtime.own_thread_times().on_cpu >= 0.0


def test_a_run_knows_its_cores_and_its_lock() -> None:
    """What the threads share is part of a snapshot."""
    processor = ThreadsEngine(SCENARIO).snapshot().processor
    assert processor is not None
    assert processor.cores >= 1
    assert processor.has_interpreter_lock == runtime.has_interpreter_lock()
