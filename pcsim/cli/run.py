"""`pcsim run` with an engine of choice, an end, a seed, and replications."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from pcsim.cli.scenario_files import UsageError
from pcsim.snapshot.exit_status import Exit

if TYPE_CHECKING:
    from pcsim.scenario import Scenario


class RunOptions(NamedTuple):
    """What the command line says of a run beside its scenario."""

    engine: str = "threads"
    until: float | None = None
    items: int | None = None
    seed: int | None = None
    warm_up: float | str | None = None
    replications: int = 1

    @property
    def is_virtual(self) -> bool:
        """Whether it is to run in virtual time."""
        return self.engine == "virtual"


def run(
    scenario: Scenario,
    wishes: RunOptions = RunOptions(),  # noqa: B008 - immutable
    *,
    as_json: bool = False,
    verbose: bool = False,
    timeout: float | None = None,
) -> int:
    """Run it without a screen; the exit status. Raises `UsageError` for wishes that do not go
    together or with the scenario."""
    scenario = _as_wished(scenario, wishes)
    if wishes.replications > 1:
        if timeout is not None or verbose:
            raise UsageError("--timeout and --verbose are for a single run, not for replications")
        return _replicate(scenario, wishes.replications, as_json=as_json)
    from pcsim.cli.launch import findings_of, launch
    from pcsim.headless.run import run as run_to_its_end

    if wishes.is_virtual and scenario.warm_up == "auto":
        scenario = _warmed_up(scenario)
    from pcsim.experiments.one_run import missed_warm_up

    engine = launch(scenario, wishes.engine)
    status = run_to_its_end(
        engine,
        scenario,
        out=sys.stdout,
        err=sys.stderr,
        json=as_json,
        verbose=verbose,
        timeout=timeout,
        findings=lambda: findings_of(engine),
        refusal=lambda: missed_warm_up(engine),
    )
    if status != Exit.USAGE and missed_warm_up(engine):
        from pcsim.headless.output import Output

        told = "the run was over before its warm-up: nothing is left out of its measures"
        Output(sys.stderr).write(f"pcsim: {told}\n")
    return status


def _as_wished(scenario: Scenario, wishes: RunOptions) -> Scenario:
    from pcsim.errors import EndlessError, ScenarioError
    from pcsim.experiments.simulate import adjusted

    if wishes.replications > 1 and not wishes.is_virtual:
        raise UsageError("--replications needs --engine virtual")
    if wishes.warm_up == "auto" and not wishes.is_virtual:
        raise UsageError("--warm-up auto needs --engine virtual")
    try:
        return adjusted(
            scenario,
            until=wishes.until,
            items=wishes.items,
            seed=wishes.seed,
            warm_up=wishes.warm_up,
            must_end=wishes.is_virtual,
        )
    except EndlessError as error:
        told = safe_line(error)
        how = " (--until 1h, --items 10000)" if "how many items" in told else ""
        raise UsageError(told + how) from None
    except ScenarioError as error:
        raise UsageError(safe_line(error)) from None


def safe_line(error: Exception) -> str:
    """What an error says, as a terminal may show it."""
    from pcsim.text import safe

    return safe(str(error), 400)


def _warmed_up(scenario: Scenario) -> Scenario:
    from msgspec.structs import replace

    from pcsim.experiments.warm_up import find_warm_up

    return replace(scenario, warm_up=find_warm_up(scenario, 1))


def _replicate(scenario: Scenario, many: int, *, as_json: bool) -> int:
    from json import dumps

    from pcsim.analysis import result_report
    from pcsim.errors import DeadlockError, PcsimError, ScenarioError
    from pcsim.experiments.simulate import simulate
    from pcsim.headless.output import Output
    from pcsim.headless.run import after_writing

    told, results = Output(sys.stderr), Output(sys.stdout)

    def progress(number: int) -> None:
        if told.is_terminal:
            told.write(f"\r\x1b[Kreplication {number} of {many}")

    def done(line: str = "") -> None:
        told.write(("\r\x1b[K" if told.is_terminal else "") + line)

    try:
        result = simulate(scenario, replications=many, on_replication=progress)
        done()
    except KeyboardInterrupt:
        done("pcsim: interrupted\n")
        return Exit.INTERRUPTED
    except PcsimError as error:
        done(f"pcsim: {safe_line(error)}\n")
        if isinstance(error, ScenarioError):
            return Exit.USAGE
        return Exit.STUCK if isinstance(error, DeadlockError) else Exit.FAILED
    if as_json:
        results.write(dumps(result_report.document(result), allow_nan=False) + "\n")
    else:
        results.write(result_report.text(result))
    return after_writing(Exit.DONE, results, told)
