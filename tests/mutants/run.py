"""Plausible mistakes, each of which some test must notice.

`python -m tests.mutants.run [NAME ...] [--jobs N]` makes each mistake in a copy of the project, and
runs the tests that are to notice it. It lists the mistakes that no test noticed, and fails then.
Those in the queue are also given to the interleavings, of which each test runs 2,000 at most.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent
COPIED = ("pcsim", "tests", "pyproject.toml", "README.md")
MOST_SCHEDULES = 2_000
LONGEST = 600
"""Seconds after which a mistake counts as noticed: a test that hangs is one that fails."""


class Mutant(NamedTuple):
    """One mistake: in a file, a text that occurs once is replaced by another."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    """What is to notice it: arguments of pytest."""

    def text(self, source: str) -> str:
        """The source with the mistake in it.

        Raises:
            ValueError: The text that is to be replaced does not occur once.
        """
        if source.count(self.old) != 1:
            raise ValueError(
                f"{self.name}: {self.file} has {source.count(self.old)} of {self.old!r}"
            )
        return source.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    """All of them, by the files that they stand in."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        table = tomllib.loads(path.read_text("utf-8"))
        for one in table["mutant"]:
            tests = one.get("tests", table["tests"])
            file = one.get("file", table.get("file"))
            found.append(Mutant(one["name"], file, one["old"], one["new"], tuple(tests)))
    return found


@contextmanager
def copied_project() -> Iterator[Path]:
    """A copy of what the tests need."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".hypothesis")
        for part in COPIED:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy(source, folder / part)
        yield folder


def passes(folder: Path, tests: Iterable[str]) -> bool:
    """Whether the tests pass in that copy."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-x", "-m", "", "-n", "0", "-p", "no:cacheprovider",
        "-o", "timeout=120", *tests,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PCSIM_SCHEDULES": str(MOST_SCHEDULES),
    }
    try:
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    if run.returncode not in (0, 1):
        raise RuntimeError(run.stdout.decode()[-2_000:] + run.stderr.decode()[-2_000:])
    return run.returncode == 0


def survives(mutant: Mutant) -> bool:
    """Whether no test notices the mistake."""
    with copied_project() as folder:
        path = folder / mutant.file
        path.write_text(mutant.text(path.read_text("utf-8")), "utf-8")
        return passes(folder, mutant.tests)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--jobs", default=os.cpu_count() or 1, help="How many at the same time.")
def main(names: tuple[str, ...], jobs: int) -> None:
    """Make each mistake, or those of these NAMES, and list the ones that no test notices."""
    chosen = [one for one in mutants() if not names or one.name in names]
    if not chosen:
        raise click.UsageError("there is no mistake of that name")
    every_test = sorted({test for one in chosen for test in one.tests})
    with copied_project() as folder:
        if not passes(folder, every_test):
            raise click.ClickException("the tests fail without any mistake")
    survivors = []
    with ThreadPoolExecutor(jobs) as pool:
        for mutant, has_survived in zip(chosen, pool.map(survives, chosen), strict=True):
            click.echo(f"{'SURVIVED' if has_survived else 'noticed':9} {mutant.name}")
            if has_survived:
                survivors.append(mutant.name)
    click.echo(f"{len(chosen) - len(survivors)} of {len(chosen)} noticed")
    if survivors:
        raise click.ClickException(f"not noticed: {', '.join(survivors)}")


if __name__ == "__main__":
    main()
