"""A plugin for pytest that writes down the outcome of each test as soon as it has one."""

import json
import os
import queue
from pathlib import Path
from typing import Any

_OUTCOMES = Path(os.environ["PCSIM_OUTCOMES"])


def _write(name: str, outcome: str) -> None:
    with _OUTCOMES.open("a", encoding="utf-8") as file:
        file.write(json.dumps([name, outcome]) + "\n")


def pytest_sessionstart() -> None:
    """Note whose queues these are."""
    _write("queue.Queue", queue.Queue.__module__)


def pytest_runtest_logreport(report: Any) -> None:
    """Note the outcome of a test, and of its setup and teardown where they fail."""
    if report.when == "call" or report.outcome != "passed":
        _write(report.nodeid, report.outcome)


def pytest_collectreport(report: Any) -> None:
    """Note a file that could not be collected."""
    if report.failed:
        _write(report.nodeid, "failed")
