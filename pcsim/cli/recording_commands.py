"""The commands about recordings: `pcsim replay`, `pcsim report`, `pcsim diff`, `pcsim export`."""

from __future__ import annotations

import click

from pcsim.cli.branching import branch_command
from pcsim.cli.moments import Moment

record_option = click.option(
    "--record", metavar="FILE", help="Record the run into a new FILE, for pcsim replay."
)


@click.command("replay")
@click.argument("file", metavar="FILE")
@click.option("--at", type=Moment(allow_zero=True), help="Print one page: how it was then.")
@click.option("--json", "as_json", is_flag=True, help="Write that page as JSON.")
@click.option("--follow", is_flag=True, help="Play it while it is written, from its end.")
def replay_command(file: str, at: float | None, as_json: bool, follow: bool) -> int:
    """Replay a recording FILE in the app.

    It was made with --record. Without a terminal, one page about its end is printed.

    \b
    Examples:
      pcsim run 3 --record x.rec
      pcsim replay x.rec
      pcsim replay x.rec --at 0:02.5
    """
    from pcsim.cli import recording

    if at is not None or as_json:
        if follow:
            raise click.UsageError("--follow plays in the app: it goes without --at and --json")
        return recording.print_moment(file, at, as_json=as_json)
    return recording.replay(file, follows=follow)


@click.command("report")
@click.argument("file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
def report_command(file: str, as_json: bool) -> int:
    """Print the report of a recording FILE.

    It is the one that the run had at its end.

    \b
    Example:
      pcsim report x.rec --json
    """
    from pcsim.cli import recording

    return recording.report(file, as_json=as_json)


@click.command("diff")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
@click.option("--tui", "in_app", is_flag=True, help="Show it on a screen.")
def diff_command(a: str, b: str, as_json: bool, in_app: bool) -> int:
    """Compare two recordings A and B, or results.

    Each measure has the difference with a 95 % interval, so that chance is not taken for an
    effect; then how the scenarios differ, and where the runs part. Results are those that run
    --replications N --json prints; where their seeds are the same, they are compared in pairs.

    \b
    Examples:
      pcsim diff before.rec after.rec
      pcsim diff before.json after.json
    """
    from pcsim.cli import recording

    if as_json and in_app:
        raise click.UsageError("--tui shows it on a screen: it goes without --json")
    return recording.diff(a, b, as_json=as_json, in_app=in_app)


@click.command("export")
@click.argument("file", metavar="FILE")
@click.option(
    "--to",
    type=click.Choice(["perfetto", "csv", "parquet", "jsonl"]),
    required=True,
    help="The format; parquet needs pyarrow.",
)
@click.option(
    "-o", "--output", metavar="NAME", help="Name of the files without ending, as x or out/x."
)
def export_command(file: str, to: str, output: str | None) -> int:
    """Export a recording FILE for other programs.

    A trace for ui.perfetto.dev; tables of totals, queues, workers and events as CSV or Parquet,
    with a row each time that something has changed; or all of it as lines of JSON.

    \b
    Example:
      pcsim export x.rec --to perfetto
    """
    from pcsim.cli import recording

    return recording.export(file, to, output)


COMMANDS = (replay_command, report_command, diff_command, branch_command, export_command)
"""All commands about recordings, in the order of the help."""
