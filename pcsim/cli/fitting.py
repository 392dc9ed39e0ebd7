"""`pcsim fit`: a scenario from a recording, and what a change would do to the recorded program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcsim.cli.scenario_files import UsageError
from pcsim.cli.whole_numbers import Whole
from pcsim.snapshot.exit_status import Exit

if TYPE_CHECKING:
    from pcsim.watch.what_if import Question

WIDTH = 100
"""Of what is printed, in cells."""


class Change(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """An option's value: a name and a number, as in `parser=4`."""

    name = "change"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Question:
        """Read the name and the number."""
        from pcsim.text import safe
        from pcsim.watch.what_if import Question

        name, sign, number = value.rpartition("=")
        if not (sign and name.strip()):
            self.fail(f"'{safe(value, 40)}' is not NAME=NUMBER, as in parser=4", param, ctx)
        whole: int = Whole(1)(number.strip(), param, ctx)
        return Question(name.strip(), whole)


@click.command("fit")
@click.argument("recording", metavar="RECORDING")
@click.option("-o", "--output", metavar="FILE", help="Write the scenario, with its CSV files.")
@click.option(
    "--what-if",
    "questions",
    type=Change(),
    multiple=True,
    metavar="NAME=N",
    help="What N workers of a group would do, or a queue with N places.",
)
@click.option(
    "--arrivals",
    type=click.Choice(["recorded", "resampled"]),
    default="recorded",
    show_default=True,
    help="Items come when they came, or their intervals are drawn again.",
)
def fit_command(
    recording: str, output: str | None, questions: tuple[Question, ...], arrivals: str
) -> int:
    """Fit a scenario to a RECORDING.

    It is made by `pcsim watch PID --record RECORDING`. The scenario is simulated as it was
    recorded; only where it repeats that, it answers what a change would do.

    \b
    Examples:
      pcsim fit crawl.rec -o crawl.toml
      pcsim fit crawl.rec --what-if parser=4 --what-if pages=50
    """
    from pcsim.headless.output import Output
    from pcsim.recording.container import RecordingError
    from pcsim.recording.program import read
    from pcsim.text import paragraph
    from pcsim.watch.checking import self_check
    from pcsim.watch.fit_files import WriteError, write
    from pcsim.watch.fit_text import CAVEAT, text_of_answer, text_of_fit
    from pcsim.watch.fitting import Arrivals, FitError, fit
    from pcsim.watch.what_if import answer, scenario_with

    out, status = Output(sys.stdout), Exit.DONE
    try:
        fitted = fit(read(Path(recording)), Arrivals(arrivals))
        scenario_with(fitted, questions)  # a wrong name is said before anything is simulated
        check = self_check(fitted)
        out.write(text_of_fit(fitted, check, WIDTH))
        if output is not None:
            files = write(fitted.scenario, Path(output))
            Output(sys.stderr).write(f"{', '.join(map(str, files))} written\n")
    except (RecordingError, FitError, WriteError) as error:
        raise UsageError(str(error)) from None
    caveats: list[str] = []
    for question in questions:
        try:
            out.write("\n" + text_of_answer(answer(fitted, check, question), WIDTH))
        except FitError as error:
            Output(sys.stderr).write(f"pcsim: {error}\n")
            status = Exit.FAILED
        else:
            caveats = paragraph(CAVEAT, WIDTH)
    out.write("\n".join(["", *caveats, ""]) if caveats else "")
    return status
