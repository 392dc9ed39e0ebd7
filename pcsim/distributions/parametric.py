"""Distributions that a few parameters describe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pcsim.distributions.base import (
    BLOCK,
    CV,
    DURATION,
    HIGH_CV,
    PHASES,
    POSITIVE_DURATION,
    Distribution,
    Duration,
    PositiveDuration,
    packed,
)  # fmt: skip
from pcsim.text import duration, plural, three_digits

if TYPE_CHECKING:
    from numpy import float64
    from numpy.random import Generator
    from numpy.typing import NDArray


class Uniform(Distribution, frozen=True, tag="uniform"):
    """Any time from `low` to `high`, with equal probability.

    Args:
        low: Seconds, 0 or from 1e-12 to 1e12.
        high: Seconds, `low` or more.

    Raises:
        ScenarioError: A parameter is wrong.

    >>> Uniform(0.1, 0.5).mean
    0.3
    """

    low: Duration
    high: Duration
    ranges: ClassVar = {"low": DURATION, "high": DURATION}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low > self.high:
            raise self.error("low", f"at most high, which is {self.high:g}", self.low)

    @property
    def may_be_zero(self) -> bool:
        """Whether `low` is 0."""
        return not self.low

    @property
    def mean(self) -> float:
        """The middle of the range, in seconds."""
        return (self.low + self.high) / 2

    @property
    def scv(self) -> float:
        """(high - low)² / 12, divided by the mean squared."""
        if not self.high:
            return 0.0
        share = (self.high - self.low) / (self.high + self.low)
        return share * share / 3

    def _block(self, generator: Generator) -> NDArray[float64]:
        return generator.uniform(self.low, self.high, BLOCK)

    def _transform(self, s: float) -> float:
        width = s * (self.high - self.low)
        # expm1 keeps the digits that 1 - exp(-width) loses where the width is small.
        return math.exp(-s * self.low) * (-math.expm1(-width) / width if width else 1.0)

    def _description(self) -> str:
        return f"uniform, {duration(self.low)} to {duration(self.high)}"


class Exponential(Distribution, frozen=True, tag="exponential"):
    """Exponential times: what remains of one does not depend on its age.

    The intervals of a Poisson process are exponential.

    Args:
        mean: Seconds, from 1e-12 to 1e12.

    Raises:
        ScenarioError: The mean is wrong.

    >>> Exponential(0.2).scv
    1.0
    """

    mean: PositiveDuration
    ranges: ClassVar = {"mean": POSITIVE_DURATION}

    @property
    def scv(self) -> float:
        """Always 1."""
        return 1.0

    def _block(self, generator: Generator) -> NDArray[float64]:
        return generator.exponential(self.mean, BLOCK)

    def _transform(self, s: float) -> float:
        return 1 / (1 + s * self.mean)

    def _pole(self) -> float:
        return 1 / self.mean

    def _description(self) -> str:
        return f"exponential, mean {duration(self.mean)}"


class Normal(Distribution, frozen=True, tag="normal"):
    """A normal distribution truncated at 0: a negative time is drawn again.

    The truncation makes the mean larger and the variance smaller: `mean_of`, `variance` and
    `scv` are those of the times that are drawn. With a = mean / sd and h = phi(a) / Phi(a)
    they are mean + sd h and sd² (1 - a h - h²): Johnson, Kotz and Balakrishnan, Continuous
    Univariate Distributions, vol. 1, 2nd ed. (1994), chapter 13, section 10.1.

    Args:
        mean: That of the whole distribution, in seconds, from 1e-12 to 1e12.
        sd: The standard deviation of the whole distribution, from 1e-12 to 1e12.

    Raises:
        ScenarioError: A parameter is wrong.

    >>> round(Normal(0.1, 0.1).cut_mean, 3)
    0.129
    """

    mean: PositiveDuration
    sd: PositiveDuration
    ranges: ClassVar = {"mean": POSITIVE_DURATION, "sd": POSITIVE_DURATION}

    @property
    def cut_mean(self) -> float:
        """The mean of the times that are drawn, in seconds."""
        return self.mean + self.sd * self._cut()[1]

    @property
    def variance(self) -> float:
        """The variance of the times that are drawn, in seconds squared."""
        a, h = self._cut()
        # Far from zero h is 0, and a may be infinite.
        return self.sd * self.sd * (1 - a * h - h * h if h else 1.0)

    @property
    def scv(self) -> float:
        """The squared coefficient of variation of the times that are drawn."""
        spread = math.sqrt(self.variance) / self.cut_mean
        return spread * spread

    def _cut(self) -> tuple[float, float]:
        a = self.mean / self.sd
        density = math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
        return a, density / (math.erfc(-a / math.sqrt(2)) / 2)

    def _moment(self, rate: float) -> float:
        a, shift = self.mean / self.sd, self.sd * rate
        share = math.erfc(-(a + shift) / math.sqrt(2)) / math.erfc(-a / math.sqrt(2))
        return math.exp(self.mean * rate + shift * shift / 2) * share

    def _blocks(self, generator: Generator) -> Iterator[Sequence[float]]:
        while True:
            block = generator.normal(self.mean, self.sd, BLOCK)
            yield packed(block[block >= 0])

    def _description(self) -> str:
        return f"normal, mean {duration(self.mean)}, sd {duration(self.sd)}, cut at 0"


class Lognormal(Distribution, frozen=True, tag="lognormal"):
    """Times whose logarithm is normal: most are short, a few are long.

    The logarithm has variance v = ln(1 + cv²) and mean ln(mean) - v / 2.

    Args:
        mean: Seconds, from 1e-12 to 1e12.
        cv: The coefficient of variation (standard deviation / mean), from 1e-6 to 1000.

    Raises:
        ScenarioError: A parameter is wrong.

    >>> Lognormal(0.8, 0.5).scv
    0.25
    """

    mean: PositiveDuration
    cv: Annotated[float, CV.meta]
    ranges: ClassVar = {"mean": POSITIVE_DURATION, "cv": CV}

    @property
    def scv(self) -> float:
        """cv squared."""
        return self.cv * self.cv

    def rest_beyond(self, time: float) -> float:
        """Return E[(X - time)+] / mean, for a time above 0.

        That is the probability that the rest of a time in progress is longer than this. The
        formula is that of Black and Scholes for options.

        Args:
            time: Seconds, above 0.
        """
        spread = math.sqrt(math.log1p(self.scv))
        near = math.log(self.mean / time) / spread + spread / 2
        beyond = math.erfc((spread - near) / math.sqrt(2)) / 2
        return max(math.erfc(-near / math.sqrt(2)) / 2 - time / self.mean * beyond, 0.0)

    def _block(self, generator: Generator) -> NDArray[float64]:
        variance = math.log1p(self.scv)
        return generator.lognormal(math.log(self.mean) - variance / 2, math.sqrt(variance), BLOCK)

    def _description(self) -> str:
        return f"lognormal, mean {duration(self.mean)}, cv {three_digits(self.cv)}"


class Gamma(Distribution, frozen=True, tag="gamma"):
    """A gamma distribution: for any coefficient of variation, below 1 and above.

    Its shape is 1 / cv², its scale mean cv².

    Args:
        mean: Seconds, from 1e-12 to 1e12.
        cv: The coefficient of variation (standard deviation / mean), from 1e-6 to 1000.

    Raises:
        ScenarioError: A parameter is wrong.

    >>> Gamma(0.2, 0.5).variance
    0.010000000000000002
    """

    mean: PositiveDuration
    cv: Annotated[float, CV.meta]
    ranges: ClassVar = {"mean": POSITIVE_DURATION, "cv": CV}

    @property
    def scv(self) -> float:
        """cv squared."""
        return self.cv * self.cv

    def _block(self, generator: Generator) -> NDArray[float64]:
        return generator.gamma(1 / self.scv, self.mean * self.scv, BLOCK)

    def _transform(self, s: float) -> float:
        return math.exp(-math.log1p(s * self.mean * self.scv) / self.scv)

    def _pole(self) -> float:
        return 1 / (self.mean * self.scv)

    def _description(self) -> str:
        return f"gamma, mean {duration(self.mean)}, cv {three_digits(self.cv)}"


class Erlang(Distribution, frozen=True, tag="erlang"):
    """The sum of several exponential phases of equal mean.

    Args:
        mean: That of the sum, in seconds, from 1e-12 to 1e12.
        phases: The number of phases, from 1 to 1000.

    Raises:
        ScenarioError: A parameter is wrong.

    >>> Erlang(0.2, 4).scv
    0.25
    """

    mean: PositiveDuration
    phases: Annotated[int, PHASES.meta]
    ranges: ClassVar = {"mean": POSITIVE_DURATION, "phases": PHASES}

    @property
    def scv(self) -> float:
        """1 / phases."""
        return 1 / self.phases

    def _block(self, generator: Generator) -> NDArray[float64]:
        return generator.gamma(self.phases, self.mean / self.phases, BLOCK)

    def _transform(self, s: float) -> float:
        return math.exp(-self.phases * math.log1p(s * self.mean / self.phases))

    def _pole(self) -> float:
        return self.phases / self.mean

    def _description(self) -> str:
        return f"Erlang, mean {duration(self.mean)}, {plural(self.phases, 'phase')}"


class Hyperexponential(Distribution, frozen=True, tag="hyperexponential"):
    """One of two exponential times: mostly the short one, seldom the long one.

    Two moments leave one parameter free. It is chosen so that both times contribute equally to
    the mean ("balanced means"): with r = (cv² - 1) / (cv² + 1) the short one has probability
    p = (1 + sqrt(r)) / 2 and mean / 2p, the long one q = 1 - p and mean / 2q. Tijms, A First
    Course in Stochastic Models (2003), appendix B, p. 447.

    Args:
        mean: Seconds, from 1e-12 to 1e12.
        cv: The coefficient of variation (standard deviation / mean), from 1 to 1000.

    Raises:
        ScenarioError: A parameter is wrong.

    >>> [round(mean, 3) for mean in Hyperexponential(0.2, 3.0).means]
    [0.106, 1.894]
    """

    mean: PositiveDuration
    cv: Annotated[float, HIGH_CV.meta]
    ranges: ClassVar = {"mean": POSITIVE_DURATION, "cv": HIGH_CV}

    @property
    def scv(self) -> float:
        """cv squared."""
        return self.cv * self.cv

    @property
    def probabilities(self) -> tuple[float, float]:
        """Of the short and of the long one."""
        root = math.sqrt((self.scv - 1) / (self.scv + 1))
        # The same as (1 - root) / 2, which would lose digits where the root is nearly 1.
        return (1 + root) / 2, 1 / ((self.scv + 1) * (1 + root))

    @property
    def means(self) -> tuple[float, float]:
        """Of the short and of the long one, in seconds."""
        short, long = self.probabilities
        return self.mean / (2 * short), self.mean / (2 * long)

    def _block(self, generator: Generator) -> NDArray[float64]:
        import numpy

        is_short = generator.random(BLOCK) < self.probabilities[0]
        return generator.standard_exponential(BLOCK) * numpy.where(is_short, *self.means)

    def _transform(self, s: float) -> float:
        parts = zip(self.probabilities, self.means, strict=True)
        return math.fsum(share / (1 + s * mean) for share, mean in parts)

    def _pole(self) -> float:
        return 1 / self.means[1]

    def _description(self) -> str:
        return f"hyperexponential, mean {duration(self.mean)}, cv {three_digits(self.cv)}"
