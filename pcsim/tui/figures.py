"""Numbers in few cells: whole, or in a shorter form that is true to its last digit.

`1:20` becomes `80s` and then `1m`, `12.3 k/s` becomes `12k/s`. A number is never cut: where no
form of it fits, there is `…` in its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pcsim import text

NOTHING_FITS = "…"


class Unit(NamedTuple):
    """A unit, and which numbers are written in it."""

    name: str
    size: float
    smallest: float
    """The smallest number of it that is written."""
    largest: float = math.inf
    """From this number of it on, it is not used."""
    most_digits: int = 3
    """Significant digits; a whole number has as many as it needs."""


_TIMES = (
    Unit("s", 1.0, 0.095, 1e3),
    Unit("µs", 1e-6, 0.95, 1e3),
    Unit("ms", 1e-3, 0.095, 1e3),
    Unit("m", 60.0, 0.95, 1e2, 1),
    Unit("h", 3600.0, 0.95, 1e3, 1),
    Unit("d", 86_400.0, 0.95, most_digits=1),
)
_RATES = (
    Unit("/s", 1.0, 0.0095, 1e4),
    Unit("/m", 1 / 60, 0.95, 1e1),
    Unit("/h", 1 / 3600, 0.95, 1e2),
    Unit("/d", 1 / 86_400, 0.0095, 1e2),
    Unit("k/s", 1e3, 0.95, 1e3),
    Unit("M/s", 1e6, 0.95, 1e3),
    Unit("G/s", 1e9, 0.95),
)
_COUNTS = (
    Unit("", 1.0, 0.95, 1e4),
    Unit("k", 1e3, 0.95, 1e3),
    Unit("M", 1e6, 0.95, 1e3),
    Unit("G", 1e9, 0.95),
)
"""The units of each kind, that of 0 first."""


def duration(seconds: float | None, width: int) -> str:
    """Return a duration in seconds as the most exact text of at most `width` cells.

    >>> [duration(80.0, width) for width in (8, 3, 2)]
    ['80.0 s', '80s', '1m']
    """
    return _shortest(text.duration(seconds), seconds, _TIMES, width)


def few_digits(seconds: float) -> float:
    """Return a duration so far that is read in few digits: `36 ms`, `3.6 ms`."""
    return round(seconds, 3 if seconds >= 0.01 else 4)


def rate(per_second: float | None, width: int) -> str:
    """Return items a second as the most exact text of at most `width` cells.

    >>> [rate(12_345.0, width) for width in (8, 6, 5)]
    ['12.3 k/s', '12k/s', '12k/s']
    """
    return _shortest(text.rate(per_second), per_second, _RATES, width)


def count(number: int, width: int) -> str:
    """Return a number of things as the most exact text of at most `width` cells.

    >>> [count(4321, width) for width in (4, 3, 2)]
    ['4321', '4k', '4k']
    """
    return _shortest(text.count(number), number, _COUNTS, width)


def percent(share: float | None, width: int) -> str:
    """Return a share of 0 to 1 as `78 %`, or `78%` where that has no room."""
    whole = text.percent(share)
    forms = (whole, whole.replace(" ", ""))
    return next((form for form in forms if len(form) <= width), _no(width))


def depth(waiting: int, capacity: int | None, width: int) -> str:
    """Return depth and capacity, `3/10`; where both have no room, or nothing limits the depth, the
    depth alone."""
    if capacity is None:
        return count(waiting, width)
    whole = f"{text.count(waiting)}/{text.count(capacity)}"
    for form in (whole, whole.replace(" ", "")):
        if len(form) <= width:
            return form
    return count(waiting, width)


def _no(width: int) -> str:
    return NOTHING_FITS if width > 0 else ""


def _shortest(whole: str, number: float | None, units: Sequence[Unit], width: int) -> str:
    """The text itself, or else the most exact form of the number that fits."""
    if len(whole) <= width:
        return whole
    if number is None or not math.isfinite(number):
        return _no(width)
    forms = [form for form in _forms(number, units) if len(form.text) <= width]
    if not forms:
        return _no(width)
    return min(forms, key=lambda form: (form.error, form.is_fraction, len(form.text))).text


class _Form(NamedTuple):
    text: str
    error: float
    """The distance from the number, relative to it."""
    is_fraction: bool = False
    """Whether the number is below 1."""


def _forms(number: float, units: Sequence[Unit]) -> Iterator[_Form]:
    """Every way to write the number in one of the units, with few digits."""
    if number <= 0:
        yield _Form(f"0{units[0].name}", 0.0)
        return
    for unit in units:
        scaled = number / unit.size
        if not unit.smallest <= scaled < unit.largest:
            continue
        for digits in range(unit.most_digits, 0, -1):
            places = max(digits - 1 - math.floor(math.log10(scaled)), 0)
            shown = f"{scaled:.{places if unit.most_digits > 1 else 0}f}"
            if "." in shown:
                shown = shown.rstrip("0").rstrip(".")
            yield _Form(shown + unit.name, round(abs(float(shown) / scaled - 1), 9), scaled < 1)
