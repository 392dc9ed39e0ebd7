"""The command `pcsim size`: the cheapest variant of a scenario that meets limits."""

from __future__ import annotations

from typing import Any

import click

from pcsim.cli.checking import confidence_option, limit_options, limits_in
from pcsim.cli.completion import complete_scenario
from pcsim.cli.experiment_commands import (
    WIDTH,
    experiment,
    finished,
    run_options,
    vary_option,
    written,
)
from pcsim.cli.pictures import draw, picture_in, picture_options, show
from pcsim.cli.scenario_files import UsageError
from pcsim.snapshot.exit_status import Exit


@click.command("size")
@click.argument("scenario", metavar="SCENARIO", shell_complete=complete_scenario)
@vary_option
@limit_options
@click.option(
    "--cost",
    metavar="EXPRESSION",
    help="What a variant costs: 'clerk.count*30 + orders.capacity*0.1'.",
)
@confidence_option
@click.option("--csv", "as_csv", is_flag=True, help="Write what was simulated as CSV.")
@picture_options
@run_options
def size_command(
    scenario: str, vary: tuple[str, ...], as_csv: bool, as_json: bool, **options: Any
) -> int:
    """Find the cheapest variant of SCENARIO that meets limits.

    It is found in few simulations, and certified by fresh ones, beside its cheaper neighbours.
    Exit status 1 where no variant meets all limits.

    \b
    Example:
      pcsim size my.toml --vary clerk.count=1..12 --vary orders.capacity=1,2,5,10..100 \\
          --slo 'loss < 0.1%' --slo 'p95 wait < 1s' --cost 'clerk.count*30 + orders.capacity*0.1'
    """
    from pcsim.experiments.sizing.size_text import (
        csv_of_sizing,
        document_of_sizing,
        text_of_sizing,
    )
    from pcsim.experiments.sizing.sizing import size

    if as_csv and as_json:
        raise UsageError("--csv and --json are two formats: give one of them")
    limits, picture = limits_in(options), picture_in(options)
    with experiment(scenario, options) as (found, more):
        result = size(found, vary, limits, **more)
    draw(result, picture)
    if picture.in_app:
        return show(result)
    if as_csv:
        text = csv_of_sizing(result)
    else:
        text = written(document_of_sizing(result)) if as_json else text_of_sizing(result, WIDTH)
    status = Exit.FAILED if result.answer is None else Exit.DONE
    return finished(text, Exit.INTERRUPTED if result.is_interrupted else status, result.ran)
