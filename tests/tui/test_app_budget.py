"""The benchmark of what the app costs fails where the app was throttled, or is too dear."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

EVEN = {"rates": [[[100.0, 50.0], [99.0, 50.0]]] * 3, "answers": 9}
"""Turns in which a view takes 1 % by the processor, and nothing by the clock."""
SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "app_budget.py"


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, whose app is not run: it reports what `module.report` says."""
    spec = importlib.util.spec_from_file_location("app_budget", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.report = {"cpu": 5.0, "looks": 10.0, **EVEN}
    monkeypatch.setattr(module, "in_terminal", lambda *_: (module.report, 50e3))
    return module


def test_it_is_content_with_an_app_that_looks_as_often_as_it_should(budget: Any) -> None:
    """Within a tenth."""
    for looks in (9.1, 10.0):
        budget.report = {"cpu": 0.5, "looks": looks, **EVEN}
        assert budget.measure(1.0, 1) == []


def test_it_fails_where_the_app_was_throttled(budget: Any) -> None:
    """However little it used then; it names each part and the looks that were reached."""
    budget.report = {"cpu": 0.5, "looks": 2.0, **EVEN}
    wrong = budget.measure(1.0, 1)
    assert len(wrong) == 12
    assert wrong[0] == "throttled: 2.0 looks/s instead of 10 (120x40, 10 rows, changing)"
    budget.report = {"cpu": 0.5, "looks": 1.0, **EVEN}
    assert any("instead of 2 " in one for one in budget.measure(1.0, 1))


def test_it_fails_where_a_limit_is_exceeded(budget: Any) -> None:
    """With what was measured and what is allowed."""
    budget.report = {"cpu": 30.0, "looks": 10.0, **EVEN}
    assert "CPU, 120x40, 10 rows, 10.0 looks/s: 30.0 %, never above 10 %" in budget.measure(1.0, 1)


def test_it_fails_where_a_view_takes_too_much_from_the_run(budget: Any) -> None:
    """By the processor or by the clock, where that is sure."""
    dear = [[[100.0, 50.0], [96.0, 50.0]]] * 3
    budget.report = {"cpu": 0.5, "looks": 10.0, "rates": dear, "answers": 9}
    name = "of a busy run, what-if with answers on their way"
    assert f"{name}: 4.0 ±0.0 %, never above 3 %" in budget.measure(1.0, 1)
    budget.report = {"cpu": 0.5, "looks": 10.0, **EVEN, "answers": 0}
    assert any(name in one for one in budget.measure(1.0, 1)), "nothing was worked out"
    uneven = [[[100.0, 50.0], [100.0, wall]] for wall in (30.0, 50.0, 60.0)]
    budget.report = {"cpu": 0.5, "looks": 10.0, "rates": uneven, "answers": 9}
    assert budget.measure(1.0, 1) == []
