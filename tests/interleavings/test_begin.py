"""The first moments of a run on threads, under many interleavings: looked at, and interrupted."""

from __future__ import annotations

from typing import Any

import pytest

import pcsim
import pcsim.snapshot
from pcsim import testing


def _line() -> pcsim.ProducerConsumerSystem:
    system = pcsim.ProducerConsumerSystem()
    system.add_queue("queue", 1)
    system.add_producer("P", range(2), 0, "queue")
    system.add_consumer("C", None, 0, None, "queue")
    return system


@testing.explore(60)
def test_what_is_seen_of_a_run_that_is_being_started() -> None:
    """Either it has not begun, and all is at 0; or it has, and no time is before its begin."""
    system = _line()
    system.snapshot()

    def look() -> None:
        latest = 0.0
        for _ in range(3):
            seen = system.snapshot()
            assert seen.at >= latest
            latest = seen.at
            if seen.phase is pcsim.snapshot.Phase.CREATED:
                assert seen.at == 0.0
            for row in seen.workers:
                assert 0.0 <= row.started_at <= row.since <= seen.at
            for queue in seen.queues:
                assert queue.empty_since is None or 0.0 <= queue.empty_since <= seen.at
            testing.let_time_pass(0.001)

    testing.threads(look, system.start, look)
    assert system.wait_for_completion()


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(3_000, grain="calls")
def test_an_interrupt_in_any_control() -> None:
    """Wherever Ctrl-C comes, what was asked can be asked again, the run ends, and with it each of
    its threads."""
    system = _line()
    controls: list[Any] = [
        system.start,
        testing.choose(system.pause_producing, system.drain, system.abort),
        testing.choose(system.resume_producing, system.drain, system.abort),
        system.wait_for_completion,
    ]
    is_cut_short = False
    try:
        with testing.interrupts():
            for control in controls:
                control()
    except KeyboardInterrupt:
        is_cut_short = True
    if system.snapshot().phase is pcsim.snapshot.Phase.CREATED:
        assert is_cut_short
        system.start()
    system.resume_producing()
    if testing.choose(True, False):
        system.drain()
        system.wait_for_completion()
    system.abort()
    assert system.wait_for_completion()
    end = system.snapshot()
    assert end.phase.is_over
    assert end.totals.in_system == 0
    engine: Any = system._engine
    for _ in range(50):  # time may run ahead of those that are ready to run
        testing.let_time_pass(0.01)
    threads = [worker.thread for worker in engine.workers]
    assert not [thread for thread in threads if thread is not None and thread.is_alive()]
