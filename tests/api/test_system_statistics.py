"""`ProducerConsumerSystem`: its statistics and its report."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pcsim import WorkerError
from pcsim.system import run_of
from tests.support.engines import Boom, failing_at, line


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


def test_the_limit_of_own_functions_is_simulated_with_the_times_that_they_took(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The report of a run that has finished has it, and `diagnose` alone finds it, once."""
    system = line(range(40), lambda _: time.sleep(0.004), capacity=3)
    with system:
        pass
    found = system.diagnose()
    assert found["bottleneck"] == "C"
    assert "Estimated from what was measured" in str(found["advice"])
    diagnose = system._reports._found
    assert diagnose(run_of(system)) is diagnose(run_of(system))
    assert system.get_statistics()["sentence"] == found["sentence"]
    system.print_statistics()
    assert "Estimated from what was" in capsys.readouterr().out


def test_a_run_that_has_not_begun_or_has_failed_has_no_diagnosis() -> None:
    """There is nothing to simulate; the sentence says what happened."""
    system = line(range(40), failing_at(3, Boom("no")))
    assert system.diagnose()["diagnosis"] is None
    with pytest.raises(WorkerError), system:
        pass
    assert system.diagnose()["diagnosis"] is None
    assert "C failed" in str(system.diagnose()["sentence"])
