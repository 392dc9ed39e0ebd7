"""The app's parts that need no screen: columns, cells, pace, leaving, signs, topology, plot."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.color import Color

from pcsim.analysis.trend import Stretch
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot.exit_status import Exit
from pcsim.tui import cells, plot, themes, topology
from pcsim.tui.column_layout import Column, as_wide_as, place
from pcsim.tui.glyphs import ascii_only, to_ascii
from pcsim.tui.pending_exit import ABORT_TIMEOUT, PendingExit
from pcsim.tui.refresh_rate import FASTEST, QUIET, SLOWEST, UNWATCHED, RefreshRate
from pcsim.tui.screens.help import help_lines
from pcsim.tui.sorting import stuck_first
from pcsim.tui.styles import Palettes
from pcsim.tui.widgets.worker_table import ProducerTable
from tests.support.clocks import HandClock
from tests.support.scripted import ScriptedControl
from tests.support.snapshots import snapshot
from tests.tui.scenarios import HOSTILE_NAMES, THOUSAND

INK = Palettes(themes.palette_defaults(dark=True), no_color=False).on(Color.parse("#000000"))
COLUMNS = (
    Column("name", "name", 8, 20),
    Column("bar", "fill", 10, 30, rank=1),
    Column("rate", "rate", 8, align=">", rank=2),
    Column("more", "more", 12, rank=3),
)


@pytest.mark.parametrize("width", range(1, 140))
def test_columns_never_need_more_than_there_is(width: int) -> None:
    gap, placed = place(COLUMNS, width)
    used = sum(cells for _, cells in placed) + gap * (len(placed) - 1)
    assert used <= max(width, 1)
    assert placed[0].column.key == "name"


def test_the_least_important_column_leaves_first() -> None:
    kept = [
        [placed.column.key for placed in place(COLUMNS, width).placed] for width in (80, 35, 25, 9)
    ]
    assert kept == [
        ["name", "bar", "rate", "more"],
        ["name", "bar", "rate"],
        ["name", "bar"],
        ["name"],
    ]


def test_a_column_does_with_less_before_another_leaves() -> None:
    columns = (COLUMNS[0], COLUMNS[1]._replace(scant=3, short="f"), COLUMNS[2])
    roomy, tight, narrow = (place(columns, width).placed for width in (28, 21, 20))
    assert [(placed.column.heading(placed.width), placed.width) for placed in roomy] == [
        ("name", 8), ("fill", 10), ("rate", 8),
    ]  # fmt: skip
    assert [(placed.column.heading(placed.width), placed.width) for placed in tight] == [
        ("name", 8), ("f", 3), ("rate", 8),
    ]  # fmt: skip
    assert [placed.column.key for placed in narrow] == ["name", "bar"]


def test_half_of_120_columns_has_room_for_progress_and_throughput() -> None:
    """Producers show both, as long as they are not named at length."""
    for longest in (2, 7, 12):
        fitted = as_wide_as(ProducerTable.COLUMNS, "name", longest)
        widths = {placed.column.key: placed.width for placed in place(fitted, 56).placed}
        assert widths["name"] == longest
        assert {"state", "why", "progress", "rate"} <= widths.keys()


def test_a_column_is_as_wide_as_what_it_will_ever_show() -> None:
    fitted = as_wide_as(COLUMNS, "name", 5)
    assert place(fitted, 140).placed[0].width == 5


@pytest.mark.parametrize(
    "text", ["", "plain", "漢字漢字", "a漢字b", "…", *map(repr, HOSTILE_NAMES)]
)
@pytest.mark.parametrize("width", [0, 1, 2, 3, 5, 8, 40])
@pytest.mark.parametrize("align", ["<", ">"])
def test_fitted_text_takes_exactly_its_cells(text: str, width: int, align: str) -> None:
    assert cell_len(cells.fit(text, width, align)) == width


@pytest.mark.parametrize("width", [1, 2, 7, 40])
@pytest.mark.parametrize("share", [0.0, 1e-9, 0.1, 0.5, 0.999, 1.0, 2.0])
def test_a_bar_takes_exactly_its_cells_and_says_full_only_when_it_is(
    share: float, width: int
) -> None:
    text = "".join(text for text, _ in cells.bar(share, width, "normal", INK))
    assert cell_len(text) == width
    assert (text == "█" * width) == (share >= 1)
    assert (text.strip() == "") == (share <= 0)


def test_levels_are_told_in_words() -> None:
    assert [cells.level(fill) for fill in (0, 0.79, 0.8, 0.99, 1)] == [
        "normal", "normal", "high", "high", "full",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [1, 2, 5, 20])
@pytest.mark.parametrize("text", ["", "one two three four", "averyveryverylongword 漢字漢字漢字"])
def test_wrapped_lines_fit(text: str, width: int) -> None:
    lines = cells.wrap(text, width, most=3)
    assert len(lines) <= 3
    assert all(cell_len(line) <= max(width, 2) for line in lines)


def test_the_pace_halves_when_frames_are_dear_and_comes_back() -> None:
    pace = RefreshRate()
    assert pace.delay == FASTEST
    for _ in range(10):
        pace.drew(2.0)
    assert pace.delay == SLOWEST
    for _ in range(10):
        pace.drew(0.001)
    assert pace.delay == FASTEST


def test_a_quiet_run_and_an_unwatched_screen_are_looked_at_less_often() -> None:
    pace = RefreshRate()
    for _ in range(20):
        pace.polled(changed=False)
    assert pace.delay == QUIET
    pace.polled(changed=True)
    assert pace.delay == FASTEST
    pace.watched = False
    assert pace.delay == UNWATCHED


def test_a_drain_turns_into_an_abort_when_its_grace_is_over() -> None:
    clock, control, grace = HandClock(), ScriptedControl(snapshot()), 5.0
    pending = PendingExit(clock)
    assert not pending.is_due(is_over=True)
    pending.drain(control, grace, Exit.TERMINATED)
    assert not pending.is_due(is_over=False)
    clock.now = grace
    assert not pending.is_due(is_over=False)
    assert control.calls == ["drain", "abort"]
    clock.now = grace + ABORT_TIMEOUT
    assert pending.is_due(is_over=False)
    assert pending.return_code == 143


@pytest.mark.parametrize(
    ("encoding", "environment", "expected"),
    [
        ("utf-8", {"LANG": "en_US.UTF-8", "TERM": "xterm"}, False),
        ("utf-8", {"LANG": "C.UTF-8"}, False),
        ("utf-8", {}, False),
        ("utf-8", {"LANG": "C"}, True),
        ("utf-8", {"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, True),
        ("utf-8", {"TERM": "dumb"}, True),
        ("ascii", {}, True),
        ("latin-1", {}, True),
        ("no such encoding", {}, True),
        (None, {}, True),
    ],
)
def test_terminals_that_know_only_ascii_are_recognised(
    encoding: str | None, environment: dict[str, str], expected: bool
) -> None:
    assert ascii_only(encoding, environment) is expected


@pytest.mark.parametrize("text", ["▶ ■ ‖ ✓ ✗ ·", "╭──╮", "█▌░", "漢字", "é", "─┴0:00"])
def test_ascii_stand_ins_take_the_same_cells(text: str) -> None:
    assert to_ascii(text).isascii()
    assert cell_len(to_ascii(text)) == cell_len(text)


def test_every_theme_knows_every_meaning() -> None:
    meanings = set(themes.palette_defaults(dark=True))
    assert meanings == set(themes.palette_defaults(dark=False))
    for theme in themes.THEMES:
        assert meanings <= set(theme.variables)


def test_queues_that_share_their_readers_are_drawn_as_one_bracket() -> None:
    before = VirtualEngine(DEMOS[3]).snapshot()
    names = tuple(row.name for row in before.queues)
    made = topology.links(names, topology.ports_of(before.workers), 5)
    assert [link.joins for link in made] == ["┓", "╋", "┛"]
    assert [link.readers for link in made] == ["", "Clerk", ""]


def test_a_crowd_is_told_by_its_first_and_last() -> None:
    before = VirtualEngine(THOUSAND).snapshot()
    made = topology.links(("work",), topology.ports_of(before.workers), 5)
    assert made[0].feeders == "P000 … P499 (500)"


def test_stuck_workers_come_first_the_longest_stuck_before_the_others() -> None:
    control = VirtualEngine(DEMOS[3])
    control.start()
    control.advance(until=2.5)
    rows = control.snapshot().workers
    order = stuck_first(rows, range(len(rows)))
    states = [rows[place].state.value for place in order]
    assert states == sorted(states)
    assert states[0] == "blocked"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, 1),
        (0.0035, 0.005),
        (0.3, 0.5),
        (1, 1),
        (1.1, 2),
        (3, 5),
        (5, 5),
        (7, 10),
        (99, 100),
        (101, 200),
    ],
)
def test_scales_end_on_round_numbers(number: float, expected: float) -> None:
    assert plot.nice_ceiling(number) == expected


@pytest.mark.parametrize("height", [1, 2, 5])
def test_a_lane_is_as_high_and_wide_as_it_should_be(height: int) -> None:
    values = [None, 0.0, 0.01, 1.0, 2.5, 5.0, 9.0]
    lane = plot.Lane("main", 5.0, "5", values, lambda _: "normal")
    lines = plot.lane_lines(lane, height, 12, INK)
    assert len(lines) == height
    texts = ["".join(text for text, _ in line) for line in lines]
    assert {cell_len(text) for text in texts} == {12 + len(values)}
    assert texts[0].endswith("██")


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (0.1, ["0:00", "0:01", "0:02"]),
        (2.0, ["0:00", "0:30", "1:00"]),
        (50.0, ["0:00", "10:00", "20:00"]),
        (500.0, ["0:00", "2:00:00", "4:00:00"]),
        (20_000.0, ["0:00", "120:00:00", "240:00:00"]),
    ],
)
def test_the_time_axis_tells_times_that_people_count_in(step: float, told: list[str]) -> None:
    line = plot.time_axis(Stretch(step, 0, [None] * 60), 60, 12, INK)
    assert line[2][0].replace("─", " ").replace("┴", " ").split()[:3] == told


@pytest.mark.parametrize("top", ["5/s", "10/s", "100/s"])
def test_the_name_of_a_lane_stands_apart_from_its_scale(top: str) -> None:
    lane = plot.Lane("consumed", 10.0, top, [1.0], lambda _: "consumed")
    text = "".join(text for text, _ in plot.lane_lines(lane, 2, 16, INK)[0])
    assert f" {top} ┤" in text


@pytest.mark.parametrize("columns", [1, 5, 20, 55, 200])
def test_the_time_axis_fits(columns: int) -> None:
    line = plot.time_axis(Stretch(0.1, 3, [None] * columns), columns, 12, INK)
    assert cells.total_width(line) == 12 + columns


def test_every_line_of_the_help_fits_80_columns() -> None:
    """Its window has 73 cells of them."""
    for line in help_lines():
        assert cell_len("".join(text for text, _ in line)) <= 73, line
