"""Tables ordered and filtered by the user: what is shown, how it is marked, where the cursor is."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from pcsim.snapshot import BlockReason, QueueRow, Role, WorkerRow, WorkerState
from pcsim.tui import cells
from pcsim.tui.app import PcsimApp
from pcsim.tui.filtering import has_all, words_of
from pcsim.tui.widgets.table import Table, chosen_row
from tests.tui.scenarios import BACK_PRESSURE, FAN, THREE_HUNDRED
from tests.tui.support import PALETTE, advance, app_for, footer, picture
from tests.tui.test_watching import Program, app_on, look


def names(table: Table) -> list[str]:  # type: ignore[type-arg]
    return [row.name.rstrip("\0") for row in table.rows]


def cursor_on(table: Table) -> str:  # type: ignore[type-arg]
    row = chosen_row(table)
    return "" if row is None else row.name.rstrip("\0")


def thread(name: str, items: int, state: WorkerState = WorkerState.RUNNING) -> WorkerRow:
    is_blocked = state is WorkerState.BLOCKED
    return WorkerRow(
        name, Role.STAGE, ("urls",), ("urls",), state, "urls" if is_blocked else None,
        BlockReason.FULL if is_blocked else None, put_total=items, group=name[0],
    )  # fmt: skip


# Shares


@pytest.mark.parametrize(
    ("shares", "width", "drawn"),
    [
        ((0.5, 0.5, 0, 0), 8, "━━━━▒▒▒▒"),
        ((1, 0, 0, 0), 3, "━━━"),
        ((0.25, 0.25, 0.25, 0.25), 8, "━━▒▒··‖‖"),
        ((0.9, 0.06, 0.04, 0), 8, "━━━━━━━ "),
        ((0.98, 0.01, 0.01, 0), 8, "━━━━━━━━"),
        ((0, 0, 0, 0), 4, "    "),
        ((0.4, 0.3, 0.2, 0.1), 0, ""),
    ],
)
def test_a_bar_of_shares_is_exactly_as_wide_as_its_column(
    shares: tuple[float, ...], width: int, drawn: str
) -> None:
    """What took the half of a cell has one; where there was no time yet, it is blank."""
    text = "".join(piece for piece, _ in cells.share_bar(shares, width, PALETTE))
    assert len(text) == width
    if " " not in drawn or not drawn.strip():
        assert text == drawn


async def test_every_worker_has_its_shares_at_80_columns() -> None:
    """Where the four signs differ without a colour, and in ASCII."""
    for ascii_only, full, running in ((False, "▒▒", "━━"), (True, "::", "==")):
        app = app_for(BACK_PRESSURE, ascii_only=ascii_only)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("s")
            await advance(app, pilot, 4.2)
            drawn = picture(app).splitlines()
            assert any("FastProd" in line and full in line for line in drawn)
            assert any("SlowCons" in line and running in line for line in drawn)


async def test_groups_of_a_scenario_fold_with_their_states_rates_and_shares() -> None:
    """A hundred writers are one line, which unfolds."""
    app = app_for(THREE_HUNDRED)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 3.0)
        table = app.dashboard.tables.consumers
        assert len(table.rows) < 10
        assert "×" in picture(app)
        group = table.rows[0]
        await pilot.press("tab", "tab", "enter")
        await pilot.pause()
        assert len(table.rows) > 90
        assert cursor_on(table) == group.name.rstrip("\0")


# Orders


async def in_fan(pilot: Pilot[None], app: PcsimApp, *keys: str) -> None:
    await pilot.press("s")
    await advance(app, pilot, 18.0)
    await pilot.press(*keys)
    await pilot.pause()


async def test_o_orders_by_one_column_after_the_other() -> None:
    """Of queues the fullest first; the heading is marked, and O turns it round."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await in_fan(pilot, app, "o")
        table = app.dashboard.tables.queues
        fills = [row.fill or 0.0 for row in table.rows]
        assert fills == sorted(fills, reverse=True)
        assert "fill↓" in picture(app)
        await pilot.press("O")
        await pilot.pause()
        assert [row.fill or 0.0 for row in table.rows] == sorted(fills)
        assert "fill↑" in picture(app)
        for _ in range(20):
            if table.ordering.order is None:
                break
            await pilot.press("o")
        assert table.ordering.order is None
        assert names(table) == [queue.name for queue in FAN.queues]


async def test_a_click_on_a_heading_orders_both_tables_of_workers() -> None:
    """The second turns it round, the third goes back. One beside the headings does nothing."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await in_fan(pilot, app)
        table = app.dashboard.tables.consumers
        panel = app.dashboard.tables.consumers_panel
        before = names(table)
        at = picture(app).splitlines()[panel.region.y + 1].index("name", panel.region.x)
        orders = []
        for _ in range(3):
            await pilot.click(panel, offset=(at - panel.region.x, 1))
            await pilot.pause()
            orders.append(names(table))
        rising = sorted(before)
        assert orders == [rising, rising[::-1], before]
        await pilot.click(panel, offset=(panel.region.width - 1, 1))
        await pilot.click(panel, offset=(at - panel.region.x, 0))
        assert table.ordering.order is None
        await pilot.click(panel, offset=(at - panel.region.x, 1))
        assert app.dashboard.tables.producers.ordering.order == table.ordering.order
        assert names(app.dashboard.tables.producers) == ["mobile", "web"]


async def test_the_cursor_stays_on_its_worker_through_order_filter_and_fold() -> None:
    """Also where it is away for a while; until the user moves it."""
    rows = [thread(name, items) for name, items in (("a", 1), ("b1", 9), ("b2", 2), ("c", 5))]
    program = Program(*rows)
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        table = app.dashboard.tables.consumers
        await pilot.press("tab", "tab", "down", "down")
        assert cursor_on(table) == "c"
        await pilot.press(*"ooo")
        await look(app, pilot)
        assert table.ordering.order is not None
        assert cursor_on(table) == "c"
        table.set_filter("b")
        await look(app, pilot)
        assert cursor_on(table) == "b"
        table.set_filter("")
        await look(app, pilot)
        assert cursor_on(table) == "c"
        program.lines = tuple(rows[:3])
        await look(app, pilot)
        program.lines = (thread("d", 7), *rows)
        await look(app, pilot)
        assert cursor_on(table) == "c"


async def test_without_a_choice_an_order_shows_its_first_row() -> None:
    """A cursor that nobody has moved does not follow its row out of sight."""
    program = Program(*(thread(f"{chr(97 + place)}", place) for place in range(20)))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        table = app.dashboard.tables.consumers
        await pilot.press("tab", "tab", "o", "O")
        await look(app, pilot)
        assert table.cursor == 0
        assert table.scroll_offset.y == 0


# Filters


def test_a_filter_wants_each_of_its_words() -> None:
    """Small or capital, anywhere; none wants nothing."""
    assert has_all("Writer-1 blocked", words_of("  BLOCK  wri "))
    assert not has_all("Writer-1 blocked", words_of("writer-2"))
    assert has_all("anything", words_of("   "))


async def test_a_filter_is_typed_seen_in_the_title_and_cleared() -> None:
    """Enter keeps it, esc shows all again; the keys are back at the bottom."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await in_fan(pilot, app, "tab", "tab", "slash", *"resize")
        table = app.dashboard.tables.consumers
        assert names(table) == ["resize-small", "resize-large"]
        assert "/ resize" in picture(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.focused is table
        assert "quit" in footer(app)
        assert names(table) == ["resize-small", "resize-large"]
        await pilot.press("slash", "space", *"x")
        await pilot.pause()
        assert table.rows == []
        assert "no row has “resize x” in it" in picture(app)
        await pilot.press("escape")
        await pilot.pause()
        assert len(table.rows) == 8
        await pilot.press("slash", *"q", "enter", "escape")
        await pilot.pause()
        assert table.filter_text == ""
        assert app.is_running


async def test_a_filter_of_states_follows_the_run() -> None:
    """Rows come and go with their state, and a group says how many of it there are."""
    rows = [thread("a", 1), thread("b1", 2, WorkerState.BLOCKED), thread("b2", 3)]
    rows += [thread("b3", 3, WorkerState.BLOCKED)]
    program = Program(*rows, queues=(QueueRow("urls", 3, 3), QueueRow("pages", 3, 0)))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", *"full", "enter", "tab", "tab", "slash", *"blocked", "enter")
        await look(app, pilot)
        assert names(app.dashboard.tables.queues) == ["urls"]
        assert names(app.dashboard.tables.consumers) == ["b"]
        assert "b ×3 2 of 3" in " ".join(picture(app).split())
        assert picture(app).count("no row has “blocked” in it") == 1
        program.lines = tuple(rows[:3])
        await look(app, pilot)
        assert names(app.dashboard.tables.consumers) == ["b1"]


async def test_hostile_text_in_a_filter_stays_text() -> None:
    """Neither markup nor an escape; longer than a line it is cut."""
    app = app_for(FAN)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s", "slash")
        app.dashboard.tables.queues.set_filter("[red]\x1b[31m" + "漢" * 80)
        await pilot.pause()
        assert not app.faults.text
        assert "\x1b" not in picture(app)
