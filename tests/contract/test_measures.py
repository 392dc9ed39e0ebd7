"""Contract: what is counted, measured and logged of a run, on both engines."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pcsim.analysis.event_text import describe
from pcsim.scenario import (
    ConsumerSpec,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
    Selection,
)  # fmt: skip
from pcsim.snapshot import Snapshot
from tests.contract.bench import Bench, Boom, check_steps, is_full, line, worker
from tests.support.cases import case


def everything() -> Scenario:
    """A scenario that has a bit of each feature."""
    return Scenario(
        (
            QueueSpec("a", 2),
            QueueSpec("b", 1, Overflow.DROP_OLD),
            QueueSpec("c", 3, Overflow.DROP_NEW),
            QueueSpec("dead", 4),
        ),
        (
            ProducerSpec("P", ("a", "b"), 1e-5, 60, count=2, routing=Routing.SHORTEST),
            ProducerSpec("Q", ("a", "c"), 3e-5, 40, routing=Routing.BROADCAST),
        ),
        (
            ConsumerSpec("S", "a", 2e-5, output=("b", "c"), routing=Routing.RANDOM),
            ConsumerSpec(
                "C",
                ("b", "c"),
                1e-5,
                count=2,
                on_error=Retry(1, "dead"),
                failure_probability=0.3,
                selection=Selection.LONGEST,
            ),
            ConsumerSpec("D", "dead", 5e-5),
        ),
        seed=1,
    )


def test_every_step_is_exact(bench: Bench) -> None:
    """Every snapshot is exact, and no counter falls."""
    bench.started(everything())
    final = check_steps(bench.steps())
    assert bench.end() == final
    assert final.totals.produced + final.totals.copied > 160
    assert final.totals.failed == 0


def check_ending(bench: Bench, control: str, after: int) -> None:
    """Check every snapshot of a run that is ended when it has produced that many items."""
    engine = bench.started(everything())
    bench.until(lambda s: s.totals.produced + s.totals.copied >= after)
    getattr(engine, control)()
    check_steps(bench.steps())
    bench.end()


@pytest.mark.parametrize("control", ["drain", "abort"])
def test_every_step_is_exact_while_a_run_is_ended(bench: Bench, control: str) -> None:
    """From its first items to its last."""
    for after in (1, 30, 100):
        with case(after):
            check_ending(bench, control, after)


def test_a_snapshot_is_the_same_while_nothing_happens(bench: Bench) -> None:
    """The same version, the same rows."""
    seen: list[Snapshot] = []

    def look() -> None:
        seen.extend(bench.engine.snapshot() for _ in range(2))

    bench.run(
        line(2, service=bench.slow_time),
        {"P": bench.after_first(range(9))},
        {"C": bench.slow(is_full("P"), None, look)},
    )
    first, second = seen
    assert first.version == second.version
    assert second._replace(at=first.at) == first
    assert all(a is b for a, b in zip(first.workers, second.workers, strict=True))


def test_events_are_described_in_the_same_words(bench: Bench) -> None:
    """Of a producer that waits once, its queue and the run."""
    bench.run(
        line(1, service=bench.slow_time),
        {"P": bench.after_first(range(3))},
        {"C": bench.slow(is_full("P"))},
    )
    batch = bench.engine.events()
    assert [event.number for event in batch.events] == list(range(len(batch.events)))
    assert batch.next_number == len(batch.events)
    if bench.is_virtual:
        times = [event.at for event in batch.events]
        assert times == sorted(times)
    lines: dict[str, list[str]] = {"P": [], "q": [], "run": [], "C": []}
    for event in batch.events:
        text = re.sub(r"after \d.*", "after a while", describe(event))
        lines[event.subject].append(f"{event.kind.value}: {text}")
    assert lines["P"] == [
        "blocked: blocked, q full",
        "resumed: put 3 into q after a while",
        "done: done",
    ]
    assert lines["q"] == ["closed: closed"]
    assert lines["run"] == ["started: 2 workers", "ended: finished"]
    assert lines["C"][-1] == "done: done"
    assert bench.engine.events(batch.next_number).events == ()


def test_times_are_measured_once_for_each_item(bench: Bench) -> None:
    """Sojourn: one for each consumed; waiting: one for each taken from its queue."""
    final = bench.run(
        Scenario(
            (QueueSpec("a", 3), QueueSpec("b", 3)),
            (ProducerSpec("P", "a", 0, 70),),
            (
                ConsumerSpec("S", "a", 0, output="b", count=2),
                ConsumerSpec("C", "b", 0, on_error="skip", failure_probability=0.5),
            ),
        )
    )
    assert final.sojourn_time.count == final.totals.consumed < 70
    assert [row.waiting_time.count for row in final.queues] == [70, 70]


def test_shares_of_time_add_up(bench: Bench) -> None:
    """Running, blocked at full, blocked at empty, paused: all of a worker's life."""
    final = bench.run(everything())
    for row in final.workers:
        assert sum(row.shares(final.at)) == pytest.approx(1.0)
    for waits in final.queues:
        assert 0 <= waits.full_share(final.at) + waits.empty_share(final.at) <= 1 + 1e-9


def test_of_several_errors_the_first_is_the_runs(bench: Bench) -> None:
    """The first error wins, and stays."""

    def sink(_: Any) -> None:
        raise Boom("each")

    final = bench.run(
        Scenario(
            (QueueSpec("q", 3),),
            (ProducerSpec("P", "q", 0),),
            (ConsumerSpec("C", "q", 0, count=4),),
        ),
        {},
        {f"C-{number}": sink for number in (1, 2, 3, 4)},
    )
    assert final.failure is not None
    assert bench.engine.error is not None
    assert final.failure.worker in str(bench.engine.error)
    assert 1 <= final.totals.failed <= 4


def test_a_row_names_the_item_in_hand_and_since_when(bench: Bench) -> None:
    """By its number in the system, and from when it was taken: a worker that runs without a pause
    has been on its latest item only since then."""
    seen: list[tuple[int | None, float]] = []

    def look(_: object) -> None:
        snapshot = bench.engine.snapshot()
        row = worker(snapshot, "C")
        assert row.in_hand == 1
        assert row.item_since is not None
        assert row.item_since <= snapshot.at
        seen.append((row.item, row.item_since))

    scenario = Scenario(
        (QueueSpec("q", 9),),
        (ProducerSpec("P", "q", 0), ProducerSpec("Q", "q", 0)),
        (ConsumerSpec("C", "q", 0.001),),
    )
    final = bench.run(scenario, {"P": range(3), "Q": range(3)}, {"C": look})
    numbers, times = zip(*seen, strict=True)
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    assert list(times) == sorted(set(times))
    assert [row.item for row in final.workers] == [None, None, None]
