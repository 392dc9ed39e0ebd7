"""Columns fit their width, and the least important ones make room for the others."""

from __future__ import annotations

from pcsim.tui.column_layout import Column, as_wide_as, place
from pcsim.tui.widgets.worker_table import ProducerTable

COLUMNS = (
    Column("name", "name", 8, 20),
    Column("bar", "fill", 10, 30, rank=1),
    Column("rate", "rate", 8, align=">", rank=2),
    Column("more", "more", 12, rank=3),
)


def test_columns_never_need_more_than_there_is() -> None:
    """At every width, and the first column is always there."""
    for width in range(1, 140):
        gap, placed = place(COLUMNS, width)
        used = sum(cells for _, cells in placed) + gap * (len(placed) - 1)
        assert used <= width, width
        assert placed[0].column.key == "name"


def test_the_least_important_column_leaves_first() -> None:
    """In order of rank, the highest first."""
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
    """It then has its short heading."""
    columns = (COLUMNS[0], COLUMNS[1]._replace(short_width=3, short="f"), COLUMNS[2])
    roomy, tight, narrow = (place(columns, width).placed for width in (28, 21, 20))
    assert [(placed.column.heading(placed.width), placed.width) for placed in roomy] == [
        ("name", 8), ("fill", 10), ("rate", 8),
    ]  # fmt: skip
    assert [(placed.column.heading(placed.width), placed.width) for placed in tight] == [
        ("name", 8), ("f", 3), ("rate", 8),
    ]  # fmt: skip
    assert [placed.column.key for placed in narrow] == ["name", "bar"]


def test_half_of_120_columns_has_room_for_progress_and_throughput() -> None:
    """Producers show both, as long as their names are not long."""
    for longest in (2, 7, 12):
        fitted = as_wide_as(ProducerTable.COLUMNS, "name", longest)
        widths = {placed.column.key: placed.width for placed in place(fitted, 56).placed}
        assert widths["name"] == longest
        assert {"state", "why", "progress", "rate"} <= widths.keys()


def test_a_column_is_as_wide_as_what_it_will_ever_show() -> None:
    """More room does not make it wider."""
    fitted = as_wide_as(COLUMNS, "name", 5)
    assert place(fitted, 140).placed[0].width == 5
