"""Make each mistake that is kept as data, and list those that no test notices.

`python -m tests.mutants.run [NAME ...] [--jobs N]` makes each mistake in a process of its own, and
runs the tests there that are to notice it. It fails where none of them does, and where one of them
fails without any mistake. Tests of interleavings run 2,000 schedules at most.
"""

from __future__ import annotations

import os
import signal
import sys

import click

from tests.mutants.mistakes import mutants
from tests.mutants.trial import Trial, outcomes


@click.command()
@click.argument("names", nargs=-1)
@click.option("--jobs", default=(os.cpu_count() or 1) + 1, help="How many at the same time.")
@click.option("--in", "place", default="", help="Only those in files whose path has this in it.")
@click.option("--quick", is_flag=True, help="Leave out those that only interleavings notice.")
@click.option("--by", "tests", multiple=True, help="Run this test instead of those of the data.")
def main(
    names: tuple[str, ...], jobs: int, place: str, quick: bool, tests: tuple[str, ...]
) -> None:
    """Make each mistake, or those of these NAMES, and list the ones that no test notices."""
    chosen = [one for one in mutants() if place in one.file and (not names or one.name in names)]
    if quick:
        chosen = [one for one in chosen if not one.needs_interleavings]
    if not chosen:
        raise click.UsageError("there is no such mistake")
    trials = [Trial(tests or one.tests, one) for one in chosen]
    every_test = sorted({test for trial in trials for test in trial.tests})
    trials[:0] = [Trial(every_test[number::jobs]) for number in range(min(jobs, len(every_test)))]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no run of tests outlives it
    survivors = []
    for (_, mutant), seconds, failed in outcomes(trials, jobs):
        if mutant is None and failed:
            raise click.ClickException(f"it fails without any mistake: {failed}")
        name = "no mistake" if mutant is None else mutant.name
        verdict = f"noticed by {failed}" if failed else "passed" if mutant is None else "SURVIVED"
        click.echo(f"{seconds:5.1f} s  {name}: {verdict}")
        if mutant is not None and not failed:
            survivors.append(name)
    click.echo(f"{len(chosen) - len(survivors)} of {len(chosen)} noticed")
    if survivors:
        raise click.ClickException(f"not noticed: {', '.join(survivors)}")


if __name__ == "__main__":
    main()
