"""What begins inside a look at a run: a signal handler, or a `__del__`, that looks as well or
gives an order. Each is made to begin at every place at which one can."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.engine.books.histogram import FULL, TimeStatistics
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.threads.queue_times import Periods
from pcsim.scenario import ConsumerSpec, Discipline, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase
from tests.support.engines import GUARD, Gate, check_growth, check_law, endless, line, until
from tests.support.threads import Calling

T = TypeVar("T")


def interrupted(act: Callable[[], object], place: int, call: Callable[[], T]) -> tuple[T, bool]:
    """What a call returns while at its n-th place something else is done within it, and whether
    it has so many places: one where each function begins or ends, as for signal handlers."""
    seen = 0

    def look(_frame: object, event: str, _: object) -> None:
        nonlocal seen
        if event == "c_call":
            return
        seen += 1
        if seen == place:
            sys.setprofile(None)
            act()

    sys.setprofile(look)
    try:
        result = call()
    finally:
        sys.setprofile(None)
    return result, seen >= place


def at_every_place(try_at: Callable[[int], bool]) -> None:
    """Try at one place after the other, as long as there is one. On a thread of its own: a hang
    is an error that is seen."""

    def try_all() -> int:
        place = 1
        while try_at(place):
            place += 1
        return place

    assert Calling(try_all).result() > 1


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("in_one_thread", [False, True])
def test_no_time_is_lost_or_counted_twice(is_full: bool, in_one_thread: bool) -> None:
    """Whoever looks from within sees all that was there; who was interrupted goes on rightly."""
    number = 2 * FULL if is_full else 3

    def try_at(place: int) -> bool:
        times = TimeStatistics(in_one_thread)
        pockets = [times.pocket() for _ in range(20)]
        for pocket in (pockets[0], pockets[-1]):
            pocket += [1.0] * number

        def look() -> None:
            pockets[0].append(4.0)
            assert times.spread().count == 2 * number + 1

        def count() -> int:
            times.fold_full(pockets[0])
            return times.spread().count

        counted, was_there = interrupted(look, place, count)
        assert counted in (2 * number, 2 * number + was_there)
        final = times.spread()
        assert final.count == 2 * number + was_there
        assert times.sum_of_all == 2 * number + 4 * was_there
        assert final.max == (4.0 if was_there else 1.0)
        return was_there

    at_every_place(try_at)


def test_threads_that_count_take_turns() -> None:
    """A worker leaves the counting to who is at it, and waits for nobody; whoever looks counts
    what was left. Else they would undo each other's work for as long as many look."""
    times = TimeStatistics()
    pocket = times.pocket()
    pocket += [1.0] * FULL
    left: list[int] = []

    def another_worker() -> None:
        Calling(lambda: times.fold_full(pocket)).result()
        left.append(len(pocket))

    spread, _ = interrupted(another_worker, 2, times.spread)
    assert left == [FULL]
    assert spread.count == FULL


def test_times_are_forgotten_once() -> None:
    """What was measured before does not count, what was noted meanwhile may."""

    def try_at(place: int) -> bool:
        times = TimeStatistics()
        pocket = times.pocket()
        pocket += [1.0, 2.0]

        def look() -> None:
            pocket.append(4.0)
            times.spread()

        _, was_there = interrupted(look, place, times.reset)
        assert times.spread().count <= was_there
        assert times.sum_of_all == 3.0 + 4.0 * was_there
        return was_there

    at_every_place(try_at)


def test_no_span_is_lost_or_added_twice() -> None:
    """The same for the periods in which a queue was full or empty."""

    def try_at(place: int) -> bool:
        periods = Periods()
        periods.ended += [1.0, 2.0]

        def look() -> None:
            periods.ended.append(4.0)
            assert periods.total() == 7.0

        told, was_there = interrupted(look, place, periods.total)
        assert told in (3.0, 3.0 + 4.0 * was_there)
        assert periods.total() == 3.0 + 4.0 * was_there
        return was_there

    at_every_place(try_at)


@pytest.fixture
def busy() -> Iterator[ProducerConsumerSystem]:
    """A system in which something happens all the time."""
    system = line(endless(), None)
    with system:
        until(system, lambda s: s.totals.consumed > 100)
        yield system
        system.drain()


def test_a_snapshot_within_a_snapshot_is_exact(busy: ProducerConsumerSystem) -> None:
    """Both are instants of the system, the one within the later."""

    def try_at(place: int) -> bool:
        within: list[Any] = []
        seen, was_there = interrupted(
            lambda: within.extend([busy.snapshot(), busy.get_statistics()]), place, busy.snapshot
        )
        check_law(seen)
        if was_there:
            check_law(within[0])
            assert within[1]["balanced"]
            check_growth(busy.snapshot(), busy.snapshot())
            check_growth(within[0], busy.snapshot())
        return was_there

    at_every_place(try_at)


def test_what_has_not_changed_is_the_same_from_within() -> None:
    """The same version, the same rows."""
    gate = Gate()
    system = line(endless(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    rest = until(system, lambda s: s.totals.produced == 6)
    within: list[Any] = []

    def try_at(place: int) -> bool:
        within.clear()
        seen, was_there = interrupted(
            lambda: within.append(system.snapshot()), place, system.snapshot
        )
        for one in (seen, *within):
            assert one.totals == rest.totals
            assert one.queues[0] is seen.queues[0]
        return was_there

    at_every_place(try_at)
    assert within == []
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)


@pytest.mark.parametrize("discipline", Discipline)
@pytest.mark.parametrize("ending", ["drain", "abort"])
def test_a_run_may_be_ended_from_within_a_snapshot(discipline: Discipline, ending: str) -> None:
    """No worker waits for who looks, not even the last one, which closes the books."""
    specs = (ProducerSpec("P", "q", 0),), (ConsumerSpec("C", ("q",), 0, count=2),)

    def try_at(place: int) -> bool:
        engine = ThreadsEngine(Scenario((QueueSpec("q", 3, discipline=discipline),), *specs))
        engine.start()
        until(engine, lambda s: s.totals.consumed > 3)

        def end() -> None:
            getattr(engine, ending)()
            engine.queue_detail("q")
            assert engine.join(GUARD)
            assert engine.snapshot().phase.is_over

        seen, was_there = interrupted(end, 10 * place, engine.snapshot)
        check_law(seen)
        if not was_there:
            engine.abort()
            assert engine.join(GUARD)
        check_law(engine.snapshot())
        return was_there

    at_every_place(try_at)


def test_a_system_is_built_once_though_it_is_looked_at_from_within() -> None:
    """Even where that starts it: it is that one that runs."""

    def try_at(place: int) -> bool:
        got: list[int] = []
        system = line([1, 2, 3], got)
        _, was_there = interrupted(system.start, 10 * place, system.snapshot)
        if not was_there:
            system.start()
        assert system.wait_for_completion(GUARD)
        assert got == [1, 2, 3]
        return was_there

    at_every_place(try_at)


def test_a_wait_may_be_made_within_a_wait() -> None:
    """Whoever waits for the end holds nothing that one who waits from within would need."""
    gate = Gate()
    system = line([1], gate)
    system.start()
    assert gate.entered.wait(GUARD)

    def try_at(place: int) -> bool:
        within: list[bool] = []
        _, was_there = interrupted(
            lambda: within.append(system.wait_for_completion(0.0001)),
            place,
            lambda: system.wait_for_completion(0.0001),
        )
        assert within == [False] * was_there
        return was_there

    at_every_place(try_at)
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert system.snapshot().phase is Phase.FINISHED


def test_a_wait_may_be_made_within_one_that_is_ending() -> None:
    """Threads that are gone are joined by the one who was first."""

    def try_at(place: int) -> bool:
        system = line([1], None)
        system.start()
        until(system, lambda s: s.phase.is_over)
        within: list[bool] = []
        ended, was_there = interrupted(
            lambda: within.append(system.wait_for_completion()), place, system.wait_for_completion
        )
        assert (ended, within) == (True, [True] * was_there)
        return was_there

    at_every_place(try_at)
