"""The styles that lines are drawn with: one palette per background, from the theme's variables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.style import Style
from textual.color import Color

from pcsim.snapshot import WorkerState
from pcsim.tui.glyphs import WAITING

Piece = tuple[str, Style]
"""A text and its style; a line is a sequence of pieces."""


class Palette:
    """Every style that a line on one background may use; made once, compared by identity."""

    def __init__(self, variables: Mapping[str, str], background: Color, no_color: bool) -> None:
        def style(name: str, *, bold: bool = False, behind: Color = background) -> Style:
            return Style(
                color=Color.parse(variables[name]).rich_color,
                bgcolor=behind.rich_color,
                bold=bold,
            )

        def color(name: str) -> Color:
            return Color.parse(variables[name])

        self.no_color = no_color
        self.text = style("palette-text")
        self.strong = style("palette-strong", bold=True)
        self.dim = style("palette-dim")
        self.accent = style("palette-accent", bold=True)
        self.key = style("palette-key", bold=True)
        self.frame = style("palette-frame")
        self.frame_focus = style("palette-frame-focus")
        self.track = style("palette-track")
        self.plain = {
            "text": self.text,
            "strong": self.strong,
            "dim": self.dim,
            "accent": self.accent,
            "key": self.key,
            "track": self.track,
        }
        self.state = {state: style(f"state-{state.value}") for state in WorkerState}
        self.states_by_name = {state.value: drawn for state, drawn in self.state.items()}
        self.states_by_name[WAITING] = self.dim
        # A word needs more contrast than a bar of the same meaning.
        words = {"normal": "state-running", "high": "word-high", "full": "state-blocked"}
        self.fill = {word: style(name) for word, name in words.items()}
        bars = {word: f"fill-{word}" for word in self.fill} | {"progress": "palette-progress"}
        self.bar = {kind: style(name) for kind, name in bars.items()}
        # A chart's column has a bright top on a calm body.
        charts = {word: f"fill-{word}" for word in self.fill} | {"consumed": "palette-consumed"}
        self.chart_top = {kind: style(name) for kind, name in charts.items()}
        self.chart_body = {
            kind: style(f"chart-{kind}", behind=color(f"chart-{kind}")) for kind in charts
        }

    def named(self, name: str) -> Style:
        """Return the style of that name: of a worker's state, a fill, a chart, or a plain one."""
        found = self.states_by_name.get(name) or self.fill.get(name) or self.chart_top.get(name)
        return found or self.plain[name]


class Palettes:
    """The palettes of one theme, by background."""

    def __init__(self, variables: Mapping[str, str], *, no_color: bool) -> None:
        self._variables = dict(variables)
        self._make = lru_cache(64)(lambda color: Palette(self._variables, color, no_color))

    def on(self, background: Color) -> Palette:
        """Return the palette for that background."""
        return self._make(background)

    def cursor(self) -> Palette:
        """Return the palette for the line under the cursor."""
        return self._make(Color.parse(self._variables["palette-cursor"]))
