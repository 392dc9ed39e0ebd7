"""A bounded queue is drawn as a bar, one that nothing limits by how it changes."""

from __future__ import annotations

import pytest

from pcsim.snapshot import QueueRow
from pcsim.tui import cells
from pcsim.tui.gauge import gauge
from pcsim.tui.glyphs import BAR
from tests.tui.support import PALETTE

GROWING = QueueRow("urls", None, 310, put_total=600, got_total=290)


def shown(row: QueueRow, width: int) -> str:
    pieces = gauge(row, 10.0, width, PALETTE)
    assert cells.total_width(pieces) == width
    return "".join(text for text, _ in pieces).rstrip()


@pytest.mark.parametrize(("width", "text"), [(14, "growing 31/s"), (8, "+31/s")])
def test_a_queue_that_nothing_limits_is_shown_by_its_growth(width: int, text: str) -> None:
    """In short where there is little room; never by a bar of a capacity that it does not have."""
    assert shown(GROWING, width) == text


def test_it_shrinks_or_stays_as_it_is() -> None:
    """With the same words at any width that has room."""
    assert shown(QueueRow("a", None, 10, carried=50), 14) == "shrinking 4/s"
    assert shown(QueueRow("a", None, 10, carried=50), 6) == "-4/s"
    assert shown(QueueRow("a", None, 50, carried=50), 8) == "steady"


def test_a_bounded_queue_keeps_its_bar() -> None:
    """Half of it is half of the cells."""
    assert shown(QueueRow("a", 10, 5), 8).startswith(BAR[-1] * 4)
