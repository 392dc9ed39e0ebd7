"""Every key does what the help promises, and no more."""

from __future__ import annotations

import re

import pytest

from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import Phase
from pcsim.tui.groups import members_of
from pcsim.tui.keys import BINDINGS, FOOTER
from pcsim.tui.screens.details import DetailsScreen
from pcsim.tui.screens.help import HelpScreen, help_lines
from pcsim.tui.screens.question import QuestionScreen
from tests.tui.scenarios import BACK_PRESSURE, THOUSAND
from tests.tui.support import (
    advance,
    app_for,
    clock_of,
    failing_on,
    messages,
    on_dashboard,
    picture,
    run_of,
)


async def test_s_starts_and_only_once() -> None:
    """A second press does not start the run again."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        assert "Press s to start" in picture(app)
        await pilot.press("s", "s")
        assert run_of(app).calls == ["start"]
        assert "running" in picture(app)


async def test_p_pauses_and_resumes_producing() -> None:
    """The same key does both."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s", "p")
        assert "paused" in picture(app)
        await pilot.press("p")
        assert run_of(app).calls == ["start", "pause_producing", "resume_producing"]


async def test_a_pause_is_in_the_sentence_as_soon_as_it_is_in_the_header() -> None:
    """And so is the end of it, and so is what has changed meanwhile, as soon as it can be read."""
    app = app_for(DEMOS[1])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.7)
        await pilot.press("p")
        assert "‖ paused" in picture(app)
        assert "Producing is paused" in picture(app)
        await advance(app, pilot, 3.0)
        assert "every queue is empty" in picture(app)
        await pilot.press("p")
        assert "Producing is paused" not in picture(app)


@pytest.mark.parametrize("key", ["p", "d", "x"])
async def test_what_cannot_be_done_to_the_run_says_why(key: str) -> None:
    """Before the start, after the end, and while it drains, where an abort alone is possible."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press(key)
        assert run_of(app).calls == []
        assert messages(app) == ["The run has not started; s starts it."]
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("d", key)
        if key != "x":
            assert messages(app)[1:] == ["The run is draining; x aborts it."]
            await pilot.press("x")
        await pilot.press("x")
        app.clear_notifications()
        await pilot.press(key)
        assert messages(app) == ["The run has ended; r restarts it."]
        assert run_of(app).calls == ["start", "drain", "abort"]


async def test_v_before_the_end_explains_when_there_is_a_report() -> None:
    """A message is better than a key without effect."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("v")
        assert messages(app) == ["The report is shown when the run has ended."]


async def test_the_footer_offers_what_acts_in_the_window_that_is_open() -> None:
    """Over details the run goes on and obeys; the help is for reading."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("enter")
        await pilot.pause()
        footer = " ".join(picture(app).splitlines()[-1].split())
        assert footer == (
            "esc back n N next, previous enter follow y copy p pause producing d drain x abort "
            "space freeze b look back"
        )
        await pilot.press("p", "p", "space")
        assert app.watcher.display.is_frozen
        await pilot.press("d", "x", "x", "escape", "question_mark")
        await pilot.pause()
        calls = ["start", "pause_producing", "resume_producing", "drain", "abort"]
        assert run_of(app).calls == calls
        assert picture(app).splitlines()[-1].split() == ["esc", "back"]
        await pilot.press("escape")
        await pilot.pause()
        assert "r restart" in picture(app).splitlines()[-1]


async def test_d_drains_and_the_run_ends_by_itself() -> None:
    """Every item that was produced is consumed."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("d")
        assert "draining" in picture(app)
        await advance(app, pilot, 5.0)
        snapshot = app.control.snapshot()
        assert snapshot.phase is Phase.FINISHED
        assert snapshot.totals.consumed == snapshot.totals.produced > 0


async def test_x_aborts_and_shows_the_report() -> None:
    """The second press says yes to the question about the items."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("x", "x")
        await pilot.pause()
        assert run_of(app).calls == ["start", "abort"]
        assert "aborted" in picture(app)
        assert "Every item is accounted for" in picture(app)


async def test_r_restarts_the_system_and_aborts_the_run() -> None:
    """The clock is at 0 again."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        old = run_of(app)
        await pilot.press("r", "r")
        assert old.calls == ["start", "abort"]
        assert run_of(app) is not old
        assert app.control.snapshot().phase is Phase.CREATED
        assert app.watcher.session.view.scenario == BACK_PRESSURE
        assert "0:00.0" in picture(app)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_the_palette_finds_a_demo_by_its_number(number: int) -> None:
    """Each demo has its own."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*f"Demo {number}", "enter", "enter")
        await pilot.pause()
        assert app.watcher.session.view.scenario == DEMOS[number - 1]
        assert DEMOS[number - 1].title in picture(app)


async def test_a_number_without_a_demo_changes_nothing() -> None:
    """The run stays as it is."""
    app = app_for(BACK_PRESSURE, catalogue=DEMOS[:4])
    async with app.run_test():
        before = app.control
        app.action_demo(9)
        assert app.control is before


async def test_space_freezes_the_display_while_the_run_continues() -> None:
    """Pressed again, it shows the run as it is by then."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("space")
        held = picture(app)
        assert "frozen" in held
        await advance(app, pilot, 3.0)
        assert picture(app) == held
        await pilot.press("space")
        assert "frozen" not in picture(app)
        assert "running  0:03.0" in picture(app)


async def test_a_frozen_display_outlives_the_end_of_the_run() -> None:
    """The report waits until the user unfreezes."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("space")
        await advance(app, pilot, 20.0)
        assert "running" in picture(app)
        await pilot.press("space")
        await pilot.pause()
        assert "finished" in picture(app)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
async def test_whatever_is_opened_on_a_frozen_picture_shows_its_instant(
    size: tuple[int, int],
) -> None:
    """Order, chart, events and details are those of the instant, however long it is held."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.4)
        await pilot.press("space")
        await pilot.press("o")
        shown, pictures = app.watcher.display.view, []
        for at in (1.4, 1.4, 3.0, 20.0):  # the first time moves the focus
            await advance(app, pilot, at)
            seen = []
            for key in ("O", "O", "c", "c", "e", "escape", "v"):
                await pilot.press(key)
                await pilot.pause()
                seen.append(picture(app))
                assert "frozen  ▶ running  0:01.4" in picture(app)
                assert app.watcher.display.view is shown
            pictures.append(seen)
        assert pictures[1] == pictures[2] == pictures[3]


async def test_details_on_a_frozen_display_are_of_its_time() -> None:
    """Although the run has ended since."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.4)
        await pilot.press("space")
        await advance(app, pilot, 20.0)
        await pilot.press("enter")
        await pilot.pause()
        assert "3 of 3" in picture(app)
        assert "Waiting now: 3 items" in picture(app)


@pytest.mark.parametrize(
    ("key", "call", "phase"),
    [
        ("p", "pause_producing", "paused"),
        ("d", "drain", "draining"),
        ("x", "abort", "aborted"),
        ("r", "abort", "ready"),
        ("s", None, "running"),
    ],
)
async def test_what_is_done_to_the_run_unfreezes_the_display(
    key: str, call: str | None, phase: str
) -> None:
    """So its effect is seen."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        run = run_of(app)
        await pilot.press("space")
        await advance(app, pilot, 2.0)
        await pilot.press(*([key, key] if key in "xr" else [key]))
        assert run.calls == ["start", call] if call else ["start"]
        assert "frozen" not in picture(app)
        assert phase in picture(app).splitlines()[0]


async def test_the_question_before_quitting_has_the_numbers_of_now() -> None:
    """Not those of a frozen display."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 0.1)
        await pilot.press("space")
        await advance(app, pilot, 2.0)
        await pilot.press("q")
        await pilot.pause()
        assert "5 items would be lost" in picture(app)
        assert "frozen" not in picture(app)


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_the_footer_names_the_key_that_unfreezes(width: int) -> None:
    """At every width."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(width, 24)) as pilot:
        await pilot.press("s", "space")
        assert "space unfreeze" in picture(app).splitlines()[-1]


async def test_c_and_e_use_the_room_that_a_low_screen_leaves() -> None:
    """The chart has it, the events on a key; the chart alone takes that of the workers too."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        assert "Depth and throughput" in picture(app)
        assert "Workers" in picture(app)
        await pilot.press("e")
        await pilot.pause()
        assert "blocked, main full" in picture(app)
        assert "Workers" in picture(app)
        assert "Depth and throughput" not in picture(app)
        await pilot.press("c")
        await pilot.pause()
        assert "Depth and throughput" in picture(app)
        assert "Workers" not in picture(app)
        await pilot.press("c")
        await advance(app, pilot, 20.0)
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)
        assert "Workers" not in picture(app)
        await pilot.press("e")
        await pilot.pause()
        assert "blocked, main full" in picture(app)
        assert "Every item is accounted for" not in picture(app)


@pytest.mark.parametrize("width", [120, 127, 141])
async def test_an_event_that_is_too_long_is_cut_between_words(width: int) -> None:
    """And no number is parted from its unit: 200 of what?"""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(width, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 3.0)
        texts = re.findall(r" (put \d[^│]*)", picture(app))
        assert texts
        for text in texts:
            whole = r"put \d+ into( main( after( \d+ ms)?)?)?"
            assert re.fullmatch(whole, text.rstrip(" …▁")), text


async def test_c_and_e_show_chart_and_events_where_they_have_no_room() -> None:
    """They take the place of the workers, until esc."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(80, 18)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        assert "Depth and throughput" not in picture(app)
        await pilot.press("c")
        await pilot.pause()
        assert "Depth and throughput" in picture(app)
        assert "Workers" not in picture(app)
        await pilot.press("e")
        await pilot.pause()
        assert "blocked, main full" in picture(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Workers" in picture(app)


async def test_v_switches_between_report_and_tables_after_the_end() -> None:
    """As often as it is pressed."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 20.0)
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)
        await pilot.press("v")
        await pilot.pause()
        assert "Every item is accounted for" not in picture(app)
        assert "Producers" in picture(app)
        await pilot.press("v")
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)


async def test_enter_opens_details_and_escape_closes_them() -> None:
    """While they are open, they follow the run."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 2.0)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, DetailsScreen)
        assert "Waiting now: 3 items" in picture(app)
        await advance(app, pilot, 20.0)
        assert "Waiting now: 0 items" in picture(app)
        await pilot.press("escape")
        assert on_dashboard(app)


async def test_enter_on_the_report_of_a_failed_run_opens_the_traceback() -> None:
    """One key from the symptom to the cause."""
    app = app_for(DEMOS[1], sinks={"C2": failing_on(3, "price is missing")})
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 5.0)
        assert "C2 failed on item" in picture(app)
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "Traceback" in picture(app)


async def test_o_brings_blocked_workers_to_the_top() -> None:
    """Pressed at its last column, it restores the declared order."""
    app = app_for(THOUSAND)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s", "tab")
        await advance(app, pilot, 2.0)
        table = app.dashboard.tables.all_workers
        assert table.rows[0].name == "P000"
        await pilot.press("o")
        await pilot.pause()
        assert members_of(table.rows[0])[0].state == "blocked"
        while table.ordering.order is not None:
            await pilot.press("o")
        await pilot.pause()
        assert table.rows[0].name == "P000"


@pytest.mark.parametrize(("down", "up"), [("down", "up"), ("j", "k")])
async def test_arrows_and_letters_move_the_cursor(down: str, up: str) -> None:
    """And the row under it stays visible."""
    app = app_for(THOUSAND)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", *[down] * 20)
        table = app.dashboard.tables.all_workers
        assert table.has_focus
        assert table.cursor == 20
        assert table.cursor in table.visible_lines()
        await pilot.press(up)
        assert table.cursor == 19


async def test_the_ends_of_a_thousand_rows_are_one_key_away() -> None:
    """Both of them."""
    app = app_for(THOUSAND)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "G")
        await pilot.pause()
        assert "Sink" in picture(app)
        await pilot.press("g")
        await pilot.pause()
        assert "P000" in picture(app)
        await pilot.press("pagedown", "pageup")
        assert app.dashboard.tables.all_workers.cursor == 0


@pytest.mark.parametrize(("there", "back"), [("tab", "shift+tab"), ("l", "h"), ("right", "left")])
async def test_panels_are_reached_one_after_the_other(there: str, back: str) -> None:
    """In both directions."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        first = app.focused
        await pilot.press(there)
        assert app.focused is not first
        await pilot.press(back)
        assert app.focused is first


async def test_question_mark_explains_every_key() -> None:
    """With the same words as the bindings."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        shown = picture(app)
        for binding in BINDINGS:
            # In programs that are watched, in replays, and after the list of what to open.
            elsewhere = ("attach", "rewind", "leave('list')")
            if binding.tooltip and not binding.action.startswith(elsewhere):
                assert binding.tooltip in shown
        await pilot.press("question_mark")
        assert on_dashboard(app)


def test_every_key_in_the_footer_is_bound() -> None:
    """A hint never promises more than a key does."""
    bound = {key for binding in BINDINGS for key in binding.key.split(",")} | {
        "enter",
        "tab",
        "ctrl+p",
    }
    assert {hint.press for hint in FOOTER} <= bound
    assert len(help_lines()) > len(BINDINGS) / 2


async def test_t_switches_between_dark_and_light() -> None:
    """And back."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        assert app.theme == "pcsim-dark"
        await pilot.press("t")
        assert app.theme == "pcsim-light"
        await pilot.press("t")
        assert app.theme == "pcsim-dark"


async def test_the_palette_finds_demos_and_themes_by_name() -> None:
    """A part of the name is enough."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"robin", "enter", "enter")
        await pilot.pause()
        assert app.watcher.session.view.scenario == DEMOS[3]


async def test_a_click_on_a_key_in_the_footer_presses_it() -> None:
    """Mouse and keys do the same."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.click("#keys", offset=(2, 0))
        await pilot.pause()
        assert run_of(app).calls == ["start"]


async def test_q_quits_at_once_when_nothing_would_be_lost() -> None:
    """Without a question."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert app.return_code == 0
        assert run_of(app).calls == []


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_q_asks_while_a_run_is_going(key: str) -> None:
    """And esc stays."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, QuestionScreen)
        assert "items would be lost" in picture(app)
        await pilot.press("escape")
        assert on_dashboard(app)
        assert run_of(app).calls == ["start"]


async def test_the_answer_drain_loses_nothing() -> None:
    """The app exits once the queues are empty."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("q", "d")
        await pilot.pause()
        assert app.is_running
        await advance(app, pilot, 5.0)
        snapshot = app.control.snapshot()
        assert snapshot.totals.consumed == snapshot.totals.produced
        assert app.return_code == 0


async def test_the_answer_abort_ends_the_run() -> None:
    """At once."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("q", "x")
        await pilot.pause()
        assert app.control.snapshot().phase is Phase.ABORTED
        assert app.return_code == 0


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_the_same_key_again_is_the_answer_abort(key: str) -> None:
    """Two presses are deliberate."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press(key, key)
        await pilot.pause()
        assert run_of(app).calls == ["start", "abort"]
        assert app.return_code == 0


async def test_the_question_follows_the_run_to_its_end() -> None:
    """Then there is nothing left to abort."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("q")
        await advance(app, pilot, 20.0)
        assert "The run has ended: no items would be lost." in picture(app)
        await pilot.press("x")
        await pilot.pause()
        assert app.return_code == 0
        assert run_of(app).calls == ["start"]


async def test_a_second_q_turns_a_drain_into_an_abort() -> None:
    """For a drain that takes too long."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("q", "d")
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
        assert run_of(app).calls == ["start", "drain", "abort"]


async def test_autostart_starts() -> None:
    """Without a key."""
    app = app_for(BACK_PRESSURE, autostart=True)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert run_of(app).calls == ["start"]


async def test_no_run_outlives_the_app() -> None:
    """Whatever ends the app."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        app.exit()
    assert run_of(app).calls == ["start", "abort"]
    assert clock_of(app).now == 1.0
