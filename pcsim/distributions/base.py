"""The base class of all distributions of times, and the ranges of their parameters."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import force_setattr, replace

from pcsim.errors import ScenarioError
from pcsim.validation import LONGEST, SHORTEST

if TYPE_CHECKING:
    from numpy import float64
    from numpy.random import Generator
    from numpy.typing import NDArray

BLOCK = 512
"""The number of times drawn at once. A run is repeatable only with this size: numpy promises
the same numbers for the same calls, and the size is an argument of the call."""


class Range(Struct, frozen=True):
    """The numbers from `least` to `most`, and 0 if `or_zero`, with a description in words."""

    words: str
    least: float
    most: float
    or_zero: bool = False
    whole: bool = False

    @property
    def meta(self) -> Meta:
        """What msgspec puts into a JSON Schema, and does not check."""
        limits = {"minimum": 0 if self.or_zero else self.least, "maximum": self.most}
        return Meta(description=self.words, extra_json_schema=limits)

    def has(self, value: object) -> bool:
        """Return whether the value is a number in the range; True and False are no numbers."""
        kinds = int if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return False
        return self.least <= value <= self.most or (self.or_zero and not value)


DURATION = Range("seconds, 0 or from 1e-12 to 1e12", SHORTEST, LONGEST, or_zero=True)
POSITIVE_DURATION = Range("seconds, from 1e-12 to 1e12", SHORTEST, LONGEST)
CV = Range("standard deviation / mean, from 1e-6 to 1000 (for 0 write a number)", 1e-6, 1e3)
HIGH_CV = Range("standard deviation / mean, from 1 to 1000 (gamma can have less)", 1, 1e3)
PHASES = Range("a whole number from 1 to 1000", 1, 1000, whole=True)

Duration: TypeAlias = Annotated[float, DURATION.meta]
PositiveDuration: TypeAlias = Annotated[float, POSITIVE_DURATION.meta]


def packed(block: NDArray[float64]) -> Sequence[float]:
    """Return the numbers in 8 bytes each.

    A list takes four times that, too much for the processor's cache with a thousand workers.
    """
    return array("d", block.tobytes())


class Distribution(Struct, frozen=True, forbid_unknown_fields=True, tag_field="distribution"):
    """A distribution of times in seconds. Frozen, and equal by value."""

    # msgspec does not check the ranges: its checks come first, and its errors lack the value.
    ranges: ClassVar[Mapping[str, Range]] = {}

    def __post_init__(self) -> None:
        for parameter, allowed in self.ranges.items():
            value = getattr(self, parameter)
            if not allowed.has(value):
                raise self.error(parameter, allowed.words, value)
            force_setattr(self, parameter, value if allowed.whole else float(value))

    @property
    def mean(self) -> float:
        """The mean, in seconds."""
        raise NotImplementedError

    @property
    def scv(self) -> float:
        """The squared coefficient of variation, variance / mean²; 0 where the mean is 0."""
        raise NotImplementedError

    @property
    def may_be_zero(self) -> bool:
        """Whether a time may be 0 seconds, not only by rounding."""
        return False

    def scaled(self, factor: float) -> Self:
        """Return the distribution of the same times, each multiplied by a factor above 0.

        Its draws are those of this one times the factor, from the same random numbers.

        Raises:
            ScenarioError: The times would be out of their range.
        """
        scales = {
            parameter: getattr(self, parameter) * factor
            for parameter, allowed in self.ranges.items()
            if allowed in (DURATION, POSITIVE_DURATION)
        }
        return replace(self, **scales)

    @property
    def variance(self) -> float:
        """The variance, in seconds squared."""
        return self.scv * self.mean * self.mean

    def _block(self, generator: Generator) -> NDArray[float64]:
        """The next times, `BLOCK` of them."""
        raise NotImplementedError

    def _blocks(self, generator: Generator) -> Iterator[Sequence[float]]:
        """All times, block after block."""
        while True:
            yield packed(self._block(generator))

    def _transform(self, s: float) -> float | None:
        """E[exp(-s X)] for an s of 0 or more; None where there is no simple formula."""
        return None

    def _moment(self, rate: float) -> float | None:
        """E[exp(rate X)] for a rate of 0 to below `_pole`; None where it is always infinite."""
        return self._transform(-rate)

    def _pole(self) -> float:
        """The least rate r, per second, for which E[exp(r X)] is infinite."""
        return math.inf

    def _description(self) -> str:
        """The distribution in words."""
        raise NotImplementedError

    @property
    def label(self) -> str:
        """What messages call it: `distribution 'gamma'`."""
        return f"distribution {self.__struct_config__.tag!r}"

    def error(
        self, parameter: str, expected: str, value: object, index: int | None = None
    ) -> ScenarioError:
        """Return the error for a wrong value of a parameter (of one of its elements)."""
        return ScenarioError(
            field=parameter, owner=self.label, value=value, expected=expected, index=index
        )
