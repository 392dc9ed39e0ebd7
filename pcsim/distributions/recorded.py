"""Distributions of measured times: drawn again at random, or played back in order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from operator import le, sub
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, TypeAlias

from msgspec import Meta
from msgspec.structs import force_setattr, replace

from pcsim.distributions.base import BLOCK, DURATION, Distribution, Duration, packed
from pcsim.errors import ScenarioError
from pcsim.text import duration, plural, shown
from pcsim.validation import MOST_VALUES

if TYPE_CHECKING:
    from numpy import float64
    from numpy.random import Generator
    from numpy.typing import NDArray

Numbers: TypeAlias = Annotated[
    tuple[Duration, ...],
    Meta(
        description=f"seconds, 0 or more, at most {MOST_VALUES:,} of them; or name csv and column",
        extra_json_schema={"minItems": 1, "maxItems": MOST_VALUES},
    ),
]
Csv: TypeAlias = Annotated[str, Meta(description="a CSV file that has the numbers")]
Column: TypeAlias = Annotated[str, Meta(description="the name of the file's column")]


class Recorded(Distribution, frozen=True, kw_only=True):
    """Measured numbers: as they are, or in a column of a CSV file."""

    parameter: ClassVar[str]
    """The name of the field that has the numbers."""
    csv: Csv | None = None
    column: Column | None = None

    @property
    def may_be_zero(self) -> bool:
        """Whether a time may be 0: two arrivals may have been recorded at once."""
        return True

    def _check(self, parameter: str, numbers: object) -> None:
        """Make the numbers a tuple of floats, and refuse what is not one source of times."""
        texts: dict[str, object] = {"csv": self.csv, "column": self.column}
        for name, text in texts.items():
            if text is not None and not (isinstance(text, str) and text.strip()):
                raise self.error(name, "a string that is not blank", text)
        if numbers is None and self.csv is not None and self.column is not None:
            return
        if numbers is None or self.csv is not None or self.column is not None:
            present = [n for n in (parameter, *texts) if getattr(self, n) is not None]
            raise ScenarioError(
                f"or csv with column must be there, and not both: there is"
                f" {' and '.join(present) or 'neither'}",
                field=parameter,
                owner=self.label,
                value=numbers,
                beside=("csv", "column"),
            )
        if not isinstance(numbers, (tuple, list)) or not 1 <= len(numbers) <= MOST_VALUES:
            value = len(numbers) if isinstance(numbers, (tuple, list)) else numbers
            raise self.error(parameter, f"1 to {MOST_VALUES:,} numbers", value)
        if not all(map(DURATION.has, numbers)):
            index, value = next(each for each in enumerate(numbers) if not DURATION.has(each[1]))
            raise self.error(parameter, DURATION.words, value, index)
        force_setattr(self, parameter, tuple(map(float, numbers)))

    def with_values(self, values: tuple[float, ...]) -> Self:
        """Return the same distribution with the numbers of its file.

        Args:
            values: The numbers of the CSV column that it names.

        Raises:
            ScenarioError: A number is wrong.
        """
        return replace(self, csv=None, column=None, **{self.parameter: values})

    def scaled(self, factor: float) -> Self:
        """Return the same with each number multiplied by a factor above 0."""
        return self.with_values(tuple(number * factor for number in self._numbers()))

    def _numbers(self) -> tuple[float, ...]:
        """The numbers as they were recorded."""
        return self._read(getattr(self, self.parameter))

    def _times(self) -> tuple[float, ...]:
        return self._numbers()

    def _read(self, numbers: tuple[float, ...] | None) -> tuple[float, ...]:
        if numbers is None:
            raise ScenarioError(f"{self._source()} is not read yet")
        return numbers

    def _source(self) -> str:
        return f"column {shown(self.column)} of {shown(self.csv)}"

    @property
    def mean(self) -> float:
        """The mean of the times, in seconds."""
        times = self._times()
        return math.fsum(times) / len(times)

    @property
    def scv(self) -> float:
        """The squared coefficient of variation: the times are the population, not a sample."""
        mean = self.mean
        if not mean:
            return 0.0
        times = self._times()
        return math.fsum((time / mean - 1) ** 2 for time in times) / len(times)

    def _transform(self, s: float) -> float:
        times = self._times()
        return math.fsum(math.exp(-s * time) for time in times) / len(times)


class Empirical(Recorded, frozen=True, tag="empirical", dict=True):
    """Measured times, drawn at random with equal probability, with replacement.

    It has either `values`, or `csv` and `column`. Loading a scenario file reads the numbers of
    the CSV file; until then every question about the times raises `ScenarioError`.

    Args:
        values: 1 to 1,000,000 times in seconds, each 0 or from 1e-12 to 1e12.
        csv: The name of a CSV file beside the scenario file.
        column: The head of the column that has the times.

    Raises:
        ScenarioError: A value is wrong, or there is not exactly one source of times.

    >>> Empirical((0.1, 0.2, 0.6)).mean
    0.3
    """

    parameter: ClassVar[str] = "values"
    values: Numbers | None = None

    def __post_init__(self) -> None:
        self._check("values", self.values)

    def condensed(self, most: int) -> Self:
        """Return a distribution of few values whose times are no shorter.

        The sorted times are cut into groups of equal size; the longest time stands for its group.

        Args:
            most: At most this many values, 1 or more.
        """
        times = self._times()
        size = -(-len(times) // most)
        return self if size == 1 else type(self)(tuple(sorted(times, reverse=True)[::size]))

    @cached_property
    def _array(self) -> NDArray[float64]:
        """One array for all workers that draw: a million values are 8 MB."""
        import numpy

        return numpy.array(self._times())

    def _blocks(self, generator: Generator) -> Iterator[Sequence[float]]:
        values = self._array
        picks = (generator.integers(0, len(values), BLOCK) for _ in repeat(None))
        return (packed(values[pick]) for pick in picks)

    def _description(self) -> str:
        if self.values is None:
            return f"empirical, {self._source()}"
        return f"empirical, {plural(len(self.values), 'value')}, mean {duration(self.mean)}"


EPOCH = 1e8
"""A first instant from here on, more than three years, is on a clock of its own."""


class Instants(Recorded, frozen=True, tag="instants"):
    """Recorded arrival times, played back in order; only for a producer's interval.

    The intervals are the differences, the first one from 0. Where the first time is 1e8 or more,
    such as seconds since 1970, the run starts at the first arrival. After the last arrival the
    producer ends. A producer that had to wait past some of the arrivals makes their items at once.
    `mean`, `scv` and `variance` are those of the intervals.

    Args:
        at: 1 to 1,000,000 arrival times in seconds from the start of the run, each 0 or from
            1e-12 to 1e12, and none before the one in front of it.
        csv: The name of a CSV file beside the scenario file.
        column: The head of the column that has the arrival times.

    Raises:
        ScenarioError: A value is wrong, or there is not exactly one source of times.

    >>> Instants((0.5, 1.0, 4.0)).mean
    1.3333333333333333
    """

    parameter: ClassVar[str] = "at"
    at: Numbers | None = None

    def __post_init__(self) -> None:
        self._check("at", self.at)
        at = self.at or ()
        if not all(map(le, at, at[1:])):
            index = next(n for n in range(1, len(at)) if at[n] < at[n - 1])
            before = repr(float(at[index - 1])).removesuffix(".0")
            expected = f"at least the one before, {before}"
            raise self.error("at", expected, at[index], index)

    @property
    def arrivals(self) -> tuple[float, ...]:
        """The arrival times in seconds from the start of the run.

        Raises:
            ScenarioError: The numbers of a CSV file have not been read.
        """
        at = self._read(self.at)
        first = at[0]
        return at if first < EPOCH else tuple(one - first for one in at)

    def _times(self) -> tuple[float, ...]:
        arrivals = self.arrivals
        return tuple(map(sub, arrivals, (0.0, *arrivals)))

    def _numbers(self) -> tuple[float, ...]:
        return self.arrivals

    def _blocks(self, generator: Generator) -> Iterator[Sequence[float]]:
        return iter([list(self._times())])

    def _description(self) -> str:
        if self.at is None:
            return f"recorded, {self._source()}"
        number, mean = plural(len(self.at), "instant"), duration(self.mean)
        start = "" if self.at[0] < EPOCH else ", from the first on"
        return f"recorded, {number}{start}, mean interval {mean}"
