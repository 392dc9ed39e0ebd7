"""Rates follow the last moments; the history holds the whole run in bounded memory."""

from __future__ import annotations

import pytest

from pcsim.analysis.trend import MOST_SLOTS, WINDOW, Trend, depths_of
from pcsim.snapshot import Phase, QueueRow, Role, Snapshot, Totals, WorkerRow


def at(seconds: float, produced: int, phase: Phase = Phase.RUNNING) -> Snapshot:
    """A run that has put `produced` items and consumed half of them."""
    queue = QueueRow("main", 10, depth=produced % 10, put_total=produced, got_total=produced // 2)
    worker = WorkerRow("P", Role.PRODUCER, put_total=produced)
    totals = Totals(produced=produced, consumed=produced // 2)
    return Snapshot(produced, seconds, phase, True, (queue,), (worker,), totals)


def fed(seconds: float, rate: float) -> Trend:
    trend = Trend()
    for tick in range(int(seconds * 10) + 1):
        trend.add(at(tick / 10, int(tick / 10 * rate)))
    return trend


def test_nothing_is_known_before_the_first_snapshot() -> None:
    """Rates are 0 and no slot has a sample."""
    trend = Trend()
    assert trend.produced_rate() == trend.consumed_rate() == 0.0
    assert trend.stretch(5).samples == [None] * 5


def test_a_steady_rate_is_shown_as_it_is() -> None:
    """It does not depend on where the window begins."""
    trend = fed(10, 40)
    assert trend.produced_rate() == pytest.approx(40)
    assert trend.consumed_rate() == pytest.approx(20)


def test_a_rate_forgets_what_is_longer_ago_than_the_window() -> None:
    """A run that has stopped has the rate 0 soon after."""
    trend = fed(10, 40)
    for tick in range(1, int(WINDOW * 10) + 2):
        trend.add(at(10 + tick / 10, 400))
    assert trend.produced_rate() == 0.0


def test_the_history_holds_the_whole_run_at_any_width() -> None:
    """From the first slot to the last there is a sample in each."""
    trend = fed(300, 10)
    for columns in (1, 10, 55, MOST_SLOTS):
        stretch = trend.stretch(columns)
        assert len(stretch.samples) == columns
        assert stretch.first == 0
        assert stretch.samples[0] is not None
        last = [sample for sample in stretch.samples if sample is not None][-1]
        assert last.at == pytest.approx(300)


def test_with_a_longest_time_the_history_is_the_end_of_the_run() -> None:
    """Slots stop growing once all of them last that long."""
    stretch = fed(300, 10).stretch(50, most=60)
    assert 60 <= stretch.step * 50 <= 150
    assert stretch.begins_at > 100
    assert None not in stretch.samples


def test_slots_without_a_snapshot_hold_what_was_known() -> None:
    """The latest sample before a slot fills it."""
    trend = Trend()
    trend.add(at(0.0, 3))
    trend.add(at(1.0, 7))
    depths = [sample.depths[0] for sample in trend.stretch(11).samples if sample is not None]
    assert depths == [3] * 10 + [7]


def test_memory_is_bounded() -> None:
    """A long run keeps as many slots as the widest chart needs."""
    trend = fed(200, 10)
    assert len(trend._recent) < WINDOW * 10 + 5
    assert all(len(level) <= MOST_SLOTS for level in trend._levels)


def test_a_longer_window_remembers_more() -> None:
    """A fast run needs a longer window for a steady rate."""
    trend = Trend()
    trend.window = 200.0
    for look in range(41):
        trend.add(at(look * 10.0, look // 4))
    assert trend.produced_rate() == pytest.approx(5 / 200)
    trend.window = WINDOW
    trend.add(at(400.1, 10))
    trend.add(at(402.2, 31))
    assert trend.produced_rate() == pytest.approx(10, rel=0.05)


def test_snapshots_close_to_each_other_are_in_the_history_too() -> None:
    """A slot has the latest of them."""
    trend = Trend()
    for step in range(4):
        trend.add(at(step * 0.01, step))
    assert [sample.depths[0] for sample in trend.stretch(5).samples if sample] == [3]


def test_years_of_a_run_are_held_like_seconds() -> None:
    """There is no gap, however long the slots have to be."""
    trend = Trend()
    for look in range(500):
        trend.add(at(look * 1e6, look))
    stretch = trend.stretch(50)
    assert stretch.first == 0
    assert None not in stretch.samples


def test_the_depths_of_a_queue_are_found_by_its_name() -> None:
    """Queues come and go in a program that is watched, and change places."""
    trend = Trend()
    for tick, queues in enumerate(({"a": 1}, {"b": 7, "a": 2}, {"b": 8}, {"a": 4})):
        rows = tuple(QueueRow(name, None, depth) for name, depth in queues.items())
        trend.add(at(tick / 10, tick)._replace(queues=rows))
    samples = trend.stretch(5).samples
    assert depths_of(samples, "a") == [1, 2, None, 4, None]
    assert depths_of(samples, "b") == [None, 7, 8, None, None]
    assert depths_of(samples, "c") == [None] * 5
