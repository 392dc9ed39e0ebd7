"""A program that is watched: its rows come and go, and nothing is done to it."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from pcsim.snapshot import BlockReason, Phase, QueueRow, Role, Snapshot, Totals, WorkerRow
from pcsim.snapshot import WorkerState as State
from pcsim.snapshot.control import Control
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Watched
from pcsim.tui.keys import NEED_A_RUN
from pcsim.tui.screens.help import HelpScreen, help_lines
from pcsim.tui.widgets.table import chosen_row
from pcsim.tui.widgets.worker_table import WorkerTable
from tests.support.clocks import HandClock
from tests.support.fake_program import FakeProgram
from tests.tui.support import footer, header, on_dashboard, picture

TITLE = "crawl.py --all · pid 4711 · Python 3.11"


class Program(FakeProgram):
    """Shows the rows that it is given; whatever else is asked of it, it has not."""

    def __init__(self, *workers: WorkerRow, queues: tuple[QueueRow, ...] = ()) -> None:
        super().__init__(0)
        self.rows, self.lines, self.is_counted = queues, workers, True
        self.asked: list[str] = []

    def snapshot(self) -> Snapshot:
        self.calls += 1
        return Snapshot(
            self.calls, self.at, self.phase, True, self.rows, self.lines,
            Totals(produced=9, queued=2, consumed=7), title=TITLE, engine="watched",
            is_counted=self.is_counted,
        )  # fmt: skip

    def queue_detail(self, name: str, limit: int = 100):  # type: ignore[no-untyped-def]
        self.asked.append(name)
        return super().queue_detail(name, limit)


def thread(
    name: str, group: str = "", state: State = State.RUNNING, since: float = 0.0
) -> WorkerRow:
    blocked = state is State.BLOCKED
    return WorkerRow(
        name, Role.STAGE, ("urls",), ("pages",), state, "pages" if blocked else None,
        BlockReason.FULL if blocked else None, since, group=group,
    )  # fmt: skip


def app_on(program: FakeProgram) -> PcsimApp:
    return PcsimApp(Watched(program), clock=HandClock(), live=False, ascii_only=False)


async def look(app: PcsimApp, pilot: Pilot[None]) -> None:
    app.watcher.poll(force=True)
    await pilot.pause()


def cursor_on(table: WorkerTable) -> str | None:
    row = chosen_row(table)
    return None if row is None else row.name.rstrip("\0")


URLS, PAGES = QueueRow("urls", None, 227, put_total=300, got_total=73), QueueRow("pages", 8, 8)


# Rows


async def test_more_and_fewer_workers_are_all_shown() -> None:
    """Three, six, two, none, and three again."""
    program = Program()
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        for number in (3, 6, 2, 0, 3):
            program.lines = tuple(thread(f"t{place}") for place in range(number))
            await look(app, pilot)
            assert [row.name for row in app.dashboard.tables.consumers.rows] == [
                f"t{place}" for place in range(number)
            ]
        assert not app.faults.text


async def test_the_cursor_stays_on_its_thread_while_others_come_and_go() -> None:
    """Where that one goes, it stays in its place."""
    program = Program(*(thread(name) for name in "abcd"))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        table = app.dashboard.tables.consumers
        await pilot.press("tab", "tab", "down", "down")
        assert app.focused is table
        assert cursor_on(table) == "c"
        program.lines = tuple(thread(name) for name in "ebcad")  # a has gone and come back
        await look(app, pilot)
        assert cursor_on(table) == "c"
        program.lines = tuple(thread(name) for name in "bd")
        await look(app, pilot)
        assert cursor_on(table) == "d"


async def test_a_thread_that_begins_to_read_changes_sides() -> None:
    """Its role may change."""
    program = Program(thread("t")._replace(inputs=(), role=Role.PRODUCER))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        assert [
            len(t.rows) for t in (app.dashboard.tables.producers, app.dashboard.tables.consumers)
        ] == [1, 0]
        program.lines = (thread("t"),)
        await look(app, pilot)
        assert [
            len(t.rows) for t in (app.dashboard.tables.producers, app.dashboard.tables.consumers)
        ] == [0, 1]


@pytest.mark.parametrize("is_queue", [True, False])
async def test_a_window_over_a_row_that_goes_says_so(is_queue: bool) -> None:
    """It keeps what was seen last, until the row comes back."""
    program = Program(thread("t"), queues=(URLS,))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*(["enter"] if is_queue else ["tab", "tab", "enter"]))
        rows, lines = program.rows, program.lines
        for program.rows, program.lines in ((rows, lines), ((), ()), (rows, lines)):
            program.at += 3.0
            await look(app, pilot)
            is_gone = not program.lines
            assert ("It is gone. This is how it was at 0:03" in picture(app)) == is_gone
            assert ("peak depth" if is_queue else "Where its time went") in picture(app)


async def test_a_queue_that_nothing_limits_is_shown_by_its_growth() -> None:
    """And by the age of its oldest item."""
    program = Program(thread("t"), queues=(URLS._replace(depth=0, put_total=0, got_total=0),))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        program.at = 10.0
        program.rows = (URLS._replace(oldest_queued_at=2.0),)
        await look(app, pilot)
        assert "growing 22.7/s" in picture(app)
        assert "8.0 s" in picture(app)
        assert "urls grows by 22.7/s without a bound" in picture(app)
        assert "/∞" not in picture(app)


# Groups


async def test_a_group_is_one_line_that_unfolds_and_folds() -> None:
    """With enter, or → and ←; the cursor stays on the group."""
    members = [
        thread(f"t{n}", "parser", State.BLOCKED if n < 2 else State.RUNNING) for n in (0, 1, 2)
    ]
    program = Program(thread("main"), *members)
    app = app_on(program)
    async with app.run_test(size=(200, 60)) as pilot:
        table = app.dashboard.tables.consumers
        assert "parser ×3" in picture(app)
        assert "2 of 3, pages full" in picture(app)
        await pilot.press("tab", "tab", "down")
        for unfold, fold in (("enter", "enter"), ("right", "left"), ("l", "h")):
            await pilot.press(unfold)
            assert [row.name for row in table.rows][2:] == ["t0", "t1", "t2"]
            assert cursor_on(table) == "parser"
            await pilot.press("down", "down")
            if fold == "enter":
                await pilot.press("up", "up")
            await pilot.press(fold)
            assert len(table.rows) == 2
            assert cursor_on(table) == "parser"
        await pilot.press("up", "left")  # on no group, the key goes to the panel before
        assert app.focused is app.dashboard.tables.producers


async def test_the_drawing_has_a_group_under_one_name() -> None:
    """Where they are named as the limit, too."""
    members = [thread(f"t{n}", "parser")._replace(done_total=40, got_total=40) for n in range(3)]
    program = Program(*members, queues=(URLS, PAGES))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        program.at = 20.0
        await look(app, pilot)
        drawing = picture(app).splitlines()[3]
        assert "urls" in drawing
        assert drawing.count("parser ×3") == 1


@pytest.mark.parametrize("is_counted", [True, False])
async def test_what_nobody_counts_is_no_line_of_the_chart(is_counted: bool) -> None:
    """A rate of 0 would be a claim."""
    program = Program(thread("Thread-1"), queues=(URLS, PAGES))
    program.is_counted = is_counted
    async with (app := app_on(program)).run_test(size=(120, 40)) as pilot:
        await look(app, pilot)
        assert ("consumed   1/s" in picture(app)) == is_counted
        assert "pages        8 ┤" in picture(app)


# Nothing is done to it


async def test_the_header_says_what_is_watched() -> None:
    """The program, its process and its Python."""
    async with (app := app_on(Program())).run_test(size=(120, 40)):
        assert TITLE in header(app)
        assert "since you looked" in header(app)


async def test_keys_that_mean_nothing_are_nowhere_to_be_seen() -> None:
    """Not in the last line, the help or the palette, and they do nothing."""
    program = Program(thread("t"), queues=(URLS,))
    app = app_on(program)
    async with app.run_test(size=(200, 60)) as pilot:
        for hint in ("pause", "drain", "abort", "restart", "demo", "speed", "report"):
            assert hint not in footer(app)
        assert "q leave" in footer(app)
        before = app.watcher.session
        await pilot.press("s", "p", "d", "x", "r", "0", "1", "9", "v", "plus", "minus", "full_stop")
        await pilot.press("colon", "w", "W", "u", "U", "S")
        assert on_dashboard(app)
        assert app.watcher.session is before
        assert not app._notifications
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert "Leave; the program goes on." in picture(app)
        assert not app.faults.text
    lines = help_lines(NEED_A_RUN, is_watched=True)
    shown = {line[0][0].strip() for line in lines[: lines.index([])]}  # further on, of one view
    on_a_run = {"s", "+", "-", ".", "p", "d", "x", "r", "0", "6", "v", ":", "w", "u", "S", "D"}
    assert on_a_run == NEED_A_RUN
    assert not shown & NEED_A_RUN


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_leaving_asks_nothing_and_touches_nothing(key: str) -> None:
    """Although items are in its queues."""
    program = Program(thread("t"), queues=(URLS,))
    assert not isinstance(program, Control)
    app = app_on(program)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert not app.is_running
    assert app.return_code in (0, None)


async def test_when_it_ends_its_last_state_stays() -> None:
    """There is no report of it: nobody has seen all of it."""
    program = Program(thread("t"), queues=(URLS,))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        program.phase = Phase.FINISHED
        await look(app, pilot)
        assert "ended" in header(app)
        assert "The program has ended" in picture(app)
        assert "urls" in picture(app)
        await pilot.press("6", "v")
        assert app.dashboard.number == 1
        await pilot.press("q")
        assert not app.is_running


async def test_items_are_asked_for_only_where_somebody_looks() -> None:
    """Not to freeze the display."""
    program = Program(queues=(URLS, PAGES))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("space")
        assert app.watcher.display.is_frozen
        await pilot.press("enter")
        await pilot.pause()
        assert "were not looked at before the display was frozen" in picture(app)
        assert program.asked == []
        await pilot.press("escape", "space", "enter")
        await look(app, pilot)
        assert set(program.asked) == {"urls"}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_whatever_comes_and_goes_every_key_works(size: tuple[int, int]) -> None:
    """At random, with windows open or not."""
    program = FakeProgram(seed=size[0])
    app = app_on(program)
    keys = ("down", "enter", "escape", "tab", "right", "left", "o", "c", "e", "space", "end", "up")
    async with app.run_test(size=size) as pilot:
        for turn in range(150):
            if turn == 140:
                program.phase = Phase.FINISHED
            app.watcher.poll(force=True)
            await pilot.press(program.random.choice(keys))
        assert not app.faults.text
        assert app.is_running
