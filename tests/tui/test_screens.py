"""Every state of a run has its picture, at the sizes that the layouts are made for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from pcsim.scenario import Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.tui.app import PcsimApp
from tests.tui.scenarios import BACK_PRESSURE, COFFEE_BAR, CYCLE, FAN, HOSTILE, THOUSAND
from tests.tui.support import advance, app_for, failing_on, pass_time, virtual_app

TRACEBACK = """\
Traceback (most recent call last):
  File "shop.py", line 7, in serve
ValueError: price is missing"""
Size = tuple[int, int]
Compare = Callable[..., bool]


def until(
    app: PcsimApp, at: float | None, *keys: str, theme: str | None = None
) -> Callable[[Pilot[None]], Awaitable[None]]:
    """What to do before the picture is taken."""

    async def prepare(pilot: Pilot[None]) -> None:
        if theme is not None:
            app.theme = theme
        if at is not None:
            await pilot.press("s")
            await advance(app, pilot, at)
        await pilot.press(*keys)
        await pilot.pause()

    return prepare


PICTURES: dict[str, tuple[Scenario, float | None, Size, tuple[str, ...]]] = {
    "ready": (BACK_PRESSURE, None, (120, 40), ()),
    "ready_80x24": (DEMOS[0], None, (80, 24), ()),
    "running": (DEMOS[1], 2.5, (120, 40), ()),
    "three_queues_80x24": (DEMOS[3], 2.5, (80, 24), ()),
    "blocked": (BACK_PRESSURE, 4.2, (120, 40), ()),
    "blocked_60x20": (BACK_PRESSURE, 4.2, (60, 20), ()),
    "blocked_40x12": (BACK_PRESSURE, 4.2, (40, 12), ()),
    "chart_80x24": (BACK_PRESSURE, 4.2, (80, 24), ("c",)),
    "finished": (BACK_PRESSURE, 20.0, (120, 40), ()),
    "finished_80x24": (BACK_PRESSURE, 20.0, (80, 24), ()),
    "deadlock": (CYCLE, 3.0, (120, 40), ("v",)),
    "thousand_workers": (THOUSAND, 2.0, (120, 40), ("o",)),
    "timeline": (FAN, 18.0, (120, 40), ("2",)),
    "timeline_80x24": (FAN, 18.0, (80, 24), ("2", "left", "left")),
    "timeline_200x60": (FAN, 18.0, (200, 60), ("2", "g")),
    "waits": (FAN, 18.0, (120, 40), ("3",)),
    "waits_80x24": (FAN, 18.0, (80, 24), ("3", "z")),
    "waits_200x60": (FAN, 18.0, (200, 60), ("3",)),
    "locked": (CYCLE, 3.0, (120, 40), ("3",)),
    "hostile_names": (HOSTILE, 1.0, (120, 40), ()),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_as_agreed(name: str, snap_compare: Compare) -> None:
    """Runs in real time."""
    scenario, at, size, keys = PICTURES[name]
    app = app_for(scenario)
    assert snap_compare(app, run_before=until(app, at, *keys), terminal_size=size)


def test_a_failed_worker_shows_its_traceback(snap_compare: Compare) -> None:
    """In a window over the report."""
    app = app_for(DEMOS[1], sinks={"C2": failing_on(7, "price is missing")}, traceback=TRACEBACK)
    assert snap_compare(app, run_before=until(app, 5.0, "enter"), terminal_size=(120, 40))


def test_the_light_theme(snap_compare: Compare) -> None:
    """Every colour has its counterpart."""
    app = app_for(BACK_PRESSURE)
    prepare = until(app, 4.2, theme="pcsim-light")
    assert snap_compare(app, run_before=prepare, terminal_size=(120, 40))


def test_the_ascii_screen(snap_compare: Compare) -> None:
    """Nothing moves by a cell."""
    app = app_for(BACK_PRESSURE, ascii_only=True)
    assert snap_compare(app, run_before=until(app, 4.2), terminal_size=(80, 24))


VIRTUAL: dict[str, tuple[Scenario, float, float, Size, tuple[str, ...]]] = {
    "ready_80x24": (COFFEE_BAR, 1, 0, (80, 24), ()),
    "running": (COFFEE_BAR, 100, 120.0, (120, 40), ()),
    "running_80x24": (COFFEE_BAR, 100, 120.0, (80, 24), ()),
    "running_60x20": (COFFEE_BAR, 100, 120.0, (60, 20), ()),
    "stopped": (COFFEE_BAR, 1000, 20.0, (120, 40), ("s", "full_stop", "full_stop")),
    "stopped_80x24": (DEMOS[3], 1, 1.4, (80, 24), ("s", "full_stop")),
    "chart_80x24": (COFFEE_BAR, 100, 120.0, (80, 24), ("c",)),
    "draining_80x24": (COFFEE_BAR, 100, 120.0, (80, 24), ("s", "d")),
    "finished": (BACK_PRESSURE, 10, 2.0, (120, 40), ()),
}
"""Virtual runs: the speed, the time of ours that has passed, the size and the keys after that."""


@pytest.mark.parametrize("name", VIRTUAL)
def test_the_picture_of_a_virtual_run_is_as_agreed(name: str, snap_compare: Compare) -> None:
    """Runs in virtual time."""
    scenario, speed, seconds, size, keys = VIRTUAL[name]
    app = virtual_app(scenario, speed)

    async def prepare(pilot: Pilot[None]) -> None:
        if seconds:
            await pilot.press("s")
            await pass_time(app, pilot, seconds)
        await pilot.press(*keys)
        await pilot.pause()

    assert snap_compare(app, run_before=prepare, terminal_size=size)
