"""What a worker did over time: the lane of the timeline, for one worker alone."""

from __future__ import annotations

import math
from itertools import groupby

from pcsim.analysis.lanes import Lane, lanes_of
from pcsim.snapshot import WorkerRow
from pcsim.text import clock_time, duration
from pcsim.tui.details.sections import Entry, Section
from pcsim.tui.lane_cells import LEGEND, worker_sign
from pcsim.tui.plot import tick
from pcsim.tui.view import View

PERIOD = 60.0
"""Seconds that are drawn of a run that goes on; of one that is over, all."""
FINEST = 1 / 16
"""The smallest width of a column, in seconds."""


def states_section(view: View, row: WorkerRow, width: int) -> Section:
    """Return the states of a worker over time, one column for each part of it.

    Args:
        view: The view.
        row: The worker.
        width: The cells of a line.
    """
    lanes = view.lanes
    lane, of_group = Lane(row.name, (row.name,)), ""
    if not lanes.did(lane, 0.0, lanes.ends_at).total and row.group:
        groups = [one for one in lanes_of(view.snapshot) if row.name in one.members]
        if groups and len(groups[0].members) > 1:
            lane, of_group = groups[0], f", of all {len(groups[0].members)} of its group"
    columns = max(width, 1)
    end = lanes.ends_at
    span = end if view.snapshot.phase.is_over else min(end, PERIOD)
    step = 2.0 ** math.ceil(math.log2(max(span / columns, FINEST)))
    first = max(math.ceil(end / step) - columns, 0)
    shown = range(first, min(first + columns, math.ceil(end / step)))
    signs = [
        worker_sign(lanes.did(lane, one * step, (one + 1) * step), len(lane.members))
        for one in shown
    ]
    drawn = [
        ("".join(sign.text for sign in run), style)
        for style, run in groupby(signs, key=lambda sign: sign.style)
    ]
    legend = "  ".join(f"{sign} {words}" for sign, _, words in LEGEND[:2] + LEGEND[3:5])
    note = f"{duration(step)} a column{of_group}   {legend}"
    return Section(
        "States", [Entry(_axis(first, step, columns)), Entry(drawn)], note, is_half=False
    )


def _axis(first: int, step: float, columns: int) -> list[tuple[str, str]]:
    every = tick(step * 10)
    text, number = "", math.ceil(first * step / every - 1e-9)
    while (column := round(number * every / step) - first) < columns:
        label = clock_time(number * every, tenths=every < 1)
        if len(text) <= column <= columns - len(label):
            text = text.ljust(column) + label
        number += 1
    return [(text, "dim")]
