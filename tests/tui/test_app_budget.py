"""The benchmark of what the app costs fails where the app was throttled, or is too dear."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "app_budget.py"


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, whose app is not run: it reports what `module.report` says."""
    spec = importlib.util.spec_from_file_location("app_budget", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.report = {"cpu": 5.0, "looks": 10.0}
    monkeypatch.setattr(module, "in_terminal", lambda *_: (module.report, 50e3))
    return module


def test_it_is_content_with_an_app_that_looks_as_often_as_it_should(budget: Any) -> None:
    """Within a tenth."""
    for looks in (9.1, 10.0):
        budget.report = {"cpu": 0.5, "looks": looks}
        assert budget.measure(1.0, 1) == []


def test_it_fails_where_the_app_was_throttled(budget: Any) -> None:
    """However little it used then; it names each part and the looks that were reached."""
    budget.report = {"cpu": 0.5, "looks": 2.0}
    wrong = budget.measure(1.0, 1)
    assert len(wrong) == 8
    assert wrong[0] == "throttled: 2.0 looks/s instead of 10 (120x40, 10 rows, changing)"
    budget.report = {"cpu": 0.5, "looks": 1.0}
    assert any("instead of 2 " in one for one in budget.measure(1.0, 1))


def test_it_fails_where_a_limit_is_exceeded(budget: Any) -> None:
    """With what was measured and what is allowed."""
    budget.report = {"cpu": 30.0, "looks": 10.0}
    assert "CPU, 120x40, 10 rows, 10.0 looks/s: 30.0 %, never above 10 %" in budget.measure(1.0, 1)
