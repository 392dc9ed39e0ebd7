"""The first moments of a run on threads, under many interleavings: looked at, and interrupted."""

from __future__ import annotations

import pcsim
import pcsim.snapshot
from pcsim import testing


def _line() -> pcsim.ProducerConsumerSystem:
    system = pcsim.ProducerConsumerSystem()
    system.add_queue("queue", 1)
    system.add_producer("P", range(2), 0, "queue")
    system.add_consumer("C", None, 0, None, "queue")
    return system


@testing.explore(150)
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
