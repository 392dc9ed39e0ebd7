"""What a cycle costs: a closed system of 1,000 workers against an open one of the same size.

Both do the same work, item for item: in the open system new items come, and finished ones leave,
where in the closed one the same items come round again. Prints the CPU time of a hop from queue to
queue in both, and the ratio, the median of interleaved rounds in the same run, on both engines.

Two systems: a machine shop (two groups of workers, two queues) and a ring (each worker has a queue
of its own; few items go round, so most workers wait for one).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable

from pcsim.distributions import Exponential
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

GOAL = 1.5
WORKERS = 1_000


def shop(workers: int, is_closed: bool, time_scale: float = 1.0) -> Scenario:
    """Machines that break and are repaired: as many as fit, or the same stations with arrivals."""
    repairers = workers // 8
    machines = workers - repairers - 1
    up, repair = Exponential(300.0 * time_scale), Exponential(30.0 * time_scale)
    queues = [QueueSpec("running", workers), QueueSpec("broken", workers)]
    output: str | None = "running"
    producer = ProducerSpec("purchase", "running", 0.0, machines)
    if not is_closed:
        queues.append(QueueSpec("done", workers))
        output = None
        producer = ProducerSpec("arrivals", "running", Exponential(330.0 * time_scale / machines))
    return Scenario(
        tuple(queues[:2]),
        (producer,),
        (
            ConsumerSpec("machine", "running", up, output="broken", count=machines),
            ConsumerSpec("repairer", "broken", repair, output=output, count=repairers),
        ),
    )


def ring(workers: int, is_closed: bool, time_scale: float = 1.0) -> Scenario:
    """Stages in a row, 10 items on their way; in the closed system the last feeds the first."""
    stages = workers - 1
    queues = tuple(QueueSpec(f"q{n}", 20) for n in range(stages))
    interval = Exponential(stages * time_scale / 10)
    producer = ProducerSpec("P", "q0", 0.0 if is_closed else interval, 10 if is_closed else None)
    work = Exponential(time_scale)
    consumers = [
        ConsumerSpec(f"S{n}", f"q{n}", work, output=f"q{(n + 1) % stages}") for n in range(stages)
    ]
    if not is_closed:
        consumers[-1] = ConsumerSpec(f"S{stages - 1}", f"q{stages - 1}", work)
    return Scenario(queues, (producer,), tuple(consumers))


SYSTEMS: dict[str, Callable[[int, bool, float], Scenario]] = {"shop": shop, "ring": ring}


def virtual_cost(scenario: Scenario, until: float) -> float:
    """CPU seconds of a hop in virtual time, from a settled state on."""
    engine = VirtualEngine(scenario, logs_items=False)
    engine.start()
    engine.advance(until=until)
    before = hops(engine)
    begin = time.process_time()
    engine.advance(until=3 * until)
    spent = time.process_time() - begin
    cost = spent / (hops(engine) - before)
    engine.abort()
    engine.join()
    return cost


def threads_cost(scenario: Scenario, seconds: float) -> float:
    """CPU seconds of a hop on threads, while the system runs for this long."""
    engine = ThreadsEngine(scenario)
    engine.start()
    time.sleep(0.5)
    before, begin = hops(engine), time.process_time()
    time.sleep(seconds)
    spent = time.process_time() - begin
    cost = spent / (hops(engine) - before)
    engine.abort()
    engine.join()
    return cost


def hops(engine: VirtualEngine | ThreadsEngine) -> int:
    """How many items have been taken from a queue so far."""
    return sum(row.got_total for row in engine.snapshot().consumers)


def measure(name: str, rounds: int, seconds: float) -> float:
    """Print a line for each engine; return the largest ratio."""
    make, worst = SYSTEMS[name], 0.0
    kinds: dict[str, Callable[[bool], float]] = {
        "virtual": lambda is_closed: virtual_cost(make(WORKERS, is_closed, 1.0), 2_000.0),
        # So slow that the machine keeps up: both are measured at the same rate of hops.
        "threads": lambda is_closed: threads_cost(make(WORKERS, is_closed, SCALES[name]), seconds),
    }
    for kind, cost in kinds.items():
        pairs = [(cost(False), cost(True)) for _ in range(rounds)]
        ratio = statistics.median(closed / opened for opened, closed in pairs)
        opened, closed = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
        verdict = "ok" if ratio <= GOAL else "TOO SLOW"
        print(
            f"{name:5} {kind:8} open {opened:6.1f} µs/hop  closed {closed:6.1f} µs/hop"
            f"  ratio {ratio:5.2f}  (at most {GOAL}) {verdict}",
            flush=True,
        )
        worst = max(worst, ratio)
    return worst


SCALES = {"shop": 0.002, "ring": 0.005}
"""Times on threads, in seconds for each of virtual time."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run on threads")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    worst = max(measure(name, arguments.rounds, arguments.seconds) for name in SYSTEMS)
    return int(worst > GOAL)


if __name__ == "__main__":
    sys.exit(main())
