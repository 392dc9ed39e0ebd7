"""`pcsim branch`: a virtual run again up to a moment, and from there on with a change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcsim.cli.durations import Duration
from pcsim.cli.moments import Moment
from pcsim.cli.scenario_files import UsageError
from pcsim.cli.whole_numbers import Whole

if TYPE_CHECKING:
    from pcsim.experiments.branching import Branch, Course
    from pcsim.scenario import Change, Scenario


class ChangeWords(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """An option's value: a change, in the words of a scenario file."""

    name = "change"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Change:
        """Read the change."""
        from pcsim.errors import ScenarioError
        from pcsim.scenario.change_text import from_words

        try:
            return from_words(str(value))
        except ScenarioError as error:
            self.fail(str(error), param, ctx)


@click.command("branch")
@click.argument("of", metavar="FILE")
@click.option("--at", type=Moment(allow_zero=True), required=True, help="The moment, as 0:40.")
@click.option(
    "--change",
    "changes",
    type=ChangeWords(),
    multiple=True,
    required=True,
    metavar="WORDS",
    help="What to change then, as 'add writer', 'capacity store 16'.",
)
@click.option("--until", type=Duration(), help="End both after this time.")
@click.option(
    "--replications", type=Whole(1, 100_000), default=1, help="Pairs of runs, for intervals."
)
@click.option("--record", metavar="FILE", help="Record the branch into a new FILE.")
@click.option("-o", "--output", metavar="FILE", help="Write the scenario of the branch.")
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
def branch_command(of: str, changes: tuple[Change, ...], as_json: bool, **options: Any) -> int:
    """Change something at a moment of a run in virtual time.

    FILE is a recording, a scenario file or a demo. The run is made again, the same up to that
    moment, and measured from there on, as it was and with the change. Changes are in the words of
    a scenario file: capacity, overflow, add, remove, interval, service_time, weights, on_error,
    freeze, fail, burst, slow.

    \b
    Examples:
      pcsim branch x.rec --at 0:40 --change 'add writer'
      pcsim branch my.toml --at 40s --change 'capacity store 16' --replications 10
      pcsim branch x.rec --at 40s --change 'slow writer 3 10s' --record y.rec
    """
    return run_branch(of, changes, as_json=as_json, **options)


def run_branch(
    of: str,
    changes: tuple[Change, ...],
    *,
    at: float,
    until: float | None,
    replications: int,
    record: str | None,
    output: str | None,
    as_json: bool,
) -> int:
    """Make the branch and print what differs; the exit status.

    Args:
        of: A recording, a scenario file, or a demo.
        changes: What is changed.
        at: When, in seconds from the start.
        until: Seconds after which both end; None: as in the scenario.
        replications: Pairs of runs.
        record: The file of a recording of the branch; None to record nothing.
        output: The file of the scenario of the branch; None to write none.
        as_json: Whether to print it as JSON.

    Raises:
        UsageError: The run cannot branch, or a file cannot be read or written.
    """
    from pcsim.cli.streams import write_result
    from pcsim.errors import DeadlockError, PcsimError, ScenarioError
    from pcsim.experiments.branching import branch_of
    from pcsim.headless.output import Output
    from pcsim.headless.progress import CLEAR_LINE
    from pcsim.recording.container import RecordingError
    from pcsim.snapshot.exit_status import Exit
    from pcsim.text import safe

    err = Output(sys.stderr)
    clear = CLEAR_LINE if err.is_terminal else ""

    def show_progress(number: int) -> None:
        if err.is_terminal and replications > 1:
            err.write(f"{clear}pair {number} of {replications}")

    try:
        found = branch_of(
            _course(of), at, changes,
            until=until, replications=replications, on_replication=show_progress,
        )  # fmt: skip
    except KeyboardInterrupt:
        err.write(f"{clear}pcsim: interrupted\n")
        return Exit.INTERRUPTED
    except (ScenarioError, RecordingError) as error:
        raise UsageError(safe(str(error), 400)) from None
    except PcsimError as error:
        err.write(f"{clear}pcsim: {safe(str(error), 400)}\n")
        return Exit.STUCK if isinstance(error, DeadlockError) else Exit.FAILED
    err.write(clear)
    if output is not None:
        _write_scenario(found.scenario, Path(output))
    if record is not None:
        _record(found.scenario, record)
    name = safe(of, 80)
    write_result(_document(found, name) if as_json else _text(found, name))
    return Exit.DONE


def _course(of: str) -> Course:
    from pcsim.cli.scenarios import find
    from pcsim.experiments.branching import Course, course_of
    from pcsim.recording.container import is_recording

    return course_of(of) if is_recording(Path(of)) else Course(find(of))


def _names(name: str) -> tuple[str, str]:
    return name, f"{name}, branched"


def _text(found: Branch, name: str) -> str:
    from pcsim.analysis import comparison_text
    from pcsim.headless.output import Output

    width = Output(sys.stdout).width
    return comparison_text.text(found.comparison, _names(name), width)


def _document(found: Branch, name: str) -> str:
    from json import dumps

    from pcsim.analysis import comparison_text
    from pcsim.analysis.result_report import document
    from pcsim.scenario.file.writing import text_of_scenario

    whole = {
        **comparison_text.document(found.comparison, _names(name)),
        "at": found.at,
        "scenario": text_of_scenario(found.scenario),
        "original": document(found.original),
        "branch": document(found.branch),
    }
    return dumps(whole, indent=2) + "\n"


def _write_scenario(scenario: Scenario, path: Path) -> None:
    from pcsim.cli.streams import note
    from pcsim.scenario.file.writing import text_of_scenario
    from pcsim.text import safe

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text_of_scenario(scenario))
    except FileExistsError:
        raise UsageError(f"{safe(str(path))} is there already: give another name") from None
    except OSError as error:
        raise UsageError(f"{safe(str(path))}: {error.strerror or error}") from None
    note(f"{safe(str(path))} written\n")


def _record(scenario: Scenario, file: str) -> None:
    from pcsim.cli.recording import recorded
    from pcsim.launch.runs import launch

    with recorded(launch(scenario, "virtual"), scenario, file) as (control, _):
        control.start()
        control.join()
