"""The numbered demos: scenario files that come with pcsim, each read when it is first wanted."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcsim.scenario import Scenario

    DEMOS: tuple[Scenario, ...]

NAMES = ("basic", "shared", "back-pressure", "round-robin")
"""In the order of their numbers, from 1; the demo's file is `NUMBER-NAME.toml`."""


def find(key: str) -> Scenario:
    """The demo of that number (from 1) or name. Raises `KeyError`."""
    if key in NAMES:
        return _demo(key)
    if key.isascii() and key.isdigit() and len(key) < 4 and 1 <= int(key) <= len(NAMES):
        return _demo(NAMES[int(key) - 1])
    raise KeyError(key)


@cache
def _demo(name: str) -> Scenario:
    from pathlib import Path

    from msgspec.structs import replace

    from pcsim.scenario_file import parse

    file = Path(__file__).with_name(f"{NAMES.index(name) + 1}-{name}.toml")
    return replace(parse(file.read_text("utf-8"), file.name), name=name)


def __getattr__(name: str) -> object:
    if name == "DEMOS":
        return tuple(map(_demo, NAMES))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
