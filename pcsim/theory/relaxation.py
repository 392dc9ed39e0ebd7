"""How long a queue takes to forget how it began: its relaxation time.

What is left of the beginning falls by a factor of e, or more, in each of them once they are few;
so a shorter run than several of them shows little of the steady state. All are in seconds.
"""

from __future__ import annotations

import math

LONGEST = 1e300
"""Stands for any time above it, so that no infinity gets into a sum."""


def of_ladder(up: float, down: float, states: float = math.inf) -> float:
    """Of `states` states in a row (2 or more), each left for the next at the rate `up` and for the
    one before at the rate `down`, as in M/M/1 and M/M/1/K; without end, `up` is below `down`.

    One over the smallest eigenvalue above 0, up + down - 2 sqrt(up down) cos(pi / states): Morse,
    Queues, Inventories and Maintenance, Wiley 1958, ch. 6. Near a load of 1 that is about
    (states / pi)² / down.
    """
    apart = (down - up) / (math.sqrt(down) + math.sqrt(up))
    turn = 2 * math.sin(math.pi / 2 / states)
    return 1 / max(apart * apart + math.sqrt(up) * math.sqrt(down) * turn * turn, 1 / LONGEST)


def of_single_server(load: float, mean_service: float, scvs: float) -> float:
    """Of one server and an unbounded queue at a load below 1; `scvs` is the sum of the squared
    coefficients of variation of the intervals and of the services.

    scvs / (2.8 rate (1 - sqrt(load))²): Odoni and Roth, An empirical investigation of the
    transient behavior of stationary queueing systems, Operations Research 31 (1983), 432-455.
    """
    apart = (1 - load) / (1 + math.sqrt(load))
    return min(scvs / 2.8 * mean_service / apart / apart, LONGEST)


def of_filling(items: float, surplus: float, rate: float) -> float:
    """Of a queue that begins empty and holds `items` items in the long run, until it has them.
    `surplus` more arrive than leave, per second; without a surplus no queue fills: 0.

    Where it is small, chance fills the queue: in items² / (2 rate), `rate` items leaving per
    second, by the expected first passage at a load of 1 (Morse, as above).
    """
    if surplus <= 0 or items <= 0:
        return 0.0
    return min(items / surplus, items * items / 2 / rate, LONGEST)
