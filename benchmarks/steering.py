"""Steering: 1,000 workers up and down 100 times, on both engines; and what it costs not to steer.

`python -m benchmarks.steering` adds 999 workers to one and removes them again, while items flow,
and prints the time of a change, the items that were lost (none), and the memory that is kept. With
`--unsteered OTHER`, a folder with another version of pcsim, it counts the instructions of runs that
nobody steers (`valgrind --tool=callgrind`), here and there; they do not depend on the machine's
load.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pcsim.engine.run import Run
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.changes import AddWorkers, RemoveWorkers

FEW, MANY = 3_000, 13_000
"""Items of two runs: what a further item costs is the difference."""
MODELS = ("M/M/1", "M/M/3/8", "3 producers, 2 consumers", "round robin", "line of 4")
CHILD = """
import gc, sys
gc.disable()  # when it comes depends on all that was imported
from typing import NamedTuple
from msgspec.structs import replace
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario
{models}
chosen = replace(models()[int(sys.argv[1])].scenario, end=End(items=int(sys.argv[2])), seed=1)
engine = VirtualEngine(chosen, logs_items=False, keeps_recent=False)
engine.start()
engine.join()
"""


def scenario(interval: float) -> Scenario:
    return Scenario(
        (QueueSpec("q", 100),),
        (ProducerSpec("P", "q", interval=interval),),
        (ConsumerSpec("C", "q", service_time=interval),),
    )


def memory() -> float:
    """Megabytes in use now."""
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def up_and_down(run: Run, workers: int, times: int) -> None:
    run.start()
    gc.collect()
    before, begun, slowest, used = memory(), time.perf_counter(), 0.0, time.process_time()
    at_most = before
    for number in range(times):
        for change in (AddWorkers("C", workers - 1), RemoveWorkers("C", workers - 1)):
            at = time.perf_counter()
            run.steer(change)
            slowest = max(slowest, time.perf_counter() - at)
            if isinstance(run, VirtualEngine):
                run.advance(until=run.clock() + 1.0)
            else:
                run.join(0.01)
        at_most = max(at_most, memory())
        if number == times // 10:
            before = memory()  # by then every worker has been there
    took, used = time.perf_counter() - begun, time.process_time() - used
    run.drain()
    assert run.join(120)
    totals = run.snapshot().totals
    lost = totals.produced - totals.consumed
    gc.collect()
    print(
        f"{run.kind:8} {2 * times} changes of {workers - 1} workers in {took:.1f} s, {used:.1f} s "
        f"of CPU ({used / 2 / times * 1e3:.0f} ms each; the slowest took {slowest * 1e3:.0f} ms); "
        f"{totals.consumed:,} items, {lost} lost; memory {memory() - before:+.1f} MB since the "
        f"first tenth, at most {at_most:.0f} MB"
    )
    assert not lost


def instructions(folder: Path, program: Path, model: int, items: int) -> int:
    """All of one run, counted."""
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable]
    done = subprocess.run(
        [*words, str(program), str(model), str(items)],
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found, done.stderr
    return int(found[1])


def compare(other: Path, models: list[int]) -> None:
    here = Path(__file__).parents[1]
    text = (here / "benchmarks/virtual_throughput.py").read_text("utf-8")
    source = text[text.index("UNLIMITED =") : text.index("def by_pcsim")]
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "child.py")
        program.write_text(CHILD.format(models=source), "utf-8")
        for model in models:
            of_item = []
            for version in (here, other):
                instructions(version, program, model, 100)  # which compiles
                few, many = (instructions(version, program, model, n) for n in (FEW, MANY))
                of_item.append((many - few) / (MANY - FEW))
            ours, theirs = of_item
            print(
                f"{MODELS[model]:26} {ours:8,.0f} instructions an item here, {theirs:8,.0f} there: "
                f"{100 * (ours / theirs - 1):+.1f} %",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--engine", choices=["virtual", "threads"], action="append")
    parser.add_argument("--unsteered", type=Path, metavar="OTHER")
    parser.add_argument("--model", type=int, action="append", choices=range(len(MODELS)))
    options = parser.parse_args()
    if options.unsteered is not None:
        compare(options.unsteered.absolute(), options.model or list(range(len(MODELS))))
        return
    for engine in options.engine or ("virtual", "threads"):
        run: Run = (
            VirtualEngine(scenario(0.01), logs_items=False)
            if engine == "virtual"
            else ThreadsEngine(scenario(0.001))
        )
        up_and_down(run, options.workers, options.times)


if __name__ == "__main__":
    main()
