"""Run a project's tests with either queue, and find where the outcomes differ."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from benchmarks.drop_in.environment import Environment

MOST_SECONDS = 1200
"""For all tests of a project."""
SECONDS_A_TEST = 60
TRIES = 3
"""How often a test whose outcomes differ is run again with each queue."""
STANDARD, OURS = "queue", "pcsim.queue"

GAINED = "skipped", "passed"

Outcomes = dict[str, str]
"""By the name of a test: passed, failed or skipped."""


class Comparison(NamedTuple):
    """What came of a project's tests with each queue."""

    standard: Outcomes
    ours: Outcomes
    differ: list[str]
    """Tests that have another outcome with ours, each time that they are run."""
    unsteady: list[str]
    """Tests that had different outcomes, but not each time."""
    gained: int
    """How many tests are skipped with the standard classes, for what these cannot do in this
    version of Python, and pass with ours."""


def compare(environment: Environment) -> Comparison:
    """Run all tests twice, and those that differ again."""
    standard, ours = run(environment, ours=False), run(environment, ours=True)
    names = sorted(standard.keys() | ours.keys())
    suspects = [name for name in names if standard.get(name) != ours.get(name)]
    gained = [name for name in suspects if (standard.get(name), ours.get(name)) == GAINED]
    suspects = [name for name in suspects if name not in gained]
    again: dict[bool, list[Outcomes]] = {False: [], True: []}
    for _ in range(TRIES if suspects else 0):
        for is_ours, found in again.items():
            found.append(run(environment, *suspects, ours=is_ours))
    differ: list[str] = []
    unsteady: list[str] = []
    for name in suspects:
        kinds = [{one.get(name) for one in found} for found in again.values()]
        (unsteady if kinds[0] & kinds[1] else differ).append(name)
    return Comparison(standard, ours, differ, unsteady, len(gained))


def run(environment: Environment, *names: str, ours: bool) -> Outcomes:
    """Run all tests of a project, or those of these names."""
    notes = environment.folder / ("ours" if ours else "standard")
    outcomes, output = notes.with_suffix(".jsonl"), notes.with_suffix(".txt")
    outcomes.unlink(missing_ok=True)
    chosen = [one for one in environment.project.arguments if one.startswith("-")] + [*names]
    command = [
        str(environment.python), "-m", "pytest", "-p", "pcsim_outcomes", "-p", "no:cacheprovider",
        "-q", "-o", "addopts=", "--continue-on-collection-errors", f"--timeout={SECONDS_A_TEST}",
        *(chosen if names else environment.project.arguments),
    ]  # fmt: skip
    with output.open("wb") as file:
        try:
            subprocess.run(
                command,
                cwd=environment.sources,
                env=_variables(outcomes, ours),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=MOST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"{environment.project.name}: not ended after {MOST_SECONDS} s", flush=True)
    found = read(outcomes, OURS if ours else STANDARD)
    if not names and not passed(found):
        raise RuntimeError(f"no test has passed: see {output}")
    return found


def _variables(outcomes: Path, ours: bool) -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    return {**variables, "PCSIM_OUTCOMES": str(outcomes), "PCSIM_AS_QUEUE": "1" if ours else ""}


def read(path: Path, queues: str) -> Outcomes:
    """Read what a run has written down: of a test with several outcomes, the worst.

    Raises:
        RuntimeError: These are not the queues.
    """
    found: Outcomes = {}
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for name, outcome in map(json.loads, lines):
        if found.get(name) != "failed":
            found[name] = outcome
    module = found.pop("queue.Queue", "")
    if not module.startswith(queues):
        seen = path.with_suffix(".txt")
        raise RuntimeError(f"the queues are of {module or 'nobody'}, not {queues}: see {seen}")
    return found


def passed(outcomes: Outcomes) -> int:
    """How many tests passed."""
    return Counter(outcomes.values())["passed"]
