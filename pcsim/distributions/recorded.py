"""Times that were measured: drawn again, or played back as they came."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from operator import le, sub
from typing import TYPE_CHECKING, Annotated, Self, TypeAlias

from msgspec import Meta
from msgspec.structs import force_setattr

from pcsim.distributions.base import BLOCK, SPAN, Distribution, Span, packed
from pcsim.errors import ScenarioError
from pcsim.text import duration, plural
from pcsim.validation import shown

if TYPE_CHECKING:
    from numpy import float64
    from numpy.random import Generator
    from numpy.typing import NDArray

MOST_VALUES = 1_000_000
"""So many numbers at most: they are kept in memory, and gone through for each measure."""

Numbers: TypeAlias = Annotated[
    tuple[Span, ...],
    Meta(
        description="seconds, 0 or more, at most 1,000,000 of them; or name csv and column",
        extra_json_schema={"minItems": 1, "maxItems": MOST_VALUES},
    ),
]
Csv: TypeAlias = Annotated[str, Meta(description="a CSV file that has the numbers")]
Column: TypeAlias = Annotated[str, Meta(description="the name of the file's column")]


class Recorded(Distribution, frozen=True, kw_only=True):
    """Numbers that were measured: given as they are, or as a column of a file."""

    csv: Csv | None = None
    column: Column | None = None

    @property
    def may_be_zero(self) -> bool:
        """Two may come at once."""
        return True

    def _check(self, parameter: str, given: object) -> None:
        """Makes them a tuple of floats, and refuses what is not one source of times."""
        texts: dict[str, object] = {"csv": self.csv, "column": self.column}
        for name, text in texts.items():
            if text is not None and not (isinstance(text, str) and text.strip()):
                raise self.wrong(name, "a text that is not blank", text)
        if given is None and self.csv is not None and self.column is not None:
            return
        if given is None or self.csv is not None or self.column is not None:
            raise ScenarioError(
                f"distribution {self.__struct_config__.tag!r} needs either {parameter}"
                f" or csv with column: it has {' and '.join(self._given(parameter)) or 'neither'}"
            )
        if not isinstance(given, (tuple, list)) or not 1 <= len(given) <= MOST_VALUES:
            told = len(given) if isinstance(given, (tuple, list)) else given
            raise self.wrong(parameter, f"1 to {MOST_VALUES:,} numbers", told)
        if not all(map(SPAN.has, given)):
            place, value = next(at for at in enumerate(given, 1) if not SPAN.has(at[1]))
            raise self.wrong(f"number {place} in {parameter}", SPAN.said, value)
        force_setattr(self, parameter, tuple(map(float, given)))

    def _given(self, parameter: str) -> list[str]:
        return [name for name in (parameter, "csv", "column") if getattr(self, name) is not None]

    def _times(self) -> tuple[float, ...]:
        raise NotImplementedError

    def _read(self, numbers: tuple[float, ...] | None) -> tuple[float, ...]:
        if numbers is None:
            raise ScenarioError(f"{self._source()} is not read yet")
        return numbers

    def _source(self) -> str:
        return f"column {shown(self.column)} of {shown(self.csv)}"

    @property
    def mean(self) -> float:
        """Of the times as they are."""
        times = self._times()
        return math.fsum(times) / len(times)

    @property
    def scv(self) -> float:
        """Of the times as they are: their variance is that of a whole, not of a sample."""
        mean = self.mean
        if not mean:
            return 0.0
        times = self._times()
        return math.fsum((time / mean - 1) ** 2 for time in times) / len(times)

    def _transform(self, s: float) -> float:
        times = self._times()
        return math.fsum(math.exp(-s * time) for time in times) / len(times)


class Empirical(Recorded, frozen=True, tag="empirical", dict=True):
    """Measured times, any of which may come next, as often as it likes, all alike.

    Either 1 to 1,000,000 `values` in seconds, each 0 or from 1e-12 to 1e12, or a `csv` file and its
    `column`: whoever loads the scenario reads them and goes on with `with_values`. Until then
    only `said` answers; all else raises `ScenarioError`.
    """

    values: Numbers | None = None

    def __post_init__(self) -> None:
        self._check("values", self.values)

    def with_values(self, values: tuple[float, ...]) -> Self:
        """The same law with the numbers that its file has. Raises `ScenarioError` for wrong
        ones."""
        return type(self)(values)

    def _times(self) -> tuple[float, ...]:
        return self._read(self.values)

    def condensed(self, many: int) -> Self:
        """A law of at most so many values, none of whose times is more often short: each group of
        times alike has become as many of its longest."""
        times = self._times()
        size = -(-len(times) // many)
        return self if size == 1 else type(self)(tuple(sorted(times, reverse=True)[::size]))

    @cached_property
    def _array(self) -> NDArray[float64]:
        """One for all who draw: a million values are 8 MB."""
        import numpy

        return numpy.array(self._times())

    def _blocks(self, generator: Generator) -> Iterator[Sequence[float]]:
        values = self._array
        picks = (generator.integers(0, len(values), BLOCK) for _ in repeat(None))
        return (packed(values[pick]) for pick in picks)

    def _said(self) -> str:
        if self.values is None:
            return f"empirical, {self._source()}"
        return f"empirical, {plural(len(self.values), 'value')}, mean {duration(self.mean)}"


class Instants(Recorded, frozen=True, tag="instants"):
    """Recorded arrivals, for a producer's interval alone.

    Either 1 to 1,000,000 instants `at` which an item comes, in seconds from the start of the
    run (0 or from 1e-12 to 1e12, never decreasing), or a `csv` file and its `column`, see
    `Empirical`. The intervals are the differences, the first one from 0; after the last one there
    are no more. A producer that was held up past some of the instants makes their items at once.
    `mean`, `scv` and `variance` are those of the intervals.
    """

    at: Numbers | None = None

    def __post_init__(self) -> None:
        self._check("at", self.at)
        at = self.at or ()
        if not all(map(le, at, at[1:])):
            place = next(n for n in range(1, len(at)) if at[n] < at[n - 1])
            right = f"at least the one before, {at[place - 1]:g}"
            raise self.wrong(f"number {place + 1} in at", right, at[place])

    def with_values(self, values: tuple[float, ...]) -> Self:
        """The same law with the numbers that its file has. Raises `ScenarioError` for wrong
        ones."""
        return type(self)(values)

    def _times(self) -> tuple[float, ...]:
        at = self._read(self.at)
        return tuple(map(sub, at, (0.0, *at)))

    def _blocks(self, generator: Generator) -> Iterator[Sequence[float]]:
        return iter([list(self._times())])

    def _said(self) -> str:
        if self.at is None:
            return f"recorded, {self._source()}"
        return f"recorded, {plural(len(self.at), 'instant')}, mean interval {duration(self.mean)}"
