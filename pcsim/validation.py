"""Limits and checks of the values that describe a system: times, numbers, names.

Each raises `ScenarioError` with the field's name and, where `owner` is passed, what the field
belongs to, such as `"queue 'orders'"`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress

from pcsim.errors import ScenarioError

SHORTEST, LONGEST = 1e-12, 1e12
"""The least and the greatest time in seconds, so that rates and squares are far from infinite."""
LARGEST_NUMBER = 2**63 - 1
"""The greatest whole number that a TOML file can have, and so the greatest seed."""
LARGEST_COUNT = 10**18
"""The greatest number of items."""
LARGEST_CAPACITY = 10**9
LARGEST_PRIORITY = 10**9
"""Also the negative of the least one."""
MOST_RETRIES = 1_000
MOST_VALUES = 1_000_000
"""Numbers of a recorded distribution: they stay in memory, and each measure reads all of them."""
MOST_BURSTS = 1_000_000
"""Bursts of a producer in one of its intervals, on average: this many take about 0.2 s."""
LONGEST_NAME = 200
"""Characters."""

MOST_QUEUES, MOST_WORKERS = 1_000, 10_000
"""Of a scenario that is made in Python; each worker counts, not each spec."""
MOST_QUEUES_OF_FILE, MOST_WORKERS_OF_FILE = 256, 1_000
"""Of a scenario file, which may come from a stranger."""


def check_time(field: str, seconds: object, owner: str = "") -> float:
    """Return the time as a float. Raises `ScenarioError` unless it is 0 or 1e-12 to 1e12 s."""
    time = _finite_time(field, seconds, owner)
    if time > LONGEST:
        expected = "at most 1e12 seconds"
    elif 0 < time < SHORTEST:
        expected = "0, or 1e-12 seconds or more"
    else:
        return time
    raise ScenarioError(field=field, owner=owner, value=seconds, expected=expected)


def _finite_time(field: str, seconds: object, owner: str = "") -> float:
    time = math.inf
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
        with suppress(OverflowError):
            time = float(seconds)
    if math.isfinite(time) and time >= 0:
        return time
    raise ScenarioError(
        field=field, owner=owner, value=seconds, expected="a number of seconds, 0 or more"
    )


def check_positive_time(field: str, seconds: object, owner: str = "") -> float:
    """Return the time as a float. Raises `ScenarioError` unless it is from 1e-12 to 1e12 s."""
    time = check_time(field, seconds, owner)
    if not time:
        raise ScenarioError(field=field, owner=owner, value=seconds, expected="more than 0 seconds")
    return time


def check_timeout(seconds: float) -> float:
    """Return the timeout in seconds. Raises ValueError unless it is finite and 0 or more."""
    return _finite_time("timeout", seconds)


def check_weight(field: str, weight: object, owner: str = "", index: int | None = None) -> None:
    """Raise `ScenarioError` unless it is a number from 0 to 1e12."""
    if not _is_number(weight, LONGEST):
        expected = "a number from 0 to 1e12"
        raise ScenarioError(field=field, owner=owner, index=index, value=weight, expected=expected)


def check_probability(field: str, probability: object, owner: str = "") -> None:
    """Raise `ScenarioError` unless it is a number from 0 to 1."""
    if not _is_number(probability, 1):
        expected = "a number from 0 to 1"
        raise ScenarioError(field=field, owner=owner, value=probability, expected=expected)


def _is_number(value: object, greatest: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value <= greatest


def check_whole(
    field: str, number: object, greatest: int, least: int = 1, *, owner: str = ""
) -> None:
    """Raise `ScenarioError` unless it is a whole number in that range."""
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= greatest:
        expected = f"a whole number from {least:,} to {greatest:,}"
        raise ScenarioError(field=field, owner=owner, value=number, expected=expected)


def check_name(kind: str, name: object) -> None:
    """Raise `ScenarioError` unless it is a string of 1 to 200 characters that is not blank."""
    if not isinstance(name, str) or not name.strip():
        expected = "a string that is not blank"
    elif len(name) > LONGEST_NAME:
        expected = f"at most {LONGEST_NAME} characters long"
    else:
        return
    raise ScenarioError(field="name", owner=f"a {kind}", value=name, expected=expected)


def check_unique(kind: str, names: Sequence[str]) -> None:
    """Raise `ScenarioError` for a name that two of the kind have."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ScenarioError(duplicate(kind, name), value=name)
        seen.add(name)


def duplicate(kind: str, name: str) -> str:
    """Return the message about two queues or workers of one name."""
    return f"there are two {kind}s named {name!r}: names must differ"


def check_listed(field: str, names: Sequence[str], owner: str) -> None:
    """Raise `ScenarioError` unless the field names at least one queue, and each one once."""
    if not names:
        problem = "names no queue: name at least one"
        raise ScenarioError(problem, field=field, owner=owner, value=())
    seen = set[str]()
    for index, name in enumerate(names):
        if name in seen:
            problem = f"names queue {name!r} twice"
            raise ScenarioError(problem, field=field, owner=owner, index=index, value=name)
        seen.add(name)
