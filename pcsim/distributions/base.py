"""What all laws of random times have in common, and the limits of their parameters."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from pcsim.errors import ScenarioError
from pcsim.validation import LONGEST, SHORTEST

if TYPE_CHECKING:
    from numpy import float64
    from numpy.random import Generator
    from numpy.typing import NDArray

BLOCK = 512
"""So many numbers are drawn at once. It is part of what makes a run repeatable: numpy promises
the same numbers for the same calls, and the size is an argument of the call."""


class Range(Struct, frozen=True):
    """From `least` to `most`, or (`or_zero`) 0, and how that is said."""

    said: str
    least: float
    most: float
    or_zero: bool = False
    whole: bool = False

    @property
    def meta(self) -> Meta:
        """What msgspec tells of it in a JSON Schema, and does not check."""
        limits = {"minimum": 0 if self.or_zero else self.least, "maximum": self.most}
        return Meta(description=self.said, extra_json_schema=limits)

    def has(self, value: object) -> bool:
        """Whether the value is a number in the range; True and False are none."""
        kinds = int if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return False
        return self.least <= value <= self.most or (self.or_zero and not value)


SPAN = Range("seconds, 0 or from 1e-12 to 1e12", SHORTEST, LONGEST, or_zero=True)
LENGTH = Range("seconds, from 1e-12 to 1e12", SHORTEST, LONGEST)
CV = Range("standard deviation / mean, from 1e-6 to 1000 (for 0 write a number)", 1e-6, 1e3)
HIGH_CV = Range("standard deviation / mean, from 1 to 1000 (gamma can have less)", 1, 1e3)
PHASES = Range("a whole number from 1 to 1000", 1, 1000, whole=True)

Span: TypeAlias = Annotated[float, SPAN.meta]
Length: TypeAlias = Annotated[float, LENGTH.meta]


def packed(block: NDArray[float64]) -> Sequence[float]:
    """The same numbers, 8 bytes each until they are used: as a list they take four times that,
    which a thousand workers with a block each feel in the processor's cache."""
    return array("d", block.tobytes())


class Distribution(Struct, frozen=True, forbid_unknown_fields=True, tag_field="distribution"):
    """What every law of random times has. Frozen, equal by value; all times are seconds."""

    # The JSON Schema alone has the limits from msgspec: its own checks come first, and would not
    # say the value.
    ranges: ClassVar[Mapping[str, Range]] = {}

    def __post_init__(self) -> None:
        for parameter, allowed in self.ranges.items():
            value = getattr(self, parameter)
            if not allowed.has(value):
                raise self.error(parameter, allowed.said, value)
            force_setattr(self, parameter, value if allowed.whole else float(value))

    @property
    def mean(self) -> float:
        """Seconds."""
        raise NotImplementedError

    @property
    def scv(self) -> float:
        """The squared coefficient of variation, variance / mean²; 0 where the mean is 0."""
        raise NotImplementedError

    @property
    def may_be_zero(self) -> bool:
        """Whether one of the times may be 0 seconds, by more than rounding."""
        return False

    @property
    def variance(self) -> float:
        """Seconds squared."""
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

    def _said(self) -> str:
        """As a person says it."""
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
