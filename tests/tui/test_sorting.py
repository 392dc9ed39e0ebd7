"""Workers in trouble come first where the user asks for it."""

from __future__ import annotations

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario.demos import DEMOS
from pcsim.tui.sorting import stuck_first


def test_blocked_workers_come_first() -> None:
    """The others keep their order."""
    engine = VirtualEngine(DEMOS[3])
    engine.start()
    engine.advance(until=2.5)
    rows = engine.snapshot().workers
    order = stuck_first(rows, range(len(rows)))
    states = [rows[index].state.value for index in order]
    assert states == sorted(states)
    assert states[0] == "blocked"
