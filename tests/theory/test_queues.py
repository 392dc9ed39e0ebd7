"""Predictions agree with brute force, with published values and with each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from pcsim.errors import PcsimError, TheoryError
from pcsim.theory.prediction import Prediction
from pcsim.theory.queues import (
    blocking_pair,
    deterministic_line,
    erlang_b,
    gm1,
    mg1,
    mm1,
    mm1k,
    mmc,
    mmck,
)
from pcsim.theory.stages import MOST_EVENTS
from tests.support.cases import case
from tests.support.chains import bounded, still_there

RATES = st.floats(0.01, 100)
LOADS = st.floats(0.01, 0.99)
SHARES = (0.0, 0.1, 0.5, 0.9, 0.99, 0.9999)
EXACT = 1e-9
ROUNDED = 1e-13
"""What a chain solved in floating point may be off by: it is the processor's own."""


def same(one: Prediction, other: Prediction, rel: float = 1e-9) -> None:
    """All figures that both predict agree, quantiles included."""
    for field in (
        "throughput",
        "utilization",
        "mean_queue",
        "mean_system",
        "waiting_time",
        "sojourn_time",
    ):
        a, b = getattr(one, field), getattr(other, field)
        assert a == pytest.approx(b, rel=rel, abs=1e-12), field
    for mine, others in ((one.waits, other.waits), (one.sojourns, other.sojourns)):
        if mine is not None and others is not None:
            quantiles = [mine.quantile(share) for share in SHARES]
            assert quantiles == pytest.approx(list(map(others.quantile, SHARES)), rel=rel, abs=1e-9)


def obeys_little(predicted: Prediction) -> None:
    """L = throughput * W, in the queue and in the system; W is the area under its tail."""
    assert predicted.mean_queue is not None
    assert predicted.mean_system is not None
    assert predicted.waiting_time is not None
    assert predicted.sojourn_time is not None
    assert predicted.mean_queue == pytest.approx(
        predicted.throughput * predicted.waiting_time, rel=EXACT
    )
    assert predicted.mean_system == pytest.approx(
        predicted.throughput * predicted.sojourn_time, rel=EXACT
    )
    for tail, mean in (
        (predicted.waits, predicted.waiting_time),
        (predicted.sojourns, predicted.sojourn_time),
    ):
        if tail is not None:
            last = tail.quantile(1 - 1e-12)
            # A long thin tail is summed in two parts, for the sake of scipy's steps.
            middle = tail.quantile(0.99)
            parts = (quad(tail.beyond, 0, middle, limit=200), quad(tail.beyond, middle, last))
            summed = sum(part for part, _ in parts)
            assert summed == pytest.approx(mean, rel=1e-5, abs=1e-9 * predicted.sojourn_time)


# Special cases of each other.


@given(LOADS, RATES)
def test_one_server_of_mmc_is_mm1(load: float, rate: float) -> None:
    """At every load and rate."""
    same(mmc(load * rate, rate, 1), mm1(load * rate, rate))


@given(LOADS, RATES)
def test_exponential_service_makes_mg1_mm1(load: float, rate: float) -> None:
    """Its squared coefficient of variation is 1."""
    same(mg1(load * rate, 1 / rate, 1.0), mm1(load * rate, rate))


@given(LOADS, RATES)
def test_exponential_intervals_make_gm1_mm1(load: float, rate: float) -> None:
    """Their transform is that of Poisson arrivals."""
    arrivals = load * rate
    same(gm1(lambda s: arrivals / (arrivals + s), 1 / arrivals, rate), mm1(arrivals, rate), 1e-7)


@given(st.floats(0.01, 0.95), RATES)
@settings(deadline=None)
def test_a_large_room_makes_mm1k_mm1(load: float, rate: float) -> None:
    """And then nothing is lost."""
    bounded_queue = mm1k(load * rate, rate, 2000)
    same(bounded_queue, mm1(load * rate, rate), 1e-6)
    assert bounded_queue.loss == pytest.approx(0, abs=1e-40)


@given(st.floats(0.01, 0.95), RATES, st.integers(1, 300))
@settings(max_examples=30, deadline=None)
def test_a_large_room_makes_mmck_mmc(load: float, rate: float, servers: int) -> None:
    """With one server or hundreds."""
    arrivals = load * rate * servers
    same(mmck(arrivals, rate, servers, 2000), mmc(arrivals, rate, servers), 1e-6)


@given(st.floats(0.01, 50), RATES, st.integers(1, 300))
@settings(deadline=None)
def test_no_place_to_wait_makes_mmck_erlang_b(load: float, rate: float, servers: int) -> None:
    """The loss is the same too."""
    arrivals = load * rate * servers
    same(mmck(arrivals, rate, servers, 0), erlang_b(arrivals, 1 / rate, servers))
    assert mmck(arrivals, rate, servers, 0).loss == pytest.approx(
        erlang_b(arrivals, 1 / rate, servers).loss
    )


def test_a_constant_service_halves_the_wait() -> None:
    """By the formula of Pollaczek and Khinchine."""
    constant, exponential = mg1(0.8, 1, 0), mg1(0.8, 1, 1)
    assert constant.waiting_time is not None
    assert exponential.waiting_time == pytest.approx(2 * constant.waiting_time)


# Brute force.


def check_mmck(load: float, places: int, servers: int) -> None:
    rate = 2.5
    arrivals = load * servers * rate
    states = bounded(arrivals, rate, servers, places)
    predicted = mmck(arrivals, rate, servers, places)
    served = sum(min(number, servers) * p for number, p in enumerate(states)) * rate
    queue = sum(max(number - servers, 0) * p for number, p in enumerate(states))
    system = sum(number * p for number, p in enumerate(states))
    assert predicted.throughput == pytest.approx(served, rel=EXACT)
    assert predicted.utilization == pytest.approx(served / servers / rate, rel=EXACT)
    assert predicted.loss == pytest.approx(states[-1], rel=1e-6, abs=ROUNDED)
    assert predicted.mean_queue == pytest.approx(queue, rel=1e-7, abs=ROUNDED)
    assert predicted.mean_system == pytest.approx(system, rel=EXACT)
    assert predicted.waiting_time == pytest.approx(queue / served, rel=1e-7, abs=ROUNDED)
    assert predicted.sojourn_time == pytest.approx(system / served, rel=EXACT)


def test_mmck_is_its_chain_solved() -> None:
    """For few and many servers, few and many places, and loads from none to far too much."""
    for servers in [1, 2, 7]:
        for places in [0, 1, 2, 30]:
            for load in [0.001, 0.4, 0.9, 1 - 1e-9, 1.0, 1.1, 3.0, 1000.0]:
                check_mmck(load, places, servers)


def check_times_in_mmck(load: float, places: int, servers: int) -> None:
    rate = 2.5
    arrivals = load * servers * rate
    chances = bounded(arrivals, rate, servers, places)[:-1]
    predicted = mmck(arrivals, rate, servers, places)
    assert predicted.waits is not None
    assert predicted.sojourns is not None
    for time in (0.0, 0.01, 0.3, 1.0, 5.0):
        for tail, served in ((predicted.waits, False), (predicted.sojourns, True)):
            wanted = sum(
                p * still_there(time, ahead, servers, rate, until_served=served)
                for ahead, p in enumerate(chances)
            ) / sum(chances)
            assert tail.beyond(time) == pytest.approx(wanted, rel=1e-9, abs=1e-14)


def test_times_in_mmck_are_those_of_its_chain() -> None:
    """The item that gets in finds each state but the last as often as it is."""
    for servers in [1, 2, 7]:
        for places in [0, 1, 12]:
            for load in [0.4, 1.0, 3.0]:
                check_times_in_mmck(load, places, servers)


def check_mmc(load: float, servers: int) -> None:
    arrivals = load * servers
    states = bounded(arrivals, 1.0, servers, 1000)
    predicted = mmc(arrivals, 1.0, servers)
    queue = sum(max(number - servers, 0) * p for number, p in enumerate(states))
    assert predicted.mean_queue == pytest.approx(queue, rel=1e-6, abs=1e-12)
    assert predicted.waiting_time == pytest.approx(queue / arrivals, rel=1e-6, abs=1e-12)
    assert predicted.waits is not None
    assert predicted.waits.beyond(0.0) == pytest.approx(sum(states[servers:]), rel=1e-6, abs=1e-12)


def test_mmc_is_its_chain_solved() -> None:
    """With a room so large that its end is never seen; 2/3 of 3 servers makes both rates of the
    sojourn time's spread equal."""
    for servers in [1, 2, 3, 400]:
        for load in [0.2, 2 / 3, 0.97]:
            check_mmc(load, servers)


# Published values.


def test_erlang_b_is_that_of_the_tables() -> None:
    """The loads at which 1 % is lost."""
    for servers, load in [
        (1, 0.0101),
        (2, 0.153),
        (5, 1.361),
        (10, 4.461),
        (20, 12.03),
        (50, 37.90),
        (100, 84.06),
    ]:
        with case(servers, load):
            assert erlang_b(load, 1.0, servers).loss == pytest.approx(0.01, rel=0.005)


def test_two_servers_at_three_quarters_queue_27_fourteenths() -> None:
    """A textbook value of M/M/2."""
    assert mmc(1.5, 1, 2).mean_queue == pytest.approx(27 / 14)


def test_sigma_of_constant_arrivals_at_half_load_is_0_2032() -> None:
    """The root of sigma = exp(-2 (1 - sigma)), tabulated for D/M/1."""
    predicted = gm1(lambda s: math.exp(-2 * s), 2.0, 1.0)
    assert predicted.waits is not None
    assert predicted.waits.beyond(0.0) == pytest.approx(0.203188, abs=1e-6)


# Relations that always hold.


@given(LOADS, RATES, st.integers(1, 500), st.floats(0, 5))
@settings(max_examples=30, deadline=None)
def test_unbounded_queues_obey_little(load: float, rate: float, servers: int, scv: float) -> None:
    """In the queue and in the system, for every model."""
    obeys_little(mm1(load * rate, rate))
    obeys_little(mmc(load * rate * servers, rate, servers))
    obeys_little(mg1(load * rate, 1 / rate, scv))
    interval = 1 / (load * rate)
    obeys_little(gm1(lambda s: math.exp(-s * interval), interval, rate))


@given(st.floats(0.01, 5), RATES, st.integers(1, 30), st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_bounded_queues_obey_little(load: float, rate: float, servers: int, places: int) -> None:
    """With the throughput of the items that get in."""
    obeys_little(mmck(load * rate * servers, rate, servers, places))
    obeys_little(erlang_b(load * rate * servers, 1 / rate, servers))
    obeys_little(blocking_pair(load * rate, rate, places))


@given(st.floats(0.01, 3), st.floats(1.01, 2), st.integers(1, 50), st.integers(0, 50))
@settings(deadline=None)
def test_more_arrivals_lose_more_and_wait_longer(
    load: float, more: float, servers: int, places: int
) -> None:
    """And more of them are served."""
    few, many = (mmck(rate * servers, 1.0, servers, places) for rate in (load, load * more))
    assert few.loss is not None
    assert many.loss is not None
    assert few.loss <= many.loss * (1 + EXACT)
    assert few.throughput <= many.throughput * (1 + EXACT)
    assert few.waiting_time is not None
    assert many.waiting_time is not None
    assert few.waiting_time <= many.waiting_time * (1 + EXACT)


@given(st.floats(0.01, 3), st.integers(1, 50), st.integers(0, 200))
@settings(deadline=None)
def test_a_place_more_loses_less_and_makes_wait_longer(
    load: float, servers: int, places: int
) -> None:
    """And more items are served."""
    small, large = (mmck(load * servers, 1.0, servers, room) for room in (places, places + 1))
    assert small.loss is not None
    assert large.loss is not None
    assert large.loss <= small.loss * (1 + EXACT)
    assert small.throughput <= large.throughput * (1 + EXACT)
    assert small.waiting_time is not None
    assert large.waiting_time is not None
    assert small.waiting_time <= large.waiting_time * (1 + EXACT)


@given(LOADS, st.integers(1, 100), st.floats(0.0, 0.9999), st.floats(0.0, 0.9999))
@settings(max_examples=40, deadline=None)
def test_quantiles_rise_and_leave_their_share_beyond(
    load: float, servers: int, share: float, other: float
) -> None:
    """Those of waiting times are 0 as long as a server is free for that share."""
    low, high = sorted((share, other))
    for predicted in (mmc(load * servers, 1.0, servers), mmck(load * 2 * servers, 1.0, servers, 9)):
        for tail in (predicted.waits, predicted.sojourns):
            assert tail is not None
            assert tail.quantile(low) <= tail.quantile(high)
            time = tail.quantile(share)
            beyond = tail.beyond(time)
            assert beyond == pytest.approx(1 - share, abs=1e-9) or (
                time == 0 and beyond < 1 - share
            )


# The ends of the ranges.


def check_a_thousand_million_places_are_as_quick_and_exact_as_ten(load: float) -> None:
    predicted = mm1k(load, 1.0, 10**9)
    assert predicted.mean_queue is not None
    if load == 0.5:
        same(predicted, mm1(load, 1.0))
    elif load == 2.0:
        assert predicted.mean_queue == pytest.approx(10**9 - 1, rel=1e-12)
        assert predicted.throughput == pytest.approx(1, rel=1e-12)
    elif load == 1.0:
        assert predicted.mean_queue == pytest.approx(5e8, rel=1e-8)
    else:
        # The exponential density exp(-x) over 0 to 0.1, cut and seen from either end.
        mean = 1 / 0.1 - 1 / math.expm1(0.1)
        mean = mean if load < 1 else 1 - mean
        assert predicted.mean_queue == pytest.approx(mean * 1e9, rel=1e-6)


def test_a_thousand_million_places_are_as_quick_and_exact_as_ten() -> None:
    """Below, at and above a load of 1, and as near to it as can be."""
    for load in [0.5, 1 - 1e-10, 1.0, 1 + 1e-10, 2.0]:
        with case(load):
            check_a_thousand_million_places_are_as_quick_and_exact_as_ten(load)


def test_quantiles_that_would_take_seconds_are_none() -> None:
    """Up to `MOST_EVENTS` events are summed, and not more."""
    assert mm1k(1.0, 1.0, MOST_EVENTS).waiting_quantile(0.5) is not None
    assert mm1k(1.0, 1.0, MOST_EVENTS + 1).waiting_quantile(0.5) is None
    assert blocking_pair(2.0, 1.0, 10**8).sojourn_quantile(0.5) is None


def test_two_moments_give_no_quantile() -> None:
    """Only a wait of nothing has quantiles without a distribution."""
    assert mg1(0.5, 1, 1).waiting_quantile(0.5) is None
    assert erlang_b(0.5, 1, 1).sojourn_quantile(0.5) is None
    assert erlang_b(0.5, 1, 1).waiting_quantile(0.99) == 0


def test_ten_thousand_servers_are_no_trouble() -> None:
    """No sum overflows or cancels."""
    predicted = mmck(9_990.0, 1.0, 10_000, 1_000)
    assert predicted.utilization == pytest.approx(0.999, abs=1e-3)
    idle = mmc(1.0, 1.0, 10_000)
    assert idle.waiting_time == 0
    assert mmck(1.0, 1.0, 10_000, 5).loss == pytest.approx(0, abs=1e-200)


def test_models_name_themselves_and_their_source() -> None:
    """In Kendall's notation, with a book."""
    predictions = [
        mm1(1, 2),
        mmc(1, 2, 3),
        mm1k(1, 2, 4),
        mmck(1, 2, 3, 4),
        mg1(1, 0.5, 0),
        gm1(lambda s: math.exp(-s), 1, 2),
        erlang_b(1, 2, 3),
    ]
    names = ["M/M/1", "M/M/3", "M/M/1/5", "M/M/3/7", "M/G/1", "G/M/1", "M/G/3/3"]
    assert [prediction.model for prediction in predictions] == names
    assert all("Gross" in prediction.source for prediction in predictions)
    assert "Hunt" in blocking_pair(1, 2, 3).source


OVERLOADED: list[Callable[[], Prediction]] = [
    lambda: mm1(1.0, 1.0),
    lambda: mm1(2.0, 1.0),
    lambda: mmc(3.0, 1.0, 3),
    lambda: mmc(0.5717748861162286, 0.00019059162870540956, 3000),  # as near as can be
    lambda: mg1(1.0, 1.0, 0.0),
    lambda: gm1(lambda s: math.exp(-s), 1.0, 1.0),
]


def test_a_queue_that_grows_without_end_is_an_error_with_that_reason() -> None:
    """At a load of 1 or more, for every unbounded model."""
    for ask in OVERLOADED:
        with case(ask):
            with pytest.raises(ValueError, match="grows without end") as caught:
                ask()
            assert isinstance(caught.value, PcsimError)


OUT_OF_RANGE: list[Any] = [
        (lambda: mm1(0.0, 1.0), "arrival_rate"),
        (lambda: mm1(math.nan, 1.0), "arrival_rate"),
        (lambda: mm1(1.0, math.inf), "service_rate"),
        (lambda: mm1k(1.0, -1.0, 3), "service_rate"),
        (lambda: mm1(1e-200, 1e200), "load"),
        (lambda: mmc(1.0, 1.0, 0), "servers"),
        (lambda: mmc(1.0, 1.0, 2.5), "servers"),  # type: ignore[arg-type]
        (lambda: mmc(1.0, 1.0, True), "servers"),
        (lambda: mmck(1.0, 1.0, 1, -1), "waiting_places"),
        (lambda: mg1(1.0, 0.5, -0.1), "service_scv"),
        (lambda: mg1(1.0, 0.0, 1.0), "mean_service"),
        (lambda: gm1(math.exp, 2.0, 1.0), "interval_transform"),
        (lambda: gm1(lambda _: 0.0, 2.0, 1.0), "interval_transform"),
        (lambda: gm1(lambda _: math.nan, 2.0, 1.0), "interval_transform"),
        (lambda: gm1(lambda s: math.exp(-s / 2), 2.0, 1.0), "that of a shorter interval"),
        (lambda: gm1(lambda s: math.exp(-s), 0.0, 1.0), "mean_interval"),
        (lambda: erlang_b(1.0, 1.0, 0), "servers"),
        (lambda: blocking_pair(1.0, 0.0, 1), "second_rate"),
        (lambda: blocking_pair(1.0, 1.0, -1), "buffer"),
        (lambda: deterministic_line([]), "slowest"),
        (lambda: deterministic_line([(0.0, 1)]), "slowest"),
        (lambda: deterministic_line([(1.0, 1), (-1.0, 1)]), "station 2"),
        (lambda: deterministic_line([(1.0, 0)]), "station 1"),
        (lambda: mm1(1.0, 2.0).waiting_quantile(1.0), "share"),
        (lambda: mm1(1.0, 2.0).sojourn_quantile(-0.1), "share"),
        (lambda: mg1(1.0, 0.5, 0.0).sojourn_quantile(math.nan), "share"),
]  # fmt: skip


def check_out_of_range(ask: Callable[[], object], name: str) -> None:
    with pytest.raises(TheoryError, match=name):
        ask()


def test_a_number_out_of_range_is_an_error_that_names_it() -> None:
    """In every model, and in the quantiles."""
    for ask, name in OUT_OF_RANGE:
        check_out_of_range(ask, name)
