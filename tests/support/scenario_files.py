"""Scenario files for the tests: one that is valid, and the problems of those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcsim.errors import ScenarioFileError
from pcsim.scenario import Scenario, demos

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


WHOLE = """\
title = "Everything"
description = "All keys."
watch = "it."
seed = 4
warm_up = "auto"
end = { time = 3600, items = 9 }
[queues]
a = { capacity = 5, overflow = "drop_old", discipline = "lifo" }
b = {}
c = {}
[producers.P]
queue = ["a", "b"]
interval = { distribution = "hyperexponential", mean = 2, cv = 3 }
items = 7
count = 3
routing = "random"
weights = [1, 2.5]
put_timeout = 4
bursts = { on = 1, off = { distribution = "exponential", mean = 2 } }
priority = -2
[consumers.S]
queue = "a"
service_time = 2
max_items = 8
output = ["b"]
on_error = { retries = 2, dead_letter = "c" }
count = 2
routing = "shortest"
put_timeout = 0.5
failure_probability = 1
[consumers.E]
queue = ["b", "c"]
selection = "longest"
on_error = "skip"
"""
"""Every key there is."""

DEMO_FOLDER = Path(demos.__file__).parent


def demo_text(name: str) -> str:
    """The text of the demo's file."""
    (path,) = DEMO_FOLDER.glob(f"*-{name}.toml")
    return path.read_text()


def on_queue(keys: str) -> str:
    """`SMALL` with these keys of its queue."""
    return SMALL.replace("main = {}", f"main = {{ {keys} }}")


def on_producer(keys: str) -> str:
    """`SMALL` with these keys of its producer."""
    return SMALL.replace("[consumers", f"{keys}\n[consumers")


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
