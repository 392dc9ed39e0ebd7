"""Texts and bars take exactly the cells that there are."""

from __future__ import annotations

from itertools import product

from rich.cells import cell_len

from pcsim.tui import cells
from pcsim.tui.glyphs import BAR, EIGHTHS_UP
from tests.tui.scenarios import HOSTILE_NAMES
from tests.tui.support import PALETTE


def test_fitted_text_takes_exactly_its_cells() -> None:
    """Whatever is in it, at either side of its cells."""
    texts = ["", "plain", "漢字漢字", "a漢字b", "…", *map(repr, HOSTILE_NAMES)]
    for text, width, align in product(texts, [0, 1, 2, 3, 5, 8, 40], "<>"):
        assert cell_len(cells.fit(text, width, align)) == width, (text, width, align)


def test_a_bar_takes_exactly_its_cells_and_is_full_only_when_the_queue_is() -> None:
    """And it is no more than a line only for nothing."""
    for share, width in product([0.0, 1e-9, 0.1, 0.5, 0.999, 1.0, 2.0], [1, 2, 7, 40]):
        text = "".join(text for text, _ in cells.bar(share, width, "normal", PALETTE))
        assert cell_len(text) == width
        assert (text == BAR[-1] * width) == (share >= 1), (share, width)
        assert (text == BAR[0] * width) == (share <= 0), (share, width)


def test_a_bar_never_touches_the_bar_of_the_row_above() -> None:
    """None of its cells reaches the upper edge, in no colour, and what is behind it is plain."""
    for share in (0.0, 0.3, 0.77, 1.0):
        pieces = cells.bar(share, 20, "full", PALETTE)
        assert all(EIGHTHS_UP.index(cell) <= 6 for text, _ in pieces for cell in text)
        assert {style.bgcolor for _, style in pieces} == {PALETTE.text.bgcolor}


def test_a_fill_has_a_word() -> None:
    """High from 80 %, full only when no slot is free."""
    words = [cells.level(fill) for fill in (0, 0.79, 0.8, 0.99, 1)]
    assert words == ["normal", "normal", "high", "high", "full"]


def test_wrapped_lines_fit() -> None:
    """In width and in number."""
    for text, width in product(
        ["", "one two three four", "averyveryverylongword 漢字漢字漢字"], [1, 2, 5, 20]
    ):
        lines = cells.wrap(text, width, max_lines=3)
        assert len(lines) <= 3
        assert all(cell_len(line) <= max(width, 2) for line in lines), (text, width)
