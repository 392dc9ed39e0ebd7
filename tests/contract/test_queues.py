"""Contract: what a queue does, on both engines: order, back-pressure, overflow, disciplines."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim.analysis import report
from pcsim.analysis.littles_law import littles_law
from pcsim.analysis.statistics import statistics
from pcsim.errors import QueueOverflowError, WorkerError
from pcsim.scenario import (
    ConsumerSpec,
    Discipline,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Scenario,
    Selection,
)  # fmt: skip
from pcsim.snapshot import EventKind, Phase, QueueDetail, Snapshot
from tests.contract.bench import Bench, has_got, is_done, is_full, line, queue, worker
from tests.support.cases import case


def test_a_queue_is_first_in_first_out(bench: Bench) -> None:
    """One producer, one consumer: what comes out is what went in."""
    for capacity in (1, 2, 1000):
        with case(capacity):
            got: list[int] = []
            final = bench.run(line(capacity), {"P": range(200)}, {"C": got.append})
            assert got == list(range(200))
            assert final.phase is Phase.FINISHED
            assert final.totals.consumed == 200


def test_each_queue_keeps_the_order_of_each_producer(bench: Bench) -> None:
    """Two producers, one queue: their items mix, and each one's keep their order."""
    got: list[tuple[str, int]] = []
    scenario = Scenario(
        (QueueSpec("q", 2),),
        (ProducerSpec("A", "q", 0), ProducerSpec("B", "q", 0)),
        (ConsumerSpec("C", "q", 0),),
    )
    sources = {name: [(name, number) for number in range(50)] for name in "AB"}
    bench.run(scenario, sources, {"C": got.append})
    for name in "AB":
        assert [number for source, number in got if source == name] == list(range(50))


def test_littles_law_is_checked_on_every_run_and_shown(bench: Bench) -> None:
    """The mean number in the system, from queues and hands, is throughput times sojourn time. With
    300 items waiting, what a worker does between two of them counts for next to nothing."""
    many = 300
    scenario = line(many, service=bench.slow_time / 1000)
    final = bench.run(
        scenario,
        {"P": range(many)},
        {"C": bench.slow(lambda now: queue(now, "q").depth == many - 1)},
    )
    law = littles_law(final)
    assert law is not None
    assert law.product == pytest.approx(final.throughput * final.sojourn_time.mean)
    assert law.in_system == pytest.approx(law.product, rel=0.05)
    text = " ".join(report.text(final).split())
    assert f"{law.sentence} " in text
    assert report.document(final, 0)["littles_law"] == law.document()
    assert statistics(final)["littles_law"] == law.document()


def test_a_run_without_a_consumed_item_has_no_littles_law(bench: Bench) -> None:
    """There is nothing to check it on, nor in a run that failed."""
    for final in (
        bench.run(line(3), {"P": []}),
        bench.run(line(3), {"P": range(3)}, {"C": [0].index}),
    ):
        assert littles_law(final) is None
        assert "Little" not in report.text(final)
        assert report.document(final, 0)["littles_law"] is None


def test_a_full_queue_makes_its_producer_wait(bench: Bench) -> None:
    """Back-pressure: capacity and hands, and not one item more."""
    got: list[int] = []
    seen: list[Snapshot] = []
    final = bench.run(
        line(3, service=bench.slow_time),
        {"P": bench.after_first(range(10))},
        {"C": bench.slow(is_full("P"), got.append, lambda: seen.append(bench.engine.snapshot()))},
    )
    assert worker(seen[0], "P").produced_total == 5
    assert (queue(seen[0], "q").depth, queue(seen[0], "q").peak_depth) == (3, 3)
    assert got == list(range(10))
    assert queue(final, "q").full_time > 0
    assert worker(final, "P").blocked_full_time > 0


OVERFLOWS = {
    Overflow.BLOCK: (list(range(10)), 0, 0),
    Overflow.DROP_NEW: ([0, 1, 2, 3], 6, 0),
    Overflow.DROP_OLD: ([0, 7, 8, 9], 0, 6),
}


@pytest.mark.parametrize("overflow", list(OVERFLOWS))
def test_a_full_queue_keeps_its_policy(bench: Bench, overflow: Overflow) -> None:
    """Ten items come at once: one is in the consumer's hand, three fit."""
    got: list[int] = []
    final = bench.run(
        line(3, service=bench.slow_time, queue_has={"overflow": overflow}),
        {"P": bench.after_first(range(10))},
        {"C": bench.slow(is_full("P") if overflow == "block" else is_done("P"), got.append)},
    )
    kept, dropped_new, dropped_old = OVERFLOWS[overflow]
    assert got[0] == 0
    assert got == kept
    assert worker(final, "P").dropped_total == dropped_new
    assert queue(final, "q").dropped_total == dropped_new + dropped_old
    assert queue(final, "q").refused_total == dropped_new
    assert final.totals.dropped == dropped_new + dropped_old
    drops = [e for e in bench.engine.events().events if e.kind is EventKind.DROPPED]
    first = 5 if dropped_new else 2
    assert [e.item for e in drops] == list(range(first, first + len(drops)))
    assert all(e.queue == "q" for e in drops)
    assert len(drops) == final.totals.dropped


@pytest.mark.parametrize("discipline", [Discipline.LIFO, Discipline.PRIORITY])
def test_the_oldest_is_dropped_whatever_the_discipline(
    bench: Bench, discipline: Discipline
) -> None:
    """`drop_old` goes by when an item came, not by when it would go."""
    got: list[int] = []
    bench.run(
        line(
            3,
            service=bench.slow_time,
            queue_has={"overflow": Overflow.DROP_OLD, "discipline": discipline},
        ),
        {"P": bench.after_first(range(10))},
        {"C": bench.slow(is_done("P"), got.append)},
    )
    assert got == ([0, 9, 8, 7] if discipline is Discipline.LIFO else [0, 7, 8, 9])


def test_a_queue_that_may_not_overflow_fails_its_producer(bench: Bench) -> None:
    """The item that found it full is the producer's fifth, and failed."""
    final = bench.run(
        line(3, service=bench.slow_time, queue_has={"overflow": Overflow.FAIL}),
        {"P": bench.after_first(range(10))},
        {"C": bench.slow(lambda s: s.failure is not None)} if not bench.is_virtual else {},
    )
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert (final.failure.worker, final.failure.item_number) == ("P", 5)
    assert final.failure.message == ("QueueOverflowError: queue 'q' is full and overflow is 'fail'")
    assert isinstance(bench.engine.error, WorkerError)
    assert isinstance(bench.engine.error.__cause__, QueueOverflowError)
    assert final.totals.failed == 1
    assert final.totals.produced == 5


@pytest.mark.parametrize("timeout", [0, 0.002])
def test_an_item_that_finds_no_slot_in_time_is_dropped(bench: Bench, timeout: float) -> None:
    """And counted: one is in the hand, one queued, the other four waited in vain."""
    got: list[int] = []
    final = bench.run(
        line(1, service=bench.slow_time, producer_has={"put_timeout": timeout}),
        {"P": bench.after_first(range(6))},
        {"C": bench.slow(is_done("P"), got.append)},
    )
    assert final.totals.dropped == worker(final, "P").dropped_total == 4
    assert got == [0, 1]


def test_a_put_timeout_may_be_longer_than_a_machine_can_wait(bench: Bench) -> None:
    """Ages are waited for like any time."""
    final = bench.run(
        line(1, service=bench.slow_time, producer_has={"put_timeout": 1e12}),
        {"P": range(4)},
        {"C": bench.slow(is_full("P"))},
    )
    assert final.totals.consumed == 4


def test_a_put_in_time_is_not_dropped(bench: Bench) -> None:
    """A timeout that is not needed changes nothing."""
    final = bench.run(
        line(1, service=bench.slow_time, producer_has={"put_timeout": 1e6}),
        {"P": range(5)},
        {"C": bench.slow(is_full("P"))},
    )
    assert (final.totals.consumed, final.totals.dropped) == (5, 0)


def test_a_lifo_queue_gives_its_newest_first(bench: Bench) -> None:
    """The first is taken at once; of the rest, the last comes first."""
    got: list[int] = []
    final = bench.run(
        line(9, service=bench.slow_time, queue_has={"discipline": Discipline.LIFO}),
        {"P": bench.after_first(range(6))},
        {"C": bench.slow(is_done("P"), got.append)},
    )
    assert got == [0, 5, 4, 3, 2, 1]
    assert queue(final, "q").got_total == 6


def urgent(bench: Bench, discipline: Discipline, capacity: int = 20) -> Scenario:
    """Three producers of one queue, the second the most urgent, the third the least."""
    return Scenario(
        (QueueSpec("q", capacity, discipline=discipline),),
        (
            ProducerSpec("A", "q", 0),
            ProducerSpec("B", "q", bench.steady_time, priority=-5),
            ProducerSpec("Z", "q", bench.steady_time, priority=9),
        ),
        (ConsumerSpec("C", "q", bench.slow_time),),
    )


def test_a_priority_queue_gives_the_most_urgent_first(bench: Bench) -> None:
    """By the producers' priority, the smallest first; of equals, the oldest."""
    got: list[str] = []
    ready = has_got("C", 1)
    bench.run(
        urgent(bench, Discipline.PRIORITY),
        {
            "A": bench.after_first(["a1", "a2", "a3"]),
            "Z": bench.steady(["z1", "z2"], ready),
            "B": bench.steady(["b1", "b2", "b3"], ready),
        },
        {"C": bench.slow(lambda s: all(is_done(name)(s) for name in "ABZ"), got.append)},
    )
    assert got == ["a1", "b1", "b2", "b3", "a2", "a3", "z1", "z2"]


@pytest.mark.parametrize("discipline", list(Discipline))
def test_the_mean_depth_counts_those_that_still_wait(bench: Bench, discipline: Discipline) -> None:
    """While the first of four items is in hand, three wait: their time so far is in the integral
    of the depth; in the end all have been taken, and it is what they waited."""
    seen: list[tuple[Snapshot, QueueDetail]] = []

    def look() -> None:
        seen.append((bench.engine.snapshot(), bench.engine.queue_detail("q")))

    final = bench.run(
        line(3, service=bench.slow_time, queue_has={"discipline": discipline}),
        {"P": bench.after_first(range(4))},
        {"C": bench.slow(is_done("P"), None, look)},
    )
    ((snapshot, detail),) = seen
    row, at = queue(snapshot, "q"), snapshot.at
    waits = [at - item.queued_at for item in detail.items]
    assert len(waits) == row.depth == 3
    assert row.area(at) == pytest.approx(sum(waits) + row.waiting_time.mean, abs=1e-9)
    assert row.mean_depth(at) == pytest.approx(row.area(at) / at)
    last = queue(final, "q")
    waited = last.waiting_time.mean * last.waiting_time.count
    assert last.area(final.at) == pytest.approx(waited, abs=1e-9)


def test_a_queue_shows_what_waits_the_next_to_go_first(bench: Bench) -> None:
    """`queue_detail`: the same order in which the items will be taken, cut to a limit."""
    ready = has_got("C", 1)
    seen: list[QueueDetail] = []

    def look() -> None:
        seen.extend((bench.engine.queue_detail("q"), bench.engine.queue_detail("q", 2)))

    bench.run(
        urgent(bench, Discipline.PRIORITY),
        {
            "A": bench.after_first(["a1", "a2"]),
            "Z": bench.steady(["z1"], ready),
            "B": bench.steady(["b1"], ready),
        },
        {"C": bench.slow(lambda s: all(is_done(name)(s) for name in "ABZ"), None, look)},
    )
    whole, cut = seen
    assert [item.shown for item in whole.items] == ["b1", "a2", "z1"]
    assert [item.producer for item in whole.items] == ["B", "A", "Z"]
    assert all(item.queued_at >= 0 for item in whole.items)
    assert whole.depth == cut.depth == 3
    assert cut.items == whole.items[:2]
    assert bench.engine.queue_detail("q") == QueueDetail("q", 0, ())
    with pytest.raises(KeyError):
        bench.engine.queue_detail("other")


@pytest.mark.parametrize("discipline", [Discipline.LIFO, Discipline.PRIORITY])
def test_full_time_counts_under_every_discipline(bench: Bench, discipline: Discipline) -> None:
    """All the time for which its producer is seen to wait; in virtual time, where it is full again
    as soon as an item was taken, from the second put to the last get."""
    looks: list[float] = []

    def look() -> None:
        looks.extend(bench.engine.snapshot().at for _ in range(2))

    final = bench.run(
        line(1, service=bench.slow_time, queue_has={"discipline": discipline}),
        {"P": range(8)},
        {"C": bench.slow(is_full("P"), None, look)},
    )
    assert queue(final, "q").peak_depth == 1
    assert queue(final, "q").full_time >= looks[1] - looks[0]
    if bench.is_virtual:
        assert queue(final, "q").full_time == 7 * bench.slow_time


def three_into_one(bench: Bench, selection: Selection, **has: Any) -> Scenario:
    """Three queues, one consumer that takes from them by its selection."""
    disciplines = has.get("disciplines", [Discipline.FIFO] * 3)
    return Scenario(
        tuple(
            QueueSpec(name, 9, discipline=discipline)
            for name, discipline in zip("abc", disciplines, strict=True)
        ),
        (
            ProducerSpec("A", "a", 0),
            ProducerSpec("B", "b", bench.steady_time),
            ProducerSpec("Z", "c", bench.steady_time),
        ),
        (ConsumerSpec("C", ("a", "b", "c"), bench.slow_time, selection=selection),),
    )


SELECTED = {
    Selection.ROUND_ROBIN: ["a1", "b1", "c1", "a2", "b2", "c2", "b3", "c3", "c4"],
    # Of queues that are as long as each other, the next in turn.
    Selection.LONGEST: ["a1", "c1", "b1", "c2", "b2", "c3", "a2", "b3", "c4"],
    Selection.PRIORITY: ["a1", "a2", "b1", "b2", "b3", "c1", "c2", "c3", "c4"],
}
MIXED = (Discipline.FIFO, Discipline.PRIORITY, Discipline.PRIORITY)


@pytest.mark.parametrize("disciplines", [(Discipline.FIFO,) * 3, MIXED])
@pytest.mark.parametrize("selection", list(Selection))
def test_a_consumer_takes_by_its_selection(
    bench: Bench, selection: Selection, disciplines: tuple[Discipline, ...]
) -> None:
    """Three queues of two, three and four items, while the first of all is in its hand."""
    got: list[str] = []
    ready = has_got("C", 1)
    bench.run(
        three_into_one(bench, selection, disciplines=disciplines),
        {
            "A": bench.after_first(["a1", "a2"]),
            "B": bench.steady(["b1", "b2", "b3"], ready),
            "Z": bench.steady(["c1", "c2", "c3", "c4"], ready),
        },
        {"C": bench.slow(lambda s: all(is_done(name)(s) for name in "ABZ"), got.append)},
    )
    assert got == SELECTED[selection]
