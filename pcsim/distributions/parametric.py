"""The laws that a few parameters describe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pcsim.distributions.base import (
    BLOCK,
    CV,
    HIGH_CV,
    LENGTH,
    PHASES,
    SPAN,
    Distribution,
    Length,
    Span,
    packed,
)  # fmt: skip
from pcsim.text import duration, plural, three_digits

if TYPE_CHECKING:
    from numpy import float64
    from numpy.random import Generator
    from numpy.typing import NDArray


class Uniform(Distribution, frozen=True, tag="uniform"):
    """Anything from `low` to `high` (each 0 or from 1e-12 to 1e12, low <= high), all alike."""

    low: Span
    high: Span
    ranges: ClassVar = {"low": SPAN, "high": SPAN}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low > self.high:
            raise self.error("low", f"at most high, which is {self.high:g}", self.low)

    @property
    def may_be_zero(self) -> bool:
        """Where it begins at 0."""
        return not self.low

    @property
    def mean(self) -> float:
        """The middle."""
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

    def _said(self) -> str:
        return f"uniform, {duration(self.low)} to {duration(self.high)}"


class Exponential(Distribution, frozen=True, tag="exponential"):
    """Without memory: a Poisson stream has such intervals. 1e-12 <= mean <= 1e12."""

    mean: Length
    ranges: ClassVar = {"mean": LENGTH}

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

    def _said(self) -> str:
        return f"exponential, mean {duration(self.mean)}"


class Normal(Distribution, frozen=True, tag="normal"):
    """A bell cut at zero: what falls below is drawn again.

    `mean` and `sd` (both from 1e-12 to 1e12) are those of the whole bell; cutting makes
    the mean longer and the variance smaller, and `mean_of`, `variance` and `scv` are those of
    what is drawn. With a = mean / sd and h = phi(a) / Phi(a) they are mean + sd h and
    sd² (1 - a h - h²): Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions,
    vol. 1, 2nd ed. (1994), chapter 13, section 10.1, truncated from below at 0.
    """

    mean: Length
    sd: Length
    ranges: ClassVar = {"mean": LENGTH, "sd": LENGTH}

    @property
    def cut_mean(self) -> float:
        """The mean of what is drawn."""
        return self.mean + self.sd * self._cut()[1]

    @property
    def variance(self) -> float:
        """The variance of what is drawn."""
        a, h = self._cut()
        # Far from zero h is 0, and a may be infinite.
        return self.sd * self.sd * (1 - a * h - h * h if h else 1.0)

    @property
    def scv(self) -> float:
        """Of what is drawn."""
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

    def _said(self) -> str:
        return f"normal, mean {duration(self.mean)}, sd {duration(self.sd)}, cut at 0"


class Lognormal(Distribution, frozen=True, tag="lognormal"):
    """Its logarithm is normal. 1e-12 <= mean <= 1e12, 1e-6 <= cv <= 1000.

    The logarithm has variance v = ln(1 + cv²) and mean ln(mean) - v / 2.
    """

    mean: Length
    cv: Annotated[float, CV.meta]
    ranges: ClassVar = {"mean": LENGTH, "cv": CV}

    @property
    def scv(self) -> float:
        """cv squared."""
        return self.cv * self.cv

    def rest_beyond(self, time: float) -> float:
        """E[(X - time)+] / mean, for a time above 0: of what is left of a time in progress, the
        share that is longer than this. Black and Scholes have the formula, for options."""
        spread = math.sqrt(math.log1p(self.scv))
        near = math.log(self.mean / time) / spread + spread / 2
        beyond = math.erfc((spread - near) / math.sqrt(2)) / 2
        return max(math.erfc(-near / math.sqrt(2)) / 2 - time / self.mean * beyond, 0.0)

    def _block(self, generator: Generator) -> NDArray[float64]:
        variance = math.log1p(self.scv)
        return generator.lognormal(math.log(self.mean) - variance / 2, math.sqrt(variance), BLOCK)

    def _said(self) -> str:
        return f"lognormal, mean {duration(self.mean)}, cv {three_digits(self.cv)}"


class Gamma(Distribution, frozen=True, tag="gamma"):
    """Shape 1 / cv², scale mean cv². 1e-12 <= mean <= 1e12, 1e-6 <= cv <= 1000."""

    mean: Length
    cv: Annotated[float, CV.meta]
    ranges: ClassVar = {"mean": LENGTH, "cv": CV}

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

    def _said(self) -> str:
        return f"gamma, mean {duration(self.mean)}, cv {three_digits(self.cv)}"


class Erlang(Distribution, frozen=True, tag="erlang"):
    """The sum of so many exponential phases. 1e-12 <= mean <= 1e12, phases from 1 to 1000."""

    mean: Length
    phases: Annotated[int, PHASES.meta]
    ranges: ClassVar = {"mean": LENGTH, "phases": PHASES}

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

    def _said(self) -> str:
        return f"Erlang, mean {duration(self.mean)}, {plural(self.phases, 'phase')}"


class Hyperexponential(Distribution, frozen=True, tag="hyperexponential"):
    """One of two exponential times, mostly the short one. 1e-12 <= mean <= 1e12, 1 <= cv <= 1000.

    Two moments leave one parameter free; it makes the two contribute alike to the mean ("balanced
    means"): with r = (cv² - 1) / (cv² + 1) the short one has probability p = (1 + sqrt(r)) / 2
    and mean / 2p, the long one q = 1 - p and mean / 2q. Tijms, A First Course in Stochastic
    Models (2003), appendix B, p. 447.
    """

    mean: Length
    cv: Annotated[float, HIGH_CV.meta]
    ranges: ClassVar = {"mean": LENGTH, "cv": HIGH_CV}

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

    def _said(self) -> str:
        return f"hyperexponential, mean {duration(self.mean)}, cv {three_digits(self.cv)}"
