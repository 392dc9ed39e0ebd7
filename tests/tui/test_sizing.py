"""The view of sizes: a heat map with its frontier, in the app and from the command line."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from pcsim.analysis.advice import Measure, interval_text
from pcsim.analysis.grid import Cell, Goal, Grid
from pcsim.analysis.grid_text import theory_of
from pcsim.experiments.grids import grid_of_sweep
from pcsim.experiments.sizing.sizing import size
from pcsim.experiments.variants.sweeping import sweep
from pcsim.launch.runs import advisor_of
from pcsim.scenario import ConsumerSpec, QueueSpec, Scenario
from pcsim.text import quantity
from pcsim.theory.statistics import Interval
from pcsim.tui.app import PcsimApp
from pcsim.tui.heat_app import HeatApp
from pcsim.tui.pages.sizing import SizingPage
from pcsim.tui.saving import READ_ONLY
from pcsim.tui.widgets.ask_line import AskLine
from pcsim.tui.widgets.heat_box import HeatBox, theory_lines
from tests.experiments.test_grids import SHOP
from tests.support.at_once import Evenly
from tests.tui.scenarios import BACK_PRESSURE
from tests.tui.support import (
    app_for,
    messages,
    opened,
    paced_of,
    pass_time,
    picture,
    run_to_page,
    virtual_app,
)

TWO_STAGES = replace(
    SHOP,
    queues=(*SHOP.queues, QueueSpec("parcels", 5)),
    consumers=(
        replace(SHOP.consumers[0], output="parcels"),
        ConsumerSpec("courier", "parcels", 0.05),
    ),
)
"""No formula holds for it."""


def page_of(app: PcsimApp) -> SizingPage:
    """The view of sizes, which is shown."""
    page = app.dashboard.page
    assert isinstance(page, SizingPage)
    return page


def box_of(app: PcsimApp) -> HeatBox:
    """The map of sizes, with what is said of it."""
    return page_of(app).box


def sized(scenario: Scenario = SHOP) -> PcsimApp:
    """The app in virtual time, with sizes that are there at once."""
    found = Evenly()
    return virtual_app(scenario, advisor_of=partial(advisor_of, found, found))


async def typed(pilot: Pilot[None], key: str, text: str) -> None:
    """Press a key, and type something into the line that it opens."""
    await pilot.press(key)
    await pilot.pause()
    pilot.app.screen.query_one(AskLine).value = text
    await pilot.press("enter")
    await pilot.pause()


@pytest.fixture(scope="module")
def grid() -> Grid:
    """A small sweep of two keys."""
    vary = ["clerk.count=2..5", "orders.capacity=1,5,20"]
    return grid_of_sweep(sweep(SHOP, vary, replications=4))._replace(seconds=1.0)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_picture_is_as_agreed(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """With a goal of one's own, after some seconds of a run."""

    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PcsimApp)
        await run_to_page(app, pilot, 5.0, "5")
        await typed(pilot, "g", "loss < 5 %, p95 wait < 2 s")

    assert snap_compare(sized(), terminal_size=size, run_before=prepare)


async def test_enter_tries_the_chosen_size_in_the_run() -> None:
    """The cursor begins on the cheapest that meets the goal."""
    app = sized()
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 2.0, "5")
        shown = picture(app)
        assert "Cheapest that holds: " in shown
        assert "loss orders < 1 %" in shown
        await typed(pilot, "g", "loss < 30 %")
        chosen = box_of(app).map.chosen
        assert chosen is not None
        assert chosen.mean("loss orders") < 0.3
        await pilot.press("end", "down", "right", "enter")
        await pilot.pause()
        assert messages(app)[-1] == "Changed; u takes it back."
        assert paced_of(app).engine.roster.version > 0
        await pass_time(app, pilot, 1.0)
        assert app.is_running


async def test_goals_and_keys_are_typed_and_what_is_wrong_is_said() -> None:
    """Another measure is shown by m, more runs by +."""
    app = sized()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await opened(app, pilot)
        await typed(pilot, "g", "[red] < 3")
        assert "is not measured here" in messages(app)[-1]
        await typed(pilot, "i", "nobody.count = 1..3")
        assert "no 'nobody'" in messages(app)[-1]
        await typed(pilot, "i", "orders.capacity = 2,4,8")
        await typed(pilot, "g", "")
        assert "There is no goal yet" in picture(app)
        assert not box_of(app).set_goals(box_of(app).example)
        await pilot.press("m", "+")
        await pilot.pause()
        assert "p95 wait" in picture(app) or "wait orders, s" in picture(app)
        await pilot.press("-", "escape")
        assert app.is_running


async def test_what_a_size_costs_is_typed_and_what_is_wrong_is_said() -> None:
    """The cheapest is another then; an empty line is what is usual again."""
    app = sized()
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 2.0, "5")
        await typed(pilot, "g", "loss < 15 %")
        heat = box_of(app).map
        assert "cost  clerk.count + orders.capacity*0.01" in picture(app)
        usual = heat.grid.cheapest(heat.goals)
        await typed(pilot, "$", "orders.capacity*100 + clerk.count")
        assert "cost  orders.capacity*100 + clerk.count" in picture(app)
        cheapest = heat.grid.cheapest(heat.goals)
        assert cheapest is not None
        assert usual is not None
        assert cheapest[1] < usual[1]  # columns rise
        for wrong, words in (
            ("nobody.count * 2", "'nobody.count' is no number and no key that is varied"),
            ("clerk.count / 0", "it is no number for some of the sizes"),
            ("[red]\x1b", "it is an expression such as"),
        ):
            await typed(pilot, "$", wrong)
            assert words in messages(app)[-1]
            assert "\x1b" not in messages(app)[-1]
        assert heat.grid.cheapest(heat.goals) == cheapest
        await typed(pilot, "i", "orders.capacity = 2,4,8")  # there the cost fits no more
        assert heat.grid.cost((0, 1)) == pytest.approx(0.04)
        await typed(pilot, "$", "")
        assert heat.grid.cost_text == "orders.capacity*0.01"


async def test_sizes_are_saved_as_a_table_unless_nothing_may_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line for each size, with what it costs, and each measure with its interval."""
    monkeypatch.chdir(tmp_path)
    app = sized(replace(SHOP, name="my shop.toml"))
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 2.0, "5")
        await pilot.press("e")
        assert messages(app)[-1] == "Written as my-shop-sizes.csv."
        grid: Grid = box_of(app).map.grid
        monkeypatch.setenv(READ_ONLY, "1")
        await pilot.press("e")
        assert messages(app)[-1] == "Not written: visitors write no files."
    assert [path.name for path in tmp_path.iterdir()] == ["my-shop-sizes.csv"]
    rows = list(csv.DictReader((tmp_path / "my-shop-sizes.csv").read_text("utf-8").splitlines()))
    assert len(rows) == grid.size
    last = grid.at((len(grid.rows) - 1, len(grid.columns) - 1)).values["loss orders"]
    assert (int(rows[-1]["clerk.count"]), int(rows[-1]["orders.capacity"])) == (
        grid.rows[-1],
        grid.columns[-1],
    )
    assert float(rows[-1]["cost"]) == grid.costs[-1][-1]
    assert [float(rows[-1][f"loss orders{part}"]) for part in ("", " low", " high")] == [
        last.mean,
        last.low,
        last.high,
    ]


async def test_the_command_that_asks_the_same_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line understands it, and finds the same sizes and goals."""
    app = sized(replace(SHOP, name="my shop"))  # as that of a file is
    async with app.run_test(size=(120, 40)) as pilot:
        copied: list[str] = []
        monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
        await run_to_page(app, pilot, 2.0, "5")
        await typed(pilot, "i", "clerk.count = 2..4, orders.capacity = 1,5")
        await typed(pilot, "g", "loss < 15 %, p95 wait < 1500 ms")
        await pilot.press("y")
    words = shlex.split(copied[0])
    assert words == [
        *("pcsim", "size", "my shop.toml"),
        *("--vary", "clerk.count=2,3,4", "--vary", "orders.capacity=1,5"),
        *("--slo", "loss orders < 15%", "--slo", "p95 wait orders < 1.5s"),
        *("--cost", "clerk.count + orders.capacity*0.01"),
    ]
    options = [words[place + 1] for place in range(3, len(words), 2)]
    found = size(SHOP, options[:2], slo=options[2:4], cost=options[4])
    assert found.paths == ("clerk.count", "orders.capacity")


async def test_the_command_about_a_demo_has_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost in it and no goal is set: the command asks for all sizes."""
    app = sized(BACK_PRESSURE)
    async with app.run_test(size=(80, 24)) as pilot:
        copied: list[str] = []
        monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
        await pilot.press("5")
        await opened(app, pilot)
        await pilot.press("y")
    assert copied[0].startswith("pcsim sweep back-pressure --vary SlowConsumer.count=1,")


async def test_theory_stands_beside_what_was_simulated_where_it_holds() -> None:
    """Of what the goals are about; for other systems there is no such line."""
    for scenario, is_there in ((SHOP, True), (TWO_STAGES, False)):
        app = sized(scenario)
        async with app.run_test(size=(120, 40)) as pilot:
            await run_to_page(app, pilot, 2.0, "5")
            await pilot.pause()
            assert ("theory M/M/" in picture(app)) == is_there


async def test_the_size_under_the_cursor_is_read_also_after_it_has_moved() -> None:
    """It stays where it was put, though another size becomes the cheapest."""
    app = sized()
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 2.0, "5")
        heat = box_of(app).map
        await pilot.press("up", "left", "left")
        await pilot.pause()
        place = heat.place
        assert place != heat.grid.cheapest(heat.goals)
        label = heat.grid.label(place)
        assert any(label in line and "╭─" in line for line in picture(app).splitlines())
        value = heat.grid.at(place).values["loss orders"]
        assert interval_text(value, Measure("loss orders", "share")) in picture(app)
        await typed(pilot, "g", "loss < 40 %")
        await pass_time(app, pilot, 1.0)
        assert heat.place == place


def test_theory_is_covered_where_the_interval_holds_it() -> None:
    """To both sides; without an interval nothing is said of that."""
    goal = Goal(Measure("loss orders", "share"), 0.01)
    value = theory_of(Cell(scenario=SHOP), (goal.measure,)).values["loss orders"]  # type: ignore[union-attr]
    for low, high, words in (
        (value - 0.01, value + 0.01, ", covered"),
        (value + 0.01, value + 0.02, ", not covered"),
        (value - 0.02, value - 0.01, ", not covered"),
        (None, None, ""),
    ):
        found = Interval(value, 0.01, low, high, 4)
        cell = Cell({"loss orders": found}, scenario=SHOP)
        (line,) = theory_lines(Grid(measures=(goal.measure,)), cell, (goal,), 20)
        assert line[-1][0] == f"loss orders {quantity(value, 'share')}{words}"


async def test_a_size_of_a_system_that_was_changed_is_not_tried() -> None:
    """What is shown is of the system as it was, until the new sizes are known."""
    app = sized()
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 2.0, "5")
        page = page_of(app)
        page.box.show(page.box.map.grid._replace(is_old=True))
        page._try()
        await pilot.pause()
        assert paced_of(app).engine.roster.version == 0
        assert "being simulated anew" in picture(app)


async def test_where_nothing_is_known_it_says_why() -> None:
    """As the view of changes does."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        await opened(app, pilot)
        assert "Nothing advises about this run." in picture(app)
        await pilot.press("enter", "i", "g", "escape", "m", "+", "up")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_sweep_is_shown_until_a_size_is_to_be_run(
    size: tuple[int, int], grid: Grid
) -> None:
    """The app returns its scenario."""
    app = HeatApp(grid, ascii_only=False)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        shown = picture(app)
        assert "A $hop · sizing" in shown
        assert "clerk" in shown
        assert "★" in shown
        await pilot.press("g", "escape", "m", "m", "up", "up", "up", "left", "left", "enter")
        await pilot.pause()
    chosen = app.return_value
    assert chosen is not None
    assert (chosen.consumers[0].count, chosen.queues[0].capacity) == (2, 1)


async def test_names_from_outside_stay_text(grid: Grid) -> None:
    """In titles and in labels."""
    hostile = replace(SHOP, title="[red]x\x1b[31m")
    app = HeatApp(grid._replace(title=hostile.title, row_path="[b].\x1b.count"), ascii_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "\x1b" not in picture(app)
        assert "[red]x\\e[31m" in picture(app)
        await pilot.press("q")
