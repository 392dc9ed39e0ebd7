"""Spans of time as they are typed: `250ms`, `90`, `1.5h`, `1h30m`."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from pcsim.text import safe

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|s|m|h|d)", re.ASCII)
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(e[-+]?\d+)?", re.ASCII)


class Span(click.ParamType):  # type: ignore[type-arg]
    """Seconds above 0, or with `or_none` 0 too; with `words`, one of those as it is."""

    name = "time"

    def __init__(self, *words: str, or_none: bool = False) -> None:
        self.words = words
        self.or_none = or_none

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        """The seconds."""
        if value in self.words or isinstance(value, float):
            return value  # type: ignore[no-any-return]
        seconds = parsed(str(value))
        if seconds is None or not 0 <= seconds < math.inf or not (seconds or self.or_none):
            others = "".join(f", or {word}" for word in self.words)
            least = ", 0 or more," if self.or_none else " above 0,"
            shown = safe(str(value), 40)
            self.fail(f"'{shown}' is no time{least} such as 90, 250ms or 1h30m{others}")
        return seconds


def parsed(text: str) -> float | None:
    """The seconds that a text means; a number alone is seconds. None where it means none."""
    text = text.strip().lower()
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return math.fsum(float(number) * UNITS[unit] for number, unit in parts)
    return float(text) if _NUMBER.fullmatch(text) else None
