"""Checks that the numbers a formula gets are ones that it holds for."""

from __future__ import annotations

import math

from pcsim.errors import TheoryError


def positive(name: str, value: float) -> float:
    """Return the value. Raises `TheoryError` unless it is finite and above 0."""
    if not 0 < value < math.inf:
        raise TheoryError(field=name, value=value, expected="finite and above 0")
    return value


def not_negative(name: str, value: float) -> float:
    """Return the value. Raises `TheoryError` unless it is finite and 0 or more."""
    if not 0 <= value < math.inf:
        raise TheoryError(field=name, value=value, expected="finite and 0 or more")
    return value


def whole(name: str, value: float, least: int) -> int:
    """Return the value. Raises `TheoryError` unless it is a whole number, `least` or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise TheoryError(field=name, value=value, expected=f"a whole number, {least} or more")
    return value


def between_0_and_1(name: str, value: float) -> float:
    """Return the value. Raises `TheoryError` unless it is above 0 and below 1."""
    if not 0 < value < 1:
        raise TheoryError(field=name, value=value, expected="between 0 and 1")
    return value


def quantile_share(value: float) -> float:
    """Return the value. Raises `TheoryError` unless it is from 0 to below 1."""
    if not 0 <= value < 1:
        raise TheoryError(field="share", value=value, expected="from 0 to below 1")
    return value


def stable(model: str, load: float) -> float:
    """Return the load (work that arrives, divided by what the servers can do).

    Raises `TheoryError` if an unbounded queue grows without end under it.
    """
    if not load < 1:
        problem = f"must be below 1, not {load:.6g}, or the queue grows without end"
        raise TheoryError(problem, field="load", owner=model, value=load)
    return load
