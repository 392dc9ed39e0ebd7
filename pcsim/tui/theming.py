"""The app's themes and characters: its palettes, and filters for what the terminal cannot show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import App
from textual.filter import LineFilter, NoColor

from pcsim.tui import themes
from pcsim.tui.glyphs import AsciiFilter, terminal_is_ascii_only
from pcsim.tui.styles import Palettes


class Theming:
    """The palettes of the current theme, and the filters that every line passes.

    Args:
        ascii_only: Whether to draw with ASCII characters alone; None asks the terminal.
    """

    def __init__(self, ascii_only: bool | None) -> None:
        self.palettes = Palettes({}, no_color=False)
        is_ascii = terminal_is_ascii_only() if ascii_only is None else ascii_only
        self._ascii_filters = [AsciiFilter()] if is_ascii else []
        self._no_color_filters = [NoColor()]

    def begin(self, app: App[Any], theme: str | None = None) -> None:
        """Register the themes and choose one.

        Args:
            app: The app.
            theme: The name of a theme, or `dark` or `light`; None, or a name that no theme has,
                is dark.
        """
        for one in themes.THEMES:
            app.register_theme(one)
        if app.no_color:
            app.theme = themes.ANSI
            return
        # Setting the theme would style every widget again, and before the first frame none is.
        named = themes.BY_WORD.get(theme or "", theme or themes.DARK)
        known = named if named in app.available_themes else themes.DARK
        app.set_reactive(App.theme, known)
        app.stylesheet.set_variables(app.get_css_variables())

    def set_variables(self, variables: Mapping[str, str], *, no_color: bool) -> None:
        """Make new palettes: the theme has changed."""
        self.palettes = Palettes(variables, no_color=no_color)

    def filters(self, standard: Sequence[LineFilter], *, no_color: bool) -> Sequence[LineFilter]:
        """Return Textual's filters, or one that drops colours, and one that keeps to ASCII."""
        return [*(self._no_color_filters if no_color else standard), *self._ascii_filters]
