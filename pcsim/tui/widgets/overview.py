"""The system at a glance: its topology, and a sentence about what limits it.

Before the start, the sentence is what the scenario teaches and the key that starts it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import attrgetter

from rich.style import Style

from pcsim.analysis import topology
from pcsim.analysis.crews import crew_names, in_crews
from pcsim.analysis.graph_layout import graph_layout
from pcsim.snapshot import Phase, WorkerRow
from pcsim.text import plural, safe
from pcsim.tui import cells, graph_lines
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.topology_lines import MIN_WIDTH, topology_lines
from pcsim.tui.view import View
from pcsim.tui.widgets.lines import LineView

MIN_HEIGHT = 36
"""Lines of a screen with room for the drawing; on a lower one the tables use it."""
_INVITATION = "Press s to start, ctrl+p for another demo, ? for help."
_OWN_INVITATION = "Press s to start, ? for help."
_VIRTUAL_INVITATION = "Press s to start, . to go step by step, + and - for the speed, ? for help."


_ENDS = [attrgetter(name) for name in ("name", "group", "inputs", "outputs")]


class Overview(LineView):
    """A few lines; within a phase of the run their number only grows."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._drawn: list[list[Piece]] = []
        self._phase: Phase | None = None
        self._min_lines = 0
        self._has_drawing = True
        self._workers: tuple[WorkerRow, ...] = ()
        self._ends: object = None
        """What the drawing shows of the workers: names, groups and queues."""
        self._links: tuple[object, tuple[topology.Link, ...], dict[str, str]] | None = None
        """What the links were made for, the links, and the names of groups in them."""
        self._plan: tuple[object, graph_lines.Plan | None, dict[str, str]] | None = None
        """The same for the graph."""

    def show(self, view: View, *, has_drawing: bool = True) -> None:
        """Show the view.

        Args:
            view: The view.
            has_drawing: Whether there is room for the drawing of the system.
        """
        if has_drawing is not self._has_drawing:
            self._has_drawing, self._min_lines = has_drawing, 0
        self._view = view
        self._lay_out()

    @property
    def _room(self) -> int:
        """Cells for words; before the first layout, an estimate from the screen."""
        frame = 2 if self.app.size.height >= MIN_HEIGHT else 0
        return max((self.size.width or self.app.size.width - frame) - 2, 1)

    def _lay_out(self) -> None:
        if self._view is None:
            return
        phase = self._view.snapshot.phase
        if phase is not self._phase:
            self._phase, self._min_lines = phase, 0
        new = self._draw(self._view, self.palette, self._room)
        self._min_lines = max(self._min_lines, len(new))
        new += [[] for _ in range(self._min_lines - len(new))]
        old, self._drawn = self._drawn, new
        self.set_line_count(len(new))
        if len(old) != len(new):
            self.redraw_all()
        else:
            self.redraw(line for line in range(len(new)) if old[line] != new[line])

    def pieces(self, line: int, palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one line of the drawing or the words."""
        return [(" ", palette.text), *self._drawn[line]] if line < len(self._drawn) else []

    def notify_style_update(self) -> None:
        """Draw in the new theme."""
        super().notify_style_update()
        if self.is_attached and self._view is not None:
            self._drawn = self._draw(self._view, self.palette, self._room)

    def on_resize(self) -> None:
        """Break the words for another width."""
        self._min_lines = 0
        self._lay_out()

    def _draw(self, view: View, palette: Palette, width: int) -> list[list[Piece]]:
        lines = self._topology(view, palette, width)
        for style, text, limit in self._words(view, palette):
            lines += [[(line, style)] for line in cells.wrap(text, width, limit)]
        return lines

    def _topology(self, view: View, palette: Palette, width: int) -> list[list[Piece]]:
        height = self.app.size.height
        if not self._has_drawing or width < MIN_WIDTH or height < MIN_HEIGHT:
            return []
        snapshot = view.snapshot
        names = [row.name for row in snapshot.queues]
        limit = max((height - 24) // 3, 2)
        around = view.named.workers.union(view.named.queues) if len(names) > limit else ()
        workers = tuple(snapshot.workers)
        if workers != self._workers:
            self._workers = workers
            self._ends = tuple([get(row) for row in workers] for get in _ENDS)
        drawn = self._graph(view, palette, width, limit)
        lines = drawn if drawn is not None else self._list(view, palette, width, limit, around)
        lines.append([])
        return lines

    def _graph(
        self, view: View, palette: Palette, width: int, height: int
    ) -> list[list[Piece]] | None:
        """The system as a graph; None where there is no room for all of it."""
        queues, workers = view.snapshot.queues, self._workers
        key = [(row.name, row.capacity) for row in queues], self._ends, width, height
        if self._plan is None or self._plan[0] != key:  # seldom: there may be a thousand
            crews = crew_names(workers)
            ports = topology.ports_of(workers, crews)
            found = graph_lines.plan(
                graph_layout([row.name for row in queues], ports), queues, width, height
            )
            self._plan = key, found, crews
        _, plan, crews = self._plan
        if plan is None:
            return None
        named = view.named._replace(workers=frozenset(in_crews(view.named.workers, crews)))
        shown = view.shown
        return graph_lines.graph_lines(plan, shown.queues, shown.at, palette, named)

    def _list(
        self, view: View, palette: Palette, width: int, limit: int, around: Collection[str]
    ) -> list[list[Piece]]:
        """Each queue between its feeders and readers, as many as have room."""
        names = [row.name for row in view.snapshot.queues]
        key = names, self._ends, limit, around
        if self._links is None or self._links[0] != key:
            crews = crew_names(self._workers)
            ports, near = topology.ports_of(self._workers, crews), in_crews(around, crews)
            self._links = key, topology.links(names, ports, limit, near), crews
        _, links, crews = self._links
        named = view.named._replace(workers=frozenset(in_crews(view.named.workers, crews)))
        lines = topology_lines(links, view.shown.queues, view.shown.at, palette, width, named)
        if len(names) > limit:
            lines.append([(f"… and {plural(len(names) - limit, 'more queue')}", palette.dim)])
        return lines

    def _words(self, view: View, palette: Palette) -> list[tuple[Style, str, int]]:
        scenario, snapshot = view.scenario, view.snapshot
        if snapshot.phase is Phase.CREATED and scenario is not None:
            words = [
                (palette.text, safe(scenario.description, 600), 4),
                (palette.accent, f"Watch {safe(scenario.watch, 400)}" if scenario.watch else "", 3),
                (palette.strong, view.lesson, 3),
                (palette.key, _invitation(view), 2),
            ]
            return [entry for entry in words if entry[1]]
        style = palette.states_by_name["failed"] if snapshot.failure else palette.strong
        words = [(style, safe(view.sentence, 400), 3)]
        return [*words, (palette.accent, view.lesson, 4)] if view.lesson else words


def _invitation(view: View) -> str:
    """What to press before the start."""
    if view.timing is not None:
        return _VIRTUAL_INVITATION
    return _OWN_INVITATION if "0" in view.idle_keys else _INVITATION
