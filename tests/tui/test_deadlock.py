"""A deadlock stays on the screen as it was, after the run has ended by it."""

from __future__ import annotations

from tests.tui.scenarios import LOCKS_UP
from tests.tui.support import advance, app_for, picture


async def test_tables_drawing_and_details_show_the_deadlock_as_it_was() -> None:
    """Who is blocked, how full the queues are, who waits for whom, and what waits."""
    app = app_for(LOCKS_UP)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 3.0)
        assert "every item is accounted for" in picture(app).lower()
        await pilot.press("v")
        await pilot.pause()
        lines = picture(app).splitlines()
        assert any("▶ a ◀" in line and "▶ X ◀ stuck" in line for line in lines)
        assert any("b ◀" in line and "2/2" in line and "full" in line for line in lines)
        assert any("■ blocked X " in line and "◀" in line and "b full" in line for line in lines)
        assert any("■ blocked Y " in line and "◀" in line and "a full" in line for line in lines)
        assert any("2 queues  2 full" in line for line in lines)
        app.dashboard.tables.consumers.focus()
        await pilot.press("enter")
        await pilot.pause()
        assert "waits for Y: b is full" in picture(app)
        await pilot.press("escape")
        app.dashboard.tables.queues.focus()
        await pilot.press("enter")
        await pilot.pause()
        assert "2 of 2" in picture(app)
        assert "Waiting now: 2 items" in picture(app)
