"""Every theme can draw everything."""

from __future__ import annotations

from pcsim.tui import themes


def test_every_theme_has_every_colour() -> None:
    """So do the defaults for themes that are not ours."""
    names = set(themes.palette_defaults(dark=True))
    assert names == set(themes.palette_defaults(dark=False))
    for theme in themes.THEMES:
        assert names <= set(theme.variables)
