"""A virtual run in the app: its clock is shown, set, stopped and stepped, and all follows it."""

from __future__ import annotations

import pytest

from pcsim.analysis import report, result_report
from pcsim.analysis.report_lines import Line, joined
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase
from pcsim.text import clock_time
from pcsim.tui.app import PcsimApp
from pcsim.tui.clock_speed import SPEEDS, Timing, factor, faster, slower
from pcsim.tui.screens.details import DetailsScreen
from pcsim.tui.widgets.report_view import styled
from tests.tui.scenarios import BACK_PRESSURE, COFFEE_BAR, CYCLE, THOUSAND
from tests.tui.support import (
    app_for,
    clock_of,
    messages,
    paced_of,
    pass_time,
    picture,
    run_of,
    until,
    virtual_app,
)

STEADY = Scenario(
    title="Ten a second",
    queues=(QueueSpec("main", 5),),
    producers=(ProducerSpec("P", "main", interval=0.1),),
    consumers=(ConsumerSpec("C", ("main",), service_time=0.05),),
)


def header(app: PcsimApp) -> str:
    return picture(app).splitlines()[0]


def footer(app: PcsimApp) -> str:
    return picture(app).splitlines()[-1]


def report_of(app: PcsimApp) -> list[Line]:
    """The lines that the app shows of a run that is over."""
    view = app.watcher.session.view
    assert view.result is not None
    return joined([report.lines(view.snapshot), result_report.lines(view.result)])


# -- the header


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((160, 40), "virtual time · 10x"),
        ((120, 40), "virtual time · 10x"),
        ((80, 24), "virtual · 10x"),
        ((40, 12), "10x"),
    ],
)
async def test_the_header_says_that_time_is_virtual_and_how_fast(
    size: tuple[int, int], told: str
) -> None:
    app = virtual_app(COFFEE_BAR, 10)
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        assert told in header(app)
        assert "0:10.0" in header(app)
        assert "…" not in header(app).partition("running")[2]


async def test_the_header_says_that_time_is_real() -> None:
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)):
        assert "real time" in header(app)


async def test_the_header_of_a_run_that_is_over_tells_no_speed() -> None:
    app = virtual_app(BACK_PRESSURE, 10)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 2)
        assert "virtual time" in header(app)
        assert "10x" not in header(app)


async def test_a_speed_that_is_not_reached_is_told_with_the_one_that_is() -> None:
    app = virtual_app(STEADY, 1000)
    async with app.run_test(size=(120, 40)) as pilot:
        clock_of(app).tick = 0.02
        await pilot.press("s")
        await pass_time(app, pilot, 2)
        assert "1000x, reaches " in header(app)


# -- the keys


async def test_plus_and_minus_go_through_all_speeds() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(160, 40)) as pilot:
        run = paced_of(app)
        for speed in SPEEDS[SPEEDS.index(1.0) + 1 :]:
            await pilot.press("plus")
            assert run.speed == speed
            assert f" {speed:g}x" in header(app)
        await pilot.press("equals_sign")
        assert run.speed is None
        assert "as fast as possible" in header(app)
        await pilot.press("plus")
        assert run.speed is None
        for wished in reversed(SPEEDS):
            await pilot.press("minus")
            assert run.speed == wished
        await pilot.press("minus")
        assert paced_of(app).speed == SPEEDS[0]
        assert "0.1x" in header(app)


async def test_s_starts_then_stops_the_clock_and_lets_it_go_on() -> None:
    app = virtual_app(COFFEE_BAR, 100)
    async with app.run_test(size=(120, 40)) as pilot:
        assert "s start" in footer(app)
        await pilot.press("s")
        assert "s stop" in footer(app)
        await pass_time(app, pilot, 1.0)
        await pilot.press("s")
        assert "○ stopped" in header(app)
        assert "1:40.000" in header(app)
        assert "s resume" in footer(app)
        await pass_time(app, pilot, 3.0)
        assert "1:40.000" in header(app)
        await pilot.press("s")
        await pass_time(app, pilot, 1.0)
        assert "running" in header(app)
        assert "3:20.0" in header(app)


async def test_a_stopped_clock_neither_pauses_producing_nor_freezes_the_picture() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "s")
        assert app.control.snapshot().producing
        assert not app.watcher.display.is_frozen
        await pilot.press("p", "s")
        await pass_time(app, pilot, 1.0)
        assert "‖ paused" in picture(app)
        assert "0:01.0" in header(app)


async def test_full_stop_steps_from_event_to_event() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.2)
        seen = []
        for _ in range(4):
            await pilot.press("full_stop")
            await pilot.pause()
            assert "○ stopped" in header(app)
            seen.append(header(app).partition("stopped")[2].split()[0])
        assert seen == ["0:00.250", "0:00.300", "0:00.350", "0:00.550"]
        assert "0:00.5 ▶ FastProducer" in picture(app)


async def test_a_step_before_the_start_begins_with_a_clock_that_stands() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        assert ". to go step by step" in picture(app)
        await pilot.press("full_stop")
        assert app.control.snapshot().phase is Phase.RUNNING
        assert "0:00.000" in header(app)
        await pass_time(app, pilot, 1.0)
        assert "0:00.000" in header(app)


async def test_steps_come_to_the_report() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*["full_stop"] * 60)
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)
        await pilot.press("full_stop", "s")
        assert app.control.snapshot().phase is Phase.FINISHED


async def test_a_step_that_finds_nothing_says_why() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.3)
        await pilot.press("p", *["full_stop"] * 12)
        assert messages(app)[-1] == "No events are left; p resumes producing."


async def test_a_step_shows_itself_on_a_frozen_picture() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.2)
        await pilot.press("space", "full_stop")
        assert "frozen" not in picture(app)
        assert "0:00.250" in header(app)


async def test_a_row_is_watched_from_event_to_event_in_its_details() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("full_stop", "enter")
        await pilot.pause()
        assert isinstance(app.screen, DetailsScreen)
        assert "0 of 3" in picture(app)
        await pilot.press(*["full_stop"] * 3)
        await pilot.pause()
        assert "2 of 3" in picture(app)
        await pilot.press("plus", "s")
        assert paced_of(app).speed == 2.0
        assert not paced_of(app).is_standing


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("plus", "Only virtual time has a speed."),
        ("minus", "Only virtual time has a speed."),
        ("full_stop", "Only virtual time can be stepped."),
        ("s", "Only virtual time can be stopped."),
    ],
)
async def test_in_real_time_these_keys_say_in_one_line_why_they_do_nothing(
    key: str, why: str
) -> None:
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await pilot.press(key)
        await pilot.pause()
        assert messages(app) == [why]
        assert run_of(app).calls == ["start"]


async def test_the_footer_names_these_keys_where_time_is_virtual_alone() -> None:
    for app, told in ((virtual_app(BACK_PRESSURE), True), (app_for(BACK_PRESSURE), False)):
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(2):
                assert ("+ - speed" in footer(app)) is told
                assert (". step" in footer(app)) is told
                await pilot.press("s")


async def test_a_chart_opened_while_time_stands_says_what_it_shows() -> None:
    app = virtual_app(COFFEE_BAR, 1000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 5)
        await pilot.press("s", "c")
        await pilot.pause()
        assert "Depth and throughput  since the start" in picture(app)


# -- all the rest follows virtual time


@pytest.mark.parametrize("speed", [0.1, 1.0, 10.0, 1000.0, None])
async def test_rates_are_those_of_virtual_time_at_any_speed(speed: float | None) -> None:
    app = virtual_app(STEADY, speed)
    async with app.run_test(size=(120, 40)) as pilot:
        if speed is None:
            clock_of(app).tick = 0.004
        await pilot.press("s")
        await pass_time(app, pilot, 40 if speed == 0.1 else 4)
        trend = app.watcher.session.view.trend
        assert trend.consumed_rate() == pytest.approx(10, rel=0.06)
        assert trend.queue_rates(0)[0] == pytest.approx(10, rel=0.06)
        assert trend.worker_rate(1) == pytest.approx(10, rel=0.06)


async def test_rates_stay_right_when_the_speed_changes_and_after_steps() -> None:
    app = virtual_app(STEADY, 1000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        await pilot.press(*["minus"] * 9)
        assert paced_of(app).speed == 1.0
        for _ in range(30):
            await pass_time(app, pilot, 0.1)
            assert app.watcher.session.view.trend.consumed_rate() == pytest.approx(10, rel=0.06)
        await pilot.press(*["full_stop"] * 40)
        assert app.watcher.session.view.trend.consumed_rate() == pytest.approx(10, rel=0.06)


async def test_durations_are_virtual() -> None:
    app = virtual_app(BACK_PRESSURE, 0.1)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 5.0)
        assert "main full 150 ms" in picture(app)


async def test_the_chart_shows_a_minute_of_ours() -> None:
    for speed, told in ((1.0, 70.0), (100.0, 7_000.0)):
        app = virtual_app(COFFEE_BAR, speed)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("s")
            await pass_time(app, pilot, 180)
            stretch = app.watcher.session.view.trend.stretch(40, 60 * speed)
            assert "last " in picture(app)
            assert told / 2 < app.watcher.session.view.at - stretch.begins_at < told * 2


async def test_the_chart_shows_what_a_step_has_changed() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        depths = []
        for _ in range(4):
            await pilot.press("full_stop")
            samples = app.watcher.session.view.trend.stretch(40).samples
            depths.append([sample.depths[0] for sample in samples if sample][-1])
        assert depths == [0, 0, 1, 2]


async def test_between_two_looks_the_history_goes_on_and_the_picture_does_not() -> None:
    app = virtual_app(STEADY, 100)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        shown = picture(app)
        clock_of(app).now += 0.05
        app.watcher.session.extend_history()
        assert picture(app) == shown
        assert app.watcher.session.view.at == pytest.approx(100)
        samples = [
            sample for sample in app.watcher.session.view.trend.stretch(200).samples if sample
        ]
        assert samples[-1].at == pytest.approx(105)


async def test_the_sentence_is_that_of_the_instant_at_which_time_stands() -> None:
    app = virtual_app(BACK_PRESSURE, 10)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        assert "Just started" in picture(app)
        clock_of(app).now += 0.3
        await pilot.press("s")
        assert "SlowConsumer is the bottleneck" in picture(app)


async def test_after_ten_hours_an_event_still_tells_its_second() -> None:
    app = virtual_app(COFFEE_BAR, 1000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 40)
        await pilot.press("s")
        newest = app.watcher.session.view.events[0]
        assert newest.at > 36_000
        assert f" {clock_time(newest.at, tenths=False)} " in picture(app).replace("│", " ")


# -- the life of a run


async def test_the_end_shows_the_report() -> None:
    app = virtual_app(BACK_PRESSURE, 1000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.5)
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)
        assert "virtual" in picture(app)


async def test_the_report_has_what_was_measured_beside_theory() -> None:
    """As `pcsim run` prints it, the warm-up left out."""
    queues = Scenario(
        queues=(QueueSpec("main", 100_000),),
        producers=(ProducerSpec("P", "main", Exponential(1.0)),),
        consumers=(ConsumerSpec("C", "main", Exponential(0.5)),),
        end=End(time=200.0),
        warm_up=50.0,
    )
    app = virtual_app(queues, 1000)
    async with app.run_test(size=(100, 120)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.5)
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)
        assert "the first 50.0 s" in picture(app)
        assert "Theory: M/M/1" in picture(app)
        assert "Little's law holds" in picture(app)
        styles = {text.split(" ")[0]: style for ((text, style),) in styled(report_of(app))}
        assert (styles["Next:"], styles["The"], styles["Measure"]) == ("accent", "text", "strong")
        await pilot.press("r")
        assert app.watcher.session.view.result is None


async def test_a_drain_counts_what_is_left_at_every_look() -> None:
    """The sentence agrees with the bars beside it, down to the last item."""
    app = virtual_app(BACK_PRESSURE)
    counted: list[int] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 2.0)
        await pilot.press("d")
        while app.watcher.session.is_going:
            totals = app.watcher.session.view.snapshot.totals
            counted.append(totals.queued + totals.in_producers_hands + totals.in_workers_hands)
            assert f" {counted[-1]} item" in app.watcher.session.view.sentence
            await pass_time(app, pilot, 0.1)
    assert sorted(set(counted), reverse=True) == [5, 4, 3, 2, 1]


async def test_reset_and_another_demo_keep_the_speed() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "plus", "plus", "s")
        old = paced_of(app)
        await pilot.press("r")
        assert old.snapshot().phase is Phase.ABORTED
        assert paced_of(app).speed == 5.0
        assert not paced_of(app).is_standing
        await pilot.press("2")
        assert paced_of(app).speed == 5.0
        assert app.control.snapshot().phase is Phase.CREATED


async def test_an_abort_ends_a_run_whose_clock_stands() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        await pilot.press("s", "x")
        await pilot.pause()
        assert "aborted" in header(app)
        assert "Every item is accounted for" in picture(app)


async def test_a_drain_takes_virtual_time() -> None:
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        await pilot.press("s", "d")
        assert "draining" in header(app)
        assert "stopped" in header(app)
        await pilot.press("s")
        await pass_time(app, pilot, 2)
        snapshot = app.control.snapshot()
        assert snapshot.phase is Phase.FINISHED
        assert snapshot.totals.consumed == snapshot.totals.produced


async def test_leaving_by_a_drain_does_not_wait_for_virtual_time() -> None:
    app = virtual_app(BACK_PRESSURE, 0.1)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 5)
        await pilot.press("s", "q", "d")
        await pilot.pause()
        assert app.return_code == 0
    snapshot = app.control.snapshot()
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.consumed == snapshot.totals.produced


async def test_nobody_leaves_with_a_virtual_run_going_on() -> None:
    app = virtual_app(COFFEE_BAR)
    async with app.run_test() as pilot:
        await pilot.press("s")
        app.exit()
    assert app.control.snapshot().phase is Phase.ABORTED


async def test_a_deadlock_is_told_as_its_cycle() -> None:
    app = virtual_app(CYCLE, 10)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        assert "✗ deadlock" in picture(app)
        assert "Splitter waits for Returner" in picture(app)


# -- with the machine's clock


async def test_by_the_machines_clock_a_run_goes_as_fast_as_possible_and_answers_keys() -> None:
    app = PcsimApp(lambda chosen: PacedRun(VirtualEngine(chosen), None), THOUSAND, autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.control.snapshot().totals.consumed > 2000)
        await pilot.press("s")
        await until(pilot, lambda: "○ stopped" in picture(app))
        at = app.control.snapshot().at
        await pilot.pause(0.2)
        assert app.control.snapshot().at == at
        await pilot.press("s", "x")
        await until(pilot, lambda: "aborted" in picture(app))


async def test_while_the_clock_stands_nothing_is_asked() -> None:
    app = PcsimApp(lambda chosen: PacedRun(VirtualEngine(chosen)), BACK_PRESSURE, autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        assert not app.watcher.is_scheduled
        await pilot.press("s")
        assert app.watcher.is_scheduled


# -- the words


def test_speeds_go_up_and_down_from_any_speed() -> None:
    assert faster(3.0) == 5.0
    assert slower(3.0) == 2.0
    assert faster(1000.0) is None
    assert faster(None) is None
    assert slower(None) == 1000.0
    assert slower(0.1) == 0.1


def test_a_speed_is_told_in_few_digits() -> None:
    told = [factor(speed) for speed in (0.1, 1.0, 10.0, 123.4, 1000.0, 5234.5, 1234567.0)]
    assert told == ["0.1x", "1x", "10x", "120x", "1000x", "5200x", "1,200,000x"]


def test_the_reached_speed_is_told_only_where_it_is_news() -> None:
    assert Timing(10.0, reached=9.7).words[0] == "10x"
    assert Timing(1000.0, reached=312.0).words[0] == "1000x, reaches 310x"
    assert Timing(1000.0, is_standing=True, reached=312.0).words[0] == "1000x"
    assert Timing(None).words == ("as fast as possible", "max")
    assert Timing(None, reached=52_321.0).words == ("as fast as possible, 52,000x", "max, 52,000x")
