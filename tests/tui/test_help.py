"""The help can be read on a small terminal."""

from __future__ import annotations

from rich.cells import cell_len

from pcsim.tui.commands import Commands
from pcsim.tui.keys import FOOTER, KEYS
from pcsim.tui.screens.help import help_lines
from tests.support import key_table
from tests.tui.scenarios import BACK_PRESSURE
from tests.tui.support import app_for


def test_every_line_of_the_help_fits_80_columns() -> None:
    """Its window has 73 cells of them."""
    for line in help_lines():
        assert cell_len("".join(text for text, _ in line)) <= 73, line


def test_readme_has_the_same_table_of_keys() -> None:
    """After a change: python -m tests.support.key_table"""
    assert key_table.written() == key_table.table()


async def test_the_palette_has_the_same_words_as_the_help() -> None:
    """Every key that does something is a command, by its name and by what it does."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test():
        offered = {hit.text async for hit in Commands(app.screen).discover()}
        texts = {"".join(text for text, _ in line) for line in help_lines()}
        for key in KEYS:
            assert f"  {key.shown:<9}{key.does}" in texts
            if (
                key.action
                and key.action != "own"
                and not (key.attaches or key.rewinds or key.lists)
            ):
                assert f"{key.name.capitalize()}: {key.does}" in offered


def test_a_restart_is_called_that_everywhere() -> None:
    """In the footer before and after the end, in the help, in the palette."""
    [key] = [key for key in KEYS if key.action == "restart"]
    assert {hint.label for hint in FOOTER if hint.press == "r"} == {key.name}
