"""A heat map with what is said of it: the goal, the size under the cursor, and those beside it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from pcsim.analysis.advice import AGAIN, OF_A_FIT, Measure, interval_text
from pcsim.analysis.grid import Cell, Goal, Grid, Place, example_of, read_goals
from pcsim.analysis.grid_text import theory_of
from pcsim.text import quantity, safe
from pcsim.tui import cells
from pcsim.tui.faults import Guarded
from pcsim.tui.widgets.heat_lines import unit_of
from pcsim.tui.widgets.heat_map import HeatMap
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import TextLine, TextView

BEING = "The sizes are being simulated."


class HeatBox(Guarded, Container):
    """Words, the map, and below it the size under the cursor and its neighbours.

    Args:
        heat_map: The map.
    """

    BLANK = True

    def __init__(self, heat_map: HeatMap, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.map = heat_map
        self._words = TextView(id="heat-words")
        self._words.can_focus = False
        self._panel = Panel("Sizes", self.map, id="heat-panel")
        self._reading = TextView(id="heat-reading")
        self._reading_panel = Panel("Size", self._reading, id="heat-reading-panel")
        self._near = TextView(id="heat-near")
        self._goals: tuple[Goal, ...] | None = None
        self._filled: tuple[Grid, object] | None = None

    def compose(self) -> ComposeResult:
        """Yield the parts."""
        yield self._words
        yield self._panel
        with Container(id="below-heat"):
            yield self._reading_panel
            yield Panel("Next to it", self._near, id="heat-near-panel")

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals: those that were typed, those of a search, or that little is lost."""
        if self._goals is not None:
            return self._goals
        return self.map.grid.goals or usual_goals(self.map.grid)

    @property
    def example(self) -> str:
        """Goals as they may be typed here."""
        return safe(example_of(self.map.grid.measures), 100)

    def set_goals(self, text: str) -> str:
        """Set the goals; what is wrong with them, or ""."""
        try:
            self._goals = read_goals(text, self.map.grid.measures)
        except ValueError as error:
            return str(error)
        self.show(self.map.grid)
        return ""

    def start_over(self) -> None:
        """Forget all sizes and goals."""
        self._goals = None
        self.map.start_over()

    def show(self, grid: Grid) -> None:
        """Show sizes."""
        goals = self._goals if self._goals is not None else grid.goals or usual_goals(grid)
        self.map.show(grid, goals)
        self.fill()

    def next_measure(self) -> None:
        """Show the numbers of the next measure."""
        self.map.next_measure()
        self.fill()

    def on_heat_map_moved(self) -> None:
        """Say what the size under the cursor is."""
        self.fill()

    def fill(self) -> None:
        """Say what is known, where that is something else than was said before."""
        grid, width = self.map.grid, max(self.map.size.width - 2, 20)
        rest = self.goals, self.map.place, self.map.measure_place, width
        if self._filled is not None and self._filled[0] is grid and self._filled[1] == rest:
            return
        self._filled = grid, rest
        lines = cells.wrap(words_of(grid, self.goals), width, 3)
        if self.goals:
            goals = "   and   ".join(one.text for one in self.goals)
            cost = f"   cost  {safe(grid.cost_text, 60)}" if grid.cost_text else ""
            text = f"goal  {goals}"
            has_room = cells.width_of(text + cost) <= width
            lines += cells.wrap(text + cost if has_room else text, width, 2)
        if len(lines) != self._words.line_count:
            self._words.styles.height = len(lines)
        self._words.show_lines(
            [[(text, "text" if text.startswith("goal") else "strong")] for text in lines]
        )
        if not grid.size:
            return
        measure = grid.measures[self.map.measure_place]
        self._panel.set_title(f"{safe(measure.name, 40)}, {unit_of(measure)}")
        column = safe(grid.column_path, 60)
        old = f"   {AGAIN}" if grid.is_old else ""
        self._panel.set_counts((("dim", f"{column} →   m the next measure{old}"),))
        self._panel.redraw()  # its headings
        place = self.map.place
        self._reading_panel.set_title(cells.fit(grid.label(place), 56).strip())
        self._reading.show_lines(reading(grid, place, self.goals))
        self._near.show_lines(neighbours(grid, place, self.goals))


def usual_goals(grid: Grid) -> tuple[Goal, ...]:
    """Return the goals where nobody has named any: that a queue whose capacity is varied loses less
    than 1 %."""
    queues = {path.split(".")[-2] for path in (grid.row_path, grid.column_path) if "." in path}
    return tuple(
        Goal(one, 0.01)
        for one in grid.measures
        if one.unit == "share" and one.name.removeprefix("loss ") in queues
    )


def words_of(grid: Grid, goals: tuple[Goal, ...]) -> str:
    """Return what is found, in a sentence."""
    if grid.why_not:
        return grid.why_not
    if grid.waits_for or not grid.known:
        return grid.waits_for or BEING
    said = _found(grid, goals)
    return f"{said} {OF_A_FIT}" if grid.fit else said


def _found(grid: Grid, goals: tuple[Goal, ...]) -> str:
    if not goals:
        return f"There is no goal yet: g sets one, such as {safe(example_of(grid.measures), 100)}."
    best = grid.cheapest(goals)
    if best is None:
        meets = sum(cell.meets(goals) for row in grid.cells for cell in row)
        so_far = "" if grid.is_done else " so far"
        if not meets:
            return f"No size{so_far} meets the goal."
        if not grid.costs:
            return (
                f"{meets} of {grid.size} sizes meet the goal{so_far}; what they cost is not known."
            )
        return f"No size{so_far} meets the goal for sure: more runs (+) narrow the intervals."
    head = "Cheapest that holds" if grid.is_done or grid.best else "Cheapest that holds so far"
    cell = grid.at(best)
    found = ", ".join(
        f"{safe(name, 40)} {quantity(cell.mean(name), unit)}"
        for name, unit in ((one.measure.name, one.measure.unit) for one in goals)
    )
    return f"{head}: {grid.label(best)}: {found}."


def reading(grid: Grid, place: Place, goals: tuple[Goal, ...]) -> list[TextLine]:
    """Return what was measured of a size: what the goals are about, what it costs, the theory, and
    then the rest."""
    cell = grid.at(place)
    width = max((cells.width_of(safe(one.name, 30)) for one in grid.measures), default=0)
    wanted = [one.measure for one in goals]
    lines: list[TextLine] = [[(cell.note, "failed")]] if cell.note else []
    lines += [_measured(cell, one, goals, width) for one in wanted if one.name in cell.values]
    if grid.costs and grid.cost(place) == grid.cost(place):
        lines.append([("cost".ljust(width + 2), "dim"), (f"{grid.cost(place):.4g}", "text")])
    lines += theory_lines(grid, cell, goals, width)
    lines += [
        _measured(cell, one, goals, width)
        for one in grid.measures
        if one.name in cell.values and one not in wanted
    ]
    return lines or [[("not simulated", "dim")]]


def _measured(cell: Cell, one: Measure, goals: tuple[Goal, ...], width: int) -> TextLine:
    """A measure with its interval, and whether it meets the goals."""
    value = cell.values[one.name]
    line: list[tuple[str, str]] = [
        (f"{cells.fit(safe(one.name, 30), width)}  ", "dim"),
        (cells.fit(interval_text(value, one), 20), "text"),
    ]
    for goal in goals:
        if goal.measure == one:
            holds, sure = goal.holds(value.mean), goal.is_sure(value)
            mark = "?" if not sure else "✓" if holds else "✗"
            style = "high" if not sure else "running" if holds else "failed"
            sign = ">" if goal.is_least else "<"
            line.append((f"  {sign} {quantity(goal.bound, one.unit)} {mark}", style))
    return line


def theory_lines(grid: Grid, cell: Cell, goals: tuple[Goal, ...], width: int) -> list[TextLine]:
    """Return what theory says of a size in the long run, and whether the intervals cover it: of
    what the goals are about, or of the first measures. Nothing where no formula holds.

    Args:
        grid: The sizes.
        cell: One of them.
        goals: The goals.
        width: Cells of the names before the values.
    """
    measures = tuple(one.measure for one in goals) or grid.measures[:2]
    theory = theory_of(cell, measures)
    lines: list[TextLine] = []
    for one in measures:
        value = None if theory is None else theory.values.get(one.name)
        if theory is None or value is None:
            continue
        name = "" if lines else f"theory {safe(theory.model, 20)}"
        found, covered = cell.values.get(one.name), ""
        if found is not None and found.low is not None and found.high is not None:
            covered = ", covered" if found.low <= value <= found.high else ", not covered"
        text = f"{safe(one.name, 30)} {quantity(value, one.unit)}{covered}"
        lines.append([(f"{cells.fit(name, width)}  ", "dim"), (text, "text")])
    return lines


def neighbours(grid: Grid, place: Place, goals: tuple[Goal, ...]) -> list[TextLine]:
    """Return the sizes beside one, each with what the goals are about."""
    shown = [one.measure for one in goals] or list(grid.measures[:2])
    lines: list[TextLine] = []
    for rows, columns in ((-1, 0), (0, -1), (0, 1), (1, 0)):
        row, column = place[0] + rows, place[1] + columns
        if not (0 <= row < len(grid.rows) and 0 <= column < len(grid.columns)):
            continue
        there = (row, column)
        cell = grid.at(there)
        parts = [_value(cell, one.name, one.unit, goals) for one in shown]
        cost = f"   cost {grid.cost(there):.4g}" if grid.costs else ""
        names = [value_text(grid, there)]
        lines.append([(f"{names[0]}  ", "text"), (f"{'  '.join(parts)}{cost}", "dim")])
    return lines


def value_text(grid: Grid, place: Place) -> str:
    """Return a size in few words: `4 clerk, 20 orders`."""
    words = []
    for path, value in ((grid.row_path, grid.rows[place[0]]),
                        (grid.column_path, grid.columns[place[1]])):  # fmt: skip
        if path:
            name = ["", path, *path.split(".")][-2]
            words.append(f"{safe(name, 20)} {safe(str(value), 20)}")
    return ", ".join(words)


def _value(cell: Cell, name: str, unit: str, goals: tuple[Goal, ...]) -> str:
    value = cell.mean(name)
    if value != value:
        return f"{safe(name, 20)} –"
    mark = "".join(
        " ✓" if goal.holds(value) else " ✗" for goal in goals if goal.measure.name == name
    )
    return f"{safe(name, 20)} {quantity(value, unit)}{mark}"
