"""Plain data, as it is written to JSON."""

from __future__ import annotations

from collections.abc import Iterator


def numbers(value: object) -> Iterator[float]:
    """Every number in nested plain data."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner)
    elif isinstance(value, (int, float)):
        yield value
