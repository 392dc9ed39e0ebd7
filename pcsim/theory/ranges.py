"""Checks that the numbers a formula gets are ones that it holds for."""

from __future__ import annotations

import math

from pcsim.errors import TheoryError


def positive(name: str, value: float) -> float:
    """The value; a `TheoryError` that names it if it is not finite and above 0."""
    if not 0 < value < math.inf:
        raise TheoryError(f"{name} must be finite and above 0: {value}")
    return value


def not_negative(name: str, value: float) -> float:
    """The value; a `TheoryError` that names it if it is not finite and 0 or more."""
    if not 0 <= value < math.inf:
        raise TheoryError(f"{name} must be finite and 0 or more: {value}")
    return value


def whole(name: str, value: float, least: int) -> int:
    """The value; a `TheoryError` that names it if it is not a whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise TheoryError(f"{name} must be a whole number, {least} or more: {value}")
    return value


def quantile_share(value: float) -> float:
    """The value; a `TheoryError` if it is not from 0 to below 1."""
    if not 0 <= value < 1:
        raise TheoryError(f"the share of a quantile must be from 0 to below 1: {value}")
    return value


def stable(model: str, load: float) -> float:
    """The load (arrivals' work per time that the servers have); a `TheoryError` if an unbounded
    queue grows without end under it."""
    if not load < 1:
        raise TheoryError(
            f"{model} has no steady state: its load is {load:.6g} and has to be below 1, "
            "else the queue grows without end"
        )
    return load
