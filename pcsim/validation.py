"""The checks of what people describe a system with: times, numbers, names."""

from __future__ import annotations

import math
from typing import Any

from pcsim.errors import ScenarioError
from pcsim.text import safe, safe_value

SHORTEST, LONGEST = 1e-12, 1e12
"""Seconds: within them rates and squares are far from infinite."""


def check_time(what: str, seconds: object) -> float:
    """The span as a float. Raises `ScenarioError` unless it is 0, or from 1e-12 to 1e12 s."""
    span = _checked_span(what, seconds)
    if span > LONGEST:
        raise ScenarioError(f"{what} must be at most 1e12 seconds: {shown(seconds)}")
    if 0 < span < SHORTEST:
        raise ScenarioError(f"{what} must be 0, or 1e-12 seconds or more: {shown(seconds)}")
    return span


def _checked_span(what: str, seconds: object) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ScenarioError(f"{what} must be seconds, 0 or more: {shown(seconds)}")
    try:
        span = float(seconds)
    except OverflowError:
        span = math.inf
    if not math.isfinite(span) or span < 0:
        raise ScenarioError(f"{what} must be finite seconds, 0 or more: {shown(seconds)}")
    return span


def check_timeout(seconds: float) -> float:
    """A timeout in seconds. Raises ValueError unless it is finite and 0 or more."""
    return _checked_span("timeout", seconds)


def check_weight(what: str, weight: object) -> None:
    """Raises `ScenarioError` unless it is a number from 0 to 1e12."""
    if (
        isinstance(weight, bool)
        or not isinstance(weight, (int, float))
        or not 0 <= weight <= LONGEST
    ):
        raise ScenarioError(f"{what} must be a number from 0 to 1e12: {shown(weight)}")


def check_share(what: str, share: Any) -> None:
    """Raises `ScenarioError` unless it is a number from 0 to 1."""
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise ScenarioError(f"{what} must be a number from 0 to 1: {shown(share)}")


def check_whole(what: str, number: object, largest: int, least: int = 1) -> None:
    """Raises `ScenarioError` unless it is a whole number in that range."""
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= largest:
        told = f"{least} or more (at most {largest:,}): {shown(number)}"
        raise ScenarioError(f"{what} must be a whole number, {told}")


def check_name(kind: str, name: object) -> None:
    """Raises `ScenarioError` unless it is a text of 1 to 200 characters that is not blank."""
    if not isinstance(name, str) or not name.strip():
        raise ScenarioError(f"a {kind}'s name must be a text that is not blank: {shown(name)}")
    if len(name) > 200:
        raise ScenarioError(f"a {kind}'s name must have at most 200 characters: {len(name)}")


def check_unique(kind: str, names: tuple[str, ...]) -> None:
    """Raises `ScenarioError` for a name that is there twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ScenarioError(f"there are two {kind}s named {name!r}: names must differ")
        seen.add(name)


def check_listed(who: str, names: tuple[str, ...], does: str) -> None:
    """Raises `ScenarioError` unless there is a queue, and each once."""
    if not names:
        raise ScenarioError(f"{who} {does} no queue: name at least one")
    seen = set[str]()
    for name in names:
        if name in seen:
            raise ScenarioError(f"{who} lists queue {name!r} twice")
        seen.add(name)


def shown(value: object) -> str:
    """A wrong value as an error tells it: text in quotes."""
    return safe(repr(value), 60) if isinstance(value, str) else safe_value(value)
