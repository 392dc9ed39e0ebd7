"""Sizing: two keys of the system that is run, value by value, with the frontier of a goal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from pcsim.analysis.grid import Grid
from pcsim.analysis.grid_text import command_of, csv_of_grid
from pcsim.text import safe
from pcsim.tui.advising import Advisor
from pcsim.tui.pages.keys import SIZING_KEYS
from pcsim.tui.pages.page import Page, look_again
from pcsim.tui.pages.what_if import NO_ADVICE, why_no_advice
from pcsim.tui.saving import write_new
from pcsim.tui.view import View
from pcsim.tui.widgets.ask_line import AskLine
from pcsim.tui.widgets.heat_box import HeatBox
from pcsim.tui.widgets.heat_map import HeatMap

VARY = "clerk.count = 1..5, orders.capacity = 1,5,20"
COST = "clerk.count*30 + orders.capacity*0.1"
NOTHING_YET = "Nothing is known of sizes yet."


class Sizes(HeatMap):
    """The map, with the keys of the view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(binding for key in SIZING_KEYS for binding in key.bindings()),
        Binding("minus", "wanted('fewer')", "fewer runs", show=False),
    ]

    class Wanted(Message):
        """The user wants something.

        Args:
            what: `try` the chosen size, the next `measure`, a `goal`, to `vary` other keys, another
                `cost`, `more` or `fewer` runs, to `save` or to `copy`.
        """

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def action_wanted(self, what: str) -> None:
        """Ask for something: see `Wanted`."""
        self.post_message(self.Wanted(what))


class SizingPage(Page):
    """The map and what is said of it."""

    def __init__(self) -> None:
        super().__init__(id="sizing-page")
        self.box = HeatBox(Sizes(id="heat"), id="heat-box")
        self._view: View | None = None
        self._span = ""

    def compose(self) -> ComposeResult:
        """Yield the map."""
        yield self.box

    @property
    def for_focus(self) -> Sequence[Widget]:
        """The map."""
        return (self.box.map,)

    def shows(self, view: View) -> Sequence[Callable[[], None]]:
        """Return what shows the view, part by part."""
        self._view = view
        return (self._fill,)

    def span(self, _view: View, /) -> str:
        """From which runs it is."""
        return self._span

    def start_over(self) -> None:
        """Forget what was known of the previous run."""
        self._span = ""
        self.box.start_over()

    def on_sizes_wanted(self, message: Sizes.Wanted) -> None:
        """Do what a key asks for."""
        message.stop()
        actions: dict[str, Callable[[], object]] = {
            "try": self._try,
            "measure": self.box.next_measure,
            "goal": self._ask_goal,
            "vary": self._ask_keys,
            "cost": self._ask_cost,
            "save": self._save,
            "copy": self._copy,
            "more": lambda: self._more(1),
            "fewer": lambda: self._more(-1),
        }
        actions[message.what]()
        self._fill()

    def set_goals(self, text: str) -> None:
        """Set the goals, or say what is wrong with them."""
        self._say(self.box.set_goals(text))

    def vary(self, text: str) -> None:
        """Vary these keys, or say what is wrong with them."""
        advisor = self._advisor
        if advisor is not None:
            self._say(advisor.sizes.vary(text))
            self._fill()

    def price(self, text: str) -> None:
        """Set what a size costs, or say what is wrong with that."""
        advisor = self._advisor
        if advisor is not None:
            self._say(advisor.sizes.price(text))
            self._fill()

    @property
    def _advisor(self) -> Advisor | None:
        return None if self._view is None else self._view.advising.advisor

    def _ask_goal(self) -> None:
        goals = ", ".join(one.text for one in self.box.goals)
        self.post_message(
            self.LineWanted(AskLine(goals, self.set_goals, self.box.example, self.box.map))
        )

    def _ask_keys(self) -> None:
        advisor = self._advisor
        if advisor is not None:
            line = AskLine(advisor.sizes.varied, self.vary, VARY, self.box.map)
            self.post_message(self.LineWanted(line))

    def _ask_cost(self) -> None:
        if self._advisor is not None:
            text = self.box.map.grid.cost_text
            self.post_message(self.LineWanted(AskLine(text, self.price, COST, self.box.map)))

    def _save(self) -> None:
        grid = self.box.map.grid
        if not grid.known:
            self._say(NOTHING_YET)
            return
        try:
            path = write_new(f"{Path(self._called).stem}-sizes", ".csv", csv_of_grid(grid))
        except OSError as error:
            self._say(f"Not written: {safe(error.strerror or str(error))}.")
        else:
            self._say(f"Written as {safe(str(path))}.")

    def _copy(self) -> None:
        grid = self.box.map.grid
        if not grid.size:
            self._say(NOTHING_YET)
            return
        command = command_of(grid, self.box.goals, self._called)
        self.app.copy_to_clipboard(command)
        self._say(f"Copied: {command}")

    @property
    def _called(self) -> str:
        """What the command line calls the scenario: a demo by its name, others by their file."""
        view = self._view
        scenario = None if view is None else view.scenario
        name = (scenario and scenario.name) or "scenario"
        is_demo = view is not None and view.number is not None
        return name if is_demo or name.endswith(".toml") else f"{name}.toml"

    def _try(self) -> None:
        cell = self.box.map.chosen
        if cell is None:
            return
        if cell.changes and not self.box.map.grid.is_old:
            self.wanted = cell.changes
            self.call_later(self.app.run_action, "steer('page')")
        else:
            self._say(cell.not_live)

    def _more(self, steps: int) -> None:
        advisor = self._advisor
        if advisor is not None:
            advisor.sizes.more(steps)

    def _say(self, text: str) -> None:
        if text:
            self.app.notify(text, markup=False, timeout=4.0)

    def _fill(self) -> None:
        view = self._view
        if view is None or not self.is_made or view.frozen:
            return
        grid = self._look(view)
        self.box.show(grid)
        if grid.span != self._span:
            self._span = grid.span
            self.post_message(self.Rearranged())  # the line of tabs says it

    def _look(self, view: View) -> Grid:
        """What is known by now."""
        why_not = why_no_advice(view)
        advising = view.advising
        if why_not or advising.advisor is None:
            return Grid(why_not=why_not or NO_ADVICE)
        grid = advising.advisor.sizes.look(view.snapshot)
        if not grid.is_done and not advising.is_waiting:
            advising.is_waiting = True
            look_again(self.app)
        return grid
