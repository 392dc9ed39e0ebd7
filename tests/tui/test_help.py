"""The help can be read on a small terminal."""

from __future__ import annotations

from rich.cells import cell_len

from pcsim.tui.screens.help import help_lines


def test_every_line_of_the_help_fits_80_columns() -> None:
    """Its window has 73 cells of them."""
    for line in help_lines():
        assert cell_len("".join(text for text, _ in line)) <= 73, line
