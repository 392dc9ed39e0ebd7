"""Pictures of what an experiment has found: in the app (`--tui`), or as a file (`--plot`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from pcsim.cli.scenario_files import UsageError

if TYPE_CHECKING:
    from pcsim.experiments.sizing.answer import Sizing
    from pcsim.experiments.variants.sweeping import Sweep


class Picture(NamedTuple):
    """What is wanted.

    Attributes:
        file: Where a picture is written; None for none.
        measure: The measure that it shows; "" for the first.
        in_app: Whether it is shown in the app.
    """

    file: str | None = None
    measure: str = ""
    in_app: bool = False


def picture_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of pictures."""
    for option in (
        click.option("--tui", "in_app", is_flag=True, help="Show one or two keys as a heat map."),
        click.option(
            "--plot-measure",
            metavar="NAME",
            default="",
            help="The measure in the picture.  [default: the first]",
        ),
        click.option(
            "--plot",
            metavar="FILE",
            help="Write a picture of one or two keys: .svg, .png or .pdf, by matplotlib.",
        ),
    ):
        function = option(function)
    return function


def picture_in(options: dict[str, Any]) -> Picture:
    """Take what is wanted out of the options, and check that it can be had.

    Args:
        options: The options of a command.

    Raises:
        UsageError: It cannot.
    """
    wanted = Picture(options.pop("plot"), options.pop("plot_measure"), options.pop("in_app"))
    if wanted.file is not None:
        from pcsim.experiments.plots import PlotError, check_plot

        try:
            check_plot(wanted.file)
        except PlotError as error:
            raise UsageError(str(error)) from None
    if wanted.in_app:
        from pcsim.launch.app import check_terminal

        check_terminal("--tui needs a terminal; leave it out for text, or take --json")
    return wanted


def draw(found: Sweep | Sizing, wanted: Picture) -> None:
    """Write a picture of what was found, where one is wanted.

    Args:
        found: What was found.
        wanted: The picture.

    Raises:
        UsageError: It cannot be made.
    """
    if wanted.file is None:
        return
    from pcsim.cli.run import safe_line
    from pcsim.errors import PcsimError
    from pcsim.experiments.plots import plot

    try:
        plot(found, wanted.file, wanted.measure)
    except PcsimError as error:
        raise UsageError(safe_line(error)) from None


def show(found: Sweep | Sizing) -> int:
    """Show what was found in the app; the exit status.

    Raises:
        UsageError: More than two keys were varied.
    """
    from pcsim.cli.run import safe_line
    from pcsim.errors import ScenarioError
    from pcsim.experiments.grids import grid_of_sizing, grid_of_sweep
    from pcsim.experiments.sizing.answer import Sizing
    from pcsim.launch.app import show_grid

    try:
        grid = grid_of_sizing(found) if isinstance(found, Sizing) else grid_of_sweep(found)
    except ScenarioError as error:
        raise UsageError(safe_line(error)) from None
    return show_grid(grid)
