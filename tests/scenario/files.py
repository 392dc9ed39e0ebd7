"""Scenario files for the tests: one that is valid, and the problems of those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcsim.errors import ScenarioFileError
from pcsim.scenario import Scenario

SOUND = """\
title = "Two queues"
end = { time = 60 }

[queues]
orders = { capacity = 5 }
refunds = { capacity = 5 }

[producers.Shop]
queue = "orders"
interval = 0.5

[producers.Support]
queue = "refunds"

[consumers.Clerk]
queue = ["orders", "refunds"]
service_time = 0.1
"""

SMALL = """\
[queues]
main = {}
[producers.P]
queue = "main"
[consumers.C]
queue = "main"
"""
"""The least that runs, in six lines."""


def read(text: str, folder: Path | None = None) -> Scenario:
    """The scenario of the text."""
    return Scenario.parse(text, "my.toml", folder)


def refused(text: str, folder: Path | None = None) -> list[str]:
    """What is wrong with the text, each as `line: words`; something must be."""
    with pytest.raises(ScenarioFileError) as caught:
        read(text, folder)
    lines = [f"{line}: {words}" for line, words in caught.value.problems]
    assert str(caught.value).splitlines() == [f"my.toml:{line}" for line in lines]
    return lines
