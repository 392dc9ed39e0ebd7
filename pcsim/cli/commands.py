"""What can be typed after `pcsim`, with its options, its help and its completion."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pcsim.cli import run as simulating
from pcsim.cli import scenario_files
from pcsim.cli.durations import Span
from pcsim.cli.launch import find, run_app
from pcsim.cli.run import RunOptions
from pcsim.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

MISPLACED = "--json, --verbose and --timeout go with --demo, or after `run SCENARIO`"


class Commands(click.Group):
    """Commands in the order in which they are met, with the close match for a wrong one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In their order here."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; an option of a command that stands before it gets a hint of its own."""
        try:
            return super().parse_args(ctx, list(args))
        except click.NoSuchOption as wrong:
            for name, taker in self.commands.items():
                known = {each for option in taker.params for each in option.opts}
                if wrong.option_name in known:
                    told = f"{wrong.option_name} goes after a command, as in: pcsim {name} "
                    ctx.fail(f"{told}{taker.collect_usage_pieces(ctx)[-1]} {wrong.option_name}")
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first argument names; a demo's name gets a hint of its own."""
        name = args[0]
        if not ctx.resilient_parsing and name not in self.commands and not name.startswith("-"):
            from pcsim.errors import close_match
            from pcsim.scenario.demos import NAMES
            from pcsim.text import safe

            match = close_match(name, self.commands)
            if name.isdigit() or name in NAMES:
                match = f"; for a demo: pcsim run {name}"
            elif scenario_files.is_path(name):
                match = f"; for a file: pcsim run {safe(name, 40)}"
            ctx.fail(f"no command '{safe(name, 40)}'{match}")
        return super().resolve_command(ctx, args)


def complete_scenario(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Demos' numbers and names, with what they show; for what is none of them, files."""
    from click.shell_completion import CompletionItem

    from pcsim.scenario.demos import DEMOS

    keys = [(str(number), demo) for number, demo in enumerate(DEMOS, 1)]
    keys += [(demo.name, demo) for demo in DEMOS]
    offered = [
        CompletionItem(key, help=demo.title) for key, demo in keys if key.startswith(incomplete)
    ]
    return offered or complete_file(_ctx, _param, incomplete)


def complete_file(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Files, which the shell knows."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def _check_timeout(
    _ctx: click.Context, _param: click.Parameter, seconds: float | None
) -> float | None:
    if seconds is not None and not 0 < seconds < float("inf"):
        raise click.BadParameter(f"{seconds} is not a number of seconds above 0")
    return seconds


def _speed(ctx: click.Context, _param: click.Parameter, given: str | None) -> float | None:
    """The speed, 1 where none is given; None for `max`, as fast as possible."""
    from pcsim.snapshot.control import FASTEST, SLOWEST
    from pcsim.text import safe

    if given is None or ctx.resilient_parsing:
        return 1.0
    if ctx.params.get("engine") != "virtual":
        raise click.UsageError("--speed goes with --engine virtual: real time has one speed", ctx)
    if given == "max":
        return None
    try:
        speed = float(given.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not SLOWEST <= speed <= FASTEST:
        told = f"'{safe(given, 40)}' is not {SLOWEST:g} to {FASTEST:g}, or max"
        raise click.BadParameter(told)
    return speed


def how_to_run(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every run without a screen."""
    for option in (
        click.option(
            "--timeout",
            type=float,
            metavar="SECONDS",
            callback=_check_timeout,
            help="End the run after so long, with exit status 3.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Tell each event as it happens."),
        click.option("--json", "as_json", is_flag=True, help="Write the report as JSON."),
    ):
        function = option(function)
    return function


@click.group(
    cls=Commands,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND] [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 the run failed, 2 wrong input or usage, 3 deadlock or timeout, "
    "130 and 143 after Ctrl-C and SIGTERM.",
)
@click.option(
    "--demo",
    metavar="DEMO",
    shell_complete=complete_scenario,
    help="Run a demo, by number or name, without a screen.",
)
@how_to_run
@click.version_option(__version__, prog_name="pcsim", message="%(prog)s %(version)s")
@click.pass_context
def command(
    ctx: click.Context, demo: str | None, as_json: bool, verbose: bool, timeout: float | None
) -> int:
    """The flight simulator for producer-consumer systems.

    Without a command it opens the app on the first demo.
    """
    if demo is not None:
        if ctx.invoked_subcommand is not None:
            ctx.fail(f"--demo runs a demo by itself: leave out {ctx.invoked_subcommand!r}")
        wishes = RunOptions()
        return simulating.run(find(demo), wishes, as_json=as_json, verbose=verbose, timeout=timeout)
    if as_json or verbose or timeout is not None:
        ctx.fail(MISPLACED)
    return 0 if ctx.invoked_subcommand is not None else run_app(find("1"))


@command.command("run")
@click.argument("scenario", metavar="SCENARIO", shell_complete=complete_scenario)
@click.option(
    "--engine",
    type=click.Choice(["threads", "virtual"]),
    default="threads",
    show_default=True,
    help="Real threads in real time, or virtual time as fast as it goes.",
)
@click.option("--until", type=Span(), help="End the run at this time of its clock, such as 1h.")
@click.option(
    "--items", type=click.IntRange(1), metavar="N", help="End when so many were produced."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Of random numbers.")
@click.option(
    "--warm-up",
    type=Span("auto", or_none=True),
    help="Leave so much of the beginning out of the measures; auto finds it.",
)
@click.option(
    "--replications",
    type=click.IntRange(1, 100_000),
    default=1,
    metavar="N",
    help="So many independent runs, and 95 % intervals (virtual).",
)
@how_to_run
def run_command(
    scenario: str,
    as_json: bool,
    verbose: bool,
    timeout: float | None,
    **wishes: Any,
) -> int:
    """Run SCENARIO without a screen.

    It is a demo's number or name, or a TOML file.
    """
    return simulating.run(
        find(scenario), RunOptions(**wishes), as_json=as_json, verbose=verbose, timeout=timeout
    )


@command.command("tui")
@click.argument("scenario", metavar="SCENARIO", shell_complete=complete_scenario)
@click.option(
    "--engine",
    type=click.Choice(["threads", "virtual"]),
    default="threads",
    show_default=True,
    is_eager=True,
    help="Real threads in real time, or virtual time at any speed.",
)
@click.option(
    "--speed",
    metavar="FACTOR",
    callback=_speed,
    help="How fast virtual time passes: 0.1 to 1000, or max.  [default: 1]",
)
def tui_command(scenario: str, engine: str, speed: float | None) -> int:
    """Open SCENARIO in the app.

    It is a demo's number or name, or a TOML file.
    """
    return run_app(find(scenario), engine, speed)


@command.command("demos")
def demos_command() -> None:
    """List the demos."""
    from pcsim.scenario.demos import DEMOS
    from pcsim.text import fit

    for number, demo in enumerate(DEMOS, 1):
        click.echo(f"{number}  {fit(demo.name, 14)} {demo.title}")


@command.command("new")
@click.argument("file", required=False, metavar="[FILE]", shell_complete=complete_file)
def new_command(file: str | None) -> int:
    """Write a scenario to start from.

    It goes to FILE, which must not exist yet, or to stdout.
    """
    return scenario_files.new(file)


@command.command("check")
@click.argument("file", metavar="FILE", shell_complete=complete_file)
def check_command(file: str) -> int:
    """Tell all that is wrong with a scenario FILE."""
    return scenario_files.check(file)


@command.command("schema")
def schema_command() -> int:
    """Print the JSON Schema of scenario files."""
    return scenario_files.schema()
