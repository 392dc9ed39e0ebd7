"""Durations as they are typed: `250ms`, `90`, `1.5h`, `1h30m`."""

from __future__ import annotations

import math
from typing import Any

import click

from pcsim.text import parse_seconds, safe


class Duration(click.ParamType):  # type: ignore[type-arg]
    """An option's value in seconds: above 0, finite.

    Args:
        words: Words that are accepted as they are, such as `auto`.
        allow_zero: Whether 0 is accepted as well.
    """

    name = "time"

    def __init__(self, *words: str, allow_zero: bool = False) -> None:
        self.words = words
        self.allow_zero = allow_zero

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        """The seconds, or one of the words. Raises `click.BadParameter` for anything else."""
        if value in self.words or isinstance(value, float):
            return value  # type: ignore[no-any-return]
        seconds = parse_seconds(str(value))
        is_time = seconds is not None and 0 <= seconds < math.inf
        if seconds is None or not is_time or not (seconds or self.allow_zero):
            problem = "is not a time above 0" if is_time else "is not a time"
            words = "".join(f", or {word}" for word in self.words)
            self.fail(f"'{safe(str(value), 40)}' {problem}; try 90, 250ms or 1h30m{words}")
        return seconds
