"""Predictions for queues and lines whose steady state has a formula.

Rates are per second and times in seconds, finite and above 0. Every function raises
`TheoryError`, a `ValueError`, for a number out of its range and for a load under which an
unbounded queue has no steady state. "Gross" is Gross, Shortle, Thompson and Harris,
*Fundamentals of Queueing Theory*, 4th edition, Wiley 2008.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pcsim.errors import TheoryError
from pcsim.theory.ladder import Ladder
from pcsim.theory.lines import blocking_pair, deterministic_line
from pcsim.theory.prediction import Prediction
from pcsim.theory.ranges import not_negative, positive, stable, whole
from pcsim.theory.relaxation import of_filling, of_ladder, of_single_server
from pcsim.theory.stages import found_busy
from pcsim.theory.tails import Delayed, Served

__all__ = [
    "blocking_pair",
    "deterministic_line",
    "erlang_b",
    "gm1",
    "mg1",
    "mm1",
    "mm1k",
    "mmc",
    "mmck",
]

HUGE = 1e300
"""Stands for any ratio of probabilities above it, so that no infinity gets into a sum."""

_GROSS = "Gross, Shortle, Thompson, Harris, Fundamentals of Queueing Theory, 4th ed."


def mm1(arrival_rate: float, service_rate: float) -> Prediction:
    """Predict M/M/1: Poisson arrivals, one exponential server, an unbounded queue (FIFO).

    Gross, section 2.2. The load is `arrival_rate / service_rate`.

    Args:
        arrival_rate: Items a second, above 0.
        service_rate: Items a second that the server handles, above 0.

    Raises:
        TheoryError: A number is out of its range, or the load is 1 or more.

    >>> mm1(1.0, 2.0).waiting_time
    0.5
    """
    _check_rates(arrival_rate, service_rate)
    load = stable("M/M/1", arrival_rate / service_rate)
    rate = service_rate - arrival_rate
    return Prediction(
        "M/M/1",
        f"{_GROSS}, sec. 2.2",
        throughput=arrival_rate,
        utilization=load,
        loss=0.0,
        mean_queue=load * arrival_rate / rate,
        mean_system=arrival_rate / rate,
        waiting_time=load / rate,
        sojourn_time=1 / rate,
        waits=Delayed(load, rate),
        sojourns=Delayed(1.0, rate),
        relaxation=of_ladder(arrival_rate, service_rate),
    )


def mmc(arrival_rate: float, service_rate: float, servers: int) -> Prediction:
    """Predict M/M/c: Poisson arrivals, equal exponential servers, one unbounded queue (FIFO).

    Gross, section 2.3, with Erlang's C from the recursion of his B. The load is
    `arrival_rate / (servers * service_rate)`.

    Args:
        arrival_rate: Items a second, above 0.
        service_rate: Items a second that one server handles, above 0.
        servers: Their number, 1 or more.

    Raises:
        TheoryError: A number is out of its range, or the load is 1 or more.

    >>> round(mmc(3.0, 2.0, 2).waiting_time, 3)
    0.643
    """
    _check_rates(arrival_rate, service_rate)
    whole("servers", servers, 1)
    model = f"M/M/{servers}"
    load = stable(model, arrival_rate / (servers * service_rate))
    lost = _erlang_b(arrival_rate / service_rate, servers)
    delayed = lost / (1 - load + load * lost)
    rate = servers * service_rate - arrival_rate
    wait = delayed / rate
    return Prediction(
        model,
        f"{_GROSS}, sec. 2.3",
        throughput=arrival_rate,
        utilization=load,
        loss=0.0,
        mean_queue=arrival_rate * wait,
        mean_system=arrival_rate * (wait + 1 / service_rate),
        waiting_time=wait,
        sojourn_time=wait + 1 / service_rate,
        waits=Delayed(delayed, rate),
        sojourns=Served(delayed, rate, service_rate),
        relaxation=_of_several(arrival_rate, service_rate, servers),
    )


def mm1k(arrival_rate: float, service_rate: float, waiting_places: int) -> Prediction:
    """Predict M/M/1/K: like M/M/1, with a bounded queue; an item that finds it full is lost.

    Gross, section 2.5; K is `waiting_places + 1`. Any load is allowed. `waiting_time`,
    `sojourn_time` and the quantiles are those of the items that are admitted.

    Args:
        arrival_rate: Items a second, above 0.
        service_rate: Items a second that the server handles, above 0.
        waiting_places: The capacity of the queue, 0 or more.

    Raises:
        TheoryError: A number is out of its range.

    >>> mm1k(1.0, 1.0, 3).loss
    0.2
    """
    return mmck(arrival_rate, service_rate, 1, waiting_places)


def mmck(arrival_rate: float, service_rate: float, servers: int, waiting_places: int) -> Prediction:
    """Predict M/M/c/K: like M/M/c, with a bounded queue; an item that finds it full is lost.

    Gross, section 2.5; K is `servers + waiting_places`. Any load is allowed. `waiting_time`,
    `sojourn_time` and the quantiles are those of the items that are admitted; the quantiles come
    from a mixture of Erlang times by bisection.

    Args:
        arrival_rate: Items a second, above 0.
        service_rate: Items a second that one server handles, above 0.
        servers: Their number, 1 or more.
        waiting_places: The capacity of the queue, 0 or more.

    Raises:
        TheoryError: A number is out of its range.

    >>> round(mmck(3.0, 2.0, 2, 4).loss, 3)
    0.06
    """
    _check_rates(arrival_rate, service_rate)
    whole("servers", servers, 1)
    whole("waiting_places", waiting_places, 0)
    ratio = positive("the load", arrival_rate / servers / service_rate)
    # The states in which all servers are busy, and all states with a free one, in one measure.
    busy = Ladder(ratio, waiting_places)
    free = _free_to_busy(arrival_rate / service_rate, servers) * busy.bottom
    everything = free + busy.total
    admitted = free + min(1 / ratio, 1.0) * Ladder(ratio, waiting_places - 1).total
    throughput = arrival_rate * (admitted / everything)
    queue = busy.total * busy.mean / everything
    wait = queue / throughput
    spread = found_busy(ratio, free, servers, service_rate, waiting_places)
    return Prediction(
        f"M/M/{servers}/{servers + waiting_places}",
        f"{_GROSS}, sec. 2.5",
        throughput=throughput,
        utilization=min(throughput / servers / service_rate, 1.0),
        loss=busy.top / everything,
        mean_queue=queue,
        mean_system=queue + throughput / service_rate,
        waiting_time=wait,
        sojourn_time=wait + 1 / service_rate,
        waits=spread and spread[0],
        sojourns=spread and spread[1],
        relaxation=_of_several(arrival_rate, service_rate, servers, servers + waiting_places + 1),
        filling=of_filling(queue, arrival_rate - servers * service_rate, servers * service_rate),
    )


def mg1(arrival_rate: float, mean_service: float, service_scv: float) -> Prediction:
    """Predict M/G/1: Poisson arrivals, one server with any service time, an unbounded queue.

    The formula of Pollaczek and Khinchine; Gross, section 5.1. The load is
    `arrival_rate * mean_service`. Two moments determine no quantiles.

    Args:
        arrival_rate: Items a second, above 0.
        mean_service: Seconds, above 0.
        service_scv: The service time's variance / mean², 0 or more: 0 constant, 1 exponential.

    Raises:
        TheoryError: A number is out of its range, or the load is 1 or more.

    >>> mg1(1.0, 0.5, 0.0).waiting_time
    0.25
    """
    positive("arrival_rate", arrival_rate)
    positive("mean_service", mean_service)
    not_negative("service_scv", service_scv)
    load = stable("M/G/1", arrival_rate * mean_service)
    wait = load * mean_service * (1 + service_scv) / (2 * (1 - load))
    return Prediction(
        "M/G/1",
        f"Pollaczek-Khinchine; {_GROSS}, sec. 5.1",
        throughput=arrival_rate,
        utilization=load,
        loss=0.0,
        mean_queue=arrival_rate * wait,
        mean_system=arrival_rate * (wait + mean_service),
        waiting_time=wait,
        sojourn_time=wait + mean_service,
        relaxation=of_single_server(load, mean_service, 1 + service_scv),
    )


def gm1(
    interval_transform: Callable[[float], float],
    mean_interval: float,
    service_rate: float,
    interval_scv: float = 1.0,
) -> Prediction:
    """Predict G/M/1: independent intervals, one exponential server, an unbounded queue.

    Gross, section 5.3. The load is `1 / (mean_interval * service_rate)`. The root of
    sigma = transform(service_rate * (1 - sigma)) is found by bisection.

    Args:
        interval_transform: The interval's Laplace-Stieltjes transform: the mean of
            exp(-s * interval) for an s of 0 or more, such as exp(-s * mean_interval).
        mean_interval: Seconds, above 0.
        service_rate: Items a second that the server handles, above 0.
        interval_scv: The interval's variance / mean², 0 or more, for the relaxation time alone.

    Raises:
        TheoryError: A number is out of its range, the load is 1 or more, or no interval of
            this mean has such a transform.

    >>> round(gm1(lambda s: math.exp(-s), 1.0, 2.0).waiting_time, 3)
    0.128
    """
    positive("mean_interval", mean_interval)
    not_negative("interval_scv", interval_scv)
    positive("service_rate", service_rate)
    load = stable("G/M/1", 1 / mean_interval / service_rate)
    sigma = _sigma(interval_transform, mean_interval, service_rate)
    rate = service_rate * (1 - sigma)
    wait = sigma / rate
    return Prediction(
        "G/M/1",
        f"{_GROSS}, sec. 5.3; Kleinrock, Queueing Systems, vol. 1, ch. 6",
        throughput=1 / mean_interval,
        utilization=load,
        loss=0.0,
        mean_queue=wait / mean_interval,
        mean_system=load / (1 - sigma),
        waiting_time=wait,
        sojourn_time=1 / rate,
        waits=Delayed(sigma, rate),
        sojourns=Delayed(1.0, rate),
        relaxation=of_single_server(load, 1 / service_rate, interval_scv + 1),
    )


def erlang_b(arrival_rate: float, mean_service: float, servers: int) -> Prediction:
    """Predict M/G/c/c: Poisson arrivals and no queue; an item that finds no free server is lost.

    Erlang 1917; Gross, section 2.6, by the recursion over the number of servers. Only the mean
    of the service time matters, so there are no quantiles of the sojourn time.

    Args:
        arrival_rate: Items a second, above 0.
        mean_service: Seconds, above 0.
        servers: Their number, 1 or more.

    Raises:
        TheoryError: A number is out of its range.

    >>> erlang_b(2.0, 1.0, 2).loss
    0.4
    """
    positive("arrival_rate", arrival_rate)
    positive("mean_service", mean_service)
    whole("servers", servers, 1)
    load = positive("the load", arrival_rate * mean_service)
    # The last step of B's recursion, taken here so that 1 - B is had without a difference.
    offered = load * _erlang_b(load, servers - 1)
    served = servers / (servers + offered)
    return Prediction(
        f"M/G/{servers}/{servers}",
        f"Erlang B; {_GROSS}, sec. 2.6",
        throughput=arrival_rate * served,
        utilization=load / (servers + offered),
        loss=offered / (servers + offered),
        mean_queue=0.0,
        mean_system=load * served,
        waiting_time=0.0,
        sojourn_time=mean_service,
        waits=Delayed(0.0, 1 / mean_service),
    )


def _check_rates(arrival_rate: float, service_rate: float) -> None:
    positive("arrival_rate", arrival_rate)
    positive("service_rate", service_rate)
    positive("the load", arrival_rate / service_rate)


def _of_several(
    arrival_rate: float, service_rate: float, servers: int, states: float = math.inf
) -> float:
    """The relaxation time while all servers are busy, plus a service time if there are several.

    While a server is free, each item leaves independently of the others.
    """
    pace = 1 / service_rate if servers > 1 else 0.0
    return of_ladder(arrival_rate, servers * service_rate, states) + pace


def _erlang_b(load: float, servers: int) -> float:
    """The share lost of a load (arrival rate times mean service time); no servers lose all."""
    lost = 1.0
    for number in range(1, servers + 1):
        lost = load * lost / (number + load * lost)
    return lost


def _free_to_busy(load: float, servers: int) -> float:
    """How much more probable it is that a server is free than that all are busy and none waits:
    1/B - 1, by B's recursion."""
    reached = load * _erlang_b(load, servers - 1)
    return min(servers / reached, HUGE) if reached > 0 else HUGE


def _sigma(transform: Callable[[float], float], mean: float, service_rate: float) -> float:
    """The root in (0, 1) of sigma = transform(service_rate * (1 - sigma)), which is one of a
    convex function that is positive at 0, 0 at 1 and negative just before 1."""
    low, high = 0.0, 1.0
    for _ in range(100):
        sigma = (low + high) / 2
        at = service_rate * (1 - sigma)
        value = transform(at)
        # No interval with this mean has a smaller one than the constant (Jensen).
        if not math.exp(-at * mean) * (1 - 1e-9) <= value <= 1 + 1e-9:
            problem = f"of {at:.6g} is {value:.6g}: no interval with a mean of {mean:.6g} has that"
            raise TheoryError(problem, field="interval_transform", value=value)
        if value > sigma:
            low = sigma
        else:
            high = sigma
    if high == 1:
        problem = "is too near to 1, or interval_transform is that of a shorter interval"
        raise TheoryError(problem, field="load", owner="G/M/1")
    return (low + high) / 2
