"""Workers in trouble come first where the user asks for it."""

from __future__ import annotations

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import BlockReason, Role, WorkerRow, WorkerState
from pcsim.tui.glyphs import standing
from pcsim.tui.sorting import stuck_first
from pcsim.tui.widgets.worker_table import members_of
from tests.tui.scenarios import STEADY
from tests.tui.support import advance, app_for, picture


def test_blocked_workers_come_first() -> None:
    """The others keep their order."""
    engine = VirtualEngine(DEMOS[3])
    engine.start()
    engine.advance(until=2.5)
    rows = engine.snapshot().workers
    order = stuck_first(rows, range(len(rows)))
    states = [standing(rows[index]) for index in order]
    assert states == sorted(states)
    assert states[0] == "blocked"


def test_who_waits_for_items_is_not_stuck() -> None:
    """It comes after those that work: it is in nobody's way."""
    rows = [
        WorkerRow("idle", Role.CONSUMER, state=WorkerState.BLOCKED, reason=BlockReason.EMPTY),
        WorkerRow("busy", Role.CONSUMER, state=WorkerState.RUNNING),
        WorkerRow("held", Role.PRODUCER, state=WorkerState.BLOCKED, reason=BlockReason.FULL),
        WorkerRow("new", Role.CONSUMER, state=WorkerState.NEW),
    ]
    assert [rows[index].name for index in stuck_first(rows, range(4))] == [
        "held", "busy", "idle", "new",
    ]  # fmt: skip
    assert [standing(row) for row in rows] == ["waiting", "running", "blocked", "new"]


async def test_who_waits_for_items_is_nowhere_called_blocked() -> None:
    """Not in the titles, the rows, the details or the events; there is no jam."""
    app = app_for(STEADY)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 3.17)
        (consumer,) = members_of(app.dashboard.tables.consumers.rows[0])
        assert (consumer.state, consumer.reason) == (WorkerState.BLOCKED, BlockReason.EMPTY)
        assert "1 waiting" in picture(app)
        assert "· waiting" in picture(app)
        assert "waiting, main empty" in picture(app)
        assert "blocked" not in picture(app)
        await pilot.press("tab", "tab", "enter")
        await pilot.pause()
        assert "· waiting" in picture(app)
