"""Runs that are kept are those that would be made, and a widened sweep makes only new ones."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.analysis.steadiness import WarmUp
from pcsim.experiments.sizing.size_text import text_of_sizing
from pcsim.experiments.sizing.sizing import size
from pcsim.experiments.variants import kept, preparing, workers
from pcsim.experiments.variants.check_text import text_of_check
from pcsim.experiments.variants.checking import check
from pcsim.experiments.variants.kept import KeptRuns, name_of
from pcsim.experiments.variants.measures import Measure
from pcsim.experiments.variants.sweep_text import text_of_sweep
from pcsim.experiments.variants.sweeping import Sweep, sweep
from pcsim.experiments.variants.tasks import Ask, Got, Task
from pcsim.experiments.variants.units import Unit, done
from pcsim.experiments.warm_up import find_warm_up
from pcsim.kernel.choice import KernelChoice
from pcsim.scenario import Scenario
from tests.experiments.variants.shop import SHOP

MEASURES = (Measure("throughput"), Measure("wait", "orders"), Measure("wait", "orders", 0.9))
UNIT = Unit(SHOP, MEASURES, 0, 3)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache; also the shortest runs are kept."""
    monkeypatch.setenv("PCSIM_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kept, "LEAST_SECONDS", 0.0)
    return tmp_path / "runs"


def widened(vary: list[str], replications: int, **more: Any) -> Sweep:
    """A sweep with the cache, which finds what it finds without."""
    found = sweep(SHOP, vary, replications=replications, cache=True, **more)
    assert found.rows == sweep(SHOP, vary, replications=replications, **more).rows
    return found


def test_a_widened_sweep_makes_only_new_runs() -> None:
    """More values, more replications, in another order, on another seed: the rows are the same as
    without a cache, to the last bit."""
    assert widened(["clerk.count=1,2"], 3).cache.taken == 0
    assert widened(["clerk.count=1,2"], 3).cache.taken == 6
    assert widened(["clerk.count=3,2,1"], 3).cache.taken == 6
    wider = widened(["clerk.count=3,2,1"], 6)
    assert (wider.runs, wider.cache.taken) == (18, 9)
    assert "18 runs, 9 of them from the cache" in text_of_sweep(wider)
    assert widened(["clerk.count=1"], 6, seed=8).cache.taken == 0
    assert widened(["clerk.count=1"], 6, measures=["p90 wait"]).cache.taken == 0
    assert widened(["clerk.count=1"], 6, warm_up=20.0).cache.taken == 0


def test_a_warm_up_that_was_found_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the runs, of which it is none. It is found again for another scenario."""
    found: list[float] = []

    def find(scenario: Scenario, replications: int, kernel: KernelChoice) -> WarmUp:
        found.append(find_warm_up(scenario, replications, kernel).seconds)
        return WarmUp(found[-1])

    monkeypatch.setattr(preparing, "find_warm_up", find)
    options: Any = {"replications": 2, "warm_up": "auto", "cache": True}
    first, again = (sweep(SHOP, ["clerk.count=1"], **options) for _ in range(2))
    assert found == [first.scenario.warm_up]
    assert again.scenario == first.scenario
    assert again.rows == first.rows
    assert (first.cache.taken, again.cache.taken) == (0, 2)
    sweep(SHOP, ["clerk.count=1"], seed=9, **options)
    assert len(found) == 2
    options["cache"] = False
    sweep(SHOP, ["clerk.count=1"], **options)
    assert len(found) == 3


def test_what_was_done_before_an_interruption_is_kept() -> None:
    """Ctrl-C costs what had begun."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    first = sweep(SHOP, ["clerk.count=1..3"], replications=2, cache=True, on_progress=interrupt)
    assert first.is_interrupted
    assert widened(["clerk.count=1..3"], 2).cache.taken == 2


def test_runs_with_gaps_are_put_together_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those in the middle and at the end are made."""
    monkeypatch.setattr(workers, "HERE_SECONDS", 1e-9)
    store = KeptRuns()
    assert store.find(SHOP, MEASURES, 0, 9) == {}
    for first in (1, 5):
        unit = Unit(SHOP, MEASURES, first, 2)
        store.keep(unit, done(unit))
    store.close()

    def task() -> Task[Got]:
        got = yield Ask(SHOP, MEASURES, 0, 9)
        return got

    team = workers.Workers(kept=KeptRuns())
    ((_, got),) = team.drive([task()])
    team.close()
    assert got.runs == list(done(Unit(SHOP, MEASURES, 0, 9)).runs)
    assert (team.runs, team.cache.taken) == (9, 4)


def test_a_run_that_failed_is_made_again() -> None:
    """Nothing is kept of it."""
    failing = ["orders.overflow=fail"]
    for _ in range(2):
        found = sweep(SHOP, failing, replications=2, cache=True)
        assert found.rows[0].error
        assert found.cache.taken == 0


@pytest.mark.parametrize(
    "damage", ["no database", "half a file", "a run without readings", "nonsense"]
)
def test_a_damaged_cache_is_made_anew(damage: str, folder: Path) -> None:
    """The results are the same, and the next sweep has it again."""
    widened(["clerk.count=1"], 4)
    (file,) = folder.iterdir()
    if damage == "no database":
        file.write_bytes(b"x" * 5000)
    elif damage == "half a file":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        with sqlite3.connect(file) as database:
            part = "substr(run, 2)" if damage == "nonsense" else "x'78019b34610200036901b3'"
            database.execute(f"UPDATE runs SET run = {part}")  # noqa: S608 - our own
        database.close()
    assert widened(["clerk.count=1"], 4).cache.taken == 0
    assert widened(["clerk.count=1"], 4).cache.taken == 4


@pytest.mark.parametrize(("form", "other"), [(b"\xa1f", b"\xa1u"), (b"\xa1H", b"\xa1I")])
def test_counts_of_another_form_are_not_believed(form: bytes, other: bytes, folder: Path) -> None:
    """Numbers that are none, or not one for each time: the runs are made again."""
    widened(["clerk.count=1"], 2, measures=["p90 wait"])
    (file,) = folder.iterdir()
    with sqlite3.connect(file) as database:
        for name, run in database.execute("SELECT name, run FROM runs").fetchall():
            changed = zlib.compress(zlib.decompress(run).replace(form, other, 1))
            assert changed != run
            database.execute("UPDATE runs SET run = ? WHERE name = ?", (changed, name))
    database.close()
    assert widened(["clerk.count=1"], 2, measures=["p90 wait"]).cache.taken == 0


def test_a_cache_that_cannot_be_written_is_done_without(folder: Path) -> None:
    """It is said why."""
    folder.write_text("a file where the folder should be", "utf-8")
    found = widened(["clerk.count=1"], 2)
    assert str(folder) in found.cache.problem
    assert "cannot be kept" in text_of_sweep(found)


def test_two_use_it_at_once() -> None:
    """Each sees what the other has written, and no run is lost."""
    one, other = KeptRuns(), KeptRuns()
    seen = done(UNIT)
    for number, store in enumerate((one, other, one, other)):
        assert len(store.find(SHOP, MEASURES, 0, 99)) == 3 * number
        store.keep(UNIT._replace(first=3 * number), seen)
        store._write()
    for store in (one, other):
        assert len(store.find(SHOP, MEASURES, 0, 99)) == 12
        assert store.problem == ""
        store.close()


def test_the_cache_stays_small(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """What was not used for longest goes first."""
    monkeypatch.setattr(kept, "MOST_BYTES", 60_000)
    seen = done(UNIT)
    for first in range(0, 300, 3):
        store = KeptRuns()
        assert len(store.find(SHOP, MEASURES, 0, 3)) == (3 if first else 0)
        store.keep(UNIT._replace(first=first), seen)
        store.close()
        (file,) = folder.iterdir()
        assert file.stat().st_size <= 60_000
    store = KeptRuns()
    numbers = sorted(store.find(SHOP, MEASURES, 0, 300))
    store.close()
    assert numbers[:3] == [0, 1, 2]
    assert numbers[-1] == 299
    assert 6 < len(numbers) < 200
    assert numbers[3:] == list(range(numbers[3], 300))


def test_the_name_of_a_run_is_of_all_that_its_numbers_depend_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not of the texts of its scenario; of the versions as well."""
    name = name_of(SHOP, MEASURES)
    assert name_of(replace(SHOP, title="x", description="y", watch="z", name="w"), MEASURES) == name
    others = [
        name_of(replace(SHOP, seed=1), MEASURES),
        name_of(replace(SHOP, warm_up=11.0), MEASURES),
        name_of(SHOP, MEASURES[:2]),
        name_of(SHOP, (*MEASURES[:2], Measure("wait", "orders", 0.9, 1.0))),
    ]
    monkeypatch.setattr(kept, "versions", lambda: "pcsim 0")
    others.append(name_of(SHOP, MEASURES))
    assert len({name, *others}) == 6


def test_runs_that_take_no_time_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them would cost as much."""
    monkeypatch.setattr(kept, "LEAST_SECONDS", 9.0)
    widened(["clerk.count=1"], 2)
    assert widened(["clerk.count=1"], 2).cache.taken == 0


def test_limits_and_sizes_say_what_was_taken() -> None:
    """The second time all of it, with the same answer."""
    for taken in (False, True):
        checked = check(SHOP, "loss < 10%", cache=True)
        sized = size(SHOP, ["clerk.count=1..3"], ["loss < 10%"], cost="clerk.count", cache=True)
        assert checked.cache.taken == taken * checked.judged.replications
        assert (sized.cache.taken == sized.runs) is taken
        assert ("from the cache" in text_of_check(checked, "shop")) is taken
        assert "from the cache" in text_of_sizing(sized)  # the first time those of the check
        assert sized.answer is not None
        assert sized.answer.label == "clerk.count=2"
