"""The view of sizes: a heat map with its frontier, in the app and from the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from pcsim.analysis.grid import Grid
from pcsim.experiments.grids import grid_of_sweep
from pcsim.experiments.variants.sweeping import sweep
from pcsim.launch.runs import advisor_of
from pcsim.scenario import Scenario
from pcsim.tui.app import PcsimApp
from pcsim.tui.heat_app import HeatApp
from pcsim.tui.widgets.ask_line import AskLine
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
        chosen = app.dashboard.page.box.map.chosen  # type: ignore[attr-defined]
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
        await pilot.press("m", "+")
        await pilot.pause()
        assert "p95 wait" in picture(app) or "wait orders, s" in picture(app)
        await pilot.press("-", "escape")
        assert app.is_running


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
