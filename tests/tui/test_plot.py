"""The chart's scales are round, its lanes and its axis fit."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from pcsim.analysis.trend import Stretch
from pcsim.tui import cells, plot
from tests.tui.support import PALETTE


def test_scales_end_on_round_numbers() -> None:
    """1, 2 or 5 times a power of ten."""
    tops = {0: 1, 0.0035: 0.005, 0.3: 0.5, 1: 1, 1.1: 2, 3: 5, 5: 5, 7: 10, 99: 100, 101: 200}
    assert {number: plot.nice_ceiling(number) for number in tops} == tops


def test_a_lane_is_as_high_and_wide_as_it_should_be() -> None:
    """Values above the scale end at its top."""
    values = [None, 0.0, 0.01, 1.0, 2.5, 5.0, 9.0]
    lane = plot.Lane("main", 5.0, "5", values, lambda _: "normal")
    for height in (1, 2, 5):
        lines = plot.lane_lines(lane, height, 12, PALETTE)
        assert len(lines) == height
        texts = ["".join(text for text, _ in line) for line in lines]
        assert {cell_len(text) for text in texts} == {12 + len(values)}
        # The edge above keeps it apart from the lane above.
        assert texts[0].endswith("▆▆")


@pytest.mark.parametrize(
    ("step", "labels"),
    [
        (0.1, ["0:00", "0:01", "0:02"]),
        (2.0, ["0:00", "0:30", "1:00"]),
        (50.0, ["0:00", "10:00", "20:00"]),
        (500.0, ["0:00", "2:00:00", "4:00:00"]),
        (20_000.0, ["0:00", "120:00:00", "240:00:00"]),
    ],
)
def test_the_time_axis_is_labelled_with_round_times(step: float, labels: list[str]) -> None:
    """Seconds, minutes, hours and days as people count in them."""
    line = plot.time_axis(Stretch(step, 0, [None] * 60), 60, 12, PALETTE)
    assert line[2][0].replace("─", " ").replace("┴", " ").split()[:3] == labels


def test_the_name_of_a_lane_stands_apart_from_its_scale() -> None:
    """However long the scale's label is."""
    for top in ("5/s", "10/s", "100/s"):
        lane = plot.Lane("consumed", 10.0, top, [1.0], lambda _: "consumed")
        text = "".join(text for text, _ in plot.lane_lines(lane, 2, 16, PALETTE)[0])
        assert f" {top} ┤" in text


def test_the_time_axis_fits() -> None:
    """From one column on."""
    for columns in (1, 5, 20, 55, 200):
        line = plot.time_axis(Stretch(0.1, 3, [None] * columns), columns, 12, PALETTE)
        assert cells.total_width(line) == 12 + columns
