"""The app of `pcsim sweep … --tui` and `pcsim size … --tui`: the sizes as a heat map."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pcsim.analysis.grid import Grid
from pcsim.scenario import Scenario
from pcsim.text import safe
from pcsim.tui import cells, startup
from pcsim.tui.base import BaseApp
from pcsim.tui.faults import Guarded
from pcsim.tui.rules import add_rules
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.ask_line import AskLine
from pcsim.tui.widgets.heat_box import HeatBox
from pcsim.tui.widgets.heat_map import HeatMap
from pcsim.tui.widgets.key_line import KeyLine
from pcsim.tui.widgets.lines import LineView

TALL, WIDE = 36, 120
KEYS = (
    ("← ↑ ↓ →", "size"),
    ("m", "measure"),
    ("g", "goal"),
    ("enter", "run that size"),
    ("t", "theme"),
    ("q", "quit"),
)


class HeatScreen(Guarded, Screen[None]):
    """Shows the sizes.

    Args:
        grid: The sizes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "measure", "measure", show=False),
        Binding("g", "goal", "goal", show=False),
        Binding("enter", "run", "run that size", show=False),
        Binding("t", "app.theme", "theme", show=False),
        Binding("escape,q", "leave", "quit", show=False),
        Binding("ctrl+q,ctrl+c", "leave", "quit", show=False, priority=True),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#heat"

    def __init__(self, grid: Grid) -> None:
        super().__init__(id="heat-screen")
        self._grid = grid
        self.box = HeatBox(HeatMap(id="heat"), id="heat-box")
        self._keys = KeyLine(KEYS, id="keys")

    def compose(self) -> ComposeResult:
        """Yield the parts, from top to bottom."""
        yield _Top(self._grid, id="header")
        yield self.box
        yield self._keys

    def on_mount(self) -> None:
        """Show the sizes, once there is a place for them."""
        self.call_after_refresh(self.box.show, self._grid)

    def on_resize(self, event: events.Resize) -> None:
        """Make room for what fits another size."""
        self.set_class(event.size.height >= TALL, "-tall")
        self.set_class(event.size.width < WIDE, "-normal")
        self.call_after_refresh(self.box.fill)

    def action_measure(self) -> None:
        """Show the numbers of the next measure."""
        self.box.next_measure()

    def action_goal(self) -> None:
        """Type another goal."""
        if self._keys.display:
            goals = ", ".join(one.text for one in self.box.goals)
            line = AskLine(goals, self._set_goals, self.box.example, self.box.map)
            line.take_place_of(self._keys)
            self.mount(line, before=self._keys)

    def _set_goals(self, text: str) -> None:
        problem = self.box.set_goals(text)
        if problem:
            self.app.notify(problem, markup=False, timeout=4.0)

    def action_run(self) -> None:
        """Leave it, to run the chosen size."""
        cell = self.box.map.chosen
        if cell is not None and cell.scenario is not None:
            self.app.exit(cell.scenario)

    def action_leave(self) -> None:
        """Leave it."""
        self.app.exit()


class HeatApp(BaseApp[Scenario]):
    """Shows sizes until it is left; returns the one that is to be run.

    Args:
        grid: The sizes.
        ascii_only: Whether to draw with ASCII characters alone; None asks the terminal.
        theme: The name of a theme, or `dark` or `light`; None for dark.
    """

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, grid: Grid, *, ascii_only: bool | None = None, theme: str | None = None
    ) -> None:
        super().__init__(ascii_only=ascii_only, theme=theme)
        self.grid = grid

    def get_default_screen(self) -> Screen[None]:
        """Return the screen of the sizes."""
        add_rules(self, "pages")
        return HeatScreen(self.grid)

    def on_mount(self) -> None:
        """Collect garbage again once the first frame is there."""
        self.call_after_refresh(startup.resume_collector)


class _Top(LineView):
    """The first line: the system, and from which runs it is."""

    def __init__(self, grid: Grid, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._grid = grid
        self.set_line_count(1, fixed=True)

    def pieces(self, _line: int, palette: Palette, width: int, /) -> list[Piece]:
        """Return the line."""
        title = f"{safe(self._grid.title or 'a system', 60)} · sizing"
        left: list[Piece] = [(" pcsim  ", palette.accent), (title, palette.strong)]
        spare = width - cells.total_width(left) - 1
        if spare > cells.width_of(self._grid.span):
            left.append((cells.fit(self._grid.span, spare, ">"), palette.dim))
        return left
