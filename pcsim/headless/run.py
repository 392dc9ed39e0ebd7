"""Runs a scenario without a screen: start, wait, report, and the exit status.

The main thread only waits, for at most `PULSE` seconds at a time; between two waits it shows
progress and obeys signals. It knows the run's control and its snapshots, never an engine.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, TextIO

from pcsim.analysis import report
from pcsim.errors import PcsimError
from pcsim.headless.output import Output
from pcsim.headless.progress import Progress
from pcsim.headless.shutdown import ShutdownPolicy
from pcsim.headless.signals import Signals
from pcsim.snapshot.exit_status import Exit, exit_status_of
from pcsim.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcsim.analysis.result import Result
    from pcsim.scenario import Scenario
    from pcsim.snapshot import Snapshot
    from pcsim.snapshot.control import Control

PULSE = 0.1


def run(
    control: Control,
    scenario: Scenario,
    *,
    out: TextIO | None,
    err: TextIO | None,
    json: bool = False,
    verbose: bool = False,
    timeout: float | None = None,
    findings: Callable[[], Result | None] = lambda: None,
    refusal: Callable[[], str] = lambda: "",
) -> int:
    """Run to the end, write the report to `out` and everything else to `err`.

    `json` writes the report as one document, `verbose` tells each event, `timeout` is how
    many seconds the run may take, `findings` is asked at the end for what goes with the report,
    and `refusal`, of a run that is done, for what makes that worthless ("" for nothing): it is
    told in their place, as wrong input. Returns the exit status, whose meaning is in
    `pcsim.snapshot.exit_status`; the report is written whatever it is.
    """
    results, told = Output(out), Output(err)
    progress = Progress(control, told, verbose=verbose)
    with Signals() as signals:
        progress.begin(scenario)
        try:
            control.start()
        except (PcsimError, RuntimeError, OSError, MemoryError) as error:
            progress.say(f"cannot start: {safe(str(error))}")
            return Exit.FAILED
        shutdown = ShutdownPolicy(control, progress.say, timeout)
        _wait(control, signals, progress, shutdown)
        progress.end()
        snapshot = control.snapshot()
        status = shutdown.reason or exit_status_of(snapshot)
        refused = "" if status else refusal()
        if refused:
            told.write(f"pcsim: {safe(refused, 400)}\n")
            status = Exit.USAGE
        if verbose and snapshot.failure is not None and snapshot.failure.traceback:
            told.write(_traceback(snapshot.failure.traceback))
        result = None if refused else findings()
        write_report(snapshot, results, status=status, json=json, result=result)
    return after_writing(status, results, told)


def write_report(
    snapshot: Snapshot,
    results: Output,
    *,
    status: int | None = None,
    json: bool = False,
    result: Result | None = None,
) -> None:
    """The report as text, or as one JSON document in ASCII on one line; with a result, what
    theory says beside it."""
    if not json:
        results.write(report.text(snapshot, with_law=result is None))
        if result is not None:
            from pcsim.analysis.result_report import text

            results.write("\n" + text(result))
        return
    from json import dumps

    document = report.document(snapshot, exit_status_of(snapshot) if status is None else status)
    if result is not None:
        from pcsim.analysis.result_report import document as found

        document["result"] = found(result)
        document["littles_law"] = result.littles_law.document()
    told = dumps(document, allow_nan=False)
    results.write(told.replace("\x7f", "\\u007f") + "\n")


def _wait(control: Control, signals: Signals, progress: Progress, shutdown: ShutdownPolicy) -> None:
    while not control.join(PULSE):
        progress.show()
        if shutdown.check(signals.take()):
            progress.say("the run did not stop; its state now:")
            return


def after_writing(status: int, results: Output, told: Output) -> int:
    """The status, unless the report could not be written."""
    if results.error is None:
        return status
    if results.error.errno == errno.EPIPE:
        return status or Exit.BROKEN_PIPE
    reason = results.error.strerror or str(results.error)
    told.write(f"pcsim: cannot write to standard output: {reason}\n")
    return status or Exit.FAILED


def _traceback(text: str) -> str:
    return "\n".join(safe(line, 400) for line in text.rstrip().splitlines()) + "\n"
