"""The results are the same whatever does the work, and whatever happens to it."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.experiments.variants import teams, units, workers
from pcsim.experiments.variants.clusters import ExecutorError
from pcsim.experiments.variants.measures import Measure
from pcsim.experiments.variants.sweep_text import text_of_sweep
from pcsim.experiments.variants.sweeping import Stop, Sweep, sweep
from pcsim.experiments.variants.tasks import Ask, Got, Task
from pcsim.experiments.variants.teams import Executing, Team, width_of
from pcsim.experiments.variants.units import Seen, Unit, all_done, done
from pcsim.experiments.variants.workers import Workers
from tests.experiments.variants.shop import SHOP

GRID = ["clerk.count=1,2", "orders.capacity=2,4"]


def copied(thing: Any) -> Any:
    """It, as another process gets it."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 - it is our own


def results(found: Sweep) -> list[Any]:
    """All that a sweep has found."""
    return [row[:-1] for row in found.rows]


def test_a_unit_and_what_is_seen_of_it_can_be_pickled() -> None:
    """And done anywhere, with the same result."""
    unit = Unit(SHOP, (Measure("throughput"), Measure("wait", "orders", 0.9)), 2, 3)
    seen = copied(done(copied(unit)))
    assert seen.runs == done(unit).runs
    assert len(seen.runs) == 3
    assert done(unit._replace(first=3, number=1)).runs[0] == seen.runs[1]


def test_results_are_the_same_however_many_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with units of other sizes, on threads of an executor of one's own."""
    alone = sweep(SHOP, GRID, replications=5, precision=0.2)
    monkeypatch.setattr(workers, "HERE_SECONDS", -1.0)
    monkeypatch.setattr(Team, "is_ready", lambda _: True)
    monkeypatch.setattr(workers, "LEAST_SECONDS", 0.01)
    assert results(sweep(SHOP, GRID, replications=5, precision=0.2, jobs=2)) == results(alone)
    with ThreadPoolExecutor(3) as threads:
        assert results(
            sweep(SHOP, GRID, replications=5, precision=0.2, executor=threads)
        ) == results(alone)
        assert threads.submit(len, "ab").result() == 2  # it is not shut down


def all_dying(units: tuple[Unit, ...]) -> tuple[Seen, ...]:
    """Do some units; the process ends in the middle of one, as often as the file has bytes."""
    for unit in units:
        mark = Path(unit.scenario.title)
        if unit.first == 2 and mark.exists() and mark.stat().st_size:
            os.truncate(mark, mark.stat().st_size - 1)
            os._exit(9)
    return all_done(units)


def processes() -> Executor:
    """A pool of one process."""
    return ProcessPoolExecutor(1, get_context("spawn"))


@pytest.mark.parametrize(
    ("deaths", "fails", "executor"),
    [
        (1, False, lambda: None),
        (99, True, lambda: None),
        (1, False, processes),
        (1, False, lambda: processes),
    ],
    ids=["own processes", "always", "the caller's pool", "a function that makes pools"],
)
def test_a_worker_that_dies_costs_its_part_only(
    deaths: int,
    fails: bool,
    executor: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is done again, with the same result. A part that always ends its process has failed, and
    the others have not. A pool of the caller's that is broken by it is replaced by one like it."""
    mark = tmp_path / "mark"
    mark.write_bytes(b"x" * deaths)
    deadly, harmless = replace(SHOP, title=str(mark)), SHOP
    monkeypatch.setattr(teams, "all_done", all_dying)
    monkeypatch.setattr(workers, "HERE_SECONDS", -1.0)
    monkeypatch.setattr(Team, "is_ready", lambda _: True)
    monkeypatch.setattr(workers, "LEAST_SECONDS", 1e-9)
    measures = (Measure("throughput"),)

    def task(scenario: Any) -> Task[Got]:
        got = yield Ask(scenario, measures, 0, 4)
        return got

    given: Executing | None = executor()
    team = Workers(2, given)
    try:
        got = dict(team.drive([task(deadly), task(harmless)]))
    finally:
        team.close()
        if isinstance(given, Executor):
            given.shutdown()
    expected = list(done(Unit(SHOP, measures, 0, 4)).runs)
    assert got[1].runs == expected
    assert bool(got[0].error) is fails
    if not fails:
        assert got[0].runs == expected
        assert team.team.starts == 2 - isinstance(given, Executor)


def test_this_process_works_until_others_have_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take a while to start."""
    monkeypatch.setattr(workers, "HERE_SECONDS", 1e-9)
    asked: list[int] = []

    def is_ready(team: Team) -> bool:
        asked.append(team.starts)
        return False

    monkeypatch.setattr(Team, "is_ready", is_ready)
    found = sweep(SHOP, GRID, replications=2, jobs=2)
    assert set(asked) == {0}
    assert results(found) == results(sweep(SHOP, GRID, replications=2))


def test_processes_say_when_they_have_begun() -> None:
    """They are started by the question."""
    team = Team(1)
    try:
        while not team.is_ready():
            wait(team._first)
        assert team.starts == 1
    finally:
        team.close()


class Own(Executor):
    """An executor of one's own, which does what it is given at once, and counts it.

    Args:
        most: The number of calls after which it is broken.
        error: What calls raise then.
        closes: Whether it refuses them at once.
    """

    def __init__(self, most: int, error: Exception, *, closes: bool = False) -> None:
        self.calls = 0
        self._most = most
        self._error = error
        self._closes = closes

    def shutdown(self, wait: bool = True) -> None:  # type: ignore[override]  # as loky's
        """Nothing waits."""

    def submit(self, fn: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
        """Call it."""
        self.calls += 1
        future: Future[Any] = Future()
        if self.calls <= self._most:
            future.set_result(fn(*arguments))
        elif self._closes:
            raise self._error
        else:
            future.set_exception(self._error)
        return future


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        (Own(0, BrokenExecutor("gone"), closes=True), "is broken: gone"),
        (Own(0, BrokenExecutor("gone")), "is broken: gone"),
        (Own(0, RuntimeError("closed"), closes=True), "takes no work: closed"),
        (Own(0, ModuleNotFoundError("No module 'pcsim'")), "does no work: ModuleNotFoundError"),
        (lambda: 3, "must make a concurrent.futures.Executor, not int"),
        ("dask://head", "must be a concurrent.futures.Executor, or a function that makes one"),
        (lambda: 1 // 0, "cannot be made: ZeroDivisionError"),
    ],
)
def test_an_executor_of_the_callers_that_does_no_work_is_named(executor: Any, message: str) -> None:
    """It cannot be made anew here."""
    with pytest.raises(ExecutorError, match=message):
        sweep(SHOP, GRID, replications=2, executor=executor)


def test_an_executor_that_is_lost_in_the_middle_leaves_what_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rows that are known, and in words why there are no more."""
    monkeypatch.setattr(workers, "LEAST_SECONDS", 1e-9)
    lost = sweep(SHOP, GRID, replications=2, executor=Own(4, BrokenExecutor("no route")))
    whole = sweep(SHOP, GRID, replications=2)
    done = [number for number, row in enumerate(lost.rows) if row.stop is not Stop.INTERRUPTED]
    assert done
    assert len(done) < len(lost.rows)
    assert all(lost.rows[number].values == whole.rows[number].values for number in done)
    assert "no route, " in text_of_sweep(lost)
    assert "not done" in text_of_sweep(lost)


def all_done_quickly(units: tuple[Unit, ...]) -> tuple[Seen, ...]:
    """Do some units, each run of which takes a millisecond."""
    return tuple(one._replace(seconds=0.001 * len(one.runs)) for one in all_done(units))


def test_a_part_that_an_executor_refuses_is_a_variant_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as one that has ended four workers of a cluster; those that it was handed over with,
    and all others, go on."""
    monkeypatch.setattr(teams, "all_done", all_done_quickly)
    grid = ["clerk.count=1..4", "orders.capacity=1..5"]
    together: list[int] = []

    class Refusing(Own):
        def submit(self, fn: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
            wanted = [one.scenario for one in arguments[0]]
            if any(one.consumers[0].count == 2 and one.queues[0].capacity == 3 for one in wanted):
                together.append(len(wanted))
                future: Future[Any] = Future()
                future.set_exception(ValueError("killed\nfour"))
                return future
            return super().submit(fn, *arguments)

    found = sweep(SHOP, grid, replications=4, executor=Refusing(999, OSError()))
    whole = sweep(SHOP, grid, replications=4)
    assert found.rows[7].error == "ValueError: killed\\nfour"
    assert [row for row in found.rows if row.label != found.rows[7].label] == [
        row for row in whole.rows if row.label != found.rows[7].label
    ]
    assert together[0] > together[-1] == 1


def test_small_parts_are_handed_over_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call for each would cost more than they do."""
    monkeypatch.setattr(teams, "all_done", all_done_quickly)
    grid = ["clerk.count=1..4", "orders.capacity=1..5"]
    own = Own(999, OSError())
    found = sweep(SHOP, grid, replications=4, executor=own)
    assert found.runs == 80
    assert own.calls <= 12
    assert results(found) == results(sweep(SHOP, grid, replications=4))


def test_an_executor_need_not_know_how_to_cancel() -> None:
    """That of a function is shut down at the end, with what every executor has."""
    made: list[Own] = []

    def make() -> Own:
        made.append(Own(999, OSError()))
        return made[-1]

    assert (
        sweep(SHOP, GRID, replications=2, executor=make).rows
        == sweep(SHOP, GRID, replications=2).rows
    )
    assert len(made) == 1


def test_an_executor_says_how_much_it_does_at_once() -> None:
    """So that all of it has work."""
    with ThreadPoolExecutor(7) as threads:
        assert width_of(threads) == 7
    assert width_of(Own(0, OSError())) >= 1


def test_workers_with_other_versions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may draw other numbers."""
    with ThreadPoolExecutor(1) as threads:
        monkeypatch.setattr(units, "versions", lambda: "pcsim 0, numpy 0")
        with pytest.raises(ExecutorError, match="pcsim 0, numpy 0"):
            sweep(SHOP, GRID, replications=2, executor=threads)


def test_a_unit_whose_run_fails_says_why() -> None:
    """In one line."""
    failing = replace(SHOP, queues=(replace(SHOP.queues[0], overflow="fail"),))
    seen = done(Unit(failing, (Measure("throughput"),), 0, 3))
    assert seen.error
    assert "\n" not in seen.error


def test_nothing_to_do_is_done_at_once() -> None:
    """Without starting anything."""
    team = Workers(2)
    assert list(team.drive([])) == []
    assert team.team.starts == 0
