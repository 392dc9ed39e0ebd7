"""The depths of queues over a run: at equal distances, in constant memory."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim.engine.books.depth_series import MOST, DepthSeries
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import End
from tests.support.small_scenarios import one_queue


def test_rows_become_means_of_two_where_there_are_too_many() -> None:
    """The distance of the rows doubles with them, and so does the time of the next."""
    series = DepthSeries(1.0)
    for number in range(MOST):
        assert series.next_at == number + 1
        series.add([number, 2.0 * number])
    assert series.step == 2.0
    rows = series.between(0.0, 1e9)
    assert len(rows) == MOST // 2
    assert rows[0] == [0.5, 1.0]
    assert rows[-1] == [MOST - 1.5, 2 * MOST - 3.0]
    assert series.next_at == MOST + 2.0
    assert series.between(4.0, 8.0) == rows[2:4]


@pytest.mark.parametrize("end", [End(time=256.0), End(items=256)])
def test_a_run_notes_depths_and_is_the_same_run(end: End) -> None:
    """Two come where one goes: after n seconds n wait, nearly."""
    scenario = replace(one_queue(0.5, 1.0), end=end)
    noting, plain = (VirtualEngine(scenario, notes_depths=notes) for notes in (True, False))
    for run in (noting, plain):
        run.start()
        run.join()
    assert noting.depths is not None
    assert plain.depths is None
    depths = [row[0] for row in noting.depths.between(0.0, 127.0)]
    assert len(depths) >= 31
    at = noting.depths.step
    assert depths[20] == pytest.approx(21 * at, abs=2)
    assert noting.snapshot() == plain.snapshot()


def test_nothing_is_noted_where_nothing_happens() -> None:
    """A paused run whose work is done stands where it is, however far it is driven."""
    run = VirtualEngine(one_queue(1.0, 0.5), notes_depths=True)
    run.start()
    run.advance(until=3.2)
    run.pause_producing()
    run.advance(until=1000.0)
    assert run.depths is not None
    assert len(run.depths.between(0.0, 1e9)) < 50
    run.abort()
    run.join()
