"""The numbered demos: scenario files that come with pcsim, each read when it is first wanted."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcsim.scenario import Scenario

    DEMOS: tuple[Scenario, ...]

NAMES = (
    "basic",
    "shared",
    "back-pressure",
    "round-robin",
    "deadlock",
    "starvation",
    "overflow",
    "failures",
    "bursts",
)
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
    # These files are ours and right: a test reads them as any other file and compares. What looks
    # for mistakes and their lines need not be loaded for them.
    import tomllib
    from pkgutil import get_data  # `importlib.resources` takes as long as all the rest of this

    from msgspec import convert

    from pcsim.scenario import Scenario

    data = get_data(__name__, f"{NAMES.index(name) + 1}-{name}.toml")
    if data is None:  # by a loader that reads no files
        raise FileNotFoundError(f"the demo {name} did not come with pcsim")
    tables = tomllib.loads(data.decode())
    for kind in ("queues", "producers", "consumers"):
        tables[kind] = [{"name": key, **spec} for key, spec in tables[kind].items()]
    return convert({**tables, "name": name}, Scenario)


def __getattr__(name: str) -> object:
    if name == "DEMOS":
        return tuple(map(_demo, NAMES))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
