"""Predictions for lines of stations whose steady state has a formula."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pcsim.theory.ladder import Ladder
from pcsim.theory.prediction import Prediction, Station
from pcsim.theory.ranges import not_negative, positive, whole
from pcsim.theory.relaxation import of_filling, of_ladder
from pcsim.theory.stages import found_busy


def blocking_pair(first_rate: float, second_rate: float, buffer: int) -> Prediction:
    """Predict two stations of one exponential server each, with a buffer between them.

    The first never lacks work. When the buffer is full, it keeps the item that it has finished
    and is blocked until there is a place (blocking after service). The second is starved when
    the buffer is empty. The number of items finished by the first and not yet by the second is
    from 0 to `buffer + 2`, each as probable as the one before it times
    `first_rate / second_rate`.

    `mean_queue` and `waiting_time` are those of the buffer alone. `mean_system` and
    `sojourn_time` last from the moment when the first has finished an item to the moment when
    the second has. `stations` has utilization, blocking and starving of each.

    Args:
        first_rate: Items a second that the first station handles, above 0.
        second_rate: Items a second that the second station handles, above 0.
        buffer: The number of places between them, 0 or more.

    Raises:
        TheoryError: A number is out of its range.

    >>> round(blocking_pair(1.0, 1.0, 2).throughput, 3)
    0.8
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
    # A finished item finds the second's queue as in M/M/1/K, but enters the buffer no earlier
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
    """Predict a line of stations with constant times: its throughput is that of its slowest one.

    The first station never lacks work, and the last is never blocked. The buffers between do not
    change the throughput; where items wait depends on them and is not predicted.

    Args:
        stations: A time in seconds (0 or more) and a number of servers (1 or more) for each.
        buffers: The places before each station except the first, for the time of filling alone.

    Raises:
        TheoryError: A number is out of its range, or no station takes time.

    >>> deterministic_line([(0.1, 1), (0.5, 2)]).throughput
    4.0
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
