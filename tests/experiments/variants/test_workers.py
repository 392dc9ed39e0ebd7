"""The results are the same whatever does the work, and whatever happens to it."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.experiments.variants import units, workers
from pcsim.experiments.variants.measures import Measure
from pcsim.experiments.variants.sweeping import Sweep, sweep
from pcsim.experiments.variants.units import Seen, Unit, done
from pcsim.experiments.variants.workers import Ask, ExecutorError, Workers
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
    monkeypatch.setattr(workers, "LEAST_SECONDS", 0.01)
    assert results(sweep(SHOP, GRID, replications=5, precision=0.2, jobs=2)) == results(alone)
    with ThreadPoolExecutor(3) as threads:
        assert results(
            sweep(SHOP, GRID, replications=5, precision=0.2, executor=threads)
        ) == results(alone)
        assert threads.submit(len, "ab").result() == 2  # it is not shut down


def dying(unit: Unit) -> Seen:
    """Do a unit; the process ends in the middle of one, as often as the file has bytes."""
    mark = Path(unit.scenario.title)
    if unit.first == 2 and mark.exists() and mark.stat().st_size:
        os.truncate(mark, mark.stat().st_size - 1)
        os._exit(9)
    return done(unit)


@pytest.mark.parametrize(("deaths", "fails"), [(1, False), (99, True)])
def test_a_worker_that_dies_costs_its_part_only(
    deaths: int, fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done again, with the same result. A part that always ends its process has failed, and
    the others have not."""
    mark = tmp_path / "mark"
    mark.write_bytes(b"x" * deaths)
    deadly, harmless = replace(SHOP, title=str(mark)), SHOP
    monkeypatch.setattr(workers, "done", dying)
    monkeypatch.setattr(workers, "HERE_SECONDS", -1.0)
    monkeypatch.setattr(workers, "LEAST_SECONDS", 1e-9)
    measures = (Measure("throughput"),)

    def task(scenario: Any) -> workers.Task[workers.Got]:
        got = yield Ask(scenario, measures, 0, 4)
        return got

    team = Workers(2)
    try:
        got = dict(team.drive([task(deadly), task(harmless)]))
    finally:
        team.close()
    expected = list(done(Unit(SHOP, measures, 0, 4)).runs)
    assert got[1].runs == expected
    assert bool(got[0].error) is fails
    if not fails:
        assert got[0].runs == expected
        assert team.pool_starts == 2


class Broken(Executor):
    """An executor whose workers are gone."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        """Refuse everything."""
        raise BrokenExecutor("gone")


def test_an_executor_of_the_callers_that_is_broken_is_named() -> None:
    """It cannot be made anew here."""
    with pytest.raises(ExecutorError, match="gone"):
        sweep(SHOP, GRID, replications=2, executor=Broken())


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
    assert team.pool_starts == 0
