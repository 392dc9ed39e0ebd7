"""What the command does with recordings: makes them, prints what they show, compares, exports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.cli.scenario_files import UsageError
from pcsim.cli.streams import note, write_result
from pcsim.snapshot.exit_status import Exit
from pcsim.text import clock_time, plural, safe

if TYPE_CHECKING:
    from pcsim.experiments.branching import Course
    from pcsim.headless.run import KeepReport
    from pcsim.launch.runs import Wrap
    from pcsim.recording.reader import Reader
    from pcsim.recording.recorder import Recorder
    from pcsim.recording.results import Results
    from pcsim.scenario import Scenario
    from pcsim.snapshot import Snapshot
    from pcsim.snapshot.control import Control

BEGIN_WAIT, BEGIN_PULSE = 5.0, 0.1
"""Seconds for which a recording that is followed may have nothing yet, and between two looks."""


@contextmanager
def recorded(
    control: Control, scenario: Scenario, file: str | None
) -> Iterator[tuple[Control, KeepReport | None]]:
    """Record a run until the block ends, if there is a file for it.

    Args:
        control: The run, which has not started.
        scenario: What it runs.
        file: The file, which must not exist; None to record nothing.

    Yields:
        The controls to use for the run, and what keeps its report.

    Raises:
        UsageError: The file is there already, or cannot be written.
    """
    if file is None:
        yield control, None
        return
    from pcsim.launch.recorded import recorded as record
    from pcsim.recording.container import RecordingError

    with _one_line(RecordingError), record(control, scenario, Path(file), note_cut) as started:
        control, recorder = started
        yield control, recorder.keep_report
    note_recorded(recorder)


@contextmanager
def recorded_runs(file: str | None) -> Iterator[Wrap]:
    """Record all runs of the app until the block ends, if there is a file for them.

    Args:
        file: The file of the first run, which must not exist; None to record nothing.

    Yields:
        What makes, of a function that makes runs, one whose runs are recorded.

    Raises:
        UsageError: The file is there already, or cannot be written.
    """
    if file is None:
        yield lambda launch: launch
        return
    from pcsim.launch.recorded import RecordedRuns
    from pcsim.recording.container import RecordingError

    with _one_line(RecordingError):
        runs = RecordedRuns(Path(file))
    try:
        yield runs.of
    finally:
        for recorder in runs.close():
            if recorder.problem:
                note(f"pcsim: {recorder.problem}\n")
            note_recorded(recorder)


def note_cut(problem: str) -> None:
    """Print why a recording was cut, while its run goes on."""
    from pcsim.headless.output import Output
    from pcsim.headless.progress import CLEAR_LINE

    err = Output(sys.stderr)
    err.write(f"{CLEAR_LINE if err.is_terminal else ''}pcsim: {problem}; the run goes on\n")


def note_recorded(recorder: Recorder) -> None:
    """Print what is in a recording that has ended."""
    name, at = safe(str(recorder.path), 100), clock_time(recorder.at)
    if recorder.problem:
        note(f"{name}: cut at {at}; what is there can be replayed: pcsim replay {name}\n")
    elif recorder.frames:
        moments = plural(recorder.frames, "moment")
        note(f"{name}: {at} recorded, {moments}; next: pcsim replay {name}\n")


@contextmanager
def _one_line(kind: type[Exception]) -> Iterator[None]:
    """An error of that kind as a usage error."""
    try:
        yield
    except kind as problem:
        raise UsageError(str(problem)) from None


@contextmanager
def opened(file: str) -> Iterator[Reader]:
    """Open a recording; what is wrong with it, or turns out to be wrong, is one line.

    Raises:
        UsageError: It cannot be read.
    """
    from pcsim.recording.container import RecordingError
    from pcsim.recording.reader import Reader

    with _one_line(RecordingError):
        reader = Reader(Path(file))
        try:
            yield reader
        finally:
            reader.close()


def report(file: str, *, as_json: bool) -> int:
    """Print the report of a recorded run again; the exit status.

    Args:
        file: The recording.
        as_json: Whether to print it as JSON.

    Raises:
        UsageError: It cannot be read.
    """
    with opened(file) as reader:
        about = reader.about
        if not about.is_complete:
            note_incomplete(reader)
        kept = about.document if as_json else about.report
        if kept:
            write_result(kept if kept.endswith("\n") else kept + "\n")
            return Exit.DONE
        snapshot = reader.ending()
        write_result(page(reader, snapshot, as_json=as_json))
    return Exit.DONE


def note_incomplete(reader: Reader) -> None:
    """Print that a recording is cut, or still written."""
    name, at = safe(str(reader.path), 100), clock_time(reader.length)
    note(f"pcsim: {name} was cut at {at}, or is still written: this is what there is\n")


def page(reader: Reader, snapshot: Snapshot, *, as_json: bool) -> str:
    """One page about a moment of a recording: of a run its report, of a program as `pcsim watch
    --once` has it.

    Args:
        reader: The recording.
        snapshot: The moment.
        as_json: Whether to make a JSON document.
    """
    from json import dumps

    from pcsim.headless.output import Output

    if reader.about.is_program:
        from pcsim.watch import page as watched

        if as_json:
            return dumps(watched.document(snapshot), indent=2) + "\n"
        return watched.text(snapshot, Output(sys.stdout).width)
    from pcsim.analysis import report as made
    from pcsim.recording.changes import changes_until
    from pcsim.snapshot.exit_status import exit_status_of

    changes = changes_until(reader, snapshot.at)
    if as_json:
        document = made.document(snapshot, exit_status_of(snapshot), changes=changes)
        return dumps(document) + "\n"
    return made.text(snapshot, changes=changes)


def print_moment(file: str, at: float | None, *, as_json: bool) -> int:
    """Print one page about a moment of a recording; the exit status.

    Args:
        file: The recording.
        at: Seconds since the start; None for the end.
        as_json: Whether to print it as JSON.

    Raises:
        UsageError: It cannot be read.
    """
    with opened(file) as reader:
        if not reader.about.is_complete:
            note_incomplete(reader)
        snapshot = reader.ending() if at is None else reader.snapshot_at(at)
        write_result(page(reader, snapshot, as_json=as_json))
    return Exit.DONE


def replay(file: str, *, follows: bool = False, to_list: Callable[[], None] | None = None) -> int:
    """Replay a recording in the app; without a terminal, print one page about its end. The exit
    status.

    Args:
        file: The recording.
        follows: Whether to play it from what was written last, as it grows.
        to_list: Called where the app was left for the list that it was opened from.

    Raises:
        UsageError: It cannot be read.
    """
    from pcsim.launch.app import has_terminal, show_recording

    if not has_terminal():
        return print_moment(file, None, as_json=False)
    from pcsim.recording.replay import Replay

    if follows:
        return _follow(file)
    with opened(file) as reader:
        if not reader.about.is_complete:
            note_incomplete(reader)
        course = _course_of(reader)
        return show_recording(
            Replay(reader), scenario_of(reader), path=reader.path, course=course, to_list=to_list
        )


def _course_of(reader: Reader) -> Callable[[], Course] | None:
    """What reads the course of a run in virtual time, once it is asked for; None of others."""
    if reader.about.is_program or reader.about.engine != "virtual":
        return None

    @cache
    def read() -> Course:
        from pcsim.experiments.branching import course_of

        return course_of(reader)

    return read


def _follow(file: str) -> int:
    from pcsim.launch.app import show_recording
    from pcsim.recording.following import Following
    from pcsim.recording.replay import Replay

    _wait_for_frames(Path(file))
    with opened(file) as reader:
        past = Following(reader)
        shown = Replay(past, at=past.start)
        return show_recording(shown, scenario_of(reader), path=reader.path)


def _wait_for_frames(path: Path) -> None:
    """Wait a while for the first frames of a recording that has just begun."""
    from pcsim import runtime
    from pcsim.recording.container import RecordingError
    from pcsim.recording.reader import Reader

    end = runtime.clock() + BEGIN_WAIT
    while runtime.clock() < end:
        try:
            Reader(path).close()
        except RecordingError:
            runtime.Latch().wait(BEGIN_PULSE)
        else:
            return


def scenario_of(reader: Reader) -> Scenario | None:
    """The scenario of a recorded run; None of a program, and where its text is no scenario for
    this pcsim."""
    from pcsim.errors import ScenarioFileError
    from pcsim.scenario import Scenario
    from pcsim.scenario.file import parse

    if reader.about.is_program:
        return None
    try:
        return parse(reader.about.scenario, "recording", None, Scenario)
    except ScenarioFileError:
        return None


@contextmanager
def comparable(file: str) -> Iterator[Reader | Results]:
    """Open a recording, or read the results of replications; what is wrong is one line.

    Raises:
        UsageError: It cannot be read, or is neither.
    """
    from pcsim.recording.container import RecordingError, is_recording
    from pcsim.recording.results import read_results

    path = Path(file)
    if path.is_file() and not is_recording(path):
        with _one_line(RecordingError):
            results = read_results(path)
        yield results
        return
    with opened(file) as reader:
        if not reader.about.is_complete:
            note_incomplete(reader)
        yield reader


def diff(a: str, b: str, *, as_json: bool, in_app: bool = False) -> int:
    """Print what differs between two recorded runs, or results of replications; the exit status.

    Args:
        a: The first file.
        b: The second one.
        as_json: Whether to print it as JSON.
        in_app: Whether to show it on a screen instead.

    Raises:
        UsageError: One cannot be read.
    """
    from json import dumps

    from pcsim.analysis import comparison_text
    from pcsim.headless.output import Output
    from pcsim.recording.comparison import compare

    with comparable(a) as one, comparable(b) as other:
        if in_app:
            from pcsim.launch.app import show_difference

            return show_difference(one, other, (a, b))
        found = compare(one, other)
        if as_json:
            write_result(dumps(comparison_text.document(found, (a, b)), indent=2) + "\n")
        else:
            write_result(comparison_text.text(found, (a, b), Output(sys.stdout).width))
    return Exit.DONE


def export(file: str, to: str, output: str | None) -> int:
    """Write a recording in another format; the exit status.

    Args:
        file: The recording.
        to: The format.
        output: The name of the files without their ending; None for that of the recording.

    Raises:
        UsageError: It cannot be read, or a file cannot be written.
    """
    from pcsim.recording.export import Format
    from pcsim.recording.export import export as write

    base = Path(file).with_suffix("") if output is None else Path(output)
    with opened(file) as reader:
        if not reader.about.is_complete:
            note_incomplete(reader)
        for path in write(reader, Format(to), base):
            note(f"{safe(str(path), 200)} written\n")
    return Exit.DONE
