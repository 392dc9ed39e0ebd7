"""The drawing of a system as a graph."""

from __future__ import annotations

import pytest

from pcsim.analysis.graph_layout import graph_layout
from pcsim.analysis.named import Named
from pcsim.analysis.topology import Ports
from pcsim.snapshot import QueueRow
from pcsim.tui import cells
from pcsim.tui.graph_lines import graph_lines, plan
from tests.tui.scenarios import FAN, HOSTILE, HOSTILE_NAMES, LOCKS_UP, THREE_HUNDRED
from tests.tui.support import PALETTE, advance, app_for, picture

NOTHING = Named()
QUEUES = tuple(QueueRow(name, 4, 2) for name in ("in", "a", "b", "out"))
WORKERS = (
    Ports("P", (), ("in",)), Ports("router", ("in",), ("a", "b")), Ports("A ×2", ("a",), ("out",)),
    Ports("B", ("b",), ("out",)), Ports("sink", ("out",), ()),
)  # fmt: skip


def drawn(width: int, height: int = 5, named: Named = NOTHING) -> list[str] | None:
    found = plan(graph_layout([row.name for row in QUEUES], WORKERS), QUEUES, width, height)
    if found is None:
        return None
    lines = graph_lines(found, QUEUES, 1.0, PALETTE, named)
    assert all(cells.total_width(line) <= width for line in lines)
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_wires_part_and_meet() -> None:
    """With a queue's fill and depth, and the limit marked."""
    named = Named(workers=frozenset(["sink"]), queues=("out",))
    assert drawn(90, named=named) == [
        "P ━━━▶ in ▆▆▃▁▁ 2/4 ━━━▶ router ━━┳▶ a ▆▆▃▁▁ 2/4 ━━━▶ A ×2 ━━┳▶ out ◀ ▆▆▃▁▁ 2/4━━▶ sink ◀",
        "                                  ┗▶ b ▆▆▃▁▁ 2/4 ━━━▶ B ━━━━━┛",
    ]
    assert (drawn(116, named=named) or [""])[0].endswith("━▶ sink ◀ limit")


def test_without_room_there_is_no_drawing() -> None:
    """Neither too narrow nor too low; in between names and bars become shorter."""
    assert drawn(116, 1) is None
    assert drawn(30) is None
    fitting = [width for width in range(30, 140) if drawn(width) is not None]
    assert fitting == list(range(min(fitting), 140))
    narrow = drawn(min(fitting)) or [""]
    assert "2/4" not in narrow[0]
    assert "×2" in narrow[0]


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (FAN, ("▶ router", "┳▶ small", "▶ merger", "▶ resi")),
        (THREE_HUNDRED, ("▶ parser ×100",)),
        (LOCKS_UP, ("Y ↩ a",)),
    ],
)
async def test_the_overview_draws_the_graph(scenario, words) -> None:  # type: ignore[no-untyped-def]
    """Fan-out, groups and feedback; at 80x24 it is not there."""
    for size in ((120, 40), (80, 24)):
        app = app_for(scenario)
        async with app.run_test(size=size) as pilot:
            await pilot.press("s")
            await advance(app, pilot, 0.5)
            shown = picture(app)
            head = shown[: shown.index("Queues")]
            for word in words:
                assert (word in head) == (size[0] == 120), word
            assert not app.faults.text


async def test_hostile_names_are_only_text_in_the_graph() -> None:
    """A system too large for the screen is a list of what is near the limit."""
    app = app_for(HOSTILE)
    async with app.run_test(size=(200, 70)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 0.5)
        assert "\x1b" not in picture(app)
        assert len(HOSTILE_NAMES) == 12
        assert not app.faults.text
