"""Relaxation times, judged by the eigenvalues of the chains."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.theory.queues import blocking_pair, deterministic_line, gm1, mg1, mm1, mmc, mmck
from pcsim.theory.relaxation import of_ladder


def slowest(births: list[float], deaths: list[float]) -> float:
    """One over the smallest rate above 0 at which a birth-death chain nears its steady state: that
    of a symmetric matrix with the same eigenvalues."""
    size = len(births) + 1
    matrix = np.zeros((size, size))
    for number, (birth, death) in enumerate(zip(births, deaths, strict=True)):
        matrix[number, number] += birth
        matrix[number + 1, number + 1] += death
        matrix[number, number + 1] = matrix[number + 1, number] = -math.sqrt(birth * death)
    return 1 / float(np.linalg.eigvalsh(matrix)[1])


def known(relaxation: float | None) -> float:
    """The relaxation time of a prediction that has one."""
    assert relaxation is not None
    return relaxation


@given(st.floats(0.05, 20.0), st.integers(0, 40))
def test_one_server_with_few_places_is_exact(load: float, places: int) -> None:
    """For M/M/1/K and for a pair of stations."""
    exact = slowest([load] * (places + 1), [1.0] * (places + 1))
    assert known(mmck(load, 1.0, 1, places).relaxation) == pytest.approx(exact, rel=1e-6)
    pair = slowest([load] * (places + 2), [1.0] * (places + 2))
    assert known(blocking_pair(load, 1.0, places).relaxation) == pytest.approx(pair, rel=1e-6)


@given(st.floats(0.05, 3.0), st.integers(2, 12), st.integers(0, 40))
def test_of_several_servers_it_is_no_less_and_not_much_more(
    load: float, servers: int, places: int
) -> None:
    """It errs on the safe side: a run is rather called too short."""
    last = servers + places
    deaths = [float(min(number, servers)) for number in range(1, last + 1)]
    exact = slowest([load * servers] * last, deaths)
    relaxation = known(mmck(load * servers, 1.0, servers, places).relaxation)
    assert exact <= relaxation <= 6 * max(exact, 1.0)


def test_more_and_more_places_come_to_an_unbounded_queue() -> None:
    """The limit of the bounded formulas is the unbounded one."""
    assert of_ladder(0.5, 1.0, 10_000) == pytest.approx(known(mm1(0.5, 1.0).relaxation), rel=1e-5)
    assert known(mmc(1.0, 1.0, 2).relaxation) == pytest.approx(
        known(mmck(1.0, 1.0, 2, 10_000).relaxation), rel=1e-5
    )


def test_at_a_load_of_one_it_grows_with_the_square_of_the_places() -> None:
    """As a random walk takes the square of its way."""
    few, many = (known(mmck(1.0, 1.0, 1, places).relaxation) for places in (10**4, 10**6))
    assert few == pytest.approx((10_002 / math.pi) ** 2, rel=1e-6)
    assert many / few == pytest.approx(1e4, rel=1e-3)


def test_what_varies_more_takes_longer() -> None:
    """By Odoni and Roth's formula, which for M/M/1 is 5/7 of the bound of its spectrum."""

    def poisson(s: float) -> float:
        return 1 / (1 + 2 * s)

    plain = known(mm1(0.5, 1.0).relaxation) * 5 / 7
    assert known(mg1(0.5, 1.0, 1.0).relaxation) == pytest.approx(plain)
    assert known(mg1(0.5, 1.0, 9.0).relaxation) == pytest.approx(5 * plain)
    assert known(gm1(poisson, 2.0, 1.0).relaxation) == pytest.approx(plain)
    assert known(gm1(poisson, 2.0, 1.0, 9.0).relaxation) == pytest.approx(5 * plain)


def test_a_line_begins_when_its_last_station_does() -> None:
    """After one service at each station."""
    assert deterministic_line([(1.0, 1), (3.0, 2)]).relaxation == 4.0


def test_an_overloaded_queue_takes_as_long_to_fill_as_its_surplus_needs() -> None:
    """By mass: a third of what comes stays. Without a surplus none fills."""
    assert mmck(1.5, 1.0, 1, 10_000).filling == pytest.approx(20_000, rel=1e-3)
    assert mmck(3.0, 1.0, 2, 10_000).filling == pytest.approx(10_000, rel=1e-3)
    assert blocking_pair(1.5, 1.0, 10_000).filling == pytest.approx(20_000, rel=1e-3)
    assert mmck(0.9, 1.0, 1, 10_000).filling == mm1(0.9, 1.0).filling == 0.0
    near = mmck(1 + 1e-9, 1.0, 1, 1_000)
    assert near.filling < 2 * known(near.relaxation)
    line = [(1.0, 1), (1.0, 1), (2.0, 1), (1.0, 1)]
    assert deterministic_line(line, (30, 20, 70)).filling == 100.0
    assert deterministic_line([(2.0, 1), (1.0, 1)], (30,)).filling == 0.0
