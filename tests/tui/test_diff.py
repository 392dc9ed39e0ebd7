"""`pcsim diff A B --tui`: what differs between two runs, on a screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color
from textual.pilot import Pilot

from pcsim.analysis.comparison_text import document
from pcsim.distributions import Exponential
from pcsim.experiments.branching import branch
from pcsim.launch.comparing import difference
from pcsim.recording.reader import Reader
from pcsim.snapshot.control import Point
from pcsim.tui import themes
from pcsim.tui.diff.app import DiffApp
from pcsim.tui.diff.content import Difference, over_time
from pcsim.tui.diff.overlay import BOTH, NAMED, OF_A, OF_B, overlaid
from pcsim.tui.diff.screen import DiffScreen
from pcsim.tui.styles import Palettes
from tests.recording.runs import record
from tests.support.command import call
from tests.support.small_scenarios import one_queue
from tests.tui.support import PALETTE, picture

Compare = Callable[..., bool]
SIZES = ((80, 24), (120, 40), (200, 60))
SHOP = one_queue(
    Exponential(0.5), Exponential(0.7), capacity=10, until=60.0, seed=1, title="A shop"
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Difference]:
    """A minute, and a branch of it with another clerk at 0:20."""
    folder = tmp_path_factory.mktemp("diff")
    record(folder / "a.rec", SHOP, step=0.5)
    record(folder / "b.rec", branch(SHOP, 20, "add C").scenario, step=0.5)
    one, other = Reader(folder / "a.rec"), Reader(folder / "b.rec")
    yield difference(one, other, ("a.rec", "b.rec"))
    one.close()
    other.close()


def app_of(both: Difference) -> DiffApp:
    return DiffApp(both, ascii_only=False)


@pytest.mark.parametrize("size", SIZES)
async def test_all_of_a_difference_is_seen(size: tuple[int, int], both: Difference) -> None:
    """Names, the sentence, rows with interval and verdict, the scenarios, both over time."""
    app = app_of(both)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        shown = " ".join(picture(app).split())
        assert "A a.rec 0:06.0–1:00.0" in shown
        assert "B b.rec 0:06.0–1:00.0" in shown
        assert "add C at 0:20.0" in shown
        assert "The runs are alike until 0:2" in shown
        heads = "measure A B difference" if size[0] < 100 else "measure A B difference 95 % verdict"
        assert heads in shown
        assert "changes at 0:20.0 + add C" in shown
        assert "out /s █ both █ A more █ B more" in shown
        assert "┴0:00" in shown
        assert "s sort" in shown


async def test_the_chosen_measure_is_drawn_over_time(both: Difference) -> None:
    """Of a queue its depth; of what is not known over time, what comes out."""
    app = app_of(both)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        keys = [row.measure.key for row in both.found.rows]
        for _ in range(keys.index("queues.q.full")):
            await pilot.press("down")
        await pilot.pause()
        assert "q, items  █ both" in picture(app)
        await pilot.press("home")
        await pilot.pause()
        assert "out /s  █ both" in picture(app)
        await pilot.press("end", "down")
        assert screen.rows.chosen == both.found.rows[-1]


async def test_rows_are_sorted_and_copied_and_it_is_left(both: Difference) -> None:
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
        assert "may be chance: add C at 0:20.0; mean time in system is better" in app.clipboard
        await pilot.press("t", "s", "escape")
    assert app.return_code == 0


async def test_p_measures_the_whole_runs_and_back(both: Difference) -> None:
    """The spans, the rows and the sentence are those of the period, and the cursor stays."""
    app = app_of(both)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        assert "steady state" in picture(app)
        await pilot.press("down", "p")
        await pilot.pause()
        shown = " ".join(picture(app).split())
        assert "whole run" in shown
        assert "A a.rec 0:00.5–1:00.0" in shown or "A a.rec 0:00.0–1:00.0" in shown
        assert screen.found == both.whole
        assert screen.rows.chosen is not None
        assert screen.rows.chosen.measure == both.found.rows[1].measure
        await pilot.press("p")
        await pilot.pause()
        assert "A a.rec 0:06.0–1:00.0" in " ".join(picture(app).split())


async def test_p_says_where_there_is_one_period_alone(both: Difference) -> None:
    """As there is of results of replications; j says that they part nowhere that is known."""
    app = app_of(both._replace(whole=None, found=both.found._replace(parting=None)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("p")
        assert "one period alone" in [one.message for one in app._notifications][-1]
        await pilot.press("j")
        assert "not known where they part" in [one.message for one in app._notifications][-1]


async def test_enter_gives_the_curves_the_room(both: Difference) -> None:
    """One row of the table stays, with keys that choose another; esc shows the table again."""
    app = app_of(both)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        before = screen.curves.size.height
        await pilot.press("enter")
        await pilot.pause()
        assert screen.curves.size.height > before + 5
        assert "Scenarios" not in picture(app)
        await pilot.press("down", "down")
        await pilot.pause()
        assert "mean time in system" in picture(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Scenarios" in picture(app)
        await pilot.press("escape")
    assert app.return_code == 0


async def test_j_goes_to_where_both_part(both: Difference) -> None:
    """Its queue is chosen and its time drawn more closely; again: all of the time."""
    app = app_of(both)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        assert "┴0:00" in picture(app)
        await pilot.press("j")
        await pilot.pause()
        shown = picture(app)
        assert screen.rows.chosen is not None
        assert screen.rows.chosen.measure.key == "queues.q.full"
        assert "q, items" in shown
        assert "┴0:21" in shown
        assert "┴0:00" not in shown
        axis = next(line for line in shown.splitlines() if "┴0:21" in line)
        assert axis.index("▲") < axis.index("┴0:21")
        await pilot.press("j")
        await pilot.pause()
        assert "┴0:00" in picture(app)


async def test_e_writes_what_differs_for_programs(
    both: Difference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into a new file each time; where that cannot be, a message says why."""
    monkeypatch.chdir(tmp_path)
    app = app_of(both)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "e")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a-b-2.json", "a-b.json"]
        written = json.loads((tmp_path / "a-b.json").read_text())
        assert written == document(both.found, both.names)
        monkeypatch.setattr(Path, "open", _refused)
        await pilot.press("e")
        assert [one.message for one in app._notifications][-1] == "Not written: No space left."
        monkeypatch.undo()


async def test_a_visitor_writes_no_files(
    both: Difference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a served app, whatever key is pressed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PCSIM_READ_ONLY", "1")
    app = app_of(both)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        said = [one.message for one in app._notifications]
        assert said == ["Not written: visitors write no files."]
        assert list(tmp_path.iterdir()) == []


def _refused(*_: object, **__: object) -> None:
    raise OSError(28, "No space left")


def test_two_curves_are_drawn_over_each_other() -> None:
    """What both have, then the one that has more; the boundaries are exact to an eighth."""
    values = [4.0, 8.0, 2.0, 0.0, None, 2.0], [8.0, 4.0, 2.0, 1.0, None, 2.3]
    upper, lower = (line[2:] for line in overlaid(*values, 8.0, "8", 2, 3, PALETTE))
    both, a, b = (PALETTE.named(NAMED[one]) for one in (BOTH, OF_A, OF_B))
    assert upper[0] == ("▆", b)
    assert upper[1] == ("▆", a)
    assert [text for text, _ in upper[2:]] == [" "] * 4
    assert lower[0] == ("▇", Style(color=both.color, bgcolor=b.color))
    assert lower[1] == ("▇", Style(color=both.color, bgcolor=a.color))
    assert lower[2:4] == [("▄", both), ("▂", b)]
    assert lower[4][0] == "▁"  # the ground, where nothing is known
    assert lower[5] == ("▄", both)
    (alone,) = overlaid([None], [8.0], 8.0, "8", 1, 3, PALETTE)
    assert alone[2][1].color == PALETTE.chart_body["normal"].color  # where A has ended


def test_without_colours_the_cells_differ() -> None:
    """Of whole cells: dense where B has more, thin where A has."""
    plain = Palettes(themes.palette_defaults(dark=True), no_color=True).on(Color.parse("#000000"))
    lines = overlaid([8.0, 4.0, 4.0], [4.0, 8.0, 4.0], 8.0, "8", 2, 3, plain)
    assert ["".join(text for text, _ in line[2:]) for line in lines] == ["░█ ", "▒▒▒"]


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_is_as_agreed(
    size: tuple[int, int], both: Difference, snap_compare: Compare
) -> None:
    """Rows with verdicts, the scenarios, both runs over each other."""

    async def prepare(pilot: Pilot[None]) -> None:
        await pilot.pause()

    assert snap_compare(app_of(both), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_over_time_is_as_agreed(
    size: tuple[int, int], both: Difference, snap_compare: Compare
) -> None:
    """The curves with all the room, where both part."""

    async def prepare(pilot: Pilot[None]) -> None:
        await pilot.press("enter", "j")
        await pilot.pause()

    assert snap_compare(app_of(both), terminal_size=size, run_before=prepare)


def test_a_measure_over_time_is_that_of_its_run() -> None:
    """Rates are of the line between two points, depths of the one before; then comes nothing."""
    course = [Point(at, 2 * at, at, 0, 0, 0, ("q.x",), (at,)) for at in (2, 4, 6)]
    assert over_time(course, "out", 1.0, 8) == [1.0] * 6 + [None, None]
    assert over_time(course, "in", 2.0, 3) == [2.0, 2.0, 2.0]
    jumps = [Point(at, 0, 3 * (at > 4), 0, 0, 0, (), ()) for at in (1, 2, 3, 4, 5, 6)]
    assert over_time(jumps, "out", 1.0, 6, window=3.0) == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
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
