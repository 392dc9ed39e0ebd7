"""Columns fit their width, the least important ones make room for the others, and panels share."""

from __future__ import annotations

from itertools import product

import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.tui.column_layout import Column, Need, need, place, shared, widened
from pcsim.tui.columns import PRIORITY, PRODUCERS, QUEUES, WORKERS
from pcsim.tui.widgets.queue_table import QueueTable
from pcsim.tui.widgets.table import Table
from pcsim.tui.widgets.worker_table import ConsumerTable, ProducerTable, WorkerTable
from tests.support.cases import case
from tests.tui.scenarios import FAN, THREE_HUNDRED
from tests.tui.support import PALETTE, advance, app_for

COLUMNS = (
    Column("name", "name", 8, 8, 20),
    Column("bar", "fill", 10, 10, 30),
    Column("rate", "rate", 8, align=">"),
    Column("more", "more", 12),
)
ORDER = ("name", "bar", "rate", "more")
LONG = "a-very-long-name-of-a-worker"
LONG_NAMES = Scenario(
    title="Long names",
    queues=tuple(QueueSpec(f"the-queue-with-the-long-name-{n}", 20_000) for n in range(2)),
    producers=(ProducerSpec(LONG, "the-queue-with-the-long-name-0", 0.1, items=50, count=2),),
    consumers=(
        ConsumerSpec(
            f"{LONG}-stage", ("the-queue-with-the-long-name-0",), 0.2,
            output="the-queue-with-the-long-name-1",
        ),
        ConsumerSpec(f"{LONG}-end", ("the-queue-with-the-long-name-1",), 0.3),
    ),
)  # fmt: skip
SIZES = ((80, 24), (100, 30), (120, 40), (160, 48), (200, 60))
SYSTEMS = {
    **{f"demo {number}": demo for number, demo in enumerate(DEMOS, 1)},
    "fan": FAN,
    "w300": THREE_HUNDRED,
    "long names": LONG_NAMES,
}


def keys(width: int, columns: tuple[Column, ...] = COLUMNS) -> list[str]:
    return [placed.column.key for placed in place(columns, ORDER, width).placed]


def test_columns_never_need_more_than_there_is() -> None:
    """At every width, and the first column is always there."""
    for width in range(1, 140):
        gap, placed = place(COLUMNS, ORDER, width)
        used = sum(cells for _, cells in placed) + gap * (len(placed) - 1)
        assert used <= width, width
        assert placed[0].column.key == "name"


def test_the_least_important_column_leaves_first() -> None:
    """In the order of the table's priority."""
    assert [keys(width) for width in (80, 35, 25, 9)] == [
        ["name", "bar", "rate", "more"],
        ["name", "bar", "rate"],
        ["name", "bar"],
        ["name"],
    ]


def test_a_column_does_with_less_before_another_leaves() -> None:
    """It then has its short heading."""
    columns = (COLUMNS[0], Column("bar", "fill", 3, 10, short="f"), COLUMNS[2])
    roomy, tight, narrow = (place(columns, ORDER, width).placed for width in (28, 21, 20))
    assert [(placed.column.heading(placed.width), placed.width) for placed in roomy] == [
        ("name", 8), ("fill", 10), ("rate", 8),
    ]  # fmt: skip
    assert [(placed.column.heading(placed.width), placed.width) for placed in tight] == [
        ("name", 8), ("f", 3), ("rate", 8),
    ]  # fmt: skip
    assert [placed.column.key for placed in narrow] == ["name", "bar"]


def test_every_column_has_a_place_in_the_priority_of_its_table() -> None:
    """Each once."""
    for table, columns in (
        ("queues", QUEUES), ("workers", WORKERS), ("producers", PRODUCERS), ("consumers", WORKERS),
    ):  # fmt: skip
        assert sorted(PRIORITY[table]) == sorted(column.key for column in columns)


def test_a_column_is_as_wide_as_what_it_will_ever_show() -> None:
    """More room does not make it wider."""
    fitted = widened(COLUMNS, "name", 5)
    assert place(fitted, ORDER, 140).placed[0].width == 5


def test_panels_take_the_whole_width_and_a_short_one_gives_room() -> None:
    """Up to what is enough for the other; with more than enough both are alike."""
    needs = (Need(40, 50), Need(60, 80))
    assert shared(200, needs) == (100, 100)
    assert shared(140, needs) == (60, 80)
    assert shared(130, needs) == (50, 80)
    assert shared(115, needs) == (45, 70)
    assert shared(100, needs) == (40, 60)
    assert shared(50, needs) == (20, 30)
    for width, left, right in product((1, 7, 80, 121), (1, 20, 60), (1, 33, 90)):
        parts = shared(width, (Need(left, left + 10), Need(right, right + 5)))
        assert sum(parts) == width
        assert all(part >= 0 for part in parts)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_columns_that_show_the_limit_are_never_dropped(size: tuple[int, int]) -> None:
    """Items and how busy a worker is, how full a queue is and for how long, in every system."""
    frame = 2 if size[1] >= 36 else 0
    for name, scenario in SYSTEMS.items():
        snapshot = VirtualEngine(scenario).snapshot()
        queues = QueueTable().fitted(snapshot.queues)
        left = ProducerTable().fitted([row for row in snapshot.workers if not row.inputs])
        right = ConsumerTable().fitted([row for row in snapshot.workers if row.inputs])
        if size[0] >= 120:
            needs = [need(columns) for columns in (left, right)]
            sides = shared(size[0] - 2 * frame, needs)
            workers = [
                (left, PRIORITY["producers"], sides[0]), (right, PRIORITY["consumers"], sides[1]),
            ]  # fmt: skip
        else:
            columns = WorkerTable().fitted(snapshot.workers)
            workers = [(columns, PRIORITY["workers"], size[0] - frame)]
        with case(name, size):
            for columns, priority, width in workers:
                kept = shown(columns, priority, width)
                assert {"state", "name", "items"} <= kept
                assert "busy" in kept
                assert name == "long names" or "why" in kept
            kept = shown(queues, PRIORITY["queues"], size[0] - frame)
            assert {"name", "bar", "depth", "word", "full", "dropped"} <= kept


def shown(columns: tuple[Column, ...], priority: tuple[str, ...], width: int) -> set[str]:
    """The keys of the columns that a table of that width has room for, beside a scrollbar."""
    return {placed.column.key for placed in place(columns, priority, width - 3).placed}


async def test_the_widths_stay_while_a_run_goes_on() -> None:
    """What needs room is known from the start."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        dashboard = app.dashboard
        panels = (
            dashboard.tables.producers_panel, dashboard.tables.consumers_panel,
            dashboard.tables.chart_panel, dashboard.tables.events_panel,
        )  # fmt: skip
        await pilot.press("s")
        expected = {
            dashboard.tables.producers: ["state", "name", "now", "items", "rate", "making"],
            dashboard.tables.consumers: ["state", "name", "now", "items", "shares", "busy"],
        }
        for table, words in expected.items():
            headings = "".join(text for text, _ in table.heading(PALETTE)).split()
            assert headings == words
        seen = set()
        for at in (0.2, 1.0, 6.0):
            await advance(app, pilot, at)
            columns = place_all(dashboard.tables.consumers), place_all(dashboard.tables.queues)
            seen.add((tuple(panel.size.width for panel in panels), columns))
        assert len(seen) == 1


def place_all(table: Table) -> object:  # type: ignore[type-arg]
    return table.place_columns(table.scrollable_content_region.width)


def test_a_table_needs_room_for_each_of_its_columns() -> None:
    """With the gaps between them, and the margin."""
    least, enough = need(COLUMNS)
    assert keys(least - 3) == list(ORDER)
    assert keys(least - 4) == list(ORDER[:-1])
    assert enough == 20 + 30 + 8 + 12 + 3 + 2 + 1
