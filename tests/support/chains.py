"""Markov chains solved by brute force: what the formulas are judged by."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm


def steady(
    moves: Callable[[Hashable], Iterable[tuple[Hashable, float]]], start: Hashable
) -> dict[Hashable, float]:
    """The long-run probability of every state that can be reached from `start`."""
    number = {start: 0}
    rates: list[tuple[int, int, float]] = []
    queue = [start]
    for state in queue:
        for after, rate in moves(state):
            if after not in number:
                number[after] = len(number)
                queue.append(after)
            rates.append((number[state], number[after], rate))
    matrix = np.zeros((len(number), len(number)))
    for source, target, rate in rates:
        matrix[target, source] += rate
        matrix[source, source] -= rate
    matrix[-1, :] = 1
    wanted = np.zeros(len(number))
    wanted[-1] = 1
    return dict(zip(number, np.linalg.solve(matrix, wanted).tolist(), strict=True))


def birth_death(births: list[float], deaths: list[float]) -> list[float]:
    """The long-run probabilities of 0, 1, … in the system; one birth and death for each step."""
    last = len(births)

    def moves(state: Hashable) -> Iterable[tuple[Hashable, float]]:
        assert isinstance(state, int)
        if state < last:
            yield state + 1, births[state]
        if state > 0:
            yield state - 1, deaths[state - 1]

    found = steady(moves, 0)
    return [found[number] for number in range(last + 1)]


def bounded(arrival_rate: float, service_rate: float, servers: int, places: int) -> list[float]:
    """The long-run probabilities of 0, 1, … in M/M/c/K."""
    last = servers + places
    deaths = [min(number, servers) * service_rate for number in range(1, last + 1)]
    return birth_death([arrival_rate] * last, deaths)


def still_there(
    time: float, ahead: int, servers: int, service_rate: float, *, until_served: bool
) -> float:
    """The probability that an item that found `ahead` others in the system still waits after
    this time, or (`until_served`) is still in the system, by the exponential of a matrix."""
    waiting = max(ahead - servers + 1, 0)
    size = waiting + until_served
    if not size:
        return 0.0
    matrix: NDArray[np.float64] = np.zeros((size, size))
    for state in range(size):
        in_service = until_served and state == 0
        rate = service_rate if in_service else servers * service_rate
        matrix[state, state] = -rate
        if state:
            matrix[state, state - 1] = rate
    return float(expm(matrix * time)[size - 1].sum())
