"""The columns of each table, and which of them stay where room is short: one table for all."""

from __future__ import annotations

from pcsim.tui.column_layout import Column
from pcsim.tui.glyphs import SPENT

LEGEND = " ".join(f"{word} {glyph}" for _, word, glyph in SPENT[:3])
"""The heading of the bars of shares. A pause is seen in the state of a worker as well."""

WORKERS = (
    Column("state", "state", 9),
    Column("name", "name", 14, 14, 24),
    Column("why", "now", 12, 16, 40),
    Column("progress", "progress", 5, 10, 16, align=">", short="done"),
    Column("items", "items", 5, 6, align=">"),
    Column("rate", "rate", 6, 8, align=">"),
    Column("shares", LEGEND, 8, len(LEGEND), 24, short="shares", is_extra=True),
    Column("busy", "busy", 5, align=">"),
)
PRODUCERS = (*WORKERS[:-1], Column("busy", "making", 6, align=">"))
QUEUES = (
    Column("name", "name", 10, 14, 22),
    Column("bar", "fill", 8, 10, 32),
    Column("depth", "depth", 5, 5, 16, align=">"),
    Column("word", "", 6),
    Column("in", "in", 6, 8, align=">"),
    Column("out", "out", 6, 8, align=">"),
    Column("wait", "mean wait", 6, 9, align=">", short="wait"),
    Column("p99", "p99 wait", 6, 8, align=">", short="p99"),
    Column("oldest", "oldest", 6, 8, align=">"),
    Column("full", "time full", 5, 9, align=">", short="full"),
    Column("dropped", "dropped", 5, 7, align=">", short="drops"),
)

PRIORITY = {
    "queues": (
        "name", "depth", "bar", "word", "full", "dropped", "out", "in", "wait", "oldest", "p99",
    ),
    "workers": ("name", "state", "busy", "items", "why", "shares", "rate", "progress"),
    "producers": ("name", "state", "busy", "items", "why", "progress", "rate", "shares"),
    "consumers": ("name", "state", "busy", "items", "why", "shares", "rate", "progress"),
}  # fmt: skip
"""For each table the keys of its columns, the one that leaves last first.

What shows the limit of a system outlives what explains it: how busy a worker is and how many
items it has brought on, before what it is doing now; how full a queue is, before its times.
"""
