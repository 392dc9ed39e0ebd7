"""Limits that a system has to keep, as they are written: `p95 wait < 1s`, `loss orders < 0.1%`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from pcsim.errors import ScenarioError
from pcsim.experiments.variants.measures import (
    MORE_IS_BETTER,
    SHARES,
    TIMES,
    Measure,
    read_measures,
)
from pcsim.scenario import Scenario
from pcsim.text import either, parse_seconds, quantity, safe
from pcsim.theory.statistics import Interval

EXAMPLES = "try 'p95 wait < 1s', 'loss orders < 0.1%', 'throughput > 9/s' or 'utilization < 80%'"
_SIGN = re.compile(r"<=|>=|<|>")
_NUMBER = re.compile(r"([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*([a-z%/]*)", re.ASCII | re.IGNORECASE)
_RATES = {"": 1.0, "/s": 1.0, "/min": 1 / 60, "/h": 1 / 3600}
_SHARES = {"": 1.0, "%": 0.01}
_PLAIN = {"": 1.0}


class Limit(NamedTuple):
    """A limit of one measure.

    A quantile is tested as a share: `p95 wait < 1s` is that at most 5 % wait for longer than 1 s.
    So no quantile has to be estimated, and few runs are enough.

    Attributes:
        measure: What is tested, a mean or a share.
        bound: What it must not pass.
        is_least: Whether the bound is the least value, and not the most.
        asked: The limit as it was asked for, with the name of what it is about.
    """

    measure: Measure
    bound: float
    is_least: bool
    asked: str

    def text(self, value: Interval) -> str:
        """What was measured, in words: `0.38 ± 0.02 % wait longer than 1 s`."""
        number = self.measure.interval_text(value)
        if self.measure.beyond is None:
            return number
        verb = "wait" if self.measure.kind == "wait" else "stay"
        return f"{number} {verb} longer than {quantity(self.measure.beyond, 's')}"

    @property
    def allowed(self) -> str:
        """The bound in words: `at most 5 %`."""
        return f"at {'least' if self.is_least else 'most'} {self.measure.text(self.bound)}"

    def excess(self, value: float) -> float:
        """How far a value is on the wrong side of the bound; below 0 on the right one."""
        return self.bound - value if self.is_least else value - self.bound


def read_limits(text: str, scenario: Scenario) -> list[Limit]:
    """Read a limit.

    Args:
        text: A measure, `<` or `>`, and a number with its unit: `p95 wait < 1s`. A limit without
            the name of a queue is one for each queue, `utilization` one for each consumer.
        scenario: The names in it may be used.

    Raises:
        ScenarioError: It is none; the message says what would be right.

    >>> from pcsim.scenario import demos
    >>> (limit,) = read_limits("p95 wait < 1s", demos.find("basic"))
    >>> limit.measure.label, limit.measure.beyond, round(limit.bound, 6)
    ('wait main', 1.0, 0.05)
    """
    sign = _SIGN.search(text)
    if sign is None:
        raise ScenarioError(f"'{safe(text, 60)}' is no limit: {EXAMPLES}", value=text)
    measures = read_measures(text[: sign.start()].strip(), scenario)
    is_least = sign[0].startswith(">")
    kind = measures[0].kind
    if is_least is not (kind in MORE_IS_BETTER):
        right = ">" if kind in MORE_IS_BETTER else "<"
        problem = f"'{safe(text, 60)}': a limit of {kind} is written with {right}"
        raise ScenarioError(problem, value=text)
    number = _value(text[sign.end() :].strip(), kind, text)
    return [_limit(one, number, is_least) for one in measures]


def _limit(measure: Measure, number: float, is_least: bool) -> Limit:
    asked = f"{measure.label} {'>' if is_least else '<'} {measure.text(number)}"
    if measure.quantile is None:
        return Limit(measure, number, is_least, asked)
    beyond = measure._replace(quantile=None, beyond=number)
    return Limit(beyond, round(1 - measure.quantile, 12), is_least, asked)


def _value(text: str, kind: str, whole: str) -> float:
    """The number behind the sign, by its unit."""
    number = parse_seconds(text) if kind in TIMES else _scaled(text, kind)
    if number is None:
        needed = "a time, such as 250ms or 1h30m" if kind in TIMES else _numbers(kind)
        raise ScenarioError(f"'{safe(whole, 60)}': {kind} needs {needed}", value=whole)
    if not 0 < number < math.inf or (kind in SHARES and number >= 1):
        most = " and below 100 %" if kind in SHARES else ""
        problem = f"'{safe(whole, 60)}': the limit must be above 0{most}"
        raise ScenarioError(problem, value=whole)
    return number


def _scaled(text: str, kind: str) -> float | None:
    found = _NUMBER.fullmatch(text)
    factor = _units(kind).get(found[2].lower()) if found else None
    return float(found[1]) * factor if found and factor else None


def _units(kind: str) -> dict[str, float]:
    if kind in SHARES:
        return _SHARES
    return _RATES if kind in MORE_IS_BETTER else _PLAIN


def _numbers(kind: str) -> str:
    words = [unit for unit in _units(kind) if unit]
    return f"a number with {either(words)}, or without" if words else "a number"


def limits_of(texts: Iterable[str], scenario: Scenario) -> tuple[Limit, ...]:
    """Read all limits.

    Args:
        texts: One or more.
        scenario: The names in them may be used.

    Raises:
        ScenarioError: One is wrong, or there is none.
    """
    texts = [texts] if isinstance(texts, str) else list(texts)
    found = [one for text in texts for one in read_limits(text, scenario)]
    if not found:
        raise ScenarioError(f"there is no limit: {EXAMPLES}")
    return tuple(dict.fromkeys(found))
