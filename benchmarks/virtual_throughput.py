"""The virtual engine against SimPy and Ciw: items per second of CPU time, all measures on.

The row "kernel" is the same simulation in the compiled kernel: its rate, that of SimPy in the same
rounds, and their ratio; then its ratio with `--kernel-items` items, where a run's beginning and
end count for less. It needs a C compiler (see `pcsim.kernel.building`).

Each model is run by all in turn, for a number of rounds; the ratio is the median of those of
the rounds. Every round has another seed, and the results must agree: it ends where the rounds show,
with 99 % confidence, that throughputs are further apart than 2 %, or times in the queue or in the
system further than 6 %. A single round shows nothing of that. Ciw takes part in the models that it
can express (see `peers.is_for_ciw`).

Then: the CPU time of `pcsim run` as a whole process, and the memory of a long run.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from peers import Measures, by_ciw, by_simpy, is_for_ciw, of_result

from pcsim import simulate
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.theory.statistics import student_t_quantile

UNLIMITED = 10**9
TOLERANCES = {"throughput": 0.02, "busy": 0.02, "wait": 0.06, "sojourn": 0.06, "depth": 0.06}
TOLERANCES["loss"] = 0.01
"""How far measures may be apart: shares of that of the peer, the loss as it is."""
LEVEL = 0.99
"""The confidence with which they must be further apart to count as different."""
LOAD = """\
queues = { main = { capacity = 1000000 } }
producers.P = { queue = "main", interval = { distribution = "exponential", mean = 1.0 } }
consumers.C = { queue = "main", service_time = { distribution = "exponential", mean = 0.7 } }
"""


class Model(NamedTuple):
    name: str
    scenario: Scenario
    items: int
    goal: float = 3.0
    aim: float = 6.0


def random_time(mean: float) -> Exponential:
    return Exponential(mean)


def single(mean: float, capacity: int = UNLIMITED, servers: int = 1) -> Scenario:
    overflow = Overflow.BLOCK if capacity == UNLIMITED else Overflow.DROP_NEW
    return Scenario(
        queues=(QueueSpec("main", capacity, overflow),),
        producers=(ProducerSpec("P", "main", random_time(1.0)),),
        consumers=(ConsumerSpec("C", "main", random_time(mean), count=servers),),
    )


def shared() -> Scenario:
    return Scenario(
        queues=(QueueSpec("main", 5),),
        producers=(ProducerSpec("P", "main", random_time(1.5), count=3),),
        consumers=(ConsumerSpec("C", "main", random_time(0.9), count=2),),
    )


def clerk() -> Scenario:
    names = ("a", "b", "c")
    return Scenario(
        queues=tuple(QueueSpec(name, 5) for name in names),
        producers=tuple(ProducerSpec(f"P{name}", name, random_time(3.0)) for name in names),
        consumers=(ConsumerSpec("C", names, random_time(0.8)),),
    )


def line() -> Scenario:
    """Four stations, each after the first behind a buffer of 2; what arrives can wait."""
    stages = tuple(
        ConsumerSpec(f"S{n}", f"q{n}", random_time(1.0), output=f"q{n + 1}") for n in range(3)
    )
    return Scenario(
        queues=(QueueSpec("q0", UNLIMITED), *(QueueSpec(f"q{n}", 2) for n in (1, 2, 3))),
        producers=(ProducerSpec("P", "q0", random_time(2.0)),),
        consumers=(*stages, ConsumerSpec("S3", "q3", random_time(1.0))),
    )


def crowd() -> Scenario:
    names = [f"q{n}" for n in range(10)]
    return Scenario(
        queues=tuple(QueueSpec(name, 10) for name in names),
        producers=tuple(ProducerSpec(f"P{n}", n, random_time(1.0), count=50) for n in names),
        consumers=tuple(ConsumerSpec(f"C{n}", n, random_time(0.95), count=50) for n in names),
    )


def models() -> list[Model]:
    return [
        Model("M/M/1", single(0.7), 100_000),
        Model("M/M/3/8, with loss", single(2.7, 5, 3), 100_000),
        Model("3 producers, queue of 5, 2 consumers", shared(), 100_000),
        Model("3 queues, 1 round-robin consumer", clerk(), 100_000),
        Model("line of 4 stages, buffers of 2", line(), 50_000),
        Model("1,000 workers, 10 queues", crowd(), 200_000, 3.0, 5.0),
    ]


def by_pcsim(scenario: Scenario, items: int, seed: int) -> Measures:
    return of_result(simulate(scenario, items=items, seed=seed, kernel="python"))


def by_kernel(scenario: Scenario, items: int, seed: int) -> Measures:
    return of_result(simulate(scenario, items=items, seed=seed, kernel="compiled"))


def cpu_of(run: Callable[[Scenario, int, int], Measures], *what: object) -> tuple[float, Measures]:
    gc.collect()
    begin = time.process_time()
    measures = run(*what)  # type: ignore[arg-type]
    return time.process_time() - begin, measures


def must_agree(name: str, peer: str, ours: list[Measures], theirs: list[Measures]) -> None:
    """Raises AssertionError where the peer, beyond doubt, does not simulate the same model."""
    for field, close in TOLERANCES.items():
        mine, other = ([getattr(one, field) for one in each] for each in (ours, theirs))
        difference, sure = difference_of(mine, other)
        ours_is, its_is = f"{statistics.fmean(mine):.4g}", f"{statistics.fmean(other):.4g}"
        found = f"pcsim {ours_is}, {peer} {its_is}, difference {difference:.2g} ± {sure:.2g}"
        tolerance = close if field == "loss" else close * statistics.fmean(other)
        assert abs(difference) - sure <= tolerance, f"{name}: {field} of {found}"


def difference_of(ours: list[float], theirs: list[float]) -> tuple[float, float]:
    """The difference of two means, and half of its interval by Welch's approximation: rounds are
    independent, and each says how far they are apart."""
    difference = statistics.fmean(ours) - statistics.fmean(theirs)
    if min(len(ours), len(theirs)) < 2:
        return difference, float("inf")
    squares = [statistics.variance(each) / len(each) for each in (ours, theirs)]
    if not sum(squares):
        return difference, 0.0
    each = zip(squares, (ours, theirs), strict=True)
    degrees = sum(squares) ** 2 / sum(square**2 / (len(of) - 1) for square, of in each)
    return difference, student_t_quantile((1 + LEVEL) / 2, degrees) * sum(squares) ** 0.5


def compare(model: Model, rounds: int, scale: float, kernel_items: int) -> tuple[float, float]:
    """Returns how many times as fast as SimPy the kernel is, and that with `kernel_items`."""
    runs = {"pcsim": by_pcsim, "kernel": by_kernel, "SimPy": by_simpy}
    if is_for_ciw(model.scenario):
        runs["Ciw"] = by_ciw
    items = {"Ciw": int(model.items * scale) // 4}  # it is so slow that a quarter will do
    rates: dict[str, list[float]] = {name: [] for name in runs}
    measures: dict[str, list[Measures]] = {name: [] for name in runs}
    for seed in range(1, rounds + 1):
        for name, run in runs.items():
            many = items.get(name, int(model.items * scale))
            cpu, what = cpu_of(run, model.scenario, many, seed)
            rates[name].append(many / cpu)
            measures[name].append(what)
    mine = statistics.median(rates["pcsim"])
    for peer, goal, aim in (("SimPy", model.goal, model.aim), ("Ciw", 10.0, 20.0)):
        if peer in runs:
            ratio = statistics.median(
                ours / theirs for ours, theirs in zip(rates["pcsim"], rates[peer], strict=True)
            )
            show(model.name, peer, mine, statistics.median(rates[peer]), ratio, goal, aim)
            must_agree(model.name, peer, measures["pcsim"], measures[peer])
    assert measures["pcsim"] == measures["kernel"], f"{model.name}: the kernel differs"
    peer_rate = statistics.median(rates["SimPy"])
    compiled = statistics.median(
        ours / theirs for ours, theirs in zip(rates["kernel"], rates["SimPy"], strict=True)
    )
    goal, aim = KERNEL_GOALS["1,000 workers" in model.name]
    rate = statistics.median(rates["kernel"])
    show("  in the compiled kernel", "SimPy", rate, peer_rate, compiled, goal, aim)
    cpu = statistics.median(
        cpu_of(by_kernel, model.scenario, kernel_items, seed)[0] for seed in range(1, rounds + 1)
    )
    rate = kernel_items / cpu
    show(f"  the same, {kernel_items:,} items", "SimPy", rate, peer_rate, rate / peer_rate, 70, 100)
    return compiled, rate / peer_rate


KERNEL_GOALS = ((40.0, 60.0), (30.0, 50.0))
"""Goal and aim of the compiled kernel: of most models, and of that with 1,000 workers."""
ROW = "{:<38} {:<6} {:>10} {:>10} {:>7} {:>6} {:>5}"


def show(
    name: str, peer: str, mine: float, other: float, ratio: float, goal: float, aim: float
) -> None:
    cells = f"{mine:,.0f}", f"{other:,.0f}", f"{ratio:.2f}", f"{goal:g}", f"{aim:g}"
    print(ROW.format(name, peer, *cells), flush=True)


def whole_process(rounds: int, items: int) -> float:
    """CPU seconds of `pcsim run` of this many items of M/M/1, from exec to exit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mm1.toml")
        path.write_text(LOAD)
        command = [sys.executable, "-m", "pcsim", "run", str(path)]
        command += ["--engine", "virtual", "--items", str(items), "--json"]
        # As people have it installed: compiled, by a first run that does not count.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        spent = []
        for _ in range(rounds):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return statistics.median(spent)


def watch_memory(items: int) -> None:
    """In a process of its own: peak RSS in MB after 2, 5 and 10 tenths of the items."""
    scenario = single(0.7)
    engine = VirtualEngine(scenario)
    engine.start()
    peaks = []
    for tenths in (2, 5, 10):
        engine.advance(until=items * tenths / 10)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(*peaks, engine.snapshot().totals.produced)


def memory(items: int) -> list[float]:
    command = [sys.executable, __file__, "--watch-memory", str(items)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    *peaks, produced = map(float, output.split())
    assert abs(produced / items - 1) < 0.05, output
    return peaks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="more or fewer items a round")
    parser.add_argument("--quick", action="store_true", help="memory of a tenth of the items")
    parser.add_argument("--only", default="", help="the models in whose name this is")
    parser.add_argument("--kernel-items", type=int, default=1_000_000)
    parser.add_argument("--watch-memory", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.watch_memory:
        watch_memory(options.watch_memory)
        return
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(ROW.format("", "peer", "pcsim/s", "peer/s", "ratio", "goal", "aim"))
    chosen = [model for model in models() if options.only in model.name]
    ratios = [compare(one, options.rounds, options.scale, options.kernel_items) for one in chosen]
    short, long = (statistics.geometric_mean(column) for column in zip(*ratios, strict=True))
    print(f"the compiled kernel against SimPy, geometric mean: {short:.1f} (goal 40, aim 60), with")
    print(f"{options.kernel_items:,} items {long:.1f} (goal 70, aim 100)")
    if options.only:
        return
    spent = whole_process(options.rounds, 100_000)
    print(f"`pcsim run` of 100,000 items of M/M/1: {spent:.2f} s of CPU (goal 1, aim 0.5)")
    items = 1_000_000 if options.quick else 10_000_000
    peaks = ", ".join(f"{peak:.0f}" for peak in memory(items))
    print(f"peak memory after 2, 5 and 10 tenths of {items:,} items: {peaks} MB (goal 200, flat)")


if __name__ == "__main__":
    main()
