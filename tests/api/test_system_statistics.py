"""`ProducerConsumerSystem`: its statistics and its report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engines import line


def test_the_statistics_have_the_agreed_keys() -> None:
    """A program can rely on these names."""
    system = line(range(7), None)
    with system:
        pass
    stats: Any = system.get_statistics()
    assert {
        "duration", "total_produced", "total_consumed", "total_queue_remaining", "queue_stats",
        "producers", "consumers", "abandoned", "balanced",
    } <= set(stats)  # fmt: skip
    assert stats["total_produced"] == stats["total_consumed"] == 7
    assert stats["total_queue_remaining"] == 0
    assert stats["duration"] > 0
    assert set(stats["queue_stats"]) == {"q"}
    (producer,), (consumer,) = stats["producers"], stats["consumers"]
    assert (producer["name"], producer["items_produced"], producer["source_size"]) == ("P", 7, 7)
    assert (consumer["name"], consumer["items_consumed"]) == ("C", 7)


def test_a_source_of_unknown_size_has_none_in_the_statistics() -> None:
    """`source_size` is there where it is known."""
    system = line(iter(range(3)), None)
    with system:
        pass
    stats: Any = system.get_statistics()
    assert "source_size" not in stats["producers"][0]


def test_report_survives_a_narrow_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that speaks ASCII gets ASCII."""
    import io
    import sys

    raw = io.BytesIO()
    system = line(range(3), None)
    with system:
        pass
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    system.print_statistics()
    assert b"3 produced = 3 consumed" in raw.getvalue()
