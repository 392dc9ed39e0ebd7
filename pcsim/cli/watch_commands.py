"""The commands about programs of others: `pcsim watch` and `pcsim exec`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pcsim.cli.durations import Duration
from pcsim.cli.whole_numbers import Whole

IS_COMMAND = "pcsim.is_command"


@click.command("watch")
@click.argument("pid", metavar="[PID]", required=False, type=Whole(1, 2**31 - 1, "2^31-1"))
@click.option("--once", is_flag=True, help="Print one page, as for a ticket.")
@click.option("--json", "as_json", is_flag=True, help="Write that page, or the list, as JSON.")
@click.option("--record", "file", metavar="FILE", help="Record each item and each wait.")
@click.option(
    "--attach",
    "attaches",
    is_flag=True,
    help="Start the agent in a program that let nobody in (Python 3.14 and later).",
)
@click.option(
    "--for",
    "seconds",
    type=Duration(),
    help="How long to look, 1s by default; or to record, until it ends by default.",
)
@click.pass_context
def watch_command(
    ctx: click.Context,
    pid: int | None,
    once: bool,
    as_json: bool,
    seconds: float | None,
    file: str | None,
    attaches: bool,
) -> int:
    """Watch the program with number PID, or list what can be watched.

    The program goes on as it was when you leave. Without a terminal, one page is printed.

    \b
    Examples:
      pcsim watch
      pcsim watch 4711
      pcsim watch 4711 --once --for 5s
      pcsim watch 4711 --record crawl.rec --for 60s
    """
    from pcsim.cli import watching

    if pid is None:
        if once or file is not None or seconds is not None or attaches:
            ctx.fail(
                "--once, --record, --for and --attach go with a process: pcsim watch PID --once"
            )
        return watching.list_programs(as_json=as_json)
    if file is not None:
        if once or as_json:
            ctx.fail("--record writes a file, --once and --json a page: leave out one of them")
        return watching.record(pid, file, seconds, attaches=attaches)
    if once or as_json:
        long = seconds or watching.SHORTEST_LOOK
        return watching.print_page(pid, long, as_json=as_json, attaches=attaches)
    if seconds is not None:
        ctx.fail("--for goes with --once or --record")
    return watching.show(pid, attaches=attaches)


class ExecCommand(click.Command):
    """A command that passes on all that stands after what is to be run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Notice whether `--` stands before what is to be run: then it is any command."""
        ctx.meta[IS_COMMAND] = "--" in args[: _number_of_flags(args) + 1]
        return super().parse_args(ctx, args)


def _number_of_flags(args: Sequence[str]) -> int:
    for number, word in enumerate(args):
        if word == "--" or not word.startswith("-"):
            return number
    return len(args)


@click.command(
    "exec",
    cls=ExecCommand,
    context_settings={"allow_interspersed_args": False},
    options_metavar="[--tui] [-m]",
)
@click.option(
    "--tui",
    "in_app",
    is_flag=True,
    help="Show it in this terminal; its output comes when you leave.",
)
@click.option("-m", "--module", "is_module", is_flag=True, help="SCRIPT is the name of a module.")
@click.argument("words", metavar="SCRIPT|-- COMMAND [ARGS]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def exec_command(ctx: click.Context, is_module: bool, in_app: bool, words: tuple[str, ...]) -> int:
    """Run a Python program so that it can be watched.

    It runs as it would without pcsim, in the Python that pcsim runs in, or as any COMMAND that
    runs Python. See it with pcsim watch in another terminal.

    \b
    Examples:
      pcsim exec crawl.py --all
      pcsim exec --tui crawl.py --all
      pcsim exec -m crawl --all
      pcsim exec -- .venv/bin/python crawl.py
    """
    from pcsim.cli import watching

    is_command = bool(ctx.meta[IS_COMMAND])
    if not words:
        ctx.fail("what is to be run? As in: pcsim exec SCRIPT, or: pcsim exec -- COMMAND")
    if is_module and is_command:
        ctx.fail("-m takes the name of a module, -- a command: leave out one of them")
    if in_app:
        from pcsim.cli.beside import run_beside_app

        return run_beside_app(words, is_module=is_module, is_command=is_command)
    return watching.execute(words, is_module=is_module, is_command=is_command)
