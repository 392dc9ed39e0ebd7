"""Makes the pictures of the app that the documentation shows.

    python screenshots/make.py        writes screenshots/*.svg

The app shows runs whose clock the script moves by hand, so that the pictures are the same, byte
for byte, wherever they are made; a test compares them with what is committed.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
for _name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_FILTERS"):
    os.environ.pop(_name, None)

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

from msgspec.structs import replace  # noqa: E402
from offered import Offered  # noqa: E402 - the path comes first
from programs import Etl, PingPong  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME  # noqa: E402
from textual.app import App  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from pcsim.distributions import Exponential  # noqa: E402 - the path comes first
from pcsim.engine.virtual.engine import VirtualEngine  # noqa: E402 - the path comes first
from pcsim.engine.virtual.pacing import PacedRun  # noqa: E402
from pcsim.launch.comparing import difference  # noqa: E402
from pcsim.launch.recorded import SteppedRun  # noqa: E402
from pcsim.launch.runs import advisor_of  # noqa: E402 - the path comes first
from pcsim.recording.reader import Reader  # noqa: E402
from pcsim.recording.recorder import Recorder as RunRecorder  # noqa: E402
from pcsim.recording.replay import Replay  # noqa: E402
from pcsim.scenario import (  # noqa: E402
    ConsumerSpec,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Scenario,
)
from pcsim.scenario.demos import DEMOS  # noqa: E402
from pcsim.tui.app import PcsimApp  # noqa: E402
from pcsim.tui.choice import OwnCode  # noqa: E402
from pcsim.tui.diff.app import DiffApp  # noqa: E402
from pcsim.tui.exhibits import Recorded, Runs, Watched  # noqa: E402
from pcsim.tui.picker.app import PickerApp  # noqa: E402
from pcsim.watch import page  # noqa: E402
from tests.support.at_once import Evenly  # noqa: E402
from tests.support.clocks import HandClock  # noqa: E402
from tests.tui.scenarios import COFFEE_BAR, FAN, STORE  # noqa: E402
from tests.tui.support import (  # noqa: E402
    Recorder,
    advance,
    app_for,
    opened,
    pass_time,
    run_to_page,
    virtual_app,
)

SIZE, SMALL = (120, 40), (80, 24)
THEMES = {"dark": "pcsim-dark", "light": "pcsim-light"}
PICTURES: dict[str, tuple[int, float | None]] = {
    "ready": (1, None),
    "running": (4, 3.4),
    "blocked": (3, 4.4),
    "finished": (3, 20.0),
    "small": (4, 3.4),
}
"""For each picture, the demo and the instant; None is before the start. `small` is that of a low
screen."""
VIRTUAL: dict[str, tuple[str, ...]] = {
    "virtual": (),
    "stepped": ("full_stop", "full_stop", "full_stop"),
}
"""For each picture of a virtual run at 100x, the keys pressed after three minutes of ours."""
LUNCH = Scenario(
    title="Orders at lunch time",
    queues=(QueueSpec("orders", 20, Overflow.DROP_NEW),),
    producers=(ProducerSpec("shop", "orders", Exponential(0.1)),),
    consumers=(ConsumerSpec("clerk", "orders", Exponential(0.28), count=4),),
    end=End(time=120.0),
)
"""The system whose sizes are shown."""
OWN = ("own",)
"""The picture of the system that README describes in Python, with what waits in a queue."""
WATCHED = {"watched": (Etl, 25.0), "deadlocked": (PingPong, 12.0)}
"""For each picture of a program of others, the program and the instant."""
ONCE = ("once",)
"""The picture of the page that `pcsim watch PID --once` prints."""
FLOWS = {"timeline": (18.0, "2"), "waits": (40.0, "3")}
"""For each picture of an image service whose writer is too slow, the instant and the key."""
WHAT_IF = ("what-if",)
"""The picture of what changes would do."""
SIZING = ("sizing",)
"""The picture of what sizes do."""
PICKER = ("picker",)
"""The picture of what `pcsim` without a command shows."""
PAST = ("past",)
"""The picture of a run that goes on, as it was before."""
DIFF = ("diff",)
"""The picture of what differs between two runs."""
REPLAY = ("replay",)
"""The picture of a recording that is replayed."""
_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


class Page(NamedTuple):
    """An item of the crawler."""

    url: str
    size: int


CRAWLER = Scenario(
    queues=tuple(QueueSpec(name, 10) for name in ("urls", "pages", "links")),
    producers=(ProducerSpec("seeds", "urls", 0),),
    consumers=(
        ConsumerSpec("fetch", "urls", 0.03, output="pages"),
        ConsumerSpec("parse", "pages", 0.05, output="links"),
        ConsumerSpec("store", "links", 0),
    ),
    title="Crawler",
)
"""The system that README describes in Python, with the times that its functions take."""


FIVE_MINUTES = replace(FAN, end=End(300.0))
WITH_WRITER = replace(
    FIVE_MINUTES,
    consumers=tuple(
        replace(one, count=2) if one.name == "writer" else one for one in FIVE_MINUTES.consumers
    ),
)
"""The image service for five minutes, and that with one more writer."""


def own_app() -> PcsimApp:
    """The app on the crawler."""
    clock = HandClock()
    urls = [f"example.org/{number}" for number in range(1, 201)]
    sinks = {
        "fetch": lambda url: Page(url, len(url) * 100),
        "parse": lambda page: f"{page.url}/next",
        "store": lambda _: None,
    }
    runs = Runs(
        lambda chosen: Recorder(
            PacedRun(VirtualEngine(chosen, {"seeds": urls}, sinks), clock=clock)
        ),
        CRAWLER,
        own_code=OwnCode(),
    )
    return PcsimApp(
        runs,
        clock=clock,
        live=False,
        ascii_only=False,
    )


def watched_app(name: str) -> PcsimApp:
    """The app on a program of others."""
    clock = HandClock()
    return PcsimApp(Watched(WATCHED[name][0](clock)), clock=clock, live=False, ascii_only=False)


def once(shade: str) -> str:
    """The page about the program of README, as a terminal shows it."""
    clock = HandClock()
    program = Etl(clock)
    for _ in range(50):
        clock.now += 0.1
        program.snapshot()
    console = Console(record=True, width=80, file=io.StringIO(), color_system="truecolor")
    console.print("$ pcsim watch 4711 --once --for 5s", highlight=False, markup=False)
    console.print(page.text(program.snapshot(), 80), highlight=False, markup=False)
    theme = SVG_EXPORT_THEME if shade == "dark" else DEFAULT_TERMINAL_THEME
    return _FONTS.sub("", console.export_svg(title="pcsim", theme=theme)).rstrip() + "\n"


async def flow(name: str) -> dict[str, str]:
    """A view of the image service in each theme."""
    app = app_for(FAN)
    at, key = FLOWS[name]
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await advance(app, pilot, at)
        await pilot.press(key)
        await opened(app, pilot)
        return await in_each_theme(app, pilot, name)


async def what_if() -> dict[str, str]:
    """What changes of a small system would do, with a question of one's own."""
    simulations = Evenly()
    app = virtual_app(STORE, advisor_of=partial(advisor_of, simulations, simulations))
    async with app.run_test(size=SIZE) as pilot:
        await run_to_page(app, pilot, 20.0, "4")
        app.dashboard.page.ask("writer.count = 2, store.capacity = 2")
        await pilot.press("down", "down")
        return await in_each_theme(app, pilot, "what-if")


async def sizing() -> dict[str, str]:
    """Sizes of a small system, with a goal."""
    simulations = Evenly()
    app = virtual_app(LUNCH, advisor_of=partial(advisor_of, simulations, simulations))
    async with app.run_test(size=SIZE) as pilot:
        await run_to_page(app, pilot, 20.0, "5")
        app.dashboard.page.set_goals("loss < 1 %, p95 wait < 1 s")
        return await in_each_theme(app, pilot, "sizing")


async def picker() -> dict[str, str]:
    """The picker in each theme."""
    app = PickerApp(Offered(), live=False, ascii_only=False)
    async with app.run_test(size=SIZE) as pilot:
        await app.look()
        await pilot.press("j", "j", "j", "j")
        await app.workers.wait_for_complete()
        return await in_each_theme(app, pilot, "picker")


async def replay() -> dict[str, str]:
    """A recording of demo 3, where its queue was full for the first time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.rec")
        recorder = RunRecorder(path, DEMOS[2])
        run = SteppedRun(VirtualEngine(DEMOS[2]), recorder, 0.1)
        run.start()
        run.join()
        recorder.close()
        reader, clock = Reader(path), HandClock()
        shown = Recorded(Replay(reader, clock), DEMOS[2])
        app = PcsimApp(shown, clock=clock, live=False, ascii_only=False)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("space")
            app.action_rewind("seek", 2.5)
            pictures = await in_each_theme(app, pilot, "replay")
        reader.close()
        return pictures


async def diff() -> dict[str, str]:
    """Five minutes of the image service, and the same with one more writer."""
    with tempfile.TemporaryDirectory() as folder:
        readers = []
        for name, scenario in (
            ("before.rec", FIVE_MINUTES),
            ("after.rec", WITH_WRITER),
        ):
            path = Path(folder, name)
            recorder = RunRecorder(path, scenario)
            run = SteppedRun(VirtualEngine(scenario), recorder, 0.5)
            run.start()
            run.join()
            recorder.close()
            readers.append(Reader(path))
        before, after = readers
        app = DiffApp(difference(before, after, ("before.rec", "after.rec")), ascii_only=False)
        async with app.run_test(size=SIZE) as pilot:
            pictures = await in_each_theme(app, pilot, "diff")
        for reader in readers:
            reader.close()
        return pictures


async def past() -> dict[str, str]:
    """The image service at 0:47.3, as it was when its first queue was full."""
    app = app_for(FAN)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 47.3)
        await pilot.press("b")
        app.action_rewind("seek", 11.8)
        await pilot.pause()
        return await in_each_theme(app, pilot, "past")


async def in_each_theme(app: App[Any], pilot: Pilot[Any], name: str) -> dict[str, str]:
    """What the app shows as SVG in each theme, with no fonts from elsewhere."""
    pictures = {}
    for shade, app.theme in THEMES.items():
        await pilot.pause()
        svg = app.export_screenshot(title="pcsim")
        pictures[f"{name}-{shade}.svg"] = _FONTS.sub("", svg).rstrip() + "\n"
    return pictures


async def picture(name: str) -> dict[str, str]:
    """One picture as SVG in each theme, with no fonts from elsewhere."""
    demo, at = PICTURES.get(name, (1, None))
    if name in ONCE:
        return {f"{name}-{shade}.svg": once(shade) for shade in THEMES}
    if name in FLOWS:
        return await flow(name)
    alone = {PICKER[0]: picker, REPLAY[0]: replay, PAST[0]: past, DIFF[0]: diff}
    alone |= {WHAT_IF[0]: what_if, SIZING[0]: sizing}
    if name in alone:
        return await alone[name]()
    app = virtual_app(COFFEE_BAR, 100) if name in VIRTUAL else app_for(DEMOS[demo - 1])
    if name in WATCHED:
        app = watched_app(name)
    if name in OWN:
        app = own_app()
    async with app.run_test(size=SMALL if name == "small" else SIZE) as pilot:
        if name in VIRTUAL:
            await pilot.press("s")
            await pass_time(app, pilot, 180)
            await pilot.press(*VIRTUAL[name])
        elif name in OWN:
            await pilot.press("s")
            await advance(app, pilot, 4.2)
            await pilot.press("down", "enter", *["down"] * 12)
        elif name in WATCHED:
            for _ in range(round(WATCHED[name][1] / 0.1)):
                app.clock.now += 0.1
                app.watcher.poll(force=True)
            await pilot.pause()
        elif at is not None:
            await pilot.press("s")
            await advance(app, pilot, at)
        return await in_each_theme(app, pilot, name)


def make() -> dict[str, str]:
    """All pictures, by file name."""
    alone = (*ONCE, *PICKER, *REPLAY, *PAST, *DIFF, *WHAT_IF, *SIZING)
    return {
        file: svg
        for name in (*PICTURES, *VIRTUAL, *OWN, *WATCHED, *FLOWS, *alone)
        for file, svg in asyncio.run(picture(name)).items()
    }


def main() -> None:
    for name, svg in make().items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
        print(f"{name}: {len(svg) // 1024} kB")


if __name__ == "__main__":
    main()
