"""What every app of ours is: its driver, its themes and characters, and its errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import rich
import textual
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter

from pcsim.tui import startup, themes
from pcsim.tui.driver import TerminalDriver
from pcsim.tui.faults import Faults, Guarded
from pcsim.tui.rules import read_rules
from pcsim.tui.styles import Palettes
from pcsim.tui.theming import Theming

FAULT_TIME = 15.0
"""Seconds for which an error inside the app is shown."""

Result = TypeVar("Result")


class BaseApp(Guarded, App[Result]):
    """An app that draws with our palettes, and goes on after an error inside it.

    Args:
        ascii_only: Whether to draw with ASCII characters alone; None asks the terminal.
        theme: The name of a theme, or `dark` or `light`; None for dark.
    """

    CSS = read_rules("app")
    TITLE = "pcsim"
    ALLOW_SELECT = False

    def __init__(self, *, ascii_only: bool | None = None, theme: str | None = None) -> None:
        self.faults = Faults()
        self._theming = Theming(ascii_only)  # Textual asks for its colours within __init__
        super().__init__()
        self._theming.begin(self, theme)

    def get_driver_class(self) -> type[Driver]:
        """Return our driver in the place of the one that it extends."""
        chosen = super().get_driver_class()
        return TerminalDriver if chosen is LinuxDriver else chosen

    async def run_async(self, **options: Any) -> Result | None:
        """Run the app, without garbage collection until the first frame."""
        with startup.collector_paused():
            return await super().run_async(**options)

    def note_fault(self, error: BaseException) -> None:
        """Show an error inside the app once, and go on."""
        line = self.faults.add(error)
        if line is not None:
            self.notify(line, severity="error", markup=False, timeout=FAULT_TIME)

    def _fatal_error(self) -> None:
        """Print an internal error in full, without the values that Textual would add to it."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False, width=100, suppress=[textual, rich]))

    # Colours and characters

    @property
    def palettes(self) -> Palettes:
        """The palettes of the current theme."""
        return self._theming.palettes

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our variables for themes that do not define them."""
        return themes.palette_defaults(dark=self.current_theme.dark)

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the theme; Textual asks whenever the theme has changed."""
        variables = super().get_css_variables()
        self._theming.set_variables(variables, no_color=self.no_color)
        return variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters that every line passes."""
        return self._theming.filters(super().get_line_filters(), no_color=self.no_color)

    def action_theme(self) -> None:
        """Switch between dark and light."""
        self.theme = themes.LIGHT if self.current_theme.dark else themes.DARK
