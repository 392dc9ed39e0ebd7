"""A scenario on the kernel and on the Python engine: whole results compared.

`python -m tests.kernel.comparing 0 10000` compares random scenarios with these seeds, for as long
as it is let (`--seconds`), and exits with 1 where one differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from typing import Any

from pcsim import simulate
from pcsim.errors import PcsimError, ScenarioError
from pcsim.experiments.one_run import Driver
from pcsim.scenario import Scenario
from tests.kernel.random_scenarios import random_scenario

SAME, REFUSED, BOTH_FAIL = "same", "refused", "the same error"


def outcome_of(scenario: Scenario, kernel: Any, replications: int) -> Any:
    """Its result, or its error as a text."""
    try:
        return simulate(scenario, replications=replications, kernel=kernel)
    except PcsimError as error:
        return f"{type(error).__name__}: {error}"


def compared(scenario: Scenario, replications: int = 2) -> str:
    """What comes of comparing: one of the words above, or where the results differ."""
    try:
        Driver(scenario, "compiled")
    except ScenarioError:
        return REFUSED
    python = outcome_of(scenario, "python", replications)
    compiled = outcome_of(scenario, "compiled", replications)
    if isinstance(python, str) or isinstance(compiled, str):
        return BOTH_FAIL if python == compiled else f"{python} / {compiled}"
    if differences := list(different(python, compiled)):
        return f"differs in {', '.join(differences[:4])}"
    return SAME if compiled.ran.kernel == "compiled" else f"refused: {compiled.ran.because}"


def different(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two results differ, to the last digit and the type; equal fields are not enough where
    a row is made when it is asked for."""
    if hasattr(one, "_fields") and type(one) is type(other):
        names = one._fields
        pairs = [(f"{path}.{name}", getattr(one, name), getattr(other, name)) for name in names]
    elif isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        pairs = [(f"{path}[{key}]", one[key], other[key]) for key in one]
    elif _is_sequence(one) and _is_sequence(other) and len(one) == len(other):
        pairs = [(f"{path}[{at}]", *both) for at, both in enumerate(zip(one, other, strict=True))]
    else:
        is_same = type(one) is type(other) and (one == other or repr(one) == repr(other) == "nan")
        return [] if is_same else [f"{path}: {one} / {other}"]
    return [place for path, first, second in pairs for place in different(first, second, path)]


def _is_sequence(of: Any) -> bool:
    return hasattr(of, "__getitem__") and hasattr(of, "__len__") and not isinstance(of, str | dict)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("--seconds", type=float, default=600.0)
    options = parser.parse_args()
    until, found, wrong = time.monotonic() + options.seconds, Counter[str](), 0
    for seed in range(options.first, options.last):
        if time.monotonic() > until:
            break
        scenario = random_scenario(seed)
        became = "not valid" if scenario is None else compared(scenario)
        if became in (SAME, REFUSED, BOTH_FAIL, "not valid"):
            found[became] += 1
        else:
            wrong += 1
            sys.stdout.write(f"{seed}: {became}\n")
    sys.stdout.write(f"{dict(found)}, {wrong} different\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
