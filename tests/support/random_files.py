"""Random scenario files: sound ones of which a few keys have got some other value."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from random import Random
from typing import Any

NUMBERS: Sequence[Any] = (
    -1, 0, 1, 2, 3, 7, 1000, 1001, 10**9, 10**9 + 1, -(10**9), 10**18, 10**18 + 1, 2**63 - 1,
    -0.5, 0.0, 1e-13, 1e-12, 1e-6, 0.3, 1.0, 2.5, 1e12, 1.1e12, math.inf, math.nan,
)  # fmt: skip
TEXTS: Sequence[Any] = (
    "a", "b", "auto", "fail", "skip", "block", "drop_new", "drop_old", "random", "shortest",
    "broadcast", "longest", "priority", "lifo", "fifo", "", " ", "x" * 201, "times.csv",
    "../times.csv", "/times.csv", "~x", "C:x.csv", "a$b.csv", "seconds", "none",
)  # fmt: skip
TIMES: Sequence[Any] = (
    {"distribution": "exponential", "mean": 1.0}, {"distribution": "exponential", "mean": 0},
    {"distribution": "uniform", "low": 0, "high": 1},
    {"distribution": "uniform", "low": 0, "high": 0},
    {"distribution": "uniform", "low": 2, "high": 1},
    {"distribution": "normal", "mean": 1, "sd": 1},
    {"distribution": "lognormal", "mean": 1, "cv": 2},
    {"distribution": "gamma", "mean": 1, "cv": 0},
    {"distribution": "erlang", "mean": 1, "phases": 3}, {"distribution": "erlang", "mean": 1},
    {"distribution": "erlang", "mean": 1, "phases": 2.5},
    {"distribution": "hyperexponential", "mean": 1, "cv": 0.5},
    {"distribution": "hyperexponential", "mean": 1, "cv": 2},
    {"distribution": "empirical", "values": [1, 2]}, {"distribution": "empirical", "values": []},
    {"distribution": "empirical", "values": [0, 0]}, {"distribution": "empirical"},
    {"distribution": "empirical", "values": [1, -1]},
    {"distribution": "empirical", "csv": "times.csv", "column": "seconds"},
    {"distribution": "empirical", "csv": "times.csv"},
    {"distribution": "empirical", "csv": "../times.csv", "column": "seconds"},
    {"distribution": "empirical", "values": [1], "csv": "times.csv", "column": "seconds"},
    {"distribution": "instants", "at": [1, 2]}, {"distribution": "instants", "at": [2, 1]},
    {"distribution": "instants", "csv": "times.csv", "column": "seconds"}, {"distribution": "odd"},
    {},
)  # fmt: skip
LISTS: Sequence[Any] = (
    [], ["a"], ["a", "b"], ["b", "a"], ["a", "a"], ["a", ""], [1], [1, 2], [0, 0], [0, 1], [1, -1],
    [1, 1e13], [1, 2, 3],
)  # fmt: skip
TABLES: Sequence[Any] = (
    {"on": 1, "off": 1}, {"on": 0, "off": 1}, {"on": 1, "off": 0}, {"on": 1e-13, "off": 1},
    {"on": {"distribution": "uniform", "low": 0, "high": 0}, "off": 1},
    {"on": {"distribution": "empirical", "values": [0]}, "off": 1},
    {"on": {"distribution": "instants", "at": [1]}, "off": 1}, {"on": 1},
    {"retries": 0, "dead_letter": "b"}, {"retries": 1000, "dead_letter": "b"},
    {"retries": 1001, "dead_letter": "b"}, {"retries": -1, "dead_letter": "b"},
    {"retries": 1, "dead_letter": ""}, {"retries": 1}, {"retries": 1, "dead_letter": "none"},
    {"time": 1}, {"time": 0}, {"time": 1e-13}, {"items": 1}, {"items": 0}, {"time": 1, "items": 9},
)  # fmt: skip
KEYS = {
    "queues": ("capacity", "overflow", "discipline"),
    "producers": (
        "queue", "interval", "items", "count", "routing", "weights", "put_timeout", "bursts",
        "priority",
    ),
    "consumers": (
        "queue", "service_time", "max_items", "output", "on_error", "count", "selection",
        "routing", "weights", "put_timeout", "failure_probability",
    ),
    "": ("seed", "warm_up", "end", "title", "sed"),
}  # fmt: skip


def some_value(random: Random) -> Any:
    """Any value that a key could have by mistake or not."""
    return random.choice(
        random.choice((NUMBERS, NUMBERS, TEXTS, TEXTS, TIMES, LISTS, TABLES, (True,)))
    )


def fitting_value(random: Random, key: str) -> Any:
    """A value of a kind that the key has."""
    kinds: dict[str, Sequence[Any]] = {
        "weights": LISTS, "queue": LISTS, "output": LISTS, "bursts": TABLES, "on_error": TABLES,
        "end": TABLES, "interval": TIMES, "service_time": TIMES,
    }  # fmt: skip
    texts = ("overflow", "discipline", "routing", "selection")
    return random.choice(TEXTS if key in texts else kinds.get(key, NUMBERS))


def random_file(seed: int) -> dict[str, Any]:
    """A scenario with two queues, in which one to three keys have random values."""
    random = Random(seed)
    file: dict[str, Any] = {
        "queues": {"a": {}, "b": {}},
        "producers": {"P": {"queue": random.choice(("a", ["a", "b"])), "interval": 1}},
        "consumers": {
            "S": {"queue": "a", "output": random.choice(("b", ["b"], ["a", "b"]))},
            "C": {"queue": ["a", "b"], "service_time": 0.5},
        },
    }
    for _ in range(random.randint(1, 2)):
        kind = random.choice(("queues", "producers", "producers", "consumers", "consumers", ""))
        table = random.choice(list(file[kind].values())) if kind else file
        key = random.choice(KEYS[kind])
        table[key] = some_value(random) if random.random() < 0.2 else fitting_value(random, key)
    if random.random() < 0.05:
        del file[random.choice(("producers", "consumers"))]
    if random.random() < 0.1:
        file["queues"][random.choice(("", " ", "y" * 201, "a b"))] = {}
    return file


def toml_of(file: dict[str, Any]) -> str:
    """The file as TOML."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in file.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, (bool, str)):
        return json.dumps(value)
    return repr(value)
