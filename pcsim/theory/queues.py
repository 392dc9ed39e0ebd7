"""Queues and lines whose steady state has a formula, and what it predicts.

Rates are per second and times in seconds, finite and above 0. Every function raises
`TheoryError`, a `ValueError`, for a number out of its range and for a load under which an
unbounded queue has no steady state. "Gross" is Gross, Shortle, Thompson and Harris,
*Fundamentals of Queueing Theory*, 4th edition, Wiley 2008.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pcsim.errors import TheoryError
from pcsim.theory.ladder import Ladder
from pcsim.theory.prediction import Prediction, Station
from pcsim.theory.ranges import not_negative, positive, stable, whole
from pcsim.theory.relaxation import of_filling, of_ladder, of_single_server
from pcsim.theory.stages import found_busy
from pcsim.theory.tails import Delayed, Served

HUGE = 1e300
"""Stands for any ratio of probabilities above it, so that no infinity gets into a sum."""

_GROSS = "Gross, Shortle, Thompson, Harris, Fundamentals of Queueing Theory, 4th ed."


def mm1(arrival_rate: float, service_rate: float) -> Prediction:
    """Poisson arrivals, one exponential server, an unbounded queue in order of arrival.

    Gross, section 2.2. The load `arrival_rate / service_rate` has to be below 1.
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
    """Poisson arrivals, exponential servers alike, one unbounded queue in order of arrival.

    Gross, section 2.3, with Erlang's C from the recursion of his B. `service_rate` is that of
    one server; the load `arrival_rate / (servers * service_rate)` has to be below 1.
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
    """Poisson arrivals, one exponential server, a queue of so many places, 0 or more; who finds
    them all taken is lost.

    Gross, section 2.5; K is `waiting_places + 1`. Any load is fine. `waiting_time`,
    `sojourn_time` and the quantiles are those of the items that get in.
    """
    return mmck(arrival_rate, service_rate, 1, waiting_places)


def mmck(arrival_rate: float, service_rate: float, servers: int, waiting_places: int) -> Prediction:
    """Poisson arrivals, exponential servers alike, a queue of so many places, 0 or more; who
    finds them all taken is lost.

    Gross, section 2.5; K is `servers + waiting_places`. `service_rate` is that of one server.
    Any load is fine. `waiting_time`, `sojourn_time` and the quantiles are those of the items
    that get in, the latter from the mixture of Erlang times by bisection.
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
    """Poisson arrivals, one server with any service time, an unbounded queue.

    The formula of Pollaczek and Khinchine; Gross, section 5.1. `service_scv` is the service
    time's variance over its squared mean, 0 or more: 0 is constant, 1 exponential. The load
    `arrival_rate * mean_service` has to be below 1. Two moments tell no quantile.
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
    """Arrivals at independent intervals alike, one exponential server, an unbounded queue.

    Gross, section 5.3. `interval_transform(s)` is the Laplace-Stieltjes transform of the
    interval, the mean of exp(-s * interval), for s of 0 or more; a constant interval's is
    `exp(-s * mean_interval)`. The load `1 / (mean_interval * service_rate)` has to be below 1.
    The root of sigma = transform(service_rate * (1 - sigma)) is found by bisection. Values that
    no interval with this mean can have are a `TheoryError`. Only the relaxation time asks for
    `interval_scv`, the interval's variance over its squared mean.
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
    """Poisson arrivals, servers alike with any service time, no queue: who finds all of them
    busy is lost.

    Erlang 1917; Gross, section 2.6, by the recursion over the number of servers. Only the mean
    of the service time matters, which therefore tells no quantile of the sojourn time.
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


def blocking_pair(first_rate: float, second_rate: float, buffer: int) -> Prediction:
    """Two stations of one exponential server each, with so many places between them, 0 or more.

    The first never lacks work; when the buffer is full it keeps what it has finished and is
    blocked until there is a place (blocking after service). The second is starved when the
    buffer is empty. Items finished by the first and not yet by the second are 0 to
    `buffer + 2`, each number as probable as the one before it times `first_rate / second_rate`.

    `mean_queue` and `waiting_time` are of the buffer, without the time in the first's hands;
    `mean_system` and `sojourn_time` are from the instant the first has finished an item to the
    one the second has. `stations` has utilization, blocking and starving of each.
    """
    positive("first_rate", first_rate)
    positive("second_rate", second_rate)
    whole("buffer", buffer, 0)
    ratio = positive("first_rate / second_rate", first_rate / second_rate)
    states, queued = Ladder(ratio, buffer + 2), Ladder(ratio, buffer)
    total = states.total
    busy = min(1 / ratio, 1.0) * Ladder(ratio, buffer + 1).total / total
    throughput = first_rate * busy
    # i items are in the buffer when i + 1 are between the stations, and `buffer` of them when
    # one more is in the first's hands.
    in_buffer = min(ratio, 1 / ratio) * queued.total * queued.mean + buffer * states.top
    system = states.mean
    # Who is finished finds the second's queue as in M/M/1/K, but enters the buffer no earlier
    # than `buffer` events before its service.
    free = Ladder(ratio, buffer + 1).bottom / ratio
    spread = found_busy(ratio, free, 1, second_rate, buffer + 1)
    return Prediction(
        f"M/M/1 -> {buffer} -> M/M/1, blocking after service",
        "Hunt, Sequential arrays of waiting lines, Operations Research 4 (1956), 674-683",
        throughput=throughput,
        mean_queue=in_buffer / total,
        mean_system=system,
        waiting_time=in_buffer / total / throughput,
        sojourn_time=system / throughput,
        waits=spread and spread[0].at_most(buffer),
        sojourns=spread and spread[1],
        relaxation=of_ladder(first_rate, second_rate, buffer + 3),
        filling=of_filling(system, first_rate - second_rate, second_rate),
        stations=(
            Station(min(busy, 1.0), blocked=states.top / total, starved=0.0),
            Station(min(throughput / second_rate, 1.0), blocked=0.0, starved=states.bottom / total),
        ),
    )


def deterministic_line(
    stations: Sequence[tuple[float, int]], buffers: Sequence[int] = ()
) -> Prediction:
    """A line of stations with constant times, each a time (0 or more) and its servers (1 or
    more), whose first station never lacks work and whose last is never blocked.

    Its throughput is that of its slowest station, servers over time, whatever the buffers
    between; a line without a station that takes time is a `TheoryError`. What waits where
    depends on the buffers and is not told. `buffers` has the places before each station but the
    first, which only the time of filling asks for.
    """
    for number, (time, servers) in enumerate(stations, start=1):
        not_negative(f"the time of station {number}", time)
        whole(f"servers of station {number}", servers, 1)
    slowest = max((time / servers for time, servers in stations), default=0.0)
    throughput = 1 / positive("the time of the slowest station", slowest)
    # The first is held up once all that it makes faster has filled the buffers to the slowest.
    where = max(range(len(stations)), key=lambda number: stations[number][0] / stations[number][1])
    first = stations[0][0] / stations[0][1]
    ahead = 1 - first / slowest  # of what it makes
    return Prediction(
        "deterministic line",
        "the bottleneck rate; Hopp, Spearman, Factory Physics, ch. 7",
        throughput=throughput,
        stations=tuple(Station(time / servers / slowest) for time, servers in stations),
        relaxation=math.fsum(time for time, _ in stations),  # until the last one has work
        filling=sum(buffers[:where]) * first / ahead if ahead > 0 else 0.0,
    )


def _check_rates(arrival_rate: float, service_rate: float) -> None:
    positive("arrival_rate", arrival_rate)
    positive("service_rate", service_rate)
    positive("the load", arrival_rate / service_rate)


def _of_several(
    arrival_rate: float, service_rate: float, servers: int, states: float = math.inf
) -> float:
    """The relaxation time while all servers are busy, and that of a service on top where there
    are several: with a free one each item goes at its own pace."""
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
