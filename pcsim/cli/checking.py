"""The command `pcsim check`: what is wrong with scenario files, and whether they meet limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pcsim.cli import scenario_files
from pcsim.cli.completion import complete_file
from pcsim.cli.durations import Duration
from pcsim.cli.experiment_commands import WIDTH, Share, experiment, finished, run_options, written
from pcsim.cli.scenario_files import UsageError
from pcsim.cli.whole_numbers import Whole
from pcsim.snapshot.exit_status import Exit

SHORTHANDS = {
    "max_p95": "p95 sojourn < {}s",
    "max_p99": "p99 sojourn < {}s",
    "max_loss": "loss < {}",
    "min_throughput": "throughput > {}/s",
}
"""The limits that options stand for."""
WITHOUT_LIMITS = (
    "junit",
    "as_json",
    "jobs",
    "executor",
    "kernel",
    "cache",
    "warm_up",
    "seed",
    "items",
    "until",
)
"""Options that say nothing where no limit is given."""

slo_option = click.option(
    "--slo",
    multiple=True,
    metavar="LIMIT",
    help="A limit: 'p95 wait < 1s', 'loss orders < 0.1%', 'throughput > 9/s'.",
)
confidence_option = click.option(
    "--confidence",
    type=click.FloatRange(0.5, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    metavar="SHARE",
    help="How sure it must be that a limit is met.",
)


def limit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that are limits."""
    for option in (
        click.option(
            "--min-throughput",
            type=click.FloatRange(0, min_open=True),
            metavar="RATE",
            help="Short for 'throughput > RATE/s'.",
        ),
        click.option("--max-loss", type=Share(), metavar="SHARE", help="Short for 'loss < SHARE'."),
        click.option("--max-p99", type=Duration(), help="Short for 'p99 sojourn < TIME'."),
        click.option(
            "--max-p95",
            type=Duration(),
            help="Short for 'p95 sojourn < TIME': from being made to having left.",
        ),
        slo_option,
    ):
        function = option(function)
    return function


def limits_in(options: dict[str, Any]) -> list[str]:
    """Take the limits out of the options of a command.

    Args:
        options: All of them; those of `limit_options` are removed.
    """
    short = [(text, options.pop(name)) for name, text in SHORTHANDS.items()]
    given = [text.format(f"{value:.12g}") for text, value in short if value is not None]
    return [*options.pop("slo"), *given]


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=complete_file)
@limit_options
@confidence_option
@click.option(
    "--replications",
    type=Whole(2, 100_000),
    default=128,
    show_default=True,
    metavar="N",
    help="Runs of each FILE, at most: fewer where they show enough.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False),
    metavar="REPORT",
    help="Write JUnit XML to REPORT, with a test case for each limit.",
)
@run_options
def check_command(
    files: tuple[str, ...],
    junit: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Report everything that is wrong with scenario FILEs.

    A FILE of - is stdin. With limits it simulates them as well, until it is known whether each
    limit is met: exit status 0 where all are, 1 where one is not, or is on the edge.

    \b
    Examples:
      pcsim check scenarios/*.toml
      pcsim check my.toml --max-p99 2s --max-loss 0.1% --junit report.xml
      pcsim check my.toml --slo 'p95 wait orders < 1s' --slo 'utilization clerk < 80%'
    """
    limits = limits_in(options)
    if not limits:
        given = {"junit": junit, "as_json": as_json or None, **options}
        name = next((one for one in WITHOUT_LIMITS if given.get(one) is not None), None)
        if name is not None:
            option = f"--{name.removeprefix('as_').replace('_', '-')}"
            raise UsageError(f"{option} goes with a limit, such as --max-p99 2s")
        return scenario_files.check_all(files)
    return _check_limits(files, limits, junit, options, as_json=as_json)


def _check_limits(
    files: tuple[str, ...],
    limits: list[str],
    junit: str | None,
    options: dict[str, Any],
    *,
    as_json: bool,
) -> int:
    """Test the limits of each file; the exit status."""
    from pcsim.experiments.variants import check_text
    from pcsim.experiments.variants.checking import check

    checks = []
    for file in files:
        with experiment(file, dict(options)) as (scenario, more):
            checks.append((file, check(scenario, limits, **more)))
        if checks[-1][1].is_interrupted:
            break
    if junit is not None:
        _write(junit, check_text.junit_of(checks))
    if as_json:
        texts = [written(check_text.document_of_check(found, name)) for name, found in checks]
    else:
        texts = [check_text.text_of_check(found, name, WIDTH) for name, found in checks]
    is_met = all(found.is_met for _, found in checks)
    status = Exit.DONE if is_met else Exit.FAILED
    if any(found.is_interrupted for _, found in checks):
        status = Exit.INTERRUPTED
    return finished("".join(texts), status, *(found.ran for _, found in checks))


def _write(file: str, text: str) -> None:
    from pcsim.text import safe

    try:
        Path(file).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        problem = scenario_files.cause(error)
        raise UsageError(f"cannot write '{safe(file, 100)}': {problem}") from None
