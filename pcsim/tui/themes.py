"""The app's own themes, and what each of their colours means.

The palette is Okabe and Ito's, made for every kind of colour vision; its colours stand for
states, always together with a glyph and a word. Everything else is grey.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK = "pcsim-dark"
LIGHT = "pcsim-light"
ANSI = "pcsim-ansi"

_DARK_COLORS = {
    "palette-text": "#d7dae0",
    "palette-dim": "#868d9c",
    "palette-strong": "#ffffff",
    "palette-accent": "#56b4e9",
    "palette-key": "#f0e442",
    "palette-frame": "#3d4452",
    "palette-frame-focus": "#56b4e9",
    "palette-cursor": "#1d2b40",
    "palette-trough": "#343b49",
    "palette-progress": "#7f8ba0",
    "palette-consumed": "#56b4e9",
    "state-new": "#868d9c",
    "state-running": "#2fc39a",
    "state-blocked": "#e69f00",
    "state-paused": "#56b4e9",
    "state-done": "#a5acba",
    "state-failed": "#ff7a3d",
    "fill-normal": "#2fc39a",
    "fill-high": "#f0e442",
    "fill-full": "#e69f00",
    "chart-normal": "#1c5a4c",
    "chart-high": "#6f6a2a",
    "chart-full": "#6d5213",
    "chart-consumed": "#2a566f",
}
_LIGHT_COLORS = {
    "palette-text": "#24292f",
    "palette-dim": "#687078",
    "palette-strong": "#000000",
    "palette-accent": "#005a94",
    "palette-key": "#8a4b00",
    "palette-frame": "#c3c8d0",
    "palette-frame-focus": "#0072b2",
    "palette-cursor": "#dfe8f3",
    "palette-trough": "#dde1e7",
    "palette-progress": "#8a97a8",
    "palette-consumed": "#0072b2",
    "state-new": "#687078",
    "state-running": "#00714f",
    "state-blocked": "#9a5b00",
    "state-paused": "#005a94",
    "state-done": "#5c636d",
    "state-failed": "#b93d00",
    "fill-normal": "#009e73",
    "fill-high": "#b39a00",
    "fill-full": "#c97a00",
    "chart-normal": "#a9d9c8",
    "chart-high": "#e6dca0",
    "chart-full": "#efd2a0",
    "chart-consumed": "#a9cfe6",
}
_ANSI_COLORS = {
    "palette-text": "ansi_default",
    "palette-dim": "ansi_bright_black",
    "palette-strong": "ansi_default",
    "palette-accent": "ansi_cyan",
    "palette-key": "ansi_yellow",
    "palette-frame": "ansi_bright_black",
    "palette-frame-focus": "ansi_cyan",
    "palette-cursor": "ansi_blue",
    "palette-trough": "ansi_bright_black",
    "palette-progress": "ansi_default",
    "palette-consumed": "ansi_cyan",
    "state-new": "ansi_bright_black",
    "state-running": "ansi_green",
    "state-blocked": "ansi_yellow",
    "state-paused": "ansi_blue",
    "state-done": "ansi_default",
    "state-failed": "ansi_red",
    "fill-normal": "ansi_green",
    "fill-high": "ansi_yellow",
    "fill-full": "ansi_red",
    "chart-normal": "ansi_bright_black",
    "chart-high": "ansi_bright_black",
    "chart-full": "ansi_bright_black",
    "chart-consumed": "ansi_bright_black",
}

THEMES = (
    Theme(
        name=DARK,
        primary="#56b4e9",
        secondary="#0072b2",
        accent="#56b4e9",
        warning="#e69f00",
        error="#d55e00",
        success="#009e73",
        foreground="#d7dae0",
        background="#14171d",
        surface="#1b1f27",
        panel="#242a34",
        variables=_DARK_COLORS,
    ),
    Theme(
        name=LIGHT,
        primary="#0072b2",
        secondary="#56b4e9",
        accent="#0072b2",
        warning="#9a5b00",
        error="#b93d00",
        success="#00714f",
        foreground="#24292f",
        background="#fbfbfc",
        surface="#f0f2f5",
        panel="#e4e7ec",
        dark=False,
        variables=_LIGHT_COLORS,
    ),
    Theme(
        name=ANSI,
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_blue",
        accent="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables=BUILTIN_THEMES["ansi-dark"].variables | _ANSI_COLORS,
    ),
)


def palette_defaults(*, dark: bool) -> dict[str, str]:
    """Return our variables for a theme that does not define them."""
    return dict(_DARK_COLORS if dark else _LIGHT_COLORS)
