"""Runs a scenario without a screen: starts it, waits for it, reports it.

The main thread only waits, for at most `PULSE` seconds at a time; between two waits it shows
progress and obeys signals. It knows the control and the snapshots of the run, never an engine.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, TextIO, TypeAlias

from pcsim import runtime
from pcsim.analysis import report
from pcsim.errors import PcsimError
from pcsim.headless.output import Output
from pcsim.headless.progress import Progress
from pcsim.headless.shutdown import ShutdownPolicy
from pcsim.headless.signals import Signals
from pcsim.snapshot import Phase
from pcsim.snapshot.exit_status import Exit, exit_status_of
from pcsim.snapshot.shutdown import HANGUP_GRACE
from pcsim.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pcsim.analysis.change_effect import MadeChange
    from pcsim.analysis.counterfactual import Diagnosis
    from pcsim.analysis.result import Result
    from pcsim.scenario import Scenario
    from pcsim.snapshot import Snapshot
    from pcsim.snapshot.control import Control

PULSE = 0.1
KeepReport: TypeAlias = "Callable[[str, dict[str, object]], None]"
"""What is called with a report, as text and as a document."""


def run(
    control: Control,
    scenario: Scenario,
    *,
    out: TextIO | None,
    err: TextIO | None,
    json: bool = False,
    verbose: bool = False,
    timeout: float | None = None,
    result: Callable[[], Result | None] = lambda: None,
    refusal: Callable[[], str] = lambda: "",
    diagnose: Callable[[], Diagnosis | None] = lambda: None,
    cautions: Callable[[], Sequence[str]] = lambda: (),
    changes: Callable[[], Sequence[MadeChange]] = lambda: (),
    keep_report: KeepReport | None = None,
) -> int:
    """Run to the end; write the report to `out`, and progress and messages to `err`.

    Args:
        control: The run, which is not started yet.
        scenario: The scenario of the run: its title and what to watch are shown first.
        out: Where the report goes, whatever the exit status; None for a closed stream.
        err: Where everything else goes; None for a closed stream.
        json: Whether the report is one JSON document.
        verbose: Whether each event is printed instead of progress.
        timeout: Seconds after which the run is ended; None for no limit.
        result: Called at the end for the result that is added to the report.
        refusal: Called once the run is done: why its result means nothing, or "". A reason is
            reported as wrong input, and no result is added.
        diagnose: Called once the run is over: what limits it, by simulation, or why it fails; None
            leaves that to what was measured.
        cautions: Called once the run has finished without a result: what is to be known before
            any number.
        changes: Called once the run is over: the changes that were made while it ran.
        keep_report: Called with the report, as text and as a document.

    Returns:
        The exit status, whose meaning is in `pcsim.snapshot.exit_status`.
    """
    report_to, messages_to = Output(out), Output(err)
    progress = Progress(control, messages_to, verbose=verbose)
    # After a hang-up the terminal may take no more, and a write to it would never return.
    with Signals(lambda: runtime.end_process_in(HANGUP_GRACE)) as signals:
        progress.begin(scenario)
        try:
            control.start()
        except (PcsimError, RuntimeError, OSError, MemoryError) as error:
            progress.message(f"cannot start: {safe(str(error))}")
            return Exit.FAILED
        shutdown = ShutdownPolicy(control, progress.message, timeout)
        _wait(control, signals, progress, shutdown)
        progress.end()
        snapshot = control.snapshot()
        status = shutdown.reason or exit_status_of(snapshot)
        refusal_text = "" if status else refusal()
        if refusal_text:
            messages_to.write(f"pcsim: {safe(refusal_text, 400)}\n")
            status = Exit.USAGE
        if verbose and snapshot.failure is not None and snapshot.failure.traceback:
            messages_to.write(_traceback(snapshot.failure.traceback))
        added = None if refusal_text else result()
        is_done = snapshot.phase is Phase.FINISHED
        write_report(
            snapshot,
            report_to,
            status=status,
            json=json,
            result=added,
            found=diagnose() if snapshot.phase.is_over else None,
            cautions=cautions() if is_done and added is None else (),
            changes=changes(),
            keep_report=keep_report,
        )
    return status_after_writing(status, report_to, messages_to)


def write_report(
    snapshot: Snapshot,
    out: Output,
    *,
    status: int | None = None,
    json: bool = False,
    result: Result | None = None,
    found: Diagnosis | None = None,
    cautions: Sequence[str] = (),
    changes: Sequence[MadeChange] = (),
    keep_report: KeepReport | None = None,
) -> None:
    """Write the report, and a result after it, as text or as one JSON document.

    Args:
        snapshot: The end of the run.
        out: Where to.
        status: The exit status that the document has; None for what the run itself earns.
        json: Whether to write JSON: ASCII, on one line.
        result: What is added to the report.
        found: What limits the run, by simulation.
        cautions: What is to be known before any number; of a result, its own.
        changes: The changes that were made while it ran.
        keep_report: Called with the report, as text and as a document.
    """
    if result is not None:
        cautions = result.steadiness.cautions

    def text() -> str:
        whole = report.text(
            snapshot, with_law=result is None, found=found, cautions=cautions, changes=changes
        )
        if result is None:
            return whole
        from pcsim.analysis import result_report

        return f"{whole}\n{result_report.text(result)}"

    def document() -> dict[str, object]:
        earned = exit_status_of(snapshot) if status is None else status
        made = report.document(snapshot, earned, found, cautions, changes)
        if result is not None:
            from pcsim.analysis import result_report

            made["result"] = result_report.document(result)
            made["littles_law"] = result.littles_law.document()
        return made

    if keep_report is not None:
        keep_report(text(), document())
    if json:
        write_document(document(), out)
    else:
        out.write(text())


def write_result(
    result: Result, out: Output, *, json: bool = False, found: Diagnosis | None = None
) -> None:
    """Write a result as text or as one JSON document.

    Args:
        result: What to write.
        out: Where to.
        json: Whether to write JSON: ASCII, on one line.
        found: What limits the system, by simulation; only of several replications.
    """
    from pcsim.analysis import result_report

    if json:
        write_document(result_report.report_document(result, found), out)
    else:
        out.write(result_report.text(result, found=found))


def write_document(document: dict[str, object], out: Output) -> None:
    """Write a document as JSON: ASCII, on one line."""
    from json import dumps

    text = dumps(document, allow_nan=False)
    out.write(text.replace("\x7f", "\\u007f") + "\n")


def _wait(control: Control, signals: Signals, progress: Progress, shutdown: ShutdownPolicy) -> None:
    while not control.join(PULSE):
        progress.show()
        if shutdown.check(signals.take()):
            progress.message("the run did not stop; its state now:")
            return


def status_after_writing(status: int, out: Output, err: Output) -> int:
    """The status, or what it becomes because the report could not be written to `out`."""
    if out.error is None:
        return status
    if out.error.errno == errno.EPIPE:
        return status or Exit.BROKEN_PIPE
    reason = out.error.strerror or str(out.error)
    err.write(f"pcsim: cannot write to standard output: {reason}\n")
    return status or Exit.FAILED


def _traceback(text: str) -> str:
    return "\n".join(safe(line, 400) for line in text.rstrip().splitlines()) + "\n"
