"""Who waits for whom, in systems whose answer is known."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim.analysis.jam import Jam, find_jam
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.scenario import (
    ConsumerSpec,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Routing,
    Scenario,
    Selection,
)
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


def jam_of(
    scenario: Scenario, seconds: float = 30.0, dropping: frozenset[str] = frozenset()
) -> Jam:
    """The jam of the last seconds of a run in virtual time."""
    clock = HandClock()
    run = PacedRun(VirtualEngine(scenario), 1.0, clock=clock)
    run.start()
    while clock.now < seconds:
        clock.now += 0.5
        run.snapshot()
    snapshot = run.snapshot()
    return find_jam(snapshot, snapshot.recent, dropping)


def tree(jam: Jam) -> list[str]:
    return ["  " * line.depth + line.name + " (again)" * line.is_again for line in jam.lines]


LINE = Scenario(
    queues=(QueueSpec("a", 3), QueueSpec("b", 3)),
    producers=(ProducerSpec("P", "a", interval=0.01),),
    consumers=(
        ConsumerSpec("fast", ("a",), 0.01, output="b", count=2),
        ConsumerSpec("slow", ("b",), 0.5),
    ),
)


def test_the_slowest_of_a_line_is_the_root_and_all_before_it_wait() -> None:
    """A group is one, and its worker-seconds are those of all its workers."""
    jam = jam_of(LINE)
    assert tree(jam) == ["slow", "  b", "    fast", "      a", "        P"]
    assert jam.roots == ("slow",)
    assert jam.behind["slow"] == pytest.approx(30, rel=0.05)
    assert jam.standing == pytest.approx(3, rel=0.05)
    [hold] = jam.waits_of("fast")
    assert (hold.holder, hold.queue) == ("slow", "b")
    assert hold.share == pytest.approx(0.98, abs=0.03)
    assert jam.outside == []


def test_a_queue_that_drops_holds_nobody() -> None:
    """Though it is always full."""
    scenario = Scenario(
        queues=(QueueSpec("a", 3, overflow=Overflow.DROP_NEW),),
        producers=(ProducerSpec("P", "a", interval=0.01),),
        consumers=(ConsumerSpec("slow", ("a",), 0.5),),
    )
    jam = jam_of(scenario, dropping=frozenset({"a"}))
    assert jam.lines == ()
    assert [crew.name for crew in jam.outside] == ["P", "slow"]


def test_who_feeds_two_queues_waits_for_the_one_that_is_full() -> None:
    """Round robin to a fast and a slow one: the slow one is the root, the fast one in no jam."""
    scenario = Scenario(
        queues=(QueueSpec("in", 3), QueueSpec("left", 3), QueueSpec("right", 3)),
        producers=(ProducerSpec("P", "in", interval=0.01),),
        consumers=(
            ConsumerSpec("fork", ("in",), 0.01, output=("left", "right")),
            ConsumerSpec("quick", ("left",), 0.01),
            ConsumerSpec("slow", ("right",), 0.5),
        ),
    )  # fmt: skip
    jam = jam_of(scenario)
    assert jam.roots == ("slow",)
    assert tree(jam) == ["slow", "  right", "    fork", "      in", "        P"]
    assert [crew.name for crew in jam.outside] == ["quick"]


def test_a_reader_that_prefers_another_queue_is_the_root_for_both() -> None:
    """The one that starves waits as the other does."""
    scenario = Scenario(
        queues=(QueueSpec("urgent", 3), QueueSpec("rest", 3)),
        producers=(
            ProducerSpec("U", "urgent", interval=0.01),
            ProducerSpec("R", "rest", interval=0.01),
        ),
        consumers=(ConsumerSpec("clerk", ("urgent", "rest"), 0.2, selection=Selection.PRIORITY),),
    )
    jam = jam_of(scenario)
    assert tree(jam) == ["clerk", "  rest", "    R", "  urgent", "    U"] or tree(jam) == [
        "clerk", "  urgent", "    U", "  rest", "    R",
    ]  # fmt: skip
    assert jam.behind["clerk"] == pytest.approx(20, rel=0.1)


def test_who_waits_for_two_stands_once_with_all_that_waits_for_it() -> None:
    """Below the other, only a hint at it."""
    scenario = Scenario(
        seed=1,
        queues=(QueueSpec("in", 3), QueueSpec("left", 3), QueueSpec("right", 3)),
        producers=(ProducerSpec("P", "in", interval=0.01),),
        consumers=(
            ConsumerSpec("fork", ("in",), 0.01, output=("left", "right"), routing=Routing.SHORTEST),
            ConsumerSpec("L", ("left",), Exponential(0.3)),
            ConsumerSpec("R", ("right",), Exponential(0.3)),
        ),
    )
    jam = jam_of(scenario)
    assert set(jam.roots) == {"L", "R"}
    shown = tree(jam)
    assert sum("fork" in line for line in shown) == 2
    assert sum("(again)" in line for line in shown) == 1
    assert sum(line.strip() == "P" for line in shown) == 1


def row(name: str, inputs: str, outputs: str, full: float, **state: Any) -> WorkerRow:
    return WorkerRow(
        name, Role.STAGE, tuple(inputs.split()), tuple(outputs.split()),
        WorkerState.RUNNING, blocked_full_time=full,
    )._replace(**state)  # fmt: skip


def snapshot_of(rows: tuple[WorkerRow, ...], *full: str) -> Snapshot:
    queues = tuple(QueueRow(name, 1, 1, full_time=8.0) for name in full)
    return Snapshot(0, 10.0, Phase.RUNNING, True, queues, rows, Totals())


def test_in_a_cycle_in_which_all_wait_the_one_that_waits_least_is_the_root() -> None:
    """And each stands in the tree once."""
    rows = (row("A", "a", "b", 6.0), row("B", "b", "a", 3.0), row("P", "", "a", 9.0))
    snapshot = snapshot_of(rows, "a", "b")
    jam = find_jam(snapshot, snapshot)
    assert jam.roots == ("B",)
    assert tree(jam) == ["B", "  b", "    A", "      a", "        B (again)", "        P"]


def test_a_cycle_behind_a_root_is_no_root_itself() -> None:
    """What comes out of it waits for somebody outside."""
    rows = (row("A", "a", "b", 6.0), row("B", "b", "a out", 3.0), row("C", "out", "", 0.0))
    snapshot = snapshot_of(rows, "a", "b", "out")
    jam = find_jam(snapshot, snapshot)
    assert jam.roots == ("C",)
    assert jam.behind["C"] == pytest.approx(9.0)


def test_where_less_is_known_who_is_blocked_now_counts() -> None:
    """A program that is watched: no times of its queue, and none of what waited before."""
    stuck: dict[str, Any] = {
        "state": WorkerState.BLOCKED,
        "queue": "q",
        "reason": BlockReason.FULL,
        "since": 9.99,
    }
    rows = (row("P", "", "q", 0.0, **stuck), row("C", "q", "", 0.0))
    snapshot = Snapshot(0, 10.0, Phase.RUNNING, True, (QueueRow("q", 1, 1),), rows, Totals())
    assert tree(find_jam(snapshot, snapshot)) == ["C", "  q", "    P"]


def test_a_quiet_system_has_no_jam() -> None:
    """Nor has one that has not begun."""
    calm = Scenario(
        queues=(QueueSpec("q", 5),),
        producers=(ProducerSpec("P", "q", interval=0.5),),
        consumers=(ConsumerSpec("C", ("q",), 0.1),),
    )
    jam = jam_of(calm)
    assert (jam.roots, jam.lines, jam.standing) == ((), (), 0.0)
    before = VirtualEngine(calm).snapshot()
    assert find_jam(before, before).lines == ()
