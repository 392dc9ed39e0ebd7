"""Run the tests of projects that use queues, with the standard classes and with ours.

    python -m benchmarks.drop_in                   all of `projects.toml`
    python -m benchmarks.drop_in pebble urllib3    some of them

Each project's sdist comes from PyPI, with an environment of its own in the cache folder. In the
second run `queue.Queue`, `LifoQueue` and `PriorityQueue` are those of pcsim, put in place when
Python starts. A test with different outcomes is run again three times with each; exit status 1
when one differs every time, and `projects.toml` does not say why. The whole takes half an hour.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path

from benchmarks.drop_in.environment import Environment, Project
from benchmarks.drop_in.outcomes import Comparison, compare, passed

DATA = Path(__file__).parent / "projects.toml"
ROW = "{:<14} {:>9} {:>9} {:>9}   {}"


def projects() -> list[Project]:
    """All of the data file."""
    data = tomllib.loads(DATA.read_text("utf-8"))
    return [
        Project(
            name,
            one["version"],
            [*data["needs"], *one.get("needs", [])],
            one["tests"],
            one.get("differs", {}),
        )
        for name, one in data["projects"].items()
    ]


def known(project: Project, test: str) -> str:
    """Why a test is known to differ; empty where it is not."""
    reasons = (why for name, why in project.differs.items() if test.startswith(name))
    return next(reasons, "")


def words(project: Project, found: Comparison) -> str:
    """What differs."""
    parts = []
    for name in found.differ:
        outcomes = f"{found.standard.get(name)}, with ours {found.ours.get(name)}"
        why = known(project, name)
        parts.append(f"{name}: {outcomes}{'; known: ' * bool(why)}{why}")
    parts += [f"{name}: not always the same" for name in found.unsteady]
    if found.gained:
        parts.append(f"{found.gained} pass that are skipped with the standard classes")
    return ("\n" + " " * 44).join(parts) or "none"


def main() -> None:
    """Run them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    listed = {one.name: one for one in projects()}
    parser.add_argument("projects", nargs="*", metavar="project", help=", ".join(listed))
    base = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    parser.add_argument("--cache", type=Path, default=base / "pcsim-drop-in")
    options = parser.parse_args()
    if unknown := set(options.projects) - listed.keys():
        parser.error(f"{', '.join(sorted(unknown))}: not in {DATA.name}, which has {[*listed]}")
    differs = False
    print(ROW.format("project", "version", "standard", "ours", "differences"), flush=True)
    for name in options.projects or listed:
        project = listed[name]
        environment = Environment(project, options.cache)
        try:
            environment.make()
            found = compare(environment)
        except RuntimeError as error:
            print(f"{name}: {error}", flush=True)
            differs = True
            continue
        counts = passed(found.standard), passed(found.ours)
        print(ROW.format(name, project.version, *counts, words(project, found)), flush=True)
        differs |= not all(known(project, test) for test in found.differ)
    sys.exit(1 if differs else 0)


if __name__ == "__main__":
    main()
