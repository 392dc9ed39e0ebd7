"""The topology is drawn with one arrow for queues that share their readers."""

from __future__ import annotations

from pcsim.analysis.topology import links, ports_of
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario.demos import DEMOS
from pcsim.tui.topology_lines import crowd, topology_lines
from tests.tui.support import PALETTE


def test_queues_that_share_their_readers_are_drawn_as_one_bracket() -> None:
    """The middle line alone has the arrow and the readers."""
    snapshot = VirtualEngine(DEMOS[3]).snapshot()
    names = [row.name for row in snapshot.queues]
    joined = links(names, ports_of(snapshot.workers), 5)
    lines = topology_lines(joined, snapshot.queues, PALETTE, 60)
    texts = ["".join(text for text, _ in line).rstrip() for line in lines]
    assert [text.partition("0/5")[2] for text in texts] == [" ━┓", " ━╋▶ Clerk", " ━┛"]


def test_a_crowd_is_shown_by_its_first_and_last() -> None:
    """Three workers are still named one by one."""
    assert crowd(()) == "nobody"
    assert crowd(("A", "B", "C")) == "A, B, C"
    assert crowd(tuple(f"P{number}" for number in range(500))) == "P0 … P499 (500)"
