"""Draws have the mean, the variance and the distribution that a time states."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import msgspec
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from pcsim.distributions import (
    BLOCK,
    MOST_VALUES,
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Instants,
    Lognormal,
    Normal,
    Time,
    Uniform,
    draws,
    exponential_moment,
    laplace,
    mean_of,
    said,
    scv_of,
    variance_of,
)  # fmt: skip
from pcsim.distributions.streams import stream
from pcsim.errors import ScenarioError
from tests.support.cases import case
from tests.support.times import MEASURED, POSITIVE_TIMES, TIMES, sample

MANY = 200_000


def bell(mean: float, sd: float) -> Any:
    """The normal distribution, truncated at zero, as scipy has it."""
    return stats.truncnorm(-mean / sd, math.inf, loc=mean, scale=sd)


CASES: dict[str, tuple[Time, Any]] = {
    "uniform": (Uniform(0.1, 0.5), stats.uniform(0.1, 0.4)),
    "exponential": (Exponential(0.2), stats.expon(scale=0.2)),
    "normal": (Normal(0.2, 0.05), bell(0.2, 0.05)),
    "normal cut deep": (Normal(0.1, 0.5), bell(0.1, 0.5)),
    "lognormal": (
        Lognormal(0.2, 0.5), stats.lognorm(math.log(1.25) ** 0.5, scale=0.2 / 1.25**0.5)
    ),
    "gamma": (Gamma(0.2, 0.4), stats.gamma(6.25, scale=0.032)),
    "gamma wide": (Gamma(0.2, 2.0), stats.gamma(0.25, scale=0.8)),
    "erlang": (Erlang(0.2, 3), stats.erlang(3, scale=0.2 / 3)),
    "hyperexponential": (Hyperexponential(0.2, 2.0), None),
    "hyperexponential at its least": (Hyperexponential(0.2, 1.0), stats.expon(scale=0.2)),
    "empirical": (Empirical(MEASURED), None),
}  # fmt: skip

each_case = pytest.mark.parametrize("name", CASES)
CVS = st.floats(1e-6, 1e3)
TIME_LISTS = st.lists(TIMES, min_size=1, max_size=20).map(tuple)
ANY_DISTRIBUTION = st.one_of(
    st.tuples(TIMES, TIMES).map(lambda both: Uniform(min(both), max(both))),
    st.builds(Exponential, POSITIVE_TIMES),
    st.builds(Normal, POSITIVE_TIMES, POSITIVE_TIMES),
    st.builds(Lognormal, POSITIVE_TIMES, CVS),
    st.builds(Gamma, POSITIVE_TIMES, CVS),
    st.builds(Erlang, POSITIVE_TIMES, st.integers(1, 1000)),
    st.builds(Hyperexponential, POSITIVE_TIMES, st.floats(1, 1e3)),
    st.builds(Empirical, TIME_LISTS),
    st.builds(Instants, TIME_LISTS.map(sorted).map(tuple)),
)


@each_case
def test_draws_have_the_stated_mean_and_variance(name: str) -> None:
    """Within five standard errors of 200,000 draws."""
    distribution, _ = CASES[name]
    drawn = sample(distribution, MANY)
    assert drawn.min() >= 0
    assert abs(drawn.mean() - mean_of(distribution)) < 5 * drawn.std() / math.sqrt(MANY)
    fourth = ((drawn - drawn.mean()) ** 4).mean()
    error = math.sqrt((fourth - drawn.var() ** 2) / MANY)
    assert abs(drawn.var() - variance_of(distribution)) < 5 * error


@pytest.mark.parametrize("name", [name for name, (_, peer) in CASES.items() if peer])
def test_draws_follow_the_distribution_that_scipy_has(name: str) -> None:
    """Its moments to ten digits, and no Kolmogorov-Smirnov test that rejects the draws."""
    distribution, peer = CASES[name]
    assert mean_of(distribution) == pytest.approx(peer.mean(), rel=1e-10)
    assert variance_of(distribution) == pytest.approx(peer.var(), rel=1e-10)
    assert stats.kstest(sample(distribution, 20_000), peer.cdf).pvalue > 0.001


def test_the_long_and_the_short_time_contribute_the_same() -> None:
    """Balanced means: the parts of the mean are equal, and the moments are those asked for."""
    for cv in (1.0, 1.5, 10.0, 1000.0):
        distribution = Hyperexponential(3.0, cv)
        (p, q), (short, long) = distribution.probabilities, distribution.means
        assert p + q == pytest.approx(1, rel=1e-15)
        assert p * short == pytest.approx(q * long, rel=1e-12)
        second = 2 * p * short**2 + 2 * q * long**2
        assert second / 9 - 1 == pytest.approx(cv * cv, rel=1e-9)


def test_draws_of_a_hyperexponential_follow_its_mixture() -> None:
    """The distribution as a whole, which scipy does not have."""
    distribution = Hyperexponential(0.2, 3.0)
    parts = list(zip(distribution.probabilities, distribution.means, strict=True))

    def below(times: Any) -> Any:
        return sum(share * -numpy.expm1(-times / mean) for share, mean in parts)

    assert stats.kstest(sample(distribution, 20_000), below).pvalue > 0.001


def check_transform(name: str, s: float) -> None:
    distribution, peer = CASES[name]

    def at(share: float) -> float:
        return math.exp(-s * float(peer.ppf(share)))

    # Over shares from 0 to 1 no density with a pole at zero is in the way.
    integral, _ = integrate.quad(at, 0, 1, limit=500, epsabs=1e-9, epsrel=1e-9)
    assert laplace(distribution, s) == pytest.approx(integral, rel=1e-6)


def test_transform_is_the_integral_that_defines_it() -> None:
    """E[exp(-s X)] over the density, integrated between quantiles."""
    for s in [1e-9, 0.01, 1.0, 5.0, 300.0]:
        for name in [
            n
            for n, (distribution, peer) in CASES.items()
            if peer and laplace(distribution, 1) is not None
        ]:
            check_transform(name, s)


def check_exponential_moment(name: str, rate: float) -> None:
    distribution, peer = CASES[name]

    def at(share: float) -> float:
        return math.exp(rate * float(peer.ppf(share)))

    if rate >= (distribution._pole() if isinstance(distribution, Distribution) else math.inf):
        assert exponential_moment(distribution, rate) == math.inf
    else:
        integral, _ = integrate.quad(at, 0, 1, limit=500, epsabs=1e-9, epsrel=1e-9)
        assert exponential_moment(distribution, rate) == pytest.approx(integral, rel=1e-5)


def test_exponential_moment_is_the_integral_that_defines_it() -> None:
    """E[exp(rate X)] over the shares; from the pole on it is infinite."""
    for rate in [0.01, 0.3, 5.0]:
        for name in [n for n, (_, peer) in CASES.items() if peer and n != "lognormal"]:
            check_exponential_moment(name, rate)


def check_what_is_left_of_a_lognormal_time_is_the_integral_too(time: float) -> None:
    distribution, peer = CASES["lognormal"]
    assert isinstance(distribution, Lognormal)
    integral, _ = integrate.quad(peer.sf, time, 100, epsabs=0, epsrel=1e-10, points=[time + 1])
    assert distribution.rest_beyond(time) == pytest.approx(integral / distribution.mean, rel=1e-6)


def test_what_is_left_of_a_lognormal_time_is_the_integral_too() -> None:
    """Over the share of times that are longer."""
    for time in [0.01, 0.2, 1.0, 5.0]:
        with case(time):
            check_what_is_left_of_a_lognormal_time_is_the_integral_too(time)


def check_transform_of_a_mixture_is_the_integral_too(s: float) -> None:
    distribution = Hyperexponential(0.2, 3.0)
    parts = list(zip(distribution.probabilities, distribution.means, strict=True))

    def density(x: float) -> float:
        return sum(p / m * math.exp(-x / m) for p, m in parts)

    integral, _ = integrate.quad(lambda x: math.exp(-s * x) * density(x), 0, math.inf)
    assert laplace(distribution, s) == pytest.approx(integral, rel=1e-7)


def test_transform_of_a_mixture_is_the_integral_too() -> None:
    """The hyperexponential's density is the sum of two."""
    for s in [0.01, 1.0, 30.0]:
        with case(s):
            check_transform_of_a_mixture_is_the_integral_too(s)


def test_transform_of_what_is_fixed_or_recorded() -> None:
    """A constant and recorded times are sums of few terms."""
    assert laplace(0.5, 2) == pytest.approx(math.exp(-1))
    assert laplace(Empirical((0.0, 1.0)), 1) == pytest.approx((1 + math.exp(-1)) / 2)
    assert laplace(Instants((1.0, 3.0)), 1) == pytest.approx((math.exp(-1) + math.exp(-2)) / 2)
    assert laplace(Uniform(2, 2), 1) == pytest.approx(math.exp(-2))
    assert laplace(Normal(1, 1), 1) is laplace(Lognormal(1, 1), 1) is None


def test_transform_is_for_rates_from_zero_on() -> None:
    """Others are an error of the program."""
    for s in [-1e-9, math.inf, math.nan]:
        with case(s), pytest.raises(ValueError, match="s must be finite, 0 or more"):
            laplace(0.5, s)


@given(ANY_DISTRIBUTION, st.floats(0, 1e6))
def test_transform_lies_between_zero_and_one(distribution: Time, s: float) -> None:
    """And above exp(-s mean), as Jensen has it; it is 1 at s = 0."""
    transform = laplace(distribution, s)
    if transform is not None:
        assert math.exp(-s * mean_of(distribution)) * (1 - 1e-6) <= transform <= 1 + 1e-12
        assert laplace(distribution, 0) == pytest.approx(1)


@given(ANY_DISTRIBUTION)
@settings(deadline=None)
def test_any_distribution_has_finite_measures_and_draws(distribution: Time) -> None:
    """Over the whole range of parameters."""
    for measure in (mean_of(distribution), variance_of(distribution), scv_of(distribution)):
        assert math.isfinite(measure)
        assert measure >= 0
    drawn = sample(distribution, 20)
    assert numpy.isfinite(drawn).all()
    assert (drawn >= 0).all()
    assert said(distribution).isprintable()


@given(ANY_DISTRIBUTION)
def test_any_distribution_comes_back_from_json(distribution: Distribution) -> None:
    """As it was, equal and of the same hash."""
    back = msgspec.json.decode(msgspec.json.encode(distribution), type=Time)
    assert back == distribution
    assert hash(back) == hash(distribution)


@given(POSITIVE_TIMES, POSITIVE_TIMES)
def test_cutting_a_bell_makes_it_longer_and_narrower(mean: float, sd: float) -> None:
    """Never the other way round; where zero is far away it changes nothing."""
    distribution = Normal(mean, sd)
    assert mean_of(distribution) >= mean
    assert distribution.variance <= sd * sd
    assert 0 <= distribution.scv <= 1
    if mean > 40 * sd:
        assert (mean_of(distribution), distribution.variance) == (mean, sd * sd)


def test_a_constant_is_itself() -> None:
    """For ever, as a float, with no variance and without a generator's number."""
    generator = stream(1, 0, "C", "draws")
    before = generator.bit_generator.state
    assert list(islice(draws(2, generator), 1000)) == [2.0] * 1000
    assert generator.bit_generator.state == before
    assert (mean_of(2), variance_of(2), scv_of(2)) == (2.0, 0.0, 0.0)
    assert type(mean_of(2)) is type(next(draws(2, generator))) is float


@each_case
def test_draws_go_on_over_the_ends_of_blocks(name: str) -> None:
    """Draws at the end of one block and at the start of the next follow the distribution, are not
    repeated, and are the same whether taken singly or together."""
    distribution, _ = CASES[name]
    together = sample(distribution, 3 * BLOCK + 2).tolist()
    singly = draws(distribution, stream(1, 0, "C", "draws"))
    assert [next(singly) for _ in together] == together
    assert together[:BLOCK] != together[BLOCK : 2 * BLOCK]
    assert all(type(time) is float for time in together)


def test_a_block_is_drawn_when_its_first_number_is_wanted() -> None:
    """Making an iterator draws nothing; the numbers are those of calls of 512."""
    generator = stream(1, 0, "C", "draws")
    before = generator.bit_generator.state
    drawing = draws(Exponential(0.2), generator)
    assert generator.bit_generator.state == before
    peer = stream(1, 0, "C", "draws")
    expected = [*peer.exponential(0.2, BLOCK).tolist(), *peer.exponential(0.2, BLOCK).tolist()]
    assert list(islice(drawing, BLOCK + 1)) == expected[: BLOCK + 1]


@each_case
def test_the_same_stream_draws_the_same_times(name: str) -> None:
    """And another one draws others."""
    distribution, _ = CASES[name]
    assert (sample(distribution, 1000) == sample(distribution, 1000)).all()
    assert (sample(distribution, 1000) != sample(distribution, 1000, seed=2)).any()


TIME = "seconds, 0 or from 1e-12 to 1e12"
POSITIVE = "seconds, from 1e-12 to 1e12"
CV = "standard deviation / mean, from 1e-6 to 1000 (for 0 write a number)"
HIGH_CV = "standard deviation / mean, from 1 to 1000 (gamma can have less)"
PHASES = "a whole number from 1 to 1000"
COUNT = "1 to 1,000,000 numbers"
broken: Any = 2.5

WRONG: dict[str, tuple[Any, str, str, str]] = {
    "nothing": (lambda: Exponential(0), "mean of 'exponential'", POSITIVE, "0"),
    "negative": (lambda: Uniform(-1, 2), "low of 'uniform'", TIME, "-1"),
    "crossed": (lambda: Uniform(2, 1), "low of 'uniform'", "at most high, which is 1", "2.0"),
    "nan": (lambda: Normal(1, math.nan), "sd of 'normal'", POSITIVE, "nan"),
    "infinite": (
        lambda: Exponential(math.inf),
        "mean of 'exponential'",
        POSITIVE,
        "inf",
    ),
    "cv of nothing": (lambda: Gamma(1, 0), "cv of 'gamma'", CV, "0"),
    "cv too high": (lambda: Lognormal(1, 1001), "cv of 'lognormal'", CV, "1001"),
    "cv too low": (
        lambda: Hyperexponential(1, 0.5),
        "cv of 'hyperexponential'",
        HIGH_CV,
        "0.5",
    ),
    "no phase": (lambda: Erlang(1, 0), "phases of 'erlang'", PHASES, "0"),
    "broken phase": (lambda: Erlang(1, broken), "phases of 'erlang'", PHASES, "2.5"),
    "blank": (
        lambda: Instants(csv=" ", column="b"),
        "csv of 'instants'",
        "a string that is not blank",
        "' '",
    ),
    "empty": (lambda: Empirical(()), "values of 'empirical'", COUNT, "0"),
    "too many": (
        lambda: Empirical((0.0,) * (MOST_VALUES + 1)),
        "values of 'empirical'",
        COUNT,
        "1000001",
    ),
    "one of many": (
        lambda: Empirical((1, -1)),
        "number 2 of values of 'empirical'",
        TIME,
        "-1",
    ),
    "back in time": (
        lambda: Instants((1, 3, 2)),
        "number 3 of at of 'instants'",
        "at least the one before, 3",
        "2.0",
    ),
}


def sentence(parameter: str, right: str, value: str) -> str:
    """The message of an error about `mean of 'gamma'`."""
    before, _, distribution = parameter.rpartition(" of ")
    return f"{before} of distribution {distribution} must be {right}, not {value}"


def check_wrong_parameter(name: str) -> None:
    make, *words = WRONG[name]
    with pytest.raises(ScenarioError) as caught:
        make()
    assert str(caught.value) == sentence(*words)


def test_a_wrong_parameter_is_refused_in_one_line() -> None:
    """With its name, its value and what would be right."""
    for name in WRONG:
        with case(name):
            check_wrong_parameter(name)


def check_a_wrong_type_is_refused_likewise(wrong: Any) -> None:
    makes: list[Any] = [
        lambda: Exponential(wrong),
        lambda: Uniform(wrong, 1),
        lambda: Erlang(1, wrong),
        lambda: Empirical((1.0, wrong)),
        lambda: Instants(wrong, csv=wrong),
    ]
    # A list of one number is what a recorded distribution takes.
    for make in makes[:-1] if wrong == [1] else makes:
        with pytest.raises(ScenarioError) as caught:
            make()
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 200


def test_a_wrong_type_is_refused_likewise() -> None:
    """No value that Python lets through gets in, and none can harm a terminal."""
    for wrong in ["1", True, None, 10**400, [1], "\x1b[31m" * 90]:
        with case(wrong):
            check_a_wrong_type_is_refused_likewise(wrong)


class Holder(msgspec.Struct):
    """A stand-in for a part of a scenario that has a time."""

    interval: Time


def read(value: Any) -> Time:
    """As msgspec reads what TOML and JSON have."""
    return msgspec.convert({"interval": value}, Holder).interval


WRONG_TABLES: list[tuple[Any, Any]] = [
    (
        {"distribution": "exponential", "mean": -1},
        ("mean of 'exponential'", POSITIVE, "-1.0"),
    ),
    ({"distribution": "gamma", "mean": 1, "cv": math.nan}, ("cv of 'gamma'", CV, "nan")),
    (
        {"distribution": "uniform", "low": 2, "high": 1},
        ("low of 'uniform'", "at most high, which is 1", "2.0"),
    ),
    ({"distribution": "empirical", "values": []}, ("values of 'empirical'", COUNT, "0")),
]


def test_a_wrong_table_is_refused_in_the_same_words() -> None:
    """msgspec adds where it is."""
    for parameters, words in WRONG_TABLES:
        with case(parameters, words):
            with pytest.raises(msgspec.ValidationError) as caught:
                read(parameters)
            assert str(caught.value) == f"{sentence(*words)} - at `$.interval`"


NO_TIMES: list[tuple[Any, str]] = [
    ({"distribution": "exponential", "mean": "1"}, r"got `str` - at `\$.interval.mean`"),
    ({"distribution": "exponential", "mean": 1, "sd": 2}, "unknown field `sd`"),
    ({"distribution": "exponential"}, "missing required field `mean`"),
    ({"distribution": "poisson"}, "Invalid value 'poisson'"),
    ({"mean": 1}, "missing required field `distribution`"),
    (-0.5, "Expected `float` >= 0.0"),
    (True, "got `bool`"),
]


def test_what_is_no_time_at_all_is_refused_by_msgspec() -> None:
    """Wrong types, unknown and missing keys."""
    for value, message in NO_TIMES:
        with case(value, message), pytest.raises(msgspec.ValidationError, match=message):
            read(value)


def test_a_time_is_read_as_a_number_or_a_table() -> None:
    """As TOML and JSON have it."""

    assert read(2) == read(2.0) == 2.0
    assert read({"distribution": "exponential", "mean": 1}) == Exponential(1.0)
    assert read({"distribution": "erlang", "mean": 1, "phases": 2}) == Erlang(1.0, 2)
    assert read({"distribution": "instants", "at": [0, 1]}) == Instants((0.0, 1.0))
    file = {"distribution": "empirical", "csv": "a.csv", "column": "b"}
    assert read(file) == Empirical(csv="a.csv", column="b")


def test_the_schema_has_units_and_limits() -> None:
    """An editor that uses it shows what is wrong before pcsim does."""
    schema = msgspec.json.schema(Time)["$defs"]
    assert len(schema) == 9
    for distribution in schema.values():
        for name, field in distribution["properties"].items():
            if name == "distribution":
                continue
            field = field.get("anyOf", [field])[0]
            assert field["description"]
            if field["type"] in ("number", "integer"):
                assert {"minimum", "exclusiveMinimum"} & set(field)
                assert "maximum" in field


DESCRIPTIONS: list[tuple[Time, str]] = [
    (0.2, "200 ms"),
    (Uniform(0, 1.5), "uniform, 0 s to 1.5 s"),
    (Exponential(0.2), "exponential, mean 200 ms"),
    (Normal(0.2, 0.05), "normal, mean 200 ms, sd 50 ms, cut at 0"),
    (Lognormal(2, 0.5), "lognormal, mean 2.0 s, cv 0.5"),
    (Gamma(0.002, 2), "gamma, mean 2 ms, cv 2"),
    (Erlang(0.2, 1), "Erlang, mean 200 ms, 1 phase"),
    (Hyperexponential(0.2, 1.5), "hyperexponential, mean 200 ms, cv 1.5"),
    (Empirical((0.1, 0.3)), "empirical, 2 values, mean 200 ms"),
    (Instants((0.1, 0.4)), "recorded, 2 instants, mean interval 200 ms"),
    (Empirical(csv="\x1b[2J", column="[red]"), "empirical, column '[red]' of '\\x1b[2J'"),
]


def test_a_time_is_described_in_the_words_of_the_field() -> None:
    """In one line that is safe to show."""
    for time, words in DESCRIPTIONS:
        with case(time, words):
            assert said(time) == words
