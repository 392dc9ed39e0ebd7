"""The commands of `pcsim`, with their options, help and completion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from pcsim.cli import experiment_commands, recording_commands, scenario_files
from pcsim.cli.checking import check_command
from pcsim.cli.code_names import code_name
from pcsim.cli.completion import complete_file, complete_scenario
from pcsim.cli.durations import Duration
from pcsim.cli.experiment_commands import kernel_option
from pcsim.cli.fitting import fit_command
from pcsim.cli.lessons import lesson_command
from pcsim.cli.run import run_headless
from pcsim.cli.run_options import RunOptions
from pcsim.cli.scenarios import find
from pcsim.cli.serve_command import serve_command
from pcsim.cli.sizing import size_command
from pcsim.cli.watch_commands import exec_command, watch_command
from pcsim.cli.whole_numbers import Whole
from pcsim.launch.app import run_app
from pcsim.version import __version__

MISPLACED = "--json, --verbose and --timeout go with --demo, or after `run SCENARIO`"


class Commands(click.Group):
    """A group that keeps its commands in their order and hints at what was meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which the commands are declared."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; a hint where an option stands before its command."""
        try:
            return super().parse_args(ctx, list(args))
        except click.NoSuchOption as wrong:
            option = wrong.option_name
            for name, command in self.commands.items():
                if any(option in parameter.opts for parameter in command.params):
                    argument = command.collect_usage_pieces(ctx)[-1]
                    example = f"pcsim {name} {argument} {option}"
                    ctx.fail(f"{option} goes after a command, as in: {example}")
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command by the first argument; a hint where that is a demo or a file."""
        name = args[0]
        if not ctx.resilient_parsing and name not in self.commands and not name.startswith("-"):
            from pcsim.errors import did_you_mean
            from pcsim.scenario.demos import NAMES
            from pcsim.text import safe

            match = did_you_mean(name, self.commands)
            if name.isdigit() or name in NAMES:
                match = f"; for a demo: pcsim run {name}"
            elif scenario_files.is_path(name):
                match = f"; for a file: pcsim run {safe(name, 40)}"
            ctx.fail(f"no command '{safe(name, 40)}'{match}")
        return super().resolve_command(ctx, args)


def _speed(ctx: click.Context, _param: click.Parameter, text: str | None) -> float | None:
    """The speed of virtual time, 1 by default; None for `max`, as fast as possible."""
    from pcsim.snapshot.control import FASTEST, SLOWEST
    from pcsim.text import safe

    if text is None or ctx.resilient_parsing:
        return 1.0
    if ctx.params.get("engine") != "virtual":
        raise click.UsageError("--speed goes with --engine virtual: real time has one speed", ctx)
    if text == "max":
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not SLOWEST <= speed <= FASTEST:
        raise click.BadParameter(f"'{safe(text, 40)}' is not {SLOWEST:g} to {FASTEST:g}, or max")
    return speed


def report_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every run without a screen."""
    for option in (
        click.option(
            "--timeout",
            type=Duration(),
            help="Stop after this time, such as 90s; exit status 3.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Print each event as it happens."),
        click.option("--json", "as_json", is_flag=True, help="Write the report as JSON."),
    ):
        function = option(function)
    return function


def code_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that give a scenario code from outside."""
    for option in (
        click.option(
            "--sink",
            "sinks",
            multiple=True,
            metavar="NAME=CODE",
            help="A function that gets each item of a consumer, such as Clerk=shop:sell.",
        ),
        click.option(
            "--source",
            "sources",
            multiple=True,
            metavar="NAME=CODE",
            help="The items of a producer: an iterable, or a function that makes one.",
        ),
    ):
        function = option(function)
    return function


def scenario_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that change the scenario of a run, with or without a screen."""
    for option in (
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
        click.option("--items", type=Whole(1), metavar="N", help="Stop once N items are produced."),
        click.option(
            "--until", type=Duration(), help="Stop at this time of the run's clock, such as 1h."
        ),
    ):
        function = option(function)
    return function


@click.group(
    cls=Commands,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND] [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n  pcsim run 4 --engine virtual\n"
    "  pcsim tui my.toml --start\n  pcsim check *.toml\n\n"
    "Exit status: 0 done, 1 the run failed, 2 wrong input or usage, 3 deadlock or timeout, "
    "130 and 143 after Ctrl-C and SIGTERM.",
)
@click.option(
    "--demo",
    metavar="DEMO",
    shell_complete=complete_scenario,
    help="Run a demo, by number or name, without a screen.",
)
@report_options
@click.version_option(__version__, prog_name="pcsim", message="%(prog)s %(version)s")
@click.pass_context
def command(
    ctx: click.Context, demo: str | None, as_json: bool, verbose: bool, timeout: float | None
) -> int:
    """The flight simulator for producer-consumer systems.

    Without a command it shows what there is to open.
    """
    if demo is not None:
        if ctx.invoked_subcommand is not None:
            ctx.fail(f"--demo runs a demo by itself: leave out {ctx.invoked_subcommand!r}")
        return run_headless(find(demo), as_json=as_json, verbose=verbose, timeout=timeout)
    if as_json or verbose or timeout is not None:
        ctx.fail(MISPLACED)
    if ctx.invoked_subcommand is not None:
        return 0
    from pcsim.cli.picking import pick_and_open

    return pick_and_open()


@command.command("run")
@click.argument("scenario", metavar="SCENARIO", shell_complete=complete_scenario)
@click.option(
    "--engine",
    type=click.Choice(["threads", "virtual"]),
    default="threads",
    show_default=True,
    help="Real threads in real time, or virtual time as fast as it goes.",
)
@scenario_options
@code_options
@click.option(
    "--replications",
    type=Whole(1, 100_000),
    default=1,
    metavar="N",
    help="Number of independent runs; adds 95 % confidence intervals (virtual).",
)
@kernel_option
@recording_commands.record_option
@report_options
def run_command(
    scenario: str,
    as_json: bool,
    verbose: bool,
    timeout: float | None,
    record: str | None,
    **options: Any,
) -> int:
    """Run SCENARIO without a screen.

    It is a demo's number or name, a TOML file, - for one on stdin, or CODE: a system of your own,
    or a function that makes one, as module:name or script.py:name.

    \b
    Examples:
      pcsim run 4 --timeout 2s
      pcsim run my.toml --engine virtual --until 1h --replications 20
      pcsim new | pcsim run - --items 100
      pcsim run crawl.py:system
      pcsim run my.toml --source Shop=shop:orders --sink Clerk=shop.py:sell
    """
    changes = RunOptions(**options)
    how: dict[str, Any] = {
        "as_json": as_json,
        "verbose": verbose,
        "timeout": timeout,
        "record": record,
    }
    if (code := code_name(scenario)) is not None:
        from pcsim.cli.own_systems import run_system

        return run_system(code, changes, **how)
    return run_headless(find(scenario), changes, **how)


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
@scenario_options
@code_options
@recording_commands.record_option
@click.option("--start", is_flag=True, help="Start the run at once.")
@click.option(
    "--theme",
    type=click.Choice(["dark", "light"]),
    help="Colours of the app.  [default: TEXTUAL_THEME, or as the terminal is]",
)
def tui_command(
    scenario: str,
    engine: str,
    speed: float | None,
    start: bool,
    theme: str | None,
    record: str | None,
    **options: Any,
) -> int:
    """Open SCENARIO in the app.

    It is a demo's number or name, a TOML file, - for one on stdin, or CODE: a system of your own,
    or a function that makes one, as module:name or script.py:name.

    \b
    Examples:
      pcsim tui 2 --start
      pcsim tui my.toml --engine virtual --speed 60 --seed 7
      pcsim tui crawl.py
      pcsim tui shop.orders:make_system --start
    """
    from pcsim.cli import app_scenario
    from pcsim.cli.recording import recorded_runs

    changes = RunOptions(engine, **options)
    if (code := code_name(scenario)) is not None:
        from pcsim.cli.own_systems import show_system

        with recorded_runs(record) as wrap:
            return show_system(code, changes, start=start, theme=theme, wrap=wrap)
    opened, of_file = app_scenario.open_scenario(scenario, changes)
    with recorded_runs(record) as wrap:
        if changes.sources or changes.sinks:
            from pcsim.cli.own_parts import show_with_parts

            again = of_file.get("read_again", lambda: opened)
            return show_with_parts(opened, changes, again, start=start, theme=theme, wrap=wrap)
        return run_app(opened, engine, speed, start=start, theme=theme, wrap=wrap, **of_file)


for more in (watch_command, exec_command, *recording_commands.COMMANDS):
    command.add_command(more)


@command.command("demos")
def demos_command() -> None:
    """List the demos."""
    from pcsim.scenario.demos import DEMOS
    from pcsim.text import fit

    for number, demo in enumerate(DEMOS, 1):
        click.echo(f"{number}  {fit(demo.name, 14)} {demo.title}")


command.add_command(lesson_command)
command.add_command(serve_command)


@command.command("new")
@click.argument("file", required=False, metavar="[FILE]", shell_complete=complete_file)
def new_command(file: str | None) -> int:
    """Write a scenario to start from.

    It goes to FILE, which must not exist yet, or to stdout.

    \b
    Example:
      pcsim new my.toml && pcsim check my.toml && pcsim run my.toml
    """
    return scenario_files.new(file)


command.add_command(check_command)


@command.command("schema")
def schema_command() -> int:
    """Print the JSON Schema of scenario files."""
    return scenario_files.schema()


for more in (fit_command, *experiment_commands.COMMANDS, size_command):
    command.add_command(more)
