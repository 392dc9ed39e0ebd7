"""Predictions for lines of stations agree with brute force and with published values."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pcsim.theory.lines import blocking_pair, deterministic_line
from tests.support.cases import case
from tests.support.chains import steady

RATES = st.floats(0.01, 100)
EXACT = 1e-9


@given(st.floats(0.05, 20), st.floats(0.05, 20), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_blocking_pair_is_its_chain_solved(first: float, second: float, buffer: int) -> None:
    """A state of the chain: whether the first is blocked, how many are in the buffer, whether
    the second is at work."""

    def moves(state: Hashable) -> Iterator[tuple[Hashable, float]]:
        assert isinstance(state, tuple)
        blocked, depth, busy = state
        if not blocked:
            if not busy:
                yield (False, 0, True), first
            elif depth < buffer:
                yield (False, depth + 1, True), first
            else:
                yield (True, depth, True), first
        if busy:
            if blocked:
                yield (False, depth, True), second
            elif depth:
                yield (False, depth - 1, True), second
            else:
                yield (False, 0, False), second

    states: dict[tuple[bool, int, bool], float] = steady(moves, (False, 0, False))  # type: ignore[assignment]
    predicted = blocking_pair(first, second, buffer)
    blocked = sum(p for state, p in states.items() if state[0])
    starved = sum(p for state, p in states.items() if not state[2])
    depth = sum(p * state[1] for state, p in states.items())
    between = sum(p * sum(state) for state, p in states.items())
    throughput = second * (1 - starved)
    assert predicted.throughput == pytest.approx(throughput, rel=1e-9)
    assert predicted.mean_queue == pytest.approx(depth, rel=1e-6, abs=1e-12)
    assert predicted.waiting_time == pytest.approx(depth / throughput, rel=1e-6, abs=1e-12)
    assert predicted.mean_system == pytest.approx(between, rel=1e-6)
    assert predicted.sojourn_time == pytest.approx(between / throughput, rel=1e-6)
    one, other = predicted.stations
    assert (one.utilization, one.blocked) == pytest.approx((1 - blocked, blocked), abs=1e-9)
    assert (other.utilization, other.starved) == pytest.approx((1 - starved, starved), abs=1e-9)
    assert one.starved == other.blocked == 0


@pytest.mark.parametrize("buffer", [0, 1, 4])
@pytest.mark.parametrize("first", [0.5, 1.0, 3.0])
def test_times_in_a_blocking_pair_are_those_of_its_items(first: float, buffer: int) -> None:
    """Followed one by one, from a fixed seed: the wait is from the put to the get."""
    items = 200_000
    random = np.random.default_rng(7)
    first_work = random.exponential(1 / first, items).tolist()
    second_work = random.exponential(1.0, items).tolist()
    got: list[float] = []
    waits, sojourns = [], []
    put = done = 0.0
    for number in range(items):
        finished = put + first_work[number]
        # There is room once the item `buffer` places before has left the buffer, or the second.
        room = done if buffer == 0 else got[number - buffer] if number >= buffer else 0.0
        put = max(finished, room)
        got.append(max(put, done))
        waits.append(got[-1] - put)
        done = got[-1] + second_work[number]
        sojourns.append(done - finished)
    predicted = blocking_pair(first, 1.0, buffer)
    for share in (0.3, 0.5, 0.9, 0.99):
        wait, sojourn = np.quantile(waits, share), np.quantile(sojourns, share)
        assert predicted.waiting_quantile(share) == pytest.approx(wait, rel=0.05, abs=0.02)
        assert predicted.sojourn_quantile(share) == pytest.approx(sojourn, rel=0.05)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), min_size=1, max_size=4),
    st.integers(0, 3),
)
@settings(deadline=None)
def test_a_deterministic_line_runs_as_fast_as_its_slowest_station(
    stations: list[tuple[int, int]], buffer: int
) -> None:
    """Whatever the buffers: every item is followed, blocking after service."""
    assume(any(time for time, _ in stations))
    count = 600
    # departures[j][n]: the time at which item n leaves station j.
    departures = [[0.0] * count for _ in stations]
    for item in range(count):
        arrived = 0.0
        for place, (time, servers) in enumerate(stations):
            begun = max(arrived, departures[place][item - servers]) if item >= servers else arrived
            departed = begun + time
            if place + 1 < len(stations):
                room = stations[place + 1][1] + buffer
                if item >= room:
                    departed = max(departed, departures[place + 1][item - room])
            departures[place][item] = arrived = departed
    half = count // 2
    measured = (count - 1 - half) / (departures[-1][-1] - departures[-1][half])
    predicted = deterministic_line(stations)
    assert predicted.throughput == pytest.approx(measured, rel=0.05)
    assert max(station.utilization for station in predicted.stations) == pytest.approx(1)


def test_a_balanced_pair_works_all_but_one_part_in_buffer_plus_3() -> None:
    """Hunt: 2/3 of the rate without a buffer."""
    for buffer in [0, 1, 10, 1000]:
        with case(buffer):
            predicted = blocking_pair(4.0, 4.0, buffer)
            assert predicted.throughput == pytest.approx(4 * (buffer + 2) / (buffer + 3))


@given(RATES, RATES, st.integers(0, 100))
def test_a_larger_buffer_never_slows_a_pair_nor_a_reversal(
    first: float, second: float, buffer: int
) -> None:
    """The throughput is at most that of the slower station."""
    throughput = blocking_pair(first, second, buffer).throughput
    assert throughput <= blocking_pair(first, second, buffer + 1).throughput * (1 + EXACT)
    assert throughput <= min(first, second) * (1 + EXACT)
    assert throughput == pytest.approx(blocking_pair(second, first, buffer).throughput)
