"""The numbered demos: scenario files that come with pcsim, each read when it is first wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from pcsim.scenario import Scenario

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


class _Demos(Sequence["Scenario"]):
    """All of them: who asks whether a scenario is one of them reads that one at most."""

    def __len__(self) -> int:
        return len(NAMES)

    @overload
    def __getitem__(self, place: int) -> Scenario: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Scenario, ...]: ...
    def __getitem__(self, place: int | slice) -> Scenario | tuple[Scenario, ...]:
        if isinstance(place, slice):
            return tuple(map(_demo, NAMES[place]))
        return _demo(NAMES[place])

    def __iter__(self) -> Iterator[Scenario]:
        return map(_demo, NAMES)

    def __contains__(self, scenario: object) -> bool:
        name = getattr(scenario, "name", None)
        return name in NAMES and _demo(name) == scenario


DEMOS: Sequence[Scenario] = _Demos()
"""The demos in the order of their numbers."""
