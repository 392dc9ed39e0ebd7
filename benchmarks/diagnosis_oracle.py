"""Diagnoses against brute force: is what is named as the limit the change that helps most?

Three sets: the 20 cases, 45 lines of nearly equal stations, and systems of the kinds that people
have (`tests/support/usual_systems.py`), as many of each kind as is wanted. The oracle is
`tests/support/brute_force.py`: it shares neither code nor random numbers with the diagnosis. Right
is:

- a limit whose best change brings within 1 % of the throughput that the best of all changes does;
- "nothing" where none brings 1 % (2 % where items come by chance and are dealt with);
- a number of workers within one of the smallest that reaches 98 % of what far more do;
- remedies of a loss that keep what they say.

Prints each system with its diagnosis, its cost in CPU seconds, and what is wrong about it; exits
with 1 where anything is. Run it from the folder above: `python -m benchmarks.diagnosis_oracle`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import msgspec

from pcsim.analysis.counterfactual import Diagnosis
from pcsim.experiments.counterfactuals import diagnose
from tests.support.brute_force import Answer, Oracle, Run, answer, broken_promises, faults, label
from tests.support.usual_systems import all_systems


def summary(found: Diagnosis | None) -> str:
    """The diagnosis in a line."""
    if found is None:
        return "none"
    parts = [] if found.limit is None else [found.limit, *found.ties]
    text = f"{found.verdict.value} {' = '.join(map(label, parts))}"
    if found.best is not None:
        text += f" +{found.best.gain.mean:.1%}"
    if found.enough is not None:
        text += f", {found.enough.number} enough"
    for loss in found.losses:
        text += f", {loss.queue} loses {loss.share:.1%}: {loss.capacity} or {loss.number}"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="the systems in whose name this is")
    parser.add_argument("--variants", type=int, default=3, help="systems of each kind")
    parser.add_argument("--keep", type=Path, help="a file in which the oracle's runs are kept")
    parser.add_argument("--write", type=Path, help="a file for the answers that a test compares")
    options = parser.parse_args()
    kept: dict[str, Run] = {}
    if options.keep is not None and options.keep.exists():
        kept = msgspec.msgpack.decode(options.keep.read_bytes(), type=dict[str, Run])
    counts: dict[str, list[int]] = {}
    answers: dict[str, Answer] = {}
    for name, scenario in all_systems(options.variants):
        if options.only not in name:
            continue
        begin = time.process_time()
        found = diagnose(scenario)
        cost = time.process_time() - begin
        size = len(kept)
        wrong = ["no diagnosis"]
        if found is not None:
            oracle = Oracle(scenario, kept)
            answers[name] = answer(found, oracle)
            wrong = faults(found, answers[name]) + broken_promises(found, oracle)
        if options.keep is not None and len(kept) > size:
            options.keep.write_bytes(msgspec.msgpack.encode(kept))
        group = name.split()[0] if name.startswith(("case ", "line ")) else "usual systems"
        counts.setdefault(group, [0, 0])[bool(wrong)] += 1
        print(f"{'WRONG' if wrong else 'right'} {name} ({cost:.2f} s): {summary(found)}")
        print("".join(f"      {text}\n" for text in wrong), end="", flush=True)
    for group, (right, not_right) in counts.items():
        print(f"{group}: {right} of {right + not_right} right")
    if options.write is not None:
        lines = [f"{json.dumps(n)}: {msgspec.json.encode(answers[n]).decode()}" for n in answers]
        options.write.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    sys.exit(any(not_right for _, not_right in counts.values()))


if __name__ == "__main__":
    main()
