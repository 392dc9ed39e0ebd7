"""Variations as they are written, `clerk.count=1..12`, and the variants that they make."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product
from math import prod
from typing import Any, NamedTuple

from pcsim.errors import ScenarioError
from pcsim.scenario import Scenario
from pcsim.scenario.keys import find, with_value
from pcsim.text import safe

MOST_VALUES = 10_000
"""Values of one key."""
MOST_VARIANTS = 100_000
"""Variants of a grid."""
EXAMPLES = "try clerk.count=1..12, orders.capacity=1,5,10..20 or shop.interval=0.2:0.4:0.02"

_WHOLE = re.compile(r"([+-]?\d+)\.\.([+-]?\d+)", re.ASCII)
_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}


class Variation(NamedTuple):
    """A key of a scenario, and the values that it takes by turns."""

    path: str
    values: tuple[Any, ...]


class Variant(NamedTuple):
    """A scenario with some keys changed.

    Attributes:
        settings: The keys and their values; none for the scenario as it is.
        scenario: The changed scenario; None where these values do not go together.
        error: Why they do not, in a line.
        words: What it is called; "" for its settings.
    """

    settings: tuple[tuple[str, Any], ...]
    scenario: Scenario | None
    error: str = ""
    words: str = ""

    @property
    def label(self) -> str:
        """What it is, in a line."""
        settings = ", ".join(f"{path}={value_text(value)}" for path, value in self.settings)
        return self.words or settings or "as it is"


def value_text(value: object) -> str:
    """A value as it is written in a variation."""
    return safe(value, 60) if isinstance(value, str) else safe(repr(value), 60)


def read_variation(text: str) -> Variation:
    """Read a key and its values.

    Args:
        text: `path=value`; several values are separated by commas. `1..12` are whole numbers with
            both ends, `0.2:0.4:0.02` numbers in steps, with the end where a step meets it.

    Raises:
        ScenarioError: It is none; the message says what would be right.

    >>> read_variation("orders.capacity=1,2,5,10..12").values
    (1, 2, 5, 10, 11, 12)
    >>> read_variation("clerk.service_time=0.2:0.3:0.05").values
    (0.2, 0.25, 0.3)
    """
    path, sign, rest = text.partition("=")
    path = path.strip()
    if not (sign and path and rest.strip()):
        raise ScenarioError(f"'{safe(text, 60)}' is no PATH=VALUES: {EXAMPLES}", value=text)
    values: list[Any] = []
    for part in _parts(rest):
        values += _values(part.strip(), path)
        if len(values) > MOST_VALUES:
            raise ScenarioError(f"{path} has more than {MOST_VALUES:,} values", value=text)
    kept = [one for place, one in enumerate(values) if one not in values[:place]]
    return Variation(path, tuple(kept) if len(values) < 1000 else tuple(dict.fromkeys(values)))


def variations_of(vary: Mapping[str, object] | Iterable[str]) -> list[Variation]:
    """Return variations as a caller gives them.

    Args:
        vary: Values by the path of their key, each one value or a sequence; or texts, as
            `read_variation` takes them.

    Raises:
        ScenarioError: One is wrong, or a key is varied twice.
    """
    if isinstance(vary, str):
        vary = [vary]
    if isinstance(vary, Mapping):
        found = [Variation(path, _listed(path, values)) for path, values in vary.items()]
    else:
        found = [read_variation(text) for text in vary]
    paths = [one.path for one in found]
    for path in paths:
        if paths.count(path) > 1:
            raise ScenarioError(f"{path} is varied twice: give all its values at once")
    return found


def variants(scenario: Scenario, variations: Sequence[Variation]) -> list[Variant]:
    """Make every combination of the values, the last key varying fastest.

    Args:
        scenario: What is varied.
        variations: Its keys and their values.

    Returns:
        The variants. Those whose values do not go together have an error.

    Raises:
        ScenarioError: A key is unknown, a value fits no variant, or there are too many.
    """
    for one in variations:
        find(scenario, one.path)
    number = prod(len(one.values) for one in variations)
    if number > MOST_VARIANTS:
        raise ScenarioError(f"{number:,} variants are more than {MOST_VARIANTS:,}", value=number)
    paths = [one.path for one in variations]
    made = [
        variant_of(scenario, tuple(zip(paths, values, strict=True)))
        for values in product(*(one.values for one in variations))
    ]
    for place, variation in enumerate(variations):
        fitting = [one.settings[place][1] for one in made if one.scenario is not None]
        for value in variation.values:
            if value not in fitting:
                wrong = next(one for one in made if one.settings[place][1] == value)
                raise ScenarioError(wrong.error, value=value)
    return made


def variant_of(scenario: Scenario, settings: tuple[tuple[str, Any], ...]) -> Variant:
    """Return the variant with some settings; it has an error where they do not go together.

    They are made one after the other: one that does not fit yet may do so later.

    Args:
        scenario: What is varied.
        settings: Keys by their path, with their values.
    """
    left = list(settings)
    while left:
        later = []
        for path, value in left:
            try:
                scenario = with_value(scenario, path, value)
            except ScenarioError as wrong:
                later.append((path, value))
                error = str(wrong)
        if len(later) == len(left):
            return Variant(settings, None, error)
        left = later
    return Variant(settings, scenario)


def _listed(path: str, values: object) -> tuple[Any, ...]:
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        return (values,)
    listed = tuple(values)
    if not 1 <= len(listed) <= MOST_VALUES:
        raise ScenarioError(f"{path} has {len(listed):,} values: give 1 to {MOST_VALUES:,}")
    return listed


def _parts(text: str) -> list[str]:
    """The text cut at its commas, except those inside of brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        depth += 0 if quote else _BRACKETS.get(character, 0)
        if character == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _values(part: str, path: str) -> list[Any]:
    """The values of one part: one, or those of a range."""
    if found := _WHOLE.fullmatch(part):
        low, high = int(found[1]), int(found[2])
        if low > high or high - low >= MOST_VALUES:
            wanted = (
                f"its first number must be the smaller one, and it at most {MOST_VALUES:,} long"
            )
            raise ScenarioError(f"{path}: '{safe(part, 60)}' is no range: {wanted}")
        return list(range(low, high + 1))
    if part.count(":") == 2 and part[0] not in "\"'[{":
        return _steps(part, path)
    return [_value(part, path)]


def _steps(part: str, path: str) -> list[Any]:
    """`0.2:0.4:0.02`, computed in decimals: 0.3 is 0.3."""
    try:
        low, high, step = map(Decimal, part.split(":"))
        number = int((high - low) / step) + 1
    except (InvalidOperation, ArithmeticError, ValueError):
        number = 0
    if not 1 <= number <= MOST_VALUES or step <= 0 or high < low:
        wanted = f"it must be FROM:TO:STEP with 1 to {MOST_VALUES:,} values"
        raise ScenarioError(f"{path}: '{safe(part, 60)}' is no range: {wanted}")
    values = [low + place * step for place in range(number)]
    is_whole = all(one == one.to_integral_value() for one in (low, step))
    return [int(one) if is_whole else float(one) for one in values]


def _value(part: str, path: str) -> Any:
    """A number, or a string, which needs no quotes; in brackets as a scenario file has it."""
    if part[:1] in ("[", "{", '"', "'"):
        try:
            return tomllib.loads(f"value = {part}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            raise ScenarioError(f"{path}: '{safe(part, 60)}' is no value: {EXAMPLES}") from None
    if not part:
        raise ScenarioError(f"{path} has an empty value: {EXAMPLES}")
    for kind in (int, float):
        try:
            return kind(part)
        except ValueError:
            continue
    return part
