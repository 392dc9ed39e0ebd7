"""How long a worker was blocked and paused: each period is added to those before it."""

from __future__ import annotations

import pytest

from pcsim.engine.books.ledger import PAUSED, RUNNING, Activity, StateTimes
from pcsim.snapshot import BlockReason, WorkerState

WAITS = {
    "blocked_full": Activity(WorkerState.BLOCKED, 0, "q", BlockReason.FULL),
    "blocked_empty": Activity(WorkerState.BLOCKED, 0, "q", BlockReason.EMPTY),
    "paused": PAUSED,
}


@pytest.mark.parametrize("name", WAITS)
def test_of_two_periods_both_count(name: str) -> None:
    """And nothing else does."""
    times = StateTimes(RUNNING, since=1.0, started_at=1.0)
    for begin, end in ((2.0, 5.0), (7.0, 11.0)):
        times = times.turned(WAITS[name], begin).turned(RUNNING, end)
    assert {one: getattr(times, one) for one in WAITS} == {
        one: 7.0 if one == name else 0.0 for one in WAITS
    }
    assert (times.since, times.started_at) == (11.0, 1.0)


def test_times_of_a_description_add_up_until_a_worker_does_something_else() -> None:
    """A pause ends one; it begins again afterwards."""
    times = StateTimes(RUNNING).timed_from(1.0).timed_to(3.0)
    times = times.timed_from(4.0).turned(PAUSED, 5.0).turned(RUNNING, 8.0)
    assert times.timed_since is None
    assert times.timed_from(8.0).timed_to(8.5).timed == 2.0 + 1.0 + 0.5
