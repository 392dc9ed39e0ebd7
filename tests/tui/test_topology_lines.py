"""The topology is drawn with one arrow for queues that share their readers."""

from __future__ import annotations

from pcsim.analysis.named import Named
from pcsim.analysis.topology import links, ports_of
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario.demos import DEMOS
from pcsim.tui.topology_lines import crowd, topology_lines
from tests.tui.scenarios import FAN
from tests.tui.support import PALETTE, advance, app_for, picture


def test_queues_that_share_their_readers_are_drawn_as_one_bracket() -> None:
    """The middle line alone has the arrow and the readers."""
    snapshot = VirtualEngine(DEMOS[3]).snapshot()
    names = [row.name for row in snapshot.queues]
    joined = links(names, ports_of(snapshot.workers), 5)
    lines = topology_lines(joined, snapshot.queues, snapshot.at, PALETTE, 60)
    texts = ["".join(text for text, _ in line).rstrip() for line in lines]
    assert [text.partition("0/5")[2] for text in texts] == [" ━┓", " ━╋▶ Clerk", " ━┛"]


def test_a_crowd_is_shown_by_its_first_and_last() -> None:
    """Three workers are still named one by one."""
    assert crowd(()) == "nobody"
    assert crowd(("A", "B", "C")) == "A, B, C"
    assert crowd(tuple(f"P{number}" for number in range(500))) == "P0 … P499 (500)"
    crowded = tuple(f"P{number}" for number in range(9))
    assert crowd(crowded, {"P7"}) == "P7 and 8 more"
    assert crowd(crowded, crowded) == "P0 … P8 (9)"


def test_of_a_large_system_the_part_around_the_limit_is_drawn() -> None:
    """The queues next to what is named, in the order in which they are declared."""
    snapshot = VirtualEngine(FAN).snapshot()
    names = [row.name for row in snapshot.queues]
    ports = ports_of(snapshot.workers)

    def drawn(*around: str) -> list[str]:
        return [names[link.queue] for link in links(names, ports, 3, around)]

    assert drawn() == ["uploads", "small", "large"]
    assert drawn("writer") == ["merge", "store", "audit"]
    assert drawn("quarantine") == ["scan", "merge", "quarantine"]
    assert len(links(names, ports, 99, ("writer",))) == len(names)


def test_what_is_named_has_a_mark() -> None:
    """At the readers, at the queue, or at the sources; with the word for it once in a line."""
    snapshot = VirtualEngine(DEMOS[0]).snapshot()
    joined = links(["main"], ports_of(snapshot.workers), 1)

    def line(named: Named) -> str:
        pieces = topology_lines(joined, snapshot.queues, snapshot.at, PALETTE, 80, named)[0]
        text = "".join(text for text, _ in pieces).rstrip()
        return text.translate(str.maketrans("", "", "▁▂▃▄▅▆"))

    arrow = "━━▶"
    assert line(Named()) == f"Producer {arrow} main  0/10  {arrow} Consumer"
    reader = Named("limit", frozenset({"Consumer"}), ("main",))
    assert line(reader) == f"Producer {arrow} main ◀  0/10  {arrow} Consumer ◀ limit"
    assert f"main ◀ limit  0/10  {arrow} Consumer" in line(Named("limit", frozenset(), ("main",)))
    source = Named("limit", frozenset({"Producer"}))
    assert line(source) == f"Producer ◀ limit {arrow} main  0/10  {arrow} Consumer"


async def test_drawing_tables_and_chart_show_what_the_sentence_names() -> None:
    """In a system that just fits."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 12.0)
        assert "writer is the bottleneck" in picture(app)
        lines = picture(app).splitlines()
        assert any("▶ store◀" in line and "▶ writer◀" in line for line in lines)
        assert any("running writer " in line and line.count("◀") == 1 for line in lines)
        assert any("store ◀" in line and " 8 ┤" in line for line in lines)
