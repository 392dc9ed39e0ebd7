"""Every theme can draw everything."""

from __future__ import annotations

from itertools import combinations

import pytest
from coloraide import Color
from textual.theme import Theme

from pcsim.launch.runs import launch
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import WorkerState
from pcsim.text import ascii_cells
from pcsim.tui import cells, themes
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs
from pcsim.tui.glyphs import STATE
from tests.support.cases import case

APART = 10.0
"""The distance (CIEDE2000) of two colours that mean something else, for every kind of sight."""
FOR_WORDS, FOR_SHAPES = 4.5, 3.0
"""The contrast (WCAG 2.1) of a word and of a bar, against the plain background."""
OURS = [theme for theme in themes.THEMES if not theme.ansi]
STATES = [f"state-{state.value}" for state in WorkerState]
MEANINGS = {
    "states of workers": STATES,
    "words of a fill": ["state-running", "word-high", "state-blocked"],
    "bars": ["fill-normal", "fill-high", "fill-full"],
    "columns of the chart": ["chart-normal", "chart-high", "chart-full"],
}
WORDS = [*STATES, "word-high", "palette-text", "palette-strong", "palette-accent", "palette-key"]
SHAPES = [
    "fill-normal", "fill-high", "fill-full", "palette-progress", "palette-consumed",
    "palette-frame-focus", "palette-track", "palette-dim",
]  # fmt: skip
SIGHTS = ("protan", "deutan", "tritan")


def colour(theme: Theme, name: str) -> Color:
    return Color(theme.variables.get(name) or getattr(theme, name))


def as_seen(shown: Color) -> list[Color]:
    """The colour for the sight of most people, and of those who lack one kind of cones."""
    lacking = [shown.filter(sight, 1).convert("srgb").clip() for sight in SIGHTS]
    return [shown, *lacking]


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
@pytest.mark.parametrize("meaning", MEANINGS)
def test_colours_are_apart_for_every_kind_of_sight(theme: Theme, meaning: str) -> None:
    """Protanopia, deuteranopia and tritanopia are simulated in full."""
    seen = {name: as_seen(colour(theme, name)) for name in MEANINGS[meaning]}
    for one, other in combinations(seen, 2):
        with case(theme.name, one, other):
            pairs = zip(seen[one], seen[other], strict=True)
            assert min(a.delta_e(b, method="2000") for a, b in pairs) >= APART


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_what_is_shown_stands_out_from_what_is_behind_it(theme: Theme) -> None:
    """Of the line under the cursor and of a window, too, if not by as much."""
    behind = {name: colour(theme, name) for name in ("background", "surface", "palette-cursor")}
    for name in (*WORDS, *SHAPES):
        for place, ground in behind.items():
            is_word = name in WORDS and name != "state-new" and place == "background"
            with case(theme.name, name, place):
                ratio = colour(theme, name).contrast(ground, method="wcag21")
                assert ratio >= (FOR_WORDS if is_word else FOR_SHAPES)


def test_a_state_is_never_shown_by_its_colour_alone() -> None:
    """It has a glyph and a word of its own, in ASCII as well; a fill has a word."""
    glyphs = [STATE[state] for state in WorkerState]
    assert len(set(glyphs)) == len(set(map(ascii_cells, glyphs))) == len(WorkerState)
    assert len({cells.level(fill) for fill in (0.5, 0.8, 1.0)}) == 3


def test_every_theme_has_every_colour() -> None:
    """So do the defaults for themes that are not ours."""
    names = set(themes.palette_defaults(dark=True))
    assert names == set(themes.palette_defaults(dark=False))
    for theme in themes.THEMES:
        assert names <= set(theme.variables)


def test_the_app_begins_in_the_theme_that_was_asked_for() -> None:
    """`dark` or `light`; dark where none was."""
    for asked, theme in (("light", themes.LIGHT), ("dark", themes.DARK), (None, themes.DARK)):
        assert PcsimApp(Runs(launch, DEMOS[0]), theme=asked).theme == theme
