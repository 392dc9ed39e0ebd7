"""A recording in the app: it plays, and keys and mouse go to any moment of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from pcsim.analysis.firsts import FirstKind
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.experiments.advising_sizes import AdvisorWithSizes
from pcsim.experiments.model_of_run import IS_OVER
from pcsim.experiments.past_model import PastModel
from pcsim.recording.following import Following
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Replay
from pcsim.recording.writer import Writer
from pcsim.scenario import Scenario, demos
from pcsim.scenario.file import load
from pcsim.snapshot.control import Rewindable
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Recorded
from tests.recording.runs import record
from tests.support.at_once import Evenly
from tests.support.clocks import HandClock
from tests.tui.support import advance, footer, header, messages, on_dashboard, opened, picture

Compare = Callable[..., bool]
FAN = Path(__file__).parent.parent / "cases" / "app" / "fan.toml"


@pytest.fixture(scope="module")
def fan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A recording of an image service, 20 seconds."""
    from pcsim.experiments.simulate import adjusted

    path = tmp_path_factory.mktemp("replay") / "fan.rec"
    record(path, adjusted(load(FAN, Scenario), until=20.0, seed=1))
    reader = Reader(path)
    yield reader
    reader.close()


def app_on(reader: Reader, scenario: Scenario | None = None, *, follows: bool = False) -> PcsimApp:
    clock = HandClock()
    past = Replay(Following(reader, clock) if follows else reader, clock)
    shown = Recorded(past, scenario or load(FAN, Scenario))
    return PcsimApp(shown, clock=clock, live=False, ascii_only=False)


@asynccontextmanager
async def replayed(
    reader: Reader, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[PcsimApp, Pilot[None], Replay]]:
    """The app on a recording, stopped at 5 seconds."""
    app = app_on(reader)
    async with app.run_test(size=size) as pilot:
        past = app.watcher.session.rewind
        assert isinstance(past, Replay)
        await pilot.press("space")
        app.action_rewind("seek", 5.0)
        await pilot.pause()
        yield app, pilot, past


async def test_the_time_bar_grows_with_a_recording_that_is_followed(tmp_path: Path) -> None:
    """Its length is what was written by now."""
    demo = demos.find("1")
    engine, writer = VirtualEngine(demo), Writer(tmp_path / "x.rec")
    engine.start()

    def write(until: float) -> None:
        while engine.snapshot().at < until:
            engine.advance(until=engine.snapshot().at + 0.1)
            writer.add(engine.snapshot())
        writer.flush()

    write(2.0)
    reader = Reader(tmp_path / "x.rec")
    app = app_on(reader, demo, follows=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await advance(app, pilot, 1.0)
        assert "of 0:02.0" in header(app)
        write(4.0)
        await advance(app, pilot, 3.0)
        assert "of 0:04.0" in header(app)
    reader.close()
    writer.close()


async def test_it_goes_to_the_moment_of_the_timelines_cursor(fan: Reader) -> None:
    """And stands there; without a cursor that key means nothing."""
    async with replayed(fan) as (app, pilot, past):
        await pilot.press("2")
        await opened(app, pilot)
        await pilot.press("b")
        assert past.at == pytest.approx(5.0)
        await pilot.press("left", "left", "left", "b")
        await pilot.pause()
        assert past.is_standing
        assert past.at == pytest.approx(4.5, abs=0.26)
        assert "─ At" not in picture(app)


async def test_first_times_are_those_of_the_run_wherever_one_has_gone(fan: Reader) -> None:
    """Not the time that was gone to; and none that lies after it."""
    marked = {(mark.kind, mark.name): mark.at for mark in fan.notes.marks()}
    async with replayed(fan) as (app, pilot, _):
        for at in (15.0, 3.0, 19.0):
            app.action_rewind("seek", at)
            await pilot.pause()
            app.watcher.poll(force=True)
            full = {
                first.subject: first.at
                for first in app.watcher.session.view.firsts
                if first.kind is FirstKind.FULL
            }
            expected = {
                name: begun
                for (kind, name), begun in marked.items()
                if kind == "full" and begun <= at
            }
            assert full.items() >= expected.items()
            assert all(begun <= at for begun in full.values())
            assert len(expected) >= (at > 3.0)


async def test_it_plays_by_itself_and_stops_at_the_end(fan: Reader) -> None:
    """Time passes as it did; at the end the report is shown, and space plays it again."""
    app = app_on(fan)
    async with app.run_test(size=(120, 40)) as pilot:
        await advance(app, pilot, 3.0)
        assert "▶ replay" in header(app)
        assert "0:03.0 of 0:20.0" in header(app)
        await advance(app, pilot, 30.0)
        app.watcher.poll(force=True)
        await pilot.pause()
        assert "○ replay" in header(app)
        assert "finished after 20.0 s" in picture(app)
        await pilot.press("space")
        assert "0:00.0 of 0:20.0" in header(app)
        assert "finished after" not in picture(app)


async def test_keys_go_from_moment_to_moment(fan: Reader) -> None:
    """To the next and back, by ten with shift, to both ends; it stands there."""
    async with replayed(fan) as (app, pilot, past):
        await pilot.press("full_stop")
        one = past.at
        assert 5.0 < one < 5.3
        await pilot.press("comma", "comma")
        assert past.at < 5.0
        app.dashboard.settle_focus(app.dashboard.time_bar)
        await pilot.press("right", "right")
        assert past.at > 5.0
        await pilot.press("shift+right")
        assert past.at > 5.9
        await pilot.press("home")
        assert past.at == past.begins
        await pilot.press("end")
        assert past.at == past.length
        assert past.is_standing


async def test_keys_go_to_events_and_to_what_happened_first(fan: Reader) -> None:
    """n and N by event; f and F by mark, with a message that says what it is."""
    async with replayed(fan) as (app, pilot, past):
        await pilot.press("n")
        event = past.at
        assert event > 5.0
        assert any(one.at == pytest.approx(event) for one in app.watcher.session.view.events[:3])
        await pilot.press("N")
        assert past.at < event
        await pilot.press("home", "f")
        marks = past.marks()
        assert past.at == pytest.approx(marks[0].at)
        assert "for the first time" in messages(app)[-1]
        await pilot.press("f", "F")
        assert past.at == pytest.approx(marks[0].at)
        app.action_rewind("end", 1)
        await pilot.press("f")
        assert "Nothing happened for the first time after this" in messages(app)[-1]


async def test_moments_are_marked_and_gone_to(fan: Reader) -> None:
    """m marks and takes away again; f and F stop there as at any other mark; the bar shows it."""
    async with replayed(fan) as (app, pilot, past):
        await pilot.press("m")
        assert "0:05.0 is marked" in messages(app)[-1]
        await pilot.pause()
        bar = next(line for line in picture(app).splitlines() if "○ 0:05.0" in line)
        assert "┃" in bar
        app.action_rewind("seek", 6.0)
        await pilot.press("m")
        app.action_rewind("seek", 7.0)
        await pilot.pause()
        bar = next(line for line in picture(app).splitlines() if "○ 0:07.0" in line)
        assert bar.count("◆") == 2
        await pilot.press("F")
        assert past.at == 6.0
        assert "mark 2" in messages(app)[-1]
        while past.at > 5.0:
            await pilot.press("F")
        assert past.at == 5.0
        await pilot.press("m")
        assert "is marked no more" in messages(app)[-1]
        app.action_rewind("seek", 5.9)
        await pilot.press("f")
        assert past.at == 6.0


async def test_keys_go_to_lost_items(fan: Reader) -> None:
    """i and I by moment at which one was lost; where there is none, a message says so."""
    async with replayed(fan) as (app, pilot, past):
        await pilot.press("home", "i")
        app.action_rewind("seek", 0.0)
        await pilot.press("i")
        first = past.at
        shown = app.watcher.session.view.snapshot
        assert shown.totals.dropped > fan.snapshot_at(first - 0.1).totals.dropped == 0
        await pilot.press("i")
        assert past.at > first
        await pilot.press("I")
        assert past.at == first
        await pilot.press("I")
        assert messages(app)[-1] == "No item was lost before this."
        assert past.at == first


async def test_going_back_forgets_what_came_after(fan: Reader) -> None:
    """Events and history are those up to the moment, whichever way one came."""
    async with replayed(fan) as (app, pilot, past):
        app.action_rewind("seek", 15.0)
        app.action_rewind("seek", 5.0)
        await pilot.pause()
        view = app.watcher.session.view
        assert view.at == 5.0
        assert all(event.at <= 5.0 for event in view.events)
        assert view.lanes.ends_at == 5.0
        stretch = view.trend.stretch(100)
        known = [sample for sample in stretch.samples if sample is not None]
        assert max(sample.at for sample in known) <= 5.0
        assert past.is_standing


async def test_the_mouse_goes_to_any_time(fan: Reader) -> None:
    """A click, and a drag with the button held; not without it."""
    async with replayed(fan) as (app, pilot, past):
        bar = app.dashboard.time_bar
        await pilot.click(bar, offset=(bar.size.width // 2, 2))
        middle = past.at
        assert 8.0 < middle < 12.0
        await pilot.hover(bar, offset=(bar.size.width - 5, 2))
        assert past.at == middle
        await pilot.mouse_down(bar, offset=(20, 2))
        await pilot.hover(bar, offset=(bar.size.width - 3, 2))
        assert past.at > 18.0
        await pilot.mouse_up(bar, offset=(bar.size.width - 3, 2))
        app.action_rewind("seek", 5.0)
        await pilot.hover(bar, offset=(20, 2))
        assert past.at == 5.0


async def test_what_was_recorded_cannot_be_controlled(fan: Reader) -> None:
    """The keys of a run mean nothing, and are neither in the footer nor in the help; q leaves."""
    async with replayed(fan) as (app, pilot, past):
        at = past.at
        await pilot.press("p", "d", "x", "r", "0", "a")
        assert past.at == at
        assert messages(app) == []
        for label in ("drain", "abort", "restart", "pause", "freeze"):
            assert label not in footer(app)
        assert "space play" in footer(app)
        await pilot.press("question_mark")
        assert "Play or stop" in picture(app)
        assert "Stop producing" not in picture(app)
        await pilot.press("escape", "q")
        assert on_dashboard(app)
    assert app.return_code == 0


async def test_a_replay_says_what_changes_would_do_and_tries_none(
    fan: Reader, tmp_path: Path
) -> None:
    """By simulations of what was run, up to the moment that is shown."""
    clock, simulations, scenario = HandClock(), Evenly(), demos.find("3")
    record(tmp_path / "small.rec", scenario)
    small = Reader(tmp_path / "small.rec")

    def advises(past: Rewindable) -> AdvisorWithSizes:
        return AdvisorWithSizes(PastModel(past, scenario, simulations), simulations, simulations)

    shown = Recorded(Replay(small, clock), scenario, advises=advises)
    app = PcsimApp(shown, clock=clock, live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await opened(app, pilot)
        assert "What helps most is" in picture(app)
        await pilot.press("tab", "down", "enter")
        await pilot.pause()
        assert messages(app)[-1] == IS_OVER
    small.close()
    app = app_on(fan)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await opened(app, pilot)
        assert "Nothing advises about this recording." in picture(app)


async def test_speed_changes_how_fast_it_plays(fan: Reader) -> None:
    """Twice as fast, and back."""
    async with replayed(fan) as (app, pilot, past):
        await pilot.press("plus")
        assert past.speed == 2.0
        assert "2x" in header(app)
        await pilot.press("minus", "minus")
        assert past.speed == 0.5


async def test_keys_of_replays_mean_nothing_elsewhere() -> None:
    """In a run they do nothing, and the help does not list them."""
    from tests.tui.support import app_for

    app = app_for(demos.find("3"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("n", "N", "f", "F", "comma")
        assert messages(app) == []
        assert not app.dashboard.has_class("-past")
        await pilot.press("question_mark")
        assert "In a replay" not in picture(app)


async def test_damage_is_said_once_and_the_last_moment_stays(tmp_path: Path) -> None:
    """The app goes on, with one line about it."""
    import sqlite3

    record(tmp_path / "x.rec", step=0.05)
    base = sqlite3.connect(tmp_path / "x.rec")
    base.execute("update events set data = x'00'")
    base.commit()
    base.close()
    reader = Reader(tmp_path / "x.rec")
    app = app_on(reader, demos.find("3"))
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(3):
            app.watcher.poll(force=True)
        await pilot.pause()  # a message is gone after a few seconds, which a busy machine may take
        assert len([text for text in messages(app) if "is damaged" in text]) == 1
        await advance(app, pilot, 3.0)
        damage = [text for text in messages(app) if "is damaged" in text]
        assert len(damage) <= 1
    reader.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_picture_is_as_agreed(
    size: tuple[int, int], fan: Reader, snap_compare: Compare
) -> None:
    """The dashboard as it was then, over the time bar."""

    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PcsimApp)
        await pilot.press("space")
        app.action_rewind("seek", 11.8)
        await pilot.pause()

    assert snap_compare(app_on(fan), terminal_size=size, run_before=prepare)
