"""How often the drift test calls a queue growing that is stable, and one that is not.

    python benchmarks/drift_alarms.py [--seeds 200]

It looks at the depths of M/M/1 over runs of different lengths and loads. Of stable queues in runs
of ten relaxation times or more, at most 5 % should be called growing; at a load of 1.05 nearly all,
in a run that is long enough to show it.
"""

from __future__ import annotations

import argparse

from msgspec.structs import replace

from pcsim import Exponential
from pcsim.experiments.one_run import finish, growing_queues, virtual_run
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario

RUNS = [
    (0.5, 400.0), (0.8, 1000.0), (0.9, 4000.0), (0.9, 10_000.0),
    (1.05, 4000.0), (1.05, 10_000.0), (1.05, 20_000.0), (1.33, 1000.0),
]  # fmt: skip
"""Loads, and seconds that a run lasts; a service takes 1 s on average."""


def scenario_of(load: float, seconds: float) -> Scenario:
    """M/M/1 with a queue that is never full."""
    return Scenario(
        (QueueSpec("q", 1_000_000),),
        (ProducerSpec("P", "q", Exponential(1 / load)),),
        (ConsumerSpec("C", "q", Exponential(1.0)),),
        end=End(time=seconds),
    )


def alarms(scenario: Scenario, seeds: int) -> int:
    """At how many seeds its queue is called growing."""
    found = 0
    for seed in range(seeds):
        run = virtual_run(replace(scenario, seed=seed), notes_depths=True)
        finish(run)
        found += bool(growing_queues(run))
    return found


def main() -> None:
    """Print the share of alarms for each load and length."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=200)
    seeds = parser.parse_args().seeds
    print(f"{'load':>6}{'seconds':>10}{'called growing':>17}")
    for load, seconds in RUNS:
        share = alarms(scenario_of(load, seconds), seeds) / seeds
        print(f"{load:6.2f}{seconds:10.0f}{100 * share:15.1f} %")


if __name__ == "__main__":
    main()
