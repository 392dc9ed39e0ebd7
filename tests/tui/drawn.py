"""What the app would show of a view, as lines, without an app: for very many views."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pcsim.analysis import topology
from pcsim.analysis.crews import crew_names, in_crews
from pcsim.analysis.jam import find_jam
from pcsim.analysis.lanes import lanes_of
from pcsim.analysis.lockup import find_lockup
from pcsim.analysis.trend import depths_of
from pcsim.tui import cells, plot
from pcsim.tui.details.queue_details import queue_sections
from pcsim.tui.details.sections import Section, laid_out
from pcsim.tui.details.worker_details import worker_sections
from pcsim.tui.groups import Line, folded
from pcsim.tui.pages.lane_lines import LaneLines, Window, axis, by_blocking, power, room_of
from pcsim.tui.pages.lane_view import WIDTH_AT_FIRST
from pcsim.tui.pages.waits_lines import (
    history_lines,
    lockup_lines,
    standing_lines,
    summary,
)
from pcsim.tui.pages.waits_tree import jam_lines
from pcsim.tui.session import Session
from pcsim.tui.sorting import Order
from pcsim.tui.topology_lines import topology_lines
from pcsim.tui.widgets.queue_table import QueueTable
from pcsim.tui.widgets.worker_table import ConsumerTable, ProducerTable, WorkerTable
from tests.tui.support import PALETTE


class Drawing:
    """Draws one view after another, with tables that keep their columns.

    All tables and the drawing of each, and one of the pages in turn: the details of a queue, those
    of a worker, the timeline, who waits for whom.
    """

    def __init__(self) -> None:
        self.queues = QueueTable()
        self.workers = (WorkerTable(), ProducerTable(), ConsumerTable())
        self.unfolded = {"parser"}
        self.lanes, self.wide = LaneLines(), 0.0
        self.turn = 0

    def draw(self, session: Session, width: int) -> int:
        """Draw the view of a session; the number of lines."""
        view = session.view
        rows = tuple(view.snapshot.workers)
        self.queues._places = [(place,) for place in range(len(view.snapshot.queues))]
        number = self._rows_of(self.queues, view.snapshot.queues, view, width)
        for side, table in enumerate(self.workers):
            places = [
                place for place, row in enumerate(rows) if side == 0 or bool(row.inputs) == side - 1
            ]
            found = folded(rows, places, self.unfolded)
            shown = [one for one in found.places if len(one) == 1]
            groups = [one for one in found.places if len(one) > 1]
            grouped = [place for one in groups for place in one if (place,) not in shown]
            assert sorted([*(place for (place,) in shown), *grouped]) == sorted(places)
            table._unfolded = frozenset(self.unfolded)
            lines: Sequence[Line] = found.lines
            table._places = found.places
            if view.snapshot.version % 2:
                keys = [column.key for column in table.COLUMNS]
                order = Order(keys[view.snapshot.version % len(keys)])
                table.ordering.order = order
                lines, table._places = table.ordering.arranged(
                    lines, found.places, table.value, view
                )
            number += self._rows_of(table, lines, view, width)
        pages = (self._queue, self._worker, self._timeline, self._waits)
        self.turn += 1
        number += pages[self.turn % len(pages)](session, width)
        return number + self._drawing(session, width)

    @staticmethod
    def _rows_of(table, rows, view, width: int) -> int:  # type: ignore[no-untyped-def]
        table.rows, table.view = rows, view
        table._fit.to([row.name for row in rows], lambda: table.fitted(rows))
        for line in range(len(rows)):
            pieces = table._draw(line, PALETTE, width)
            assert cells.total_width(cells.clip(pieces, width, PALETTE.text)) == width
        return len(rows)

    @staticmethod
    def _drawing(session: Session, width: int) -> int:
        view = session.view
        rows = tuple(view.snapshot.workers)
        crews = crew_names(rows)
        names = [row.name for row in view.snapshot.queues]
        near = in_crews(view.named.workers, crews)
        links = topology.links(names, topology.ports_of(rows, crews), 5, near)
        assert len(links) == min(len(names), 5)
        shown = view.shown
        lines = topology_lines(links, shown.queues, shown.at, PALETTE, width, view.named)
        return len(lines)

    def _queue(self, session: Session, width: int) -> int:
        """The depth of a queue over time, and its details; another one each time."""
        view = session.view
        rows = view.snapshot.queues
        if not rows:
            return 0
        place = self.turn // 4 % len(rows)
        samples = view.trend.stretch(max(width - 20, 1)).samples
        depths = depths_of(samples, rows[place].name)
        lane = plot.Lane(rows[place].name, 10.0, "10", depths, lambda _: "full")
        number = len(plot.lane_lines(lane, 2, 17, PALETTE))
        return number + _laid_out(queue_sections(view, place, PALETTE, width), width)

    def _worker(self, session: Session, width: int) -> int:
        """The details of a worker; another one each time."""
        rows = session.view.snapshot.workers
        if not rows:
            return 0
        place = self.turn // 4 % len(rows)
        return _laid_out(worker_sections(session.view, place, width), width)

    def _timeline(self, session: Session, width: int) -> int:
        """All lanes, in columns as wide as they are at first, or eight times as wide."""
        view = session.view
        lanes = lanes_of(view.snapshot, frozenset(self.unfolded))
        room = room_of(lanes, width)
        wide = power(max(WIDTH_AT_FIRST, view.lanes.step)) * (1, 8)[self.turn // 40 % 2]
        last = math.ceil(min(view.lanes.ends_at, view.at) / wide - 1e-9)
        window = Window(wide, max(last - room.columns, 0), room.columns)
        if wide != self.wide:
            self.wide = wide
            self.lanes.forget()
        axis(window, room, window.begins_at, PALETTE)
        lanes = by_blocking(lanes, view, window)
        for place, lane in enumerate(lanes):
            pieces = self.lanes.draw(lane, view, window, room, PALETTE, place == 0)
            assert cells.total_width(pieces) <= width
        return len(lanes)

    def _waits(self, session: Session, width: int) -> int:
        """Who waits for whom, what it costs, and how it came about."""
        view = session.view
        jam = find_jam(view.snapshot, view.shown, frozenset())
        lockup = find_lockup(view.snapshot)
        number = 0 if lockup is None else len(lockup_lines(lockup, view))
        number += len(cells.wrap(summary(jam, view), width - 2, 3))
        number += len(jam_lines(jam, view, width, jam_only=self.turn // 4 % 2 == 1))
        number += len(standing_lines(jam, width))
        return number + len(history_lines(view.firsts, jam, frozenset()))


def _laid_out(sections: Sequence[Section], width: int) -> int:
    lines = laid_out(sections, width, PALETTE).lines
    for line in lines:
        assert cells.total_width([one for part in line for one in part.pieces]) <= width
    return len(lines)


def watch(program, snapshots: int) -> int:  # type: ignore[no-untyped-def]
    """Draw that many views of a program that is watched; the number of lines."""
    from pcsim.tui.exhibits import Watched
    from tests.support.clocks import HandClock

    session = Watched(program).first(HandClock(tick=0.05))
    drawing, number = Drawing(), 0
    for turn in range(snapshots):
        session.poll(force=turn % 3 == 0)
        number += drawing.draw(session, (57, 78, 118)[turn % 3])
    return number
