"""The lanes of a run: what its rows say, at any time between them, in bounded memory."""

from __future__ import annotations

import random

import pytest

from pcsim.analysis.columns import FINE, MOVED, WHOLE, Columns
from pcsim.analysis.lanes import MOST_LANES, Lane, Lanes, group_of, lanes_of
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import (
    BlockReason,
    Phase,
    QueueRow,
    Role,
    Snapshot,
    Totals,
    WorkerRow,
    WorkerState,
)
from tests.support.clocks import HandClock

FLOW = Scenario(
    seed=3,
    queues=(QueueSpec("in", 4), QueueSpec("out", 2)),
    producers=(ProducerSpec("P", "in", interval=Exponential(0.1)),),
    consumers=(
        ConsumerSpec("S", ("in",), Exponential(0.15), output="out", count=2),
        ConsumerSpec("C", ("out",), Exponential(0.1)),
    ),
)


def run_of(scenario: Scenario) -> tuple[PacedRun, HandClock]:
    clock = HandClock()
    run = PacedRun(VirtualEngine(scenario), 1.0, clock=clock)
    run.start()
    return run, clock


def looked(run: PacedRun, clock: HandClock, times: list[float], *histories: Lanes) -> Snapshot:
    for clock.now in times:
        snapshot = run.snapshot()
        for history in histories:
            history.add(snapshot)
    return run.snapshot()


@pytest.mark.parametrize("seed", range(3))
def test_the_columns_of_any_time_add_up_to_what_the_rows_say(seed: int) -> None:
    """Whatever the times between the snapshots are, and for a group the sum of its workers."""
    chance = random.Random(seed)
    run, clock = run_of(FLOW)
    lanes = Lanes()
    times = sorted(chance.uniform(0, 40) for _ in range(60))
    end = looked(run, clock, [*times, 40.0], lanes)
    for row in end.workers:
        lane = Lane(row.name, (row.name,))
        did, spent = lanes.did(lane, 0.0, 41.0), row.spent(end.at)
        wanted = (spent.active, spent.blocked_full, spent.blocked_empty, spent.paused, 0.0)
        assert did == pytest.approx(wanted, abs=0.01)
        parts = [lanes.did(lane, n / 2, n / 2 + 0.5) for n in range(82)]
        assert sum(part.full for part in parts) == pytest.approx(did.full, abs=0.01)
        assert all(part.total < 0.51 for part in parts)
    stages = [row.spent(end.at).blocked_full for row in end.workers if row.group == "S"]
    [group] = [lane for lane in lanes_of(end) if len(lane.members) > 1]
    assert lanes.did(group, 0.0, 41.0).full == pytest.approx(sum(stages), abs=0.01)
    for queue in end.queues:
        depth = lanes.depth(Lane(queue.name), 0.0, 41.0)
        assert depth == pytest.approx(queue.mean_depth(end.at), abs=0.01)
        share = lanes.full_share(Lane(queue.name), 0.0, 41.0)
        assert share == pytest.approx(queue.full_share(end.at), abs=0.01)


def test_what_a_worker_is_in_since_is_placed_exactly_in_a_long_gap() -> None:
    """One look after ten seconds: it has been blocked for the last eight."""
    before = WorkerRow("W", Role.STAGE, state=WorkerState.RUNNING)
    after = before._replace(state=WorkerState.PAUSED, since=2.0)
    lanes = Lanes()
    for at, row in ((0.001, before), (10.0, after)):
        lanes.add(Snapshot(0, at, Phase.RUNNING, True, (), (row,), Totals()))
    lane = Lane("W", ("W",))
    assert lanes.did(lane, 0.0, 2.0).running == pytest.approx(2.0, abs=0.01)
    assert lanes.did(lane, 2.0, 10.0).paused == pytest.approx(8.0, abs=0.01)


def test_a_snapshot_that_is_no_later_changes_nothing() -> None:
    """As where a recording is played back, and forth again."""
    run, clock = run_of(FLOW)
    once, twice = Lanes(), Lanes()
    snapshots = []
    for clock.now in (1.0, 2.0, 3.0):
        snapshots.append(run.snapshot())
    for one in snapshots:
        once.add(one)
    for one in (*snapshots, snapshots[0], *snapshots):
        twice.add(one)
    lane = Lane("P", ("P",))
    assert once.did(lane, 0, 3) == twice.did(lane, 0, 3)


def test_the_memory_of_a_long_run_is_bounded_and_its_last_ten_minutes_are_fine() -> None:
    """A day, and nothing of it is lost."""
    columns = Columns()
    day = 24 * 3600
    at = 0.0
    chance = random.Random(1)
    total = 0.0
    while at < day:
        begin, at = at, at + chance.uniform(5.0, 60.0)
        columns.extend(at, 0.25)
        columns.add("a", begin, at, (at - begin) / 2)
        total += (at - begin) / 2
    assert columns.step == 0.25
    assert at - columns.fine_from >= 600
    kept = [len(track) for track in (columns._recent["a"], columns._whole["a"])]
    assert kept[0] <= FINE + MOVED + 1
    assert kept[1] <= WHOLE + 2
    assert columns.total("a", 0.0, at) == pytest.approx(total, rel=1e-4)
    assert columns.total("a", at - 300.0, at) == pytest.approx(150.0, rel=0.01)


def test_columns_become_wider_with_the_pace_and_lose_nothing() -> None:
    """A run at a thousand times real time, and slower again."""
    columns, at, total = Columns(), 0.0, 0.0
    for pace, gap in ((1.0, 0.1), (1000.0, 100.0), (1.0, 0.1), (1e6, 30_000.0)):
        for _ in range(300):
            begin, at = at, at + gap
            columns.extend(at, 0.25 * pace)
            columns.add("a", begin, at, gap)
            total += gap
            assert columns.total("a", 0.0, at) == pytest.approx(total, rel=1e-3)
    assert columns.total("a", 0.0, at) == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("begin", [0.0, 500.0, 3_599.9, 3_600.0])
def test_what_happened_at_one_instant_counts_whenever_that_was(begin: float) -> None:
    """Also where a look comes so long after it that its columns are old ones."""
    columns = Columns()
    columns.extend(3_600.5, 1.0)
    columns.add("a", begin, begin, 2.0)
    columns.add("a", begin, 3_600.0, 3_600.0 - begin)
    assert columns.total("a", 0.0, 3_600.5) == pytest.approx(3_602.0 - begin, rel=1e-6)
    early = columns.total("a", 0.0, 450.0)
    assert early == pytest.approx(2.0 + 450.0 if begin == 0.0 else 0.0, rel=1e-3)


def test_lanes_follow_the_flow() -> None:
    """Each queue stands before those who read it, and a cycle has a beginning too."""
    run, _ = run_of(FLOW)
    assert [lane.title for lane in lanes_of(run.snapshot())] == ["P", "in", "S ×2", "out", "C"]
    rows = (
        WorkerRow("B", Role.STAGE, ("b",), ("a",)),
        WorkerRow("A", Role.STAGE, ("a",), ("b",)),
        WorkerRow("P", Role.PRODUCER, (), ("a",)),
    )
    queues = (QueueRow("a", 1), QueueRow("b", 1), QueueRow("lonely", 1))
    snapshot = Snapshot(0, 0.0, Phase.RUNNING, True, queues, rows, Totals())
    names = [lane.name for lane in lanes_of(snapshot)]
    assert names == ["P", "b", "B", "a", "A", "lonely"] or names == [
        "P",
        "a",
        "A",
        "b",
        "B",
        "lonely",
    ]


def test_an_unfolded_group_has_a_lane_for_each_worker() -> None:
    """Below that of the group."""
    run, _ = run_of(FLOW)
    names = [lane.name for lane in lanes_of(run.snapshot(), frozenset({"S"}))]
    assert names == ["P", "in", "S", "S-1", "S-2", "out", "C"]


def test_a_thousand_workers_are_few_lanes() -> None:
    """Those without a group are one by what they read and write."""
    rows = tuple(WorkerRow(f"W{n}", Role.CONSUMER, ("q",)) for n in range(MOST_LANES + 1))
    assert set(group_of(rows).values()) == {"W0…"}
    lanes, spent = Lanes(), len(rows) * 3.0
    for at in (0.001, 1.0, 3.0):
        moved = tuple(row._replace(state=WorkerState.RUNNING) for row in rows)
        lanes.add(Snapshot(0, at, Phase.RUNNING, True, (QueueRow("q", 1),), moved, Totals()))
    [group, *_] = [lane for lane in lanes_of(
        Snapshot(0, 3.0, Phase.RUNNING, True, (QueueRow("q", 1),), rows, Totals())
    ) if not lane.is_queue]  # fmt: skip
    assert lanes.did(group, 0.0, 3.5).running == pytest.approx(spent, rel=0.01)


def test_a_run_in_which_nothing_happens_is_counted_once_somebody_looks() -> None:
    """Ten looks a second at the same thousand rows cost nothing, and lose nothing either."""
    row = WorkerRow("W", Role.STAGE, state=WorkerState.RUNNING)
    same: tuple[WorkerRow, ...] = (row,)
    lanes = Lanes()
    looks = [Snapshot(1, n / 10, Phase.RUNNING, True, (), same, Totals()) for n in range(1, 101)]
    for look in looks:
        lanes.add(look)
    assert lanes._counted == 1
    lane = Lane("W", ("W",))
    assert lanes.ends_at == 10.0
    assert lanes.did(lane, 5.0, 6.0).running == pytest.approx(1.0, abs=0.01)
    lanes.add(looks[-1]._replace(at=12.0))
    assert lanes.frozen().ends_at == 12.0


def test_what_happens_after_a_quiet_time_is_spread_over_the_time_since_the_last_look() -> None:
    """Blocked for ten seconds, then at work for a moment between two looks, and blocked again."""
    blocked = WorkerRow(
        "W", Role.STAGE, state=WorkerState.BLOCKED, queue="q", reason=BlockReason.FULL
    )
    same = (blocked,)
    lanes = Lanes()
    for at in (0.5, 5.0, 10.0):
        lanes.add(Snapshot(1, at, Phase.RUNNING, True, (), same, Totals()))
    after = blocked._replace(since=10.4, blocked_full_time=10.1)
    lanes.add(Snapshot(2, 10.5, Phase.RUNNING, True, (), (after,), Totals()))
    lane = Lane("W", ("W",))
    assert lanes.did(lane, 0.0, 10.0).running == pytest.approx(0.0, abs=0.01)
    assert lanes.did(lane, 10.0, 10.5).running == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("at", [0.35, 4.0, 17.3, 39.95])
def test_what_was_known_at_an_earlier_time_is_known_again(at: float) -> None:
    """As if nothing had been added since, to a column; and it goes on from there."""
    run, clock = run_of(FLOW)
    lanes, then = Lanes(), Lanes()
    looked(run, clock, [n / 20 for n in range(round(at * 20) + 1)], lanes, then)
    earlier = run.snapshot()
    looked(run, clock, [n / 20 for n in range(round(at * 20) + 2, 801)], lanes)
    back = lanes.until(earlier)
    assert back is not None
    assert back.ends_at == earlier.at
    assert lanes.ends_at == pytest.approx(40.0, abs=0.06)
    column = 2 * max(lanes.step, then.step)
    for lane in lanes_of(earlier):
        if lane.is_queue:
            assert back.depth(lane, 0.0, 99.0) == pytest.approx(then.depth(lane, 0, 99.0), abs=0.3)
            continue
        for begin in (0.0, at / 2, at - 0.1):
            was = then.did(lane, begin, 99.0)
            assert back.did(lane, begin, 99.0) == pytest.approx(was, abs=column * len(lane.members))
        assert back.did(lane, at + column, 99.0).total == 0
    clock.now = 41.0
    after = run.snapshot()
    for history in (back, lanes):
        history.add(after)
    for row in after.workers:
        spent, did = row.spent(after.at), back.did(Lane(row.name, (row.name,)), 0.0, 99.0)
        assert did.running == pytest.approx(spent.active, abs=column)


def test_what_is_too_long_ago_is_not_known_again() -> None:
    """Where its columns are no longer fine."""
    run, clock = run_of(FLOW)
    lanes = Lanes()
    early = looked(run, clock, [1.0], lanes)
    assert lanes.until(early) is not None
    looked(run, clock, [float(n) for n in range(2, 1200)], lanes)
    assert lanes.until(early) is None
