"""The app's colours and characters, and how it begins and breaks: what no run changes."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

import rich
import textual
from textual.app import App
from textual.filter import LineFilter, NoColor

from pcsim.tui import themes
from pcsim.tui.glyphs import AsciiFilter, terminal_is_ascii_only
from pcsim.tui.styles import Palettes


class ThemedApp(App[None]):
    """Has our themes, and draws what the terminal can show. `ascii_only` None: find out."""

    def __init__(self, *, ascii_only: bool | None) -> None:
        self.inks = Palettes({}, no_color=False)
        self._ascii = terminal_is_ascii_only() if ascii_only is None else ascii_only
        self._ascii_filter = AsciiFilter()
        self._no_color_filter = NoColor()
        super().__init__()
        for theme in themes.THEMES:
            self.register_theme(theme)

    @property
    def own_themes(self) -> tuple[str, ...]:
        """The names of the themes made for this app."""
        return tuple(theme.name for theme in themes.THEMES)

    def begin_with_theme(self) -> None:
        """Choose the theme for this terminal."""
        if self.no_color:
            self.theme = themes.ANSI
            return
        # Before the first frame nothing has to be styled again, as setting a theme would do.
        self.set_reactive(App.theme, themes.DARK)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours for themes that do not know our meanings."""
        return themes.ink_defaults(dark=self.current_theme.dark)

    def get_css_variables(self) -> dict[str, str]:
        """Textual asks for these when the theme changes; lines then need new ink."""
        variables = super().get_css_variables()
        self.inks = Palettes(variables, no_color=self.no_color)
        return variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, no colour at all under NO_COLOR, ASCII where there is no more."""
        filters = [self._no_color_filter] if self.no_color else [*super().get_line_filters()]
        return [*filters, self._ascii_filter] if self._ascii else filters

    def _fatal_error(self) -> None:
        """Tell an internal error in full, without the values that Textual would add to it."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False, width=100, suppress=[textual, rich]))

    async def run_async(self, **options: Any) -> None:
        """Run the app. No garbage is looked for until the first frame stands: there is none,
        and what was made by then stays for good."""
        gc.disable()
        try:
            return await super().run_async(**options)
        finally:
            gc.enable()

    @staticmethod
    def warm() -> None:
        """The first frame stands."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    def action_theme(self) -> None:
        """Switch between dark and light."""
        self.use_theme(themes.LIGHT if self.current_theme.dark else themes.DARK)

    def use_theme(self, name: str) -> None:
        """Switch to a theme."""
        self.theme = name
