"""`pcsim diff A B --tui`: what differs between two runs, on a screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pcsim.analysis.comparison import Comparison
from pcsim.distributions import Exponential
from pcsim.experiments.branching import branch
from pcsim.recording.comparison import compare
from pcsim.recording.reader import Reader
from pcsim.snapshot.control import Point
from pcsim.tui.diff.app import DiffApp
from pcsim.tui.diff.content import Difference, over_time
from pcsim.tui.diff.screen import DiffScreen
from tests.recording.runs import record
from tests.support.command import call
from tests.support.small_scenarios import one_queue
from tests.tui.support import picture

SIZES = ((80, 24), (120, 40), (200, 60))
SHOP = one_queue(
    Exponential(0.5), Exponential(0.7), capacity=10, until=60.0, seed=1, title="A shop"
)


class Both(NamedTuple):
    found: Comparison
    courses: tuple[list[Point], list[Point]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A minute, and a branch of it with another clerk at 0:20."""
    folder = tmp_path_factory.mktemp("diff")
    record(folder / "a.rec", SHOP, step=0.5)
    record(folder / "b.rec", branch(SHOP, 20, "add C").scenario, step=0.5)
    one, other = Reader(folder / "a.rec"), Reader(folder / "b.rec")
    yield Both(compare(one, other), (one.notes.course(100), other.notes.course(100)))
    one.close()
    other.close()


def app_of(both: Both) -> DiffApp:
    return DiffApp(Difference(("a.rec", "b.rec"), both.found, both.courses), ascii_only=False)


@pytest.mark.parametrize("size", SIZES)
async def test_all_of_a_difference_is_seen(size: tuple[int, int], both: Both) -> None:
    """Names, the sentence, rows with interval and verdict, the scenarios, both over time."""
    app = app_of(both)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        shown = " ".join(picture(app).split())
        assert "A a.rec 0:06.0–1:00.0" in shown
        assert "B b.rec 0:06.0–1:00.0" in shown
        assert "add C at 0:20.0" in shown
        assert "The runs are alike until 0:2" in shown
        assert "measure A B difference 95 % verdict" in shown
        assert "changes at 0:20.0 + add C" in shown
        assert "out /s A above, B below" in shown
        assert "┴0:00" in shown
        assert "s sort" in shown


async def test_the_chosen_measure_is_drawn_over_time(both: Both) -> None:
    """Of a queue its depth; of what is not known over time, what comes out."""
    app = app_of(both)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        keys = [row.measure.key for row in both.found.rows]
        for _ in range(keys.index("queues.q.full")):
            await pilot.press("down")
        await pilot.pause()
        assert "q, items  A above, B below" in picture(app)
        await pilot.press("home")
        await pilot.pause()
        assert "out /s  A above" in picture(app)
        await pilot.press("end", "down")
        assert screen.rows.chosen == both.found.rows[-1]


async def test_rows_are_sorted_and_copied_and_it_is_left(both: Both) -> None:
    """The cursor stays on its row; q and esc leave."""
    app = app_of(both)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        await pilot.press("down", "s")
        await pilot.pause()
        assert "sorted by name" in picture(app)
        assert screen.rows.chosen == both.found.rows[1]
        await pilot.press("y")
        assert "comes out of B" in app.clipboard
        await pilot.press("t", "s", "escape")
    assert app.return_code == 0


def test_a_measure_over_time_is_that_of_its_run() -> None:
    """Rates are of the line between two points, depths of the one before; then comes nothing."""
    course = [Point(at, 2 * at, at, 0, 0, 0, ("q.x",), (at,)) for at in (2, 4, 6)]
    assert over_time(course, "out", 1.0, 8) == [1.0] * 6 + [None, None]
    assert over_time(course, "in", 2.0, 3) == [2.0, 2.0, 2.0]
    assert over_time(course, "queues.q.x.full", 2.0, 4) == [2.0, 4.0, 6.0, None]
    assert over_time(course, "queues.other.full", 2.0, 1) == [None]
    assert over_time([], "out", 1.0, 2) == [None, None]


def test_without_a_terminal_the_screen_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to do instead; so does --tui beside --json."""
    record(tmp_path / "a.rec", SHOP, step=1.0)
    file = str(tmp_path / "a.rec")
    assert call("diff", file, file, "--tui") == 2
    assert "--tui needs a terminal" in capsys.readouterr().err
    assert call("diff", file, file, "--tui", "--json") == 2
    assert "goes without --json" in capsys.readouterr().err
