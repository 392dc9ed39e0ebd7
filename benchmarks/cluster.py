"""Sweeps on processes and on a cluster of Dask: the same results, what it costs, and the memory.

    python -m benchmarks.cluster [same] [cost] [two] [memory]

`same`: a scheduler and two workers, each a process of its own, on loopback over TLS; the results
are those of one process, to the last bit. `cost`: what an executor itself takes for each part that
it is handed: the time in which its worker does no unit, though the next part is under way.
`two`: 24 runs of a million items by two processes and by one, by turns, and what all cores work
for that. `memory`: the most memory of a sweep of 1,000 variants of 20 replications, and of a
quarter of them. Times mean nothing on a machine that does other things: its load is printed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import pickle
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from pcsim.experiments.variants.clusters import cluster
from pcsim.experiments.variants.measures import Measure
from pcsim.experiments.variants.processes import ignore_signals
from pcsim.experiments.variants.units import Seen, Unit, all_done
from pcsim.experiments.variants.workers import AWAY, IN_FLIGHT, LEAST_SECONDS
from pcsim.scenario import Scenario

SHOP = """
title = "Shop"
[queues]
orders = { capacity = 40, overflow = "drop_new" }
[producers.shop]
queue = "orders"
interval = { distribution = "exponential", mean = 1.0 }
[consumers.clerk]
queue = "orders"
service_time = { distribution = "exponential", mean = 0.8 }
"""
COST, SPEED, MEMORY = 0.02, 1.6, 500.0
PARTS_DONE = 20
MEASURES = (Measure("throughput"), Measure("wait", "orders"), Measure("wait", "orders", 0.95))
SWEEP = """
import json, resource, sys
from pcsim import Scenario, sweep
if __name__ == "__main__":
    shop, vary, jobs, options = sys.argv[1], json.loads(sys.argv[2]), *map(json.loads, sys.argv[3:])
    found = sweep(Scenario.parse(shop), vary, jobs=jobs, **options)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    worked = sum(one.ru_utime + one.ru_stime for one in used)
    print(json.dumps([found.runs, found.seconds, worked, *(one.ru_maxrss / 1e3 for one in used)]))
"""


class Swept(NamedTuple):
    """A sweep in a process of its own: its runs, its seconds on the clock and on all cores, and the
    most MB of it and of the others."""

    runs: int
    seconds: float
    worked: float
    own: float
    others: float


def swept(vary: list[str], jobs: int, **options: object) -> Swept:
    """Do a sweep in a process of its own."""
    words = [SHOP, json.dumps(vary), json.dumps(jobs), json.dumps(options)]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "sweeping.py")
        script.write_text(SWEEP, "utf-8")
        done = subprocess.run(
            [sys.executable, script, *words],
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=True,
        )
    return Swept(*json.loads(done.stdout))


def certificates(folder: Path) -> dict[str, str]:
    """A certificate for all, made by openssl, as the environment of Dask's programs."""
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    words = ["openssl", "req", "-x509", *kind, *name, "-keyout", key, "-out", certificate]
    subprocess.run(words, check=True, capture_output=True)
    named = {"CA_FILE": certificate}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        named |= {f"{role}__CERT": certificate, f"{role}__KEY": key}
    settings = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": value for name, value in named.items()}
    return {**settings, "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}


@contextmanager
def tls_cluster(workers: int) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a scheduler with workers, and the environment that has their certificates."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = {**os.environ, **certificates(folder), "PYTHONPATH": str(Path.cwd())}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"tls://127.0.0.1:{port}"
        words = [
            ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--protocol", "tls"],
            *(["worker", address, "--nthreads", "1", "--no-nanny"] for _ in range(workers)),
        ]
        for one in words:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *one, "--no-dashboard"],
                env=settings,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield address, settings


def same() -> bool:
    """The results of one process, of two, and of a cluster over TLS are the same."""
    with tempfile.TemporaryDirectory() as folder, tls_cluster(2) as (address, settings):
        file = Path(folder, "shop.toml")
        file.write_text(SHOP, "utf-8")
        vary = ["--vary", "clerk.count=1..5", "--vary", "orders.capacity=1..10"]
        words = [sys.executable, "-m", "pcsim", "sweep", str(file), *vary, "--json"]

        def result(*more: str) -> str:
            began = time.perf_counter()
            done = subprocess.run(
                [*words, "--no-cache", *more], env=settings, capture_output=True, check=True
            )
            print(f"  {' '.join(more)}: {time.perf_counter() - began:.1f} s")
            return json.dumps(json.loads(done.stdout)["variants"])

        alone = result("--jobs", "1")
        others = [result("--jobs", "2"), result("--executor", address)]
    are_same = all(one == alone for one in others)
    print(f"same results, {len(alone):,} bytes: {'yes' if are_same else 'NO'}")
    return are_same


class Cost(NamedTuple):
    """Seconds that a part takes on the clock, those in which its worker works on it, and those that
    this process works for it."""

    whole: float
    work: float
    here: float


def cost_of(executor: Executor, units: tuple[Unit, ...]) -> Cost:
    """Have parts done, as `Workers` does, by an executor that has one worker."""
    pending: set[Future[tuple[Seen, ...]]] = set()
    work = 0.0
    executor.submit(all_done, units).result()
    began, here = time.perf_counter(), time.process_time()
    for left in range(PARTS_DONE, -IN_FLIGHT, -1):
        if len(pending) >= IN_FLIGHT or left <= 0:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            work += sum(seen.seconds for one in done for seen in one.result())
        if left > 0:
            pending.add(executor.submit(all_done, units))
    assert not pending
    whole, here = time.perf_counter() - began, time.process_time() - here
    return Cost(whole / PARTS_DONE, work / PARTS_DONE, here / PARTS_DONE)


def cost() -> bool:
    """What each executor takes for itself, in the time of the work that it is handed at once."""
    unit = Unit(Scenario.parse(SHOP + "\n[end]\nitems = 20000\n"), MEASURES, 0, 4)
    for _ in range(3):  # the first time the kernel is loaded
        (one,) = all_done((unit,))
    within = True
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, fresh, ignore_signals) as pool:
        within &= _judged("a process", pool, LEAST_SECONDS, unit, one)
    with tls_cluster(1) as (address, settings):
        os.environ.update({k: v for k, v in settings.items() if k.startswith("DASK_")})
        with cluster(address) as executor:
            within &= _judged("Dask over TLS", executor, AWAY * LEAST_SECONDS, unit, one)
    return within


def _judged(name: str, executor: Executor, least: float, unit: Unit, one: Seen) -> bool:
    """Whether a part of about this length costs little; `one` is what is seen of the unit."""
    number = max(1, round(least / one.seconds))
    # Copies, as those of different units are: what is the same twice is sent once.
    units = tuple(pickle.loads(pickle.dumps(unit)) for _ in range(number))  # noqa: S301 - our own
    seen = [pickle.loads(pickle.dumps(one)) for _ in range(number)]  # noqa: S301 - our own
    sent, returned = len(pickle.dumps(units)), len(pickle.dumps(seen))
    print(f"  {name}, a part of {number} units: {sent:,} bytes there, {returned:,} back")
    found = cost_of(executor, units)
    share = (found.whole - found.work) / found.work
    took = f"{1e3 * found.whole:.1f} ms, {1e3 * found.work:.1f} of them in the units"
    print(f"    {took}: {share:.1%} (at most {COST:.0%}); here {1e3 * found.here:.2f} ms")
    return share <= COST


def two() -> bool:
    """How much sooner two processes are through than one."""
    options = {"items": 1_000_000, "replications": 24, "measures": ["throughput", "p95 wait"]}
    ratios = []
    for number in range(3):
        alone = swept(["clerk.count=1"], 1, **options)
        both = swept(["clerk.count=1"], 2, **options)
        ratios.append(alone.seconds / both.seconds)
        took = f"{alone.seconds:.2f} s by one, {both.seconds:.2f} s by two: {ratios[-1]:.2f}"
        print(
            f"  round {number + 1}: {took} ({alone.worked:.2f} and {both.worked:.2f} s of a core)"
        )
    ratio = statistics.median(ratios)
    print(
        f"24 runs of a million items, two processes against one: {ratio:.2f} x (at least {SPEED})"
    )
    return ratio >= SPEED


def memory() -> bool:
    """The most memory of the process that hands out the work, and of the largest of the others."""
    most = []
    for variants in (250, 1_000):
        vary = ["clerk.count=1..5", f"orders.capacity=1..{variants // 5}"]
        one = swept(vary, 2, replications=20)
        most.append(one.own)
        done = f"{variants:,} variants, {one.runs:,} runs in {one.seconds:.0f} s"
        print(f"  {done}: {one.own:.0f} MB, each worker at most {one.others:.0f} MB")
    more = f"{most[1] - most[0]:+.0f} MB from 250 to 1,000"
    print(f"1,000 variants of 20: {most[1]:.0f} MB (at most {MEMORY:.0f}), {more}")
    return most[1] <= MEMORY


PARTS: dict[str, Callable[[], bool]] = {"same": same, "cost": cost, "two": two, "memory": memory}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    failed = []
    for name in parser.parse_args().parts:
        print(f"{name} (load {os.getloadavg()[0]:.1f})", flush=True)
        if not PARTS[name]():
            failed.append(name)
    print(f"missed: {', '.join(failed)}" if failed else "all within their limits")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
