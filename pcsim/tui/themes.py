"""The app's own themes, and what each of their colours means.

The palette is Okabe and Ito's, made for every kind of colour vision; its colours stand for
states, always together with a glyph and a word. Everything else is grey.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK = "pcsim-dark"
LIGHT = "pcsim-light"
ANSI = "pcsim-ansi"
BY_WORD = {"dark": DARK, "light": LIGHT}
"""Our themes by the words of the command line."""

_DARK_COLORS = {
    "palette-text": "#d7dae0",
    "palette-dim": "#868d9c",
    "palette-strong": "#ffffff",
    "palette-accent": "#56b4e9",
    "palette-key": "#f0e442",
    "palette-frame": "#3d4452",
    "palette-frame-focus": "#56b4e9",
    "palette-cursor": "#1d2b40",
    "palette-track": "#6c7587",
    "palette-progress": "#7f8ba0",
    "palette-consumed": "#56b4e9",
    "word-high": "#f0e442",
    "state-new": "#7f8793",
    "state-running": "#2fc39a",
    "state-blocked": "#e69f00",
    "state-paused": "#ac70e9",
    "state-done": "#b9bfca",
    "state-failed": "#fb4165",
    "fill-normal": "#2fc39a",
    "fill-high": "#f0e442",
    "fill-full": "#e69f00",
    "chart-normal": "#1c5a4c",
    "chart-high": "#85802a",
    "chart-full": "#744a0d",
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
    "palette-track": "#7a8391",
    "palette-progress": "#76839a",
    "palette-consumed": "#0072b2",
    "word-high": "#494401",
    "state-new": "#7a828b",
    "state-running": "#116e56",
    "state-blocked": "#aa5f04",
    "state-paused": "#4b2888",
    "state-done": "#5c636d",
    "state-failed": "#a8203d",
    "fill-normal": "#118659",
    "fill-high": "#9e7b0b",
    "fill-full": "#9b4805",
    "chart-normal": "#a9d9c8",
    "chart-high": "#efe7a0",
    "chart-full": "#e0a878",
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
    "palette-track": "ansi_bright_black",
    "palette-progress": "ansi_default",
    "palette-consumed": "ansi_cyan",
    "word-high": "ansi_yellow",
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
        warning="#aa5f04",
        error="#a8203d",
        success="#116e56",
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
