"""The same scenario and seed give the same run, bit for bit.

Each of the twenty scenarios has a stored digest of the outcome of its run: the final snapshot
with every float to its last digit, and the events. Where times are drawn from a distribution
other than the uniform or an empirical one, numpy makes them of its raw numbers in a way that may
change with a feature release (see `pcsim.distributions.streams`): those digests are of the numpy
named in `NUMPY`, and are not compared under another. All else here is true under any.

After a change that is meant to change runs, `python -m tests.contract.test_digests` prints them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
from msgspec.structs import replace

from pcsim.analysis.result_report import document
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.experiments.simulate import simulate
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import EventKind, Snapshot
from tests.contract.scenarios import SCENARIOS, digest, finished, outcome
from tests.support.cases import case

NUMPY = "2.4.6"
"""The version whose numbers the stored digests are of."""

DIGESTS = {
    "kitchen sink": "d2fb575ab61cd3e0",
    "impatient": "2dde41c8b6d5c091",
    "rework": "fd5b3d71de6ec300",
    "mm1": "40b980a1ac741dba",
    "mm3 with loss": "a260a951514b61cd",
    "md1": "5255b82f8841800a",
    "gm1": "5396f031ec4ea723",
    "deterministic": "e4f74e7a6956d46c",
    "uniform": "9177d03110a83957",
    "normal": "14b9b62ad2d4334b",
    "hyper": "bbe8413e8e05dd2e",
    "empirical": "1f3f0e828f0962aa",
    "until 300": "7773316e1f44312e",
    "limited items": "f79c846d92d08db7",
    "newest": "bc368c3c95c865a3",
    "overflow": "f5e302fe24104c42",
    "round robin": "95e6c03f6da97b64",
    "longest": "1ccb1ff2169480de",
    "listed": "63c91c406db8f304",
    "line of four": "be9fbaa1ac8724a2",
}

MEASURES = {
    "kitchen sink": "e51e879fd433081e",
    "impatient": "d07c1e6abb45dd7f",
    "rework": "e9cc2f91a9db2fc3",
    "mm1": "27c38f4e89dc538d",
    "mm3 with loss": "eb45c21418d66e22",
    "md1": "2d5768e9eff4d674",
    "gm1": "ace2a35b3a95148b",
    "deterministic": "1bf4a5023744fbe0",
    "uniform": "13426c182522d7eb",
    "normal": "cbed332c6661a4e1",
    "hyper": "f93cc93f0d618c7e",
    "empirical": "a3a4b30c974715e3",
    "until 300": "b3f7e9b4c08c7045",
    "limited items": "9aad82eae26b9727",
    "newest": "3e64b9a964e45e5d",
    "round robin": "ce4a027df79e1136",
    "longest": "4dd5a2a5eccfc8b9",
    "listed": "e93f8c3108506ca8",
    "line of four": "c356f63023842e7f",
}
"""The same of what is reported of three replications of each: means, intervals, shares. All but
"overflow", which fails."""

SAME_UNDER_ANY_NUMPY = ("deterministic", "uniform", "empirical")

ROOT = Path(__file__).parents[2]


def test_there_are_twenty_scenarios() -> None:
    """Each has a digest, and no two are equal."""
    assert list(DIGESTS) == list(SCENARIOS)
    assert len(set(DIGESTS.values())) == len(DIGESTS) == 20


def comparable(digests: dict[str, str]) -> list[str]:
    """The names of the scenarios whose digests are compared under the numpy that is installed."""
    return [name for name in digests if numpy.__version__ == NUMPY or name in SAME_UNDER_ANY_NUMPY]


def test_a_run_is_the_stored_run() -> None:
    """To the last digit, on every machine."""
    for name in comparable(DIGESTS):
        assert digest(outcome(finished(SCENARIOS[name]))) == DIGESTS[name], name


def test_the_measures_of_a_run_are_the_stored_measures() -> None:
    """To the last digit, under every Python: from 3.12 on `sum` rounds otherwise."""
    for name in comparable(MEASURES):
        assert measured(SCENARIOS[name]) == MEASURES[name], name


def test_a_run_in_slices_is_the_same_run() -> None:
    """However small they are."""
    for name, scenario in SCENARIOS.items():
        whole = digest(outcome(finished(scenario)))
        for most in (1, 13):
            assert digest(outcome(finished(scenario, most))) == whole, (name, most)


def test_a_run_in_another_process_is_the_same_run() -> None:
    """Whose hashes of texts are others."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.contract.test_digests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    here = {name: digest(outcome(finished(scenario))) for name, scenario in SCENARIOS.items()}
    measures = {name: measured(SCENARIOS[name]) for name in MEASURES}
    assert done.stdout == printed(here) + printed(measures)


def test_stages_without_readers_are_released_in_their_order() -> None:
    """Not in that of a set of their names, which is another in every process."""
    engine = finished(
        Scenario(
            queues=(QueueSpec("in", 1), QueueSpec("out", 1)),
            producers=(ProducerSpec("P", "in", 1.0, 3),),
            consumers=(
                ConsumerSpec("S", "in", 0.0, output="out", count=9),
                ConsumerSpec("C", "out", 0.0, max_items=1),
            ),
        )
    )
    released = [
        event.subject
        for event in engine.events().events
        if event.kind is EventKind.RESUMED and event.item is None and event.queue == "in"
    ]
    assert released == [f"S-{number}" for number in range(2, 10)]


def test_looking_at_a_run_does_not_change_it() -> None:
    """Nor does a pause of no length, or asking what comes next."""
    for name, scenario in SCENARIOS.items():
        with case(name):
            engine = VirtualEngine(scenario)
            engine.start()
            while engine.advance(most=97):
                engine.snapshot()
                assert engine.next_at is not None
                for row in engine.scenario.queue_names:
                    engine.queue_detail(row)
            assert digest(outcome(engine)) == digest(outcome(finished(scenario)))


def beside(scenario: Scenario) -> Scenario:
    """The same, with a system of its own beside it, declared before it."""
    return replace(
        scenario,
        queues=(QueueSpec("elsewhere", 2), *scenario.queues),
        producers=(ProducerSpec("Elsewhere", "elsewhere", 0.37, 100), *scenario.producers),
        consumers=(ConsumerSpec("Also", "elsewhere", 0.11), *scenario.consumers),
    )


def rows_of(snapshot: Snapshot, scenario: Scenario) -> list[object]:
    """The rows of the scenario's own queues and workers."""
    names = {*scenario.queue_names, *(spec.name for spec in scenario.workers)}
    return [
        *(row for row in snapshot.queues if row.name in names),
        *(row for row in snapshot.workers if row.name in names),
    ]


def test_a_worker_elsewhere_shifts_no_other_random_numbers() -> None:
    """Workers come or go, and all others do exactly what they did."""
    for name, scenario in SCENARIOS.items():
        if scenario.end.items is not None:
            continue
        with case(name):
            alone = finished(scenario).snapshot()
            together = finished(beside(scenario)).snapshot()
            assert rows_of(together, scenario) == rows_of(alone, scenario)


def test_another_seed_and_another_replication_are_other_runs() -> None:
    """Where there is chance; where there is none, all runs are one."""
    base = SCENARIOS["mm1"]
    runs = [
        digest(outcome(finished(base))),
        digest(outcome(finished(replace(base, seed=2)))),
        digest(outcome(finished(base, replication=1))),
    ]
    assert len(set(runs)) == 3
    fixed = SCENARIOS["deterministic"]
    assert outcome(finished(fixed)) == outcome(finished(fixed, replication=5))


def measured(scenario: Scenario) -> str:
    """The digest of what `pcsim run --json` prints, without what was added since the digests were
    stored: then the time in which a producer waits for its interval counted as running."""
    printed: Any = document(simulate(scenario, replications=3))
    for added in ("cautions", "changes", "runs"):  # the first in words; the others came later
        del printed[added]
    for worker in printed["workers"].values():
        making = worker.pop("making")
        if making["mean"]:
            worker["utilization"] = making
    return digest(json.dumps(printed).replace('"making"', '"busy"'))


def printed(digests: dict[str, str]) -> str:
    """As they are stored."""
    return "".join(f'    "{name}": "{value}",\n' for name, value in digests.items())


if __name__ == "__main__":
    digests = {name: digest(outcome(finished(scenario))) for name, scenario in SCENARIOS.items()}
    sys.stdout.write(printed(digests))
    sys.stdout.write(printed({name: measured(SCENARIOS[name]) for name in MEASURES}))
