"""The times of a scenario: their distributions, moments, transforms and random draws.

A time is a number of seconds or one of the distributions below. In a scenario file it is a table
that names its `distribution`: `interval = { distribution = "exponential", mean = 0.2 }`. A wrong
parameter is a `ScenarioError` with its name, its value and the expected values; through msgspec
the same message comes as a `ValidationError`, with the path.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain, repeat
from typing import TYPE_CHECKING, Annotated, TypeAlias

from msgspec import Meta

from pcsim.distributions.base import BLOCK, Distribution
from pcsim.distributions.parametric import (
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Lognormal,
    Normal,
    Uniform,
)  # fmt: skip
from pcsim.distributions.recorded import Empirical, Instants
from pcsim.text import duration, safe
from pcsim.validation import MOST_VALUES

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = [
    "BLOCK",
    "MOST_VALUES",
    "Distribution",
    "Empirical",
    "Erlang",
    "Exponential",
    "Gamma",
    "Hyperexponential",
    "Instants",
    "Lognormal",
    "Normal",
    "Time",
    "Uniform",
    "describe",
    "draws",
    "exponential_moment",
    "laplace",
    "may_be_zero",
    "mean_of",
    "said",
    "scaled",
    "scv_of",
    "variance_of",
]  # fmt: skip

Time: TypeAlias = (
    Annotated[float, Meta(description="a number of seconds", ge=0)]
    | Uniform | Exponential | Normal | Lognormal | Gamma | Erlang | Hyperexponential
    | Empirical | Instants
)  # fmt: skip
"""A time of a scenario: always the same number of seconds, or a distribution."""


def mean_of(time: Time) -> float:
    """Return the mean of a time, in seconds."""
    if isinstance(time, Normal):
        return time.cut_mean
    return time.mean if isinstance(time, Distribution) else float(time)


def variance_of(time: Time) -> float:
    """Return the variance of a time, in seconds squared; 0 for a number."""
    return time.variance if isinstance(time, Distribution) else 0.0


def scv_of(time: Time) -> float:
    """Return the squared coefficient of variation of a time, variance / mean²: 0 for a number."""
    return time.scv if isinstance(time, Distribution) else 0.0


def scaled(time: Time, factor: float) -> Time:
    """Return a time multiplied by a factor above 0: its mean changes, its shape does not.

    Raises:
        ScenarioError: The times would be out of their range.

    >>> scaled(Exponential(0.6), 0.5)
    Exponential(mean=0.3)
    """
    return time.scaled(factor) if isinstance(time, Distribution) else time * factor


def may_be_zero(time: Time) -> bool:
    """Return whether a time may be 0 seconds."""
    return time.may_be_zero if isinstance(time, Distribution) else time == 0


def laplace(time: Time, s: float) -> float | None:
    """Return the Laplace-Stieltjes transform E[exp(-s X)] of a time X.

    It falls from 1 at s = 0 to P(X = 0). For recorded times it takes 0.1 s for a million values.

    Args:
        time: A number of seconds or a distribution.
        s: A rate per second, 0 or more.

    Returns:
        The transform; None for the normal and the lognormal distribution.

    Raises:
        ValueError: s is out of its range.

    >>> laplace(Exponential(0.5), 2.0)
    0.5
    """
    if not 0 <= s < math.inf:
        raise ValueError(f"s must be finite, 0 or more: {s}")
    return time._transform(s) if isinstance(time, Distribution) else math.exp(-s * time)


def exponential_moment(time: Time, rate: float) -> float | None:
    """Return the exponential moment E[exp(rate X)] of a time X, 1 or more, or infinity.

    Args:
        time: A number of seconds or a distribution.
        rate: Per second, 0 or more.

    Returns:
        The moment; None for the lognormal distribution, whose moment is always infinite.
    """
    if isinstance(time, Distribution) and rate >= time._pole():
        return math.inf
    try:
        return time._moment(rate) if isinstance(time, Distribution) else math.exp(rate * time)
    except OverflowError:
        return math.inf


def draws(time: Time, generator: Generator) -> Iterator[float]:
    """Return an iterator over random draws of a time, in seconds, without end.

    The draws of `Instants` end. Numbers are drawn in blocks of `BLOCK`, each when its first
    number is needed: `next` takes 40 to 60 ns, where numpy takes 350 ns for a single number. An
    iterator keeps 4 KB, and needs a generator of its own: two iterators with one generator would
    change each other's numbers.

    Raises:
        ScenarioError: The numbers of a CSV file have not been read.
    """
    if isinstance(time, Distribution):
        return chain.from_iterable(time._blocks(generator))
    return repeat(float(time))


def describe(time: Time) -> str:
    """Return a time in words: `200 ms`, `exponential, mean 200 ms`."""
    return safe(time._description()) if isinstance(time, Distribution) else duration(time)


said = describe
"""The former name of `describe`."""
