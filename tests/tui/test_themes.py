"""Every theme can draw everything."""

from __future__ import annotations

from pcsim.cli.launch import launch
from pcsim.scenario.demos import DEMOS
from pcsim.tui import themes
from pcsim.tui.app import PcsimApp


def test_every_theme_has_every_colour() -> None:
    """So do the defaults for themes that are not ours."""
    names = set(themes.palette_defaults(dark=True))
    assert names == set(themes.palette_defaults(dark=False))
    for theme in themes.THEMES:
        assert names <= set(theme.variables)


def test_the_app_begins_in_the_theme_that_was_asked_for() -> None:
    """`dark` or `light`; dark where none was."""
    for asked, theme in (("light", themes.LIGHT), ("dark", themes.DARK), (None, themes.DARK)):
        assert PcsimApp(launch, DEMOS[0], theme=asked).theme == theme
