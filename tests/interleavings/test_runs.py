"""What goes wrong in the life of a run, under many interleavings of its threads."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import combinations
from typing import Any

import pytest

import pcsim
import pcsim.snapshot
from pcsim import testing

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
SCHEDULES = 300
Sink = Callable[[Any], object]


def _system(
    source: Iterable[Any] | None = None,
    *sinks: Sink | None,
    capacity: int = 1,
    producers: int = 1,
    producing: float = 0,
    consuming: float = 0,
    **has: Any,
) -> pcsim.ProducerConsumerSystem:
    """Producers P0, P1 ..., a queue, and consumers C0, C1 ..., one for each sink."""
    system = pcsim.ProducerConsumerSystem()
    system.add_queue("q", capacity)
    for number in range(producers):
        items = _endless() if source is None else source
        system.add_producer(f"P{number}", items, producing, "q")
    for number, sink in enumerate(sinks or (None,)):
        system.add_consumer(f"C{number}", sink, consuming, queue_names="q", **has)
    return system


def _endless() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _end(system: pcsim.ProducerConsumerSystem) -> Any:
    """The last snapshot, in which nothing is lost and nothing goes on. Workers are abandoned only
    where time ran ahead of them."""
    end = system.snapshot()
    assert end.phase.is_over
    assert end.totals.balanced
    assert end.totals.in_system == 0
    assert {row.state.value for row in end.workers} <= {"done", "failed"}
    return end


@testing.explore(SCHEDULES)
def test_a_sink_that_fails_on_an_item_ends_the_run_or_is_skipped() -> None:
    """The error has the worker, the item and the traceback; that item has failed, all others are
    accounted for. Where it is skipped, the run goes on."""
    on_error = testing.choose("fail", "skip")
    got: list[int] = []

    def sink(item: int) -> None:
        if item == 2:
            raise OSError("third")
        got.append(item)

    system = _system(range(4), sink, sink, on_error=on_error)
    system.start()
    if on_error == "skip":
        assert system.wait_for_completion()
        end = _end(system)
        assert end.phase is pcsim.snapshot.Phase.FINISHED
        assert sorted(got) == [0, 1, 3]
    else:
        with pytest.raises(pcsim.WorkerError) as caught:
            system.wait_for_completion()
        assert caught.value.worker in ("C0", "C1")
        assert caught.value.item_number == 3
        assert type(caught.value.__cause__) is OSError
        end = _end(system)
        assert end.failure is not None
        assert "in sink" in end.failure.traceback
    assert end.totals.failed == 1
    assert end.totals.consumed == len(got) or end.abandoned  # between the call and its count


@testing.explore(SCHEDULES)
def test_when_the_last_consumer_ends_its_producers_do_as_well() -> None:
    """It has died of its error, or has all the items that it may take: the queue closes, and no
    blocked producer hangs. What is left is discarded."""
    fails = testing.choose(True, False)

    def sink(item: int) -> None:
        if fails:
            raise OSError(item)

    limit = None if fails else 1
    system = _system(None, sink, sink, producers=2, max_items=limit)
    system.start()
    if fails:
        with pytest.raises(pcsim.WorkerError):
            system.wait_for_completion()
    else:
        assert system.wait_for_completion()
    end = _end(system)
    assert end.totals.consumed == (0 if fails else 2)
    assert end.totals.discarded == end.totals.produced - end.totals.consumed - end.totals.failed
    if not fails:
        causes = {row.end_cause for row in end.workers if row.name.startswith("P")}
        assert causes == {pcsim.snapshot.Cause.NO_CONSUMER}


@testing.explore(SCHEDULES)
def test_what_a_source_gave_before_it_raised_is_delivered() -> None:
    """The error is kept, and the queue closes when its last producer ends."""
    got: list[int] = []

    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("third")

    system = _system(source(), got.append)
    system.add_producer("Q", range(10, 12), 0, "q")
    system.start()
    with pytest.raises(pcsim.WorkerError) as caught:
        system.wait_for_completion()
    assert (caught.value.worker, caught.value.items_before) == ("P0", 2)
    end = _end(system)
    assert [item for item in got if item < 10] == [1, 2]
    assert end.totals.discarded == 0
    assert end.queues[0].closed


@testing.explore(SCHEDULES)
def test_a_drain_empties_the_queue_and_closes_the_source_once() -> None:
    """Whether or not producing is paused: nothing is pulled any more, and nothing is lost."""
    closed: list[int] = []
    got: list[int] = []

    def source() -> Iterator[int]:
        try:
            yield from _endless()
        finally:
            closed.append(1)

    system = _system(source(), got.append, producing=1)
    system.start()
    testing.let_time_pass(testing.choose(0, 5))
    if testing.choose(True, False):
        system.pause_producing()
    system.drain()
    assert system.wait_for_completion()
    end = _end(system)
    assert end.phase is pcsim.snapshot.Phase.FINISHED
    assert closed == [1] or not end.totals.produced
    assert got == list(range(end.totals.produced))


@testing.explore(SCHEDULES)
def test_an_abort_wakes_every_blocked_producer() -> None:
    """None of it shows as an error, and what they have in hand is discarded."""
    system = _system(None, None, producers=3, consuming=3600)
    system.start()
    testing.let_time_pass(testing.choose(0, 1))
    system.abort()
    assert system.wait_for_completion()
    end = _end(system)
    assert end.phase is pcsim.snapshot.Phase.ABORTED
    assert end.failure is None
    assert end.totals.discarded == end.totals.produced - end.totals.consumed


@testing.explore(SCHEDULES)
def test_an_abort_abandons_nobody_who_gets_a_turn() -> None:
    """Also where time passes faster than its threads run, as on a machine with other work."""
    system = _system(None, None, consuming=3600)
    system.start()
    testing.let_time_pass(1)
    system.abort()
    assert system.wait_for_completion()
    assert not _end(system).abandoned


@testing.explore(SCHEDULES)
def test_a_pause_while_producers_are_blocked_loses_nothing() -> None:
    """Nothing new is produced while it holds, and all of it comes when it ends."""
    got: list[int] = []
    system = _system(range(4), got.append, consuming=testing.choose(0, 1))
    system.start()
    testing.let_time_pass(testing.choose(0, 1))
    system.pause_producing()
    while system.snapshot().workers[0].state.value not in ("paused", "done"):
        testing.let_time_pass(0.01)
    made = system.snapshot().totals.produced
    testing.let_time_pass(5)
    assert system.snapshot().totals.produced == made
    system.resume_producing()
    assert system.wait_for_completion()
    _end(system)
    assert got == [0, 1, 2, 3]


@testing.explore(SCHEDULES)
def test_a_worker_may_ask_for_the_end_but_not_wait_for_it() -> None:
    """A request from a sink or a source returns at once; a wait is an error, and no hang."""
    ask = testing.choose("drain", "abort", "wait_for_completion")
    where = testing.choose("sink", "source")
    calls: list[Callable[[], object]] = []

    def asking(item: int) -> int:
        if item == 1:
            calls[0]()
        return item

    source = map(asking, _endless()) if where == "source" else _endless()
    system = _system(source, asking if where == "sink" else None, producing=1)
    calls.append(getattr(system, ask))
    system.start()
    if ask == "wait_for_completion":
        with pytest.raises(pcsim.WorkerError) as caught:
            system.wait_for_completion()
        assert isinstance(caught.value.__cause__, pcsim.PhaseError)
        _end(system)
    else:
        assert system.wait_for_completion()
        is_drain = ask == "drain"
        assert _end(system).phase.value == ("finished" if is_drain else "aborted")


@testing.explore(SCHEDULES)
def test_a_wait_that_times_out_is_never_early_and_changes_nothing() -> None:
    """It returns False; the run goes on, and a second wait sees its end. Of several that wait,
    each returns."""
    is_open = threading.Event()
    system = _system(range(3), lambda _: is_open.wait())
    system.start()
    began = time.monotonic()
    assert not system.wait_for_completion(2.5)
    assert time.monotonic() - began >= 2.5
    assert not system.snapshot().phase.is_over
    is_open.set()
    waits = [partial(system.wait_for_completion, None) for _ in range(2)]
    assert testing.threads(*waits, system.wait_for_completion) == [True] * 3
    assert _end(system).totals.consumed == 3


@testing.explore(SCHEDULES)
def test_a_full_cycle_of_stages_is_a_deadlock_that_names_who_waits() -> None:
    """At the wait that completes it: no time has to pass."""
    system = pcsim.ProducerConsumerSystem()
    system.add_queue("a", 1)
    system.add_queue("b", 1)
    system.add_producer("P", range(9), 0, "a")
    system.add_consumer("S", None, 1, queue_names="a", output="b")
    system.add_consumer("T", None, 1, queue_names="b", output="a")
    with pytest.warns(UserWarning, match="deadlock"):
        system.start()
    with pytest.raises(pcsim.DeadlockError) as caught:
        system.wait_for_completion()
    waits = {wait.worker: wait.queues for wait in caught.value.waits}
    assert waits in ({"S": ("b",), "T": ("a",)}, {"P": ("a",), "S": ("b",), "T": ("a",)})
    assert _end(system).totals.consumed == 0


@testing.explore(SCHEDULES)
def test_a_consumer_takes_from_its_queues_in_turn_until_each_has_closed() -> None:
    """While both have items, neither gives two more than the other; when one has closed, the other
    gives the rest."""
    is_open = threading.Event()
    got: list[str] = []

    def sink(item: str) -> None:
        is_open.wait()
        got.append(item)

    system = pcsim.ProducerConsumerSystem()
    for name, number in (("a", 4), ("b", 7)):
        system.add_queue(name, number)
        system.add_producer(name.upper(), [name] * number, 0, name)
    system.add_consumer("C", sink, 0, queue_names=["a", "b"])
    system.start()
    while (seen := system.snapshot().totals).produced < 11 or seen.in_producers_hands:
        testing.let_time_pass(0.01)
    is_open.set()
    assert system.wait_for_completion()
    _end(system)
    assert Counter(got) == {"a": 4, "b": 7}
    both = got[1 : max(position for position, item in enumerate(got) if item == "a")]
    for end in range(len(both)):
        there = Counter(both[: end + 1])
        assert abs(there["a"] - there["b"]) <= 1, got


@testing.explore(SCHEDULES)
def test_after_a_suspend_no_burst_makes_up_for_it() -> None:
    """Time may pass while a thread is ready to run: what is late by more than a moment is late, and
    the intervals that follow are not cut short."""
    at: list[float] = []

    def source() -> Iterator[int]:
        for number in range(5):
            at.append(time.monotonic())
            yield number

    system = pcsim.ProducerConsumerSystem()
    system.add_queue("q", 5)
    system.add_producer("P", source(), 1.0, "q")
    system.add_consumer("C", None, 0, queue_names="q")
    system.start()
    testing.let_time_pass(testing.choose(0, 86_400))
    assert system.wait_for_completion()
    _end(system)
    for first, last in combinations(range(5), 2):  # one of them may have been pulled late
        assert at[last] - at[first] >= (last - first - 1) * 1.0 - 0.25, at


@testing.explore(SCHEDULES // 4, most_steps=200_000)
def test_snapshots_from_eight_threads_during_an_abort_are_exact() -> None:
    """Every item is somewhere in each of them, no counter falls, and time does not go back."""
    system = _system(range(3), None, None, producers=2)

    def look() -> None:
        before = system.snapshot()
        for _ in range(2):
            seen = system.snapshot()
            assert seen.totals.balanced, seen.totals
            assert seen.at >= before.at
            for earlier, later in zip(before.workers, seen.workers, strict=True):
                assert later.produced_total >= earlier.produced_total, (
                    earlier,
                    later,
                    before,
                    seen,
                )
                assert later.got_total >= earlier.got_total
                assert later.put_total >= earlier.put_total
            before = seen

    system.start()
    testing.threads(*[look] * 8, system.abort)
    assert system.wait_for_completion()
    _end(system)
