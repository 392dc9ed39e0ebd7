"""The commands about variants of a scenario: `pcsim sweep` and `pcsim what-if`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pcsim.cli.completion import complete_scenario
from pcsim.cli.durations import Duration
from pcsim.cli.executors import executor_named
from pcsim.cli.pictures import draw, picture_in, picture_options, show
from pcsim.cli.scenario_files import UsageError
from pcsim.cli.whole_numbers import Whole
from pcsim.snapshot.exit_status import Exit

if TYPE_CHECKING:
    from pcsim.analysis.result import RunBy
    from pcsim.experiments.variants.preparing import Progress
    from pcsim.experiments.variants.sweeping import Sweep

WIDTH = 100
"""Of what is printed where stdout is no terminal, in cells."""


class Share(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """An option's value: a share, as `5%` or `0.05`.

    Args:
        most: The largest.
    """

    name = "share"

    def __init__(self, most: float = 1.0) -> None:
        self.most = most

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the share."""
        from pcsim.text import safe

        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = 0.0
        if not 0 < share <= self.most:
            self.fail(f"'{safe(text, 40)}' is no share above 0, such as 5%", param, ctx)
        return share


kernel_option = click.option(
    "--kernel",
    type=click.Choice(["auto", "python", "compiled"]),
    default="auto",
    show_default=True,
    help="What runs replications: the compiled kernel where it can, never, or always.",
)


experiment_kernel_option = click.option(
    "--kernel",
    type=click.Choice(["auto", "python", "compiled"]),
    help="What makes the runs: the compiled kernel where it can, never, or always."
    "  [default: auto]",
)


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every experiment."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Write the result as JSON."),
        click.option(
            "--jobs",
            type=Whole(1, 10_000),
            metavar="N",
            help="Processes; the results are the same.  [default: one for each core]",
        ),
        click.option(
            "--cache/--no-cache",
            default=None,
            help="Take runs that were made before from the user's cache, and keep new ones."
            "  [default: cache, unless PCSIM_CACHE is 0]",
        ),
        click.option(
            "--executor",
            metavar="ADDRESS",
            help="What does the work in their place: a cluster of Dask, as dask://host:8786, or"
            " module:function that makes an executor.",
        ),
        experiment_kernel_option,
        click.option(
            "--warm-up",
            type=Duration("auto", allow_zero=True),
            help="Leave this time at the beginning out of the measures; auto finds it.",
        ),
        click.option(
            "--seed",
            type=Whole(0, 2**63 - 1, "2^63-1"),
            metavar="N",
            help="Seed of the random numbers.",
        ),
        click.option(
            "--items", type=Whole(1), metavar="N", help="End each run once N items are produced."
        ),
        click.option("--until", type=Duration(), help="End each run at this time, such as 1h."),
    ):
        function = option(function)
    return function


vary_option = click.option(
    "--vary",
    multiple=True,
    required=True,
    metavar="PATH=VALUES",
    help="A key and its values: clerk.count=1..12, orders.capacity=1,5,10..20, x=0.2:0.4:0.02.",
)


def comparison_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what is measured of each variant, and how often it runs."""
    for option in (
        click.option(
            "--precision",
            type=Share(),
            metavar="SHARE",
            help="End a variant's runs once half of each interval is within this, such as 5%.",
        ),
        click.option(
            "--replications",
            type=Whole(1, 100_000),
            default=20,
            show_default=True,
            metavar="N",
            help="Runs of each variant; with --precision the most of them.",
        ),
        click.option(
            "--measure",
            "measures",
            multiple=True,
            metavar="NAME",
            help="What to measure: throughput, sojourn, 'p95 wait', 'loss orders', depth,"
            " utilization.",
        ),
    ):
        function = option(function)
    return function


@click.command("sweep")
@click.argument("scenario", metavar="SCENARIO", shell_complete=complete_scenario)
@vary_option
@comparison_options
@click.option("--csv", "as_csv", is_flag=True, help="Write the rows as CSV.")
@picture_options
@run_options
def sweep_command(
    scenario: str, vary: tuple[str, ...], as_csv: bool, as_json: bool, **options: Any
) -> int:
    """Run every combination of some values of SCENARIO, and compare.

    All variants draw the same random numbers, so that their differences have narrow intervals.

    \b
    Examples:
      pcsim sweep my.toml --vary clerk.count=1..4 --plot clerks.svg
      pcsim sweep my.toml --vary clerk.service_time.mean=0.2:0.4:0.02 --precision 5% --csv
    """
    from pcsim.experiments.variants.sweep_text import (
        csv_of_sweep,
        document_of_sweep,
        text_of_sweep,
    )
    from pcsim.experiments.variants.sweeping import sweep

    if as_csv and as_json:
        raise UsageError("--csv and --json are two formats: give one of them")
    picture = picture_in(options)
    with experiment(scenario, options) as (found, more):
        result = sweep(found, vary, **more)
    draw(result, picture)
    if picture.in_app:
        return show(result)
    if as_csv:
        text = csv_of_sweep(result)
    else:
        text = written(document_of_sweep(result)) if as_json else text_of_sweep(result, WIDTH)
    return finished(text, status_of(result), result.ran)


@click.command("what-if")
@click.argument("scenario", metavar="SCENARIO", shell_complete=complete_scenario)
@click.argument("settings", metavar="[PATH=VALUE]...", nargs=-1)
@comparison_options
@run_options
def what_if_command(scenario: str, settings: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Change something in SCENARIO, and compare it with how it is.

    Without a change it tries those that people ask about: one more of each worker, one fewer
    of several alike, each 20 % faster, each queue three times as large; the best first.

    \b
    Examples:
      pcsim what-if my.toml
      pcsim what-if my.toml clerk.count=4 orders.capacity=40
    """
    from pcsim.experiments.variants.asking import what_if
    from pcsim.experiments.variants.sweep_text import document_of_sweep, text_of_sweep

    with experiment(scenario, options) as (found, more):
        result = what_if(found, settings, **more)
    text = written(document_of_sweep(result)) if as_json else text_of_sweep(result, WIDTH)
    return finished(text, status_of(result), result.ran)


COMMANDS = (sweep_command, what_if_command)
"""In their order."""


@contextmanager
def experiment(scenario: str, options: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The scenario of a command, and the arguments of an experiment; errors are a line each.

    Args:
        scenario: The word on the command line.
        options: Those of `run_options`, and what the experiment takes besides.

    Raises:
        UsageError: Something of it is wrong.
    """
    from pcsim import runtime
    from pcsim.cli.run import safe_line
    from pcsim.cli.scenarios import find
    from pcsim.errors import PcsimError, ScenarioFileError
    from pcsim.headless.output import Output
    from pcsim.headless.progress import CLEAR_LINE

    err = Output(sys.stderr)
    shown = False

    def show(progress: Progress) -> None:
        nonlocal shown
        if err.is_terminal:
            shown = True
            err.write(f"{CLEAR_LINE}{progress_text(progress)}")

    jobs, word = options.pop("jobs", None), options.pop("executor", None)
    options["kernel"] = options["kernel"] or "auto"
    if jobs and word:
        raise UsageError("--jobs are processes of this machine, which --executor replaces")
    jobs = 1 if word else jobs or runtime.core_count()
    if options.get("cache") is None:
        options["cache"] = os.environ.get("PCSIM_CACHE") != "0"
    try:
        found = find(scenario)
        with executor_named(word) as executor:
            yield found, {**options, "jobs": jobs, "executor": executor, "on_progress": show}
    except ScenarioFileError:
        raise
    except PcsimError as error:
        raise UsageError(safe_line(error)) from None
    finally:
        if shown:
            err.write(CLEAR_LINE)


def progress_text(progress: Progress) -> str:
    """How far it has come, and how long it goes on."""
    from pcsim.text import clock_time, count

    left = "" if progress.left is None else f", {clock_time(progress.left, tenths=False)} left"
    return f"{count(progress.done)} of at most {count(progress.most)} runs{left}"


def written(document: dict[str, Any]) -> str:
    """A document as JSON on one line."""
    return json.dumps(document) + "\n"


def status_of(result: Sweep) -> int:
    """The exit status of what was swept."""
    if result.error:
        return Exit.FAILED
    if result.is_interrupted:
        return Exit.INTERRUPTED
    return Exit.DONE if any(row.values for row in result.rows) else Exit.FAILED


def finished(text: str, status: int, *ran: RunBy) -> int:
    """Write the result, and a note where the runs took longer than they might; the exit status.

    Args:
        text: The result.
        status: The exit status where it can be written.
        ran: What has made the runs.
    """
    from pcsim.cli.run import without_kernel
    from pcsim.headless.output import Output
    from pcsim.headless.run import status_after_writing

    out, err = Output(sys.stdout), Output(sys.stderr)
    err.write(next(filter(None, map(without_kernel, ran)), ""))
    out.write(text)
    return status_after_writing(status, out, err)
