"""The app's own themes, and what each of their colours means.

The palette is Okabe and Ito's, made for every kind of colour vision; its colours stand for
states, always together with a glyph and a word. Everything else is grey.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK = "pcsim-dark"
LIGHT = "pcsim-light"
ANSI = "pcsim-ansi"

_DARK_INK = {
    "ink-text": "#d7dae0",
    "ink-dim": "#868d9c",
    "ink-strong": "#ffffff",
    "ink-accent": "#56b4e9",
    "ink-key": "#f0e442",
    "ink-frame": "#3d4452",
    "ink-frame-focus": "#56b4e9",
    "ink-cursor": "#1d2b40",
    "ink-trough": "#343b49",
    "ink-progress": "#7f8ba0",
    "ink-consumed": "#56b4e9",
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
_LIGHT_INK = {
    "ink-text": "#24292f",
    "ink-dim": "#687078",
    "ink-strong": "#000000",
    "ink-accent": "#005a94",
    "ink-key": "#8a4b00",
    "ink-frame": "#c3c8d0",
    "ink-frame-focus": "#0072b2",
    "ink-cursor": "#dfe8f3",
    "ink-trough": "#dde1e7",
    "ink-progress": "#8a97a8",
    "ink-consumed": "#0072b2",
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
_ANSI_INK = {
    "ink-text": "ansi_default",
    "ink-dim": "ansi_bright_black",
    "ink-strong": "ansi_default",
    "ink-accent": "ansi_cyan",
    "ink-key": "ansi_yellow",
    "ink-frame": "ansi_bright_black",
    "ink-frame-focus": "ansi_cyan",
    "ink-cursor": "ansi_blue",
    "ink-trough": "ansi_bright_black",
    "ink-progress": "ansi_default",
    "ink-consumed": "ansi_cyan",
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
        variables=_DARK_INK,
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
        variables=_LIGHT_INK,
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
        variables=BUILTIN_THEMES["ansi-dark"].variables | _ANSI_INK,
    ),
)


def ink_defaults(*, dark: bool) -> dict[str, str]:
    """The meanings' colours for a theme that does not know them."""
    return dict(_DARK_INK if dark else _LIGHT_INK)
