"""`pcsim run`: one run without a screen, on the engine of choice, or several replications."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pcsim.cli.run_options import RunOptions
from pcsim.cli.scenario_files import UsageError
from pcsim.snapshot.exit_status import Exit

if TYPE_CHECKING:
    from pcsim.analysis.result import RunBy
    from pcsim.analysis.steadiness import WarmUp
    from pcsim.engine.run import Run
    from pcsim.headless.output import Output
    from pcsim.scenario import Scenario


def run_headless(
    scenario: Scenario,
    options: RunOptions = RunOptions(),  # noqa: B008 - immutable
    *,
    as_json: bool = False,
    verbose: bool = False,
    timeout: float | None = None,
    record: str | None = None,
) -> int:
    """Run the scenario without a screen; the exit status.

    Raises:
        UsageError: The options do not go together, or not with the scenario.
    """
    scenario = _adjusted(scenario, options)
    if options.replications > 1:
        if timeout is not None or verbose or record is not None:
            raise UsageError(
                "--timeout, --verbose and --record are for a single run, not for replications"
            )
        return _replicate(scenario, options, as_json=as_json)
    if options.kernel == "compiled":
        raise UsageError("--kernel compiled needs --replications: it keeps no events of a run")
    from pcsim.analysis.steadiness import steadiness
    from pcsim.cli.recording import recorded
    from pcsim.cli.scenarios import refuse_short_run
    from pcsim.experiments.one_run import missed_warm_up
    from pcsim.headless.run import run
    from pcsim.launch.runs import (
        changes_of_control,
        diagnosis_of_control,
        launch,
        result_of_control,
    )

    scenario, found = _with_warm_up(scenario, options)
    refuse_short_run(scenario)
    has_code = bool(options.sources or options.sinks)
    engine = _with_code(scenario, options) if has_code else launch(scenario, options.engine)
    with recorded(engine, scenario, record) as (control, keep_report):
        status = run(
            control,
            scenario,
            out=sys.stdout,
            err=sys.stderr,
            json=as_json,
            verbose=verbose,
            timeout=timeout,
            result=lambda: result_of_control(engine, found),
            refusal=lambda: str(missed_warm_up(engine) or ""),
            diagnose=lambda: diagnosis_of_control(engine),
            # Of code from outside, the scenario knows no times.
            cautions=lambda: steadiness(scenario).cautions if not has_code else (),
            changes=lambda: changes_of_control(engine),
            keep_report=keep_report,
        )
    if status != Exit.USAGE and missed_warm_up(engine):
        from pcsim.headless.output import Output

        message = "the run was over before its warm-up: nothing is left out of its measures"
        Output(sys.stderr).write(f"pcsim: {message}\n")
    return status


def _with_code(scenario: Scenario, options: RunOptions) -> Run:
    """A run with the sources and sinks that the options name."""
    from pcsim.cli.own_parts import own_parts

    return own_parts(scenario, options).engine(scenario)


def adjusted_for_app(scenario: Scenario, options: RunOptions) -> Scenario:
    """Return the scenario with the options; it need not end.

    Raises:
        UsageError: The options do not go together, or not with the scenario.
    """
    return _with_warm_up(_adjusted(scenario, options, must_end=False), options)[0]


def _adjusted(scenario: Scenario, options: RunOptions, *, must_end: bool = True) -> Scenario:
    from pcsim.errors import ScenarioError
    from pcsim.experiments.simulate import adjusted
    from pcsim.scenario.termination import describe, termination

    if options.replications > 1 and not options.is_virtual:
        raise UsageError("--replications needs --engine virtual")
    if options.warm_up == "auto" and not options.is_virtual:
        raise UsageError("--warm-up auto needs --engine virtual")
    try:
        scenario = adjusted(
            scenario,
            until=options.until,
            items=options.items,
            seed=options.seed,
            warm_up=options.warm_up,
            must_end=False,
        )
    except ScenarioError as error:
        raise UsageError(safe_line(error)) from None
    if must_end and options.is_virtual and not (answer := termination(scenario)).ends:
        raise UsageError(describe(answer, "--until 1h", "--items 10000"))
    return scenario


def safe_line(error: Exception | str) -> str:
    """The message of an error, as a terminal may show it."""
    from pcsim.text import safe

    return safe(str(error), 400)


def _with_warm_up(scenario: Scenario, options: RunOptions) -> tuple[Scenario, WarmUp | None]:
    """Return the scenario with its warm-up in seconds, and how it was found where it had to be."""
    if not options.is_virtual or scenario.warm_up != "auto":
        return scenario, None
    from msgspec.structs import replace

    from pcsim.experiments.warm_up import find_warm_up

    found = find_warm_up(scenario, 1)
    return replace(scenario, warm_up=found.seconds), found


def _replicate(scenario: Scenario, options: RunOptions, *, as_json: bool) -> int:
    from msgspec.structs import replace

    from pcsim.errors import DeadlockError, PcsimError, ScenarioError
    from pcsim.experiments.counterfactuals import diagnose
    from pcsim.experiments.simulate import simulate
    from pcsim.headless.output import Output
    from pcsim.headless.progress import CLEAR_LINE
    from pcsim.headless.run import status_after_writing, write_result

    err, out = Output(sys.stderr), Output(sys.stdout)
    replications = options.replications

    def show_progress(number: int) -> None:
        if err.is_terminal:
            err.write(f"{CLEAR_LINE}replication {number} of {replications}")

    try:
        result = simulate(
            scenario,
            replications=replications,
            on_replication=show_progress,
            kernel=options.kernel,
        )
        if err.is_terminal:
            err.write(f"{CLEAR_LINE}looking for what limits it")
        found = diagnose(replace(scenario, warm_up=result.warm_up))
    except KeyboardInterrupt:
        _print_last(err, "pcsim: interrupted\n")
        return Exit.INTERRUPTED
    except MemoryError:
        _print_last(err, "pcsim: there is not enough memory for the items of a run\n")
        return Exit.FAILED
    except PcsimError as error:
        _print_last(err, f"pcsim: {safe_line(error)}\n")
        if isinstance(error, ScenarioError):
            return Exit.USAGE
        return Exit.STUCK if isinstance(error, DeadlockError) else Exit.FAILED
    _print_last(err, without_kernel(result.ran))
    write_result(result, out, json=as_json, found=found)
    return status_after_writing(Exit.DONE, out, err)


def without_kernel(ran: RunBy) -> str:
    """A line about a kernel that would have made runs sooner, were it there; "" where it was.

    Args:
        ran: What has made them.
    """
    from pcsim.kernel.choice import KNOWN

    if not KNOWN.problem or ran.because != KNOWN.problem:
        return ""
    return f"pcsim: without the compiled kernel this takes longer: {safe_line(ran.because)}\n"


def _print_last(err: Output, message: str = "") -> None:
    """Print a message where the progress was, which is no longer needed."""
    from pcsim.headless.progress import CLEAR_LINE

    err.write((CLEAR_LINE if err.is_terminal else "") + message)
