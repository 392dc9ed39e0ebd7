"""Branches of a virtual run: the same run up to a moment, and from there on with a change.

A run in virtual time is its scenario and what was done to it, and nothing else. So a branch is a
scenario as well: the first one with the changes that had been made by then, and one more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from pcsim.analysis.comparison import Basis, Comparison, Relation
from pcsim.analysis.differences import Measure, Row, measures, pairs, ranked
from pcsim.analysis.observation import Observation
from pcsim.analysis.replications import with_fewer_samples
from pcsim.analysis.result import Result
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import ScenarioError
from pcsim.experiments.one_run import go_to_end, measured, virtual_run
from pcsim.experiments.simulate import MOST_REPLICATIONS, adjusted, result_of
from pcsim.recording.container import RecordingError, name_of
from pcsim.recording.reader import Reader
from pcsim.recording.scenarios import changes_between
from pcsim.scenario import Change, Scenario
from pcsim.scenario.change_text import from_words, read
from pcsim.scenario.file.writing import text_of_scenario
from pcsim.scenario.termination import termination
from pcsim.snapshot import Cause, Event, EventKind, Snapshot
from pcsim.text import clock_time
from pcsim.validation import check_time, check_whole

ACTS = (EventKind.CONTROL, EventKind.CHANGED)
"""The kinds of what somebody does to a run."""
STOPS = (Cause.PAUSED, Cause.RESUMED, Cause.DRAINED)
"""What is done to a run by hand that a scenario cannot repeat. After an abort nothing comes."""


class Course(NamedTuple):
    """A virtual run up to some time: all that makes it what it is.

    Attributes:
        scenario: What was run.
        acts: What was done to it, in order: changes and controls, as events.
        length: Seconds up to which it is known; infinite where only the scenario is.
    """

    scenario: Scenario
    acts: tuple[Event, ...] = ()
    length: float = math.inf

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes that the scenario had not planned, each with its time."""
        return tuple(read(act.change) for act in self.acts if act.change)

    def stop_after(self, at: float) -> float | None:
        """Return when it was paused or drained by hand, first after a time; None where it was
        not."""
        return next((act.at for act in self.acts if act.at > at and _is_control(act)), None)

    def up_to(self, at: float) -> Scenario:
        """Return the scenario with all changes that were made up to a time.

        Raises:
            ScenarioError: Something else was done by then, which a scenario cannot repeat.
        """
        for act in self.acts:
            if act.at <= at and _is_control(act):
                done = "was drained" if act.cause is Cause.DRAINED else "was paused by hand"
                raise ScenarioError(
                    f"the run {done} at {clock_time(act.at)}: a branch begins before that"
                )
        made = tuple(one for one in self.changes if (one.at or 0.0) <= at)
        return replace(self.scenario, changes=(*self.scenario.changes, *made))

    def with_changes(self, at: float, changes: Iterable[Change]) -> Scenario:
        """Return the scenario of a branch.

        Args:
            at: The moment at which it parts, in seconds from the start.
            changes: What is changed then, or later where it has a time of its own.

        Raises:
            ScenarioError: A change does not fit the system as it is then, the moment is not in
                the run, or what was done before cannot be repeated.
        """
        check_time("at", at)
        if at > self.length:
            expected = f"at most {clock_time(self.length)}, the end of the run"
            raise ScenarioError(field="at", value=at, expected=expected)
        before = self.up_to(at)
        more = tuple(one if (one.at or 0.0) > at else replace(one, at=at) for one in changes)
        return replace(before, changes=(*before.changes, *more))


class Branch(NamedTuple):
    """A run and its branch, measured beside each other.

    Attributes:
        at: The moment at which they part, in seconds from the start.
        before: The scenario of the run as it was.
        scenario: That of the branch: with the changes. It can be saved and run as any other.
        original: Every measure of the run as it was, from its start (or its warm-up) to its end.
        branch: Every measure of the branch, the same.
        rows: What differs from that moment to the end: a measure each, with a 95 % interval of
            the difference where there are two or more replications. They are compared in pairs,
            each with the same random numbers, so that chance cancels out.
        replications: The number of pairs.
        spans: The time that the rows are of, of the original and of the branch: that moment, and
            the latest end.
        stopped_at: When the run was paused or drained by hand after that moment: both end there,
            as no run can repeat it. None where it was not.

    Example:
        >>> from pcsim import branch
        >>> from pcsim.scenario import demos
        >>> found = branch(demos.find("back-pressure"), 0.5, "capacity main 20")
        >>> found.row("queues.main.full").verdict
        'unsure'
    """

    at: float
    before: Scenario
    scenario: Scenario
    original: Result
    branch: Result
    rows: tuple[Row, ...]
    replications: int
    spans: tuple[tuple[float, float], tuple[float, float]]
    stopped_at: float | None = None

    @property
    def comparison(self) -> Comparison:
        """The same as what `pcsim diff` finds in two recordings, for its words."""
        basis = Basis.PAIRS if self.replications > 1 else Basis.NONE
        texts = (text_of_scenario(one) for one in (self.before, self.scenario))
        return Comparison(
            self.spans, self.rows, changes_between(*texts), None, basis,
            (self.replications, self.replications), relation=Relation.BRANCH,
            stopped_at=self.stopped_at,
        )  # fmt: skip

    def row(self, key: str) -> Row:
        """Return what differs in one measure.

        Args:
            key: Its name: `out`, `mean_time`, `queues.NAME.full`, `workers.NAME.busy`.

        Raises:
            KeyError: It was not measured.
        """
        for row in self.rows:
            if row.measure.key == key:
                return row
        raise KeyError(key)


def branch(
    of: Scenario | str | PathLike[str],
    at: float,
    *changes: Change | str,
    until: float | None = None,
    replications: int = 1,
    on_replication: Callable[[int], object] | None = None,
) -> Branch:
    """Go back to a moment of a run in virtual time, change something, and see what comes of it.

    The branch has the same past as the run, bit for bit: the same items at the same times. What
    was changed by hand later in the run is not part of the branch, but of the run that it is
    compared with. Where the run was paused or drained by hand later, both end there.

    Args:
        of: A scenario, or the file of a recording of a run in virtual time.

        at: The moment, in seconds from the start: 0 or more, and before the end of the run.

        changes: What is changed at that moment, as of `pcsim.scenario.changes` or in words, such
            as `"add Clerk"` or `"capacity orders 20"`. One whose own `at` is later is made then.

        until: Seconds after which both end; after `at`. None: as in the scenario; where that has
            no end, as long as the recording is.

        replications: The number of pairs of independent runs, 1 to 100,000. The first pair is the
            run itself and its branch. From two on each difference has an interval.

        on_replication: Called with the number of each pair, from 1, before it begins.

    Returns:
        Both results, and the differences from that moment on.

    Raises:
        ScenarioError: A value is wrong, a change does not fit the system as it is then, or the
            run was paused or drained by hand before that moment.
        RecordingError: The file is no recording of a run in virtual time, or damaged.
        EndlessError: The run would never end; give it `until`.
        WorkerError: A worker failed in one of the runs.
        DeadlockError: The workers of a run waited for each other.

    Example:
        >>> from pcsim import branch
        >>> from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
        >>> shop = Scenario(
        ...     queues=(QueueSpec("orders", 5),),
        ...     producers=(ProducerSpec("Shop", "orders", interval=1.0),),
        ...     consumers=(ConsumerSpec("Clerk", "orders", service_time=1.5),),
        ... )
        >>> found = branch(shop, 40, "add Clerk", until=100)
        >>> round(found.row("out").a.mean, 2), round(found.row("out").b.mean, 2)
        (0.68, 1.08)
    """
    wanted = [from_words(one) if isinstance(one, str) else one for one in changes]
    return branch_of(
        course_of(of), at, wanted,
        until=until, replications=replications, on_replication=on_replication,
    )  # fmt: skip


def branch_of(
    course: Course,
    at: float,
    changes: Sequence[Change],
    *,
    until: float | None = None,
    replications: int = 1,
    on_replication: Callable[[int], object] | None = None,
) -> Branch:
    """Branch a run whose course is known; arguments and errors are those of `branch`."""
    if not changes:
        raise ScenarioError("a branch needs a change: give one or more")
    check_whole("replications", replications, MOST_REPLICATIONS)
    stop = course.stop_after(at)
    last = math.inf if stop is None else math.nextafter(stop, 0.0)
    if stop is not None and until is not None and until <= stop:
        stop = None
    until = until if stop is None else stop
    changed = _ending(course, course.with_changes(at, changes), until, at)
    original = _ending(course, course.up_to(last), until, at)
    end = changed.end.time
    if end is not None and at >= end:
        raise ScenarioError(field="at", value=at, expected=f"before the end, {clock_time(end)}")
    notify = on_replication or (lambda _: None)
    runs = _Pairs(original, changed, at)
    for number in range(replications):
        notify(number + 1)
        runs.add(number)
    return runs.result()._replace(stopped_at=stop)


def course_of(of: Scenario | str | PathLike[str] | Reader) -> Course:
    """Return what makes a virtual run what it is.

    Args:
        of: Its scenario, or its recording.

    Raises:
        RecordingError: The recording is not of a run in virtual time, or damaged.
    """
    if isinstance(of, Scenario):
        return Course(of)
    if isinstance(of, Reader):
        return _recorded(of)
    reader = Reader(Path(of))
    try:
        return _recorded(reader)
    finally:
        reader.close()


def _recorded(reader: Reader) -> Course:
    name, about = name_of(reader.path), reader.about
    if about.is_program:
        raise RecordingError(
            f"{name} is of a program that was watched: it cannot be run again; pcsim fit makes a"
            " scenario of it"
        )
    if about.engine != "virtual":
        raise RecordingError(
            f"{name} is of a run on threads, which is never the same twice; only a run in virtual"
            " time can branch (--engine virtual)"
        )
    acts = [one for one in reader.notes.all_events() if one.kind in ACTS]
    try:
        scenario = Scenario.parse(about.scenario, "recording")
    except ScenarioError as error:
        raise RecordingError(f"{name} has a scenario that cannot be run: {error}") from None
    return Course(scenario, tuple(acts), reader.length)


def _is_control(act: Event) -> bool:
    """Whether it is a pause or a drain by hand, which a scenario cannot repeat."""
    return act.kind is EventKind.CONTROL and act.cause in STOPS


def _ending(course: Course, scenario: Scenario, until: float | None, at: float) -> Scenario:
    """The scenario with an end. Nothing may be forgotten after the moment of the branch, which is
    what a warm-up would do."""
    is_later = scenario.warm_up == "auto" or scenario.warm_up > at
    warm_up = 0.0 if is_later else None
    if until is None and course.length < math.inf and not termination(scenario).ends:
        until = course.length
    return adjusted(scenario, until=until, warm_up=warm_up)


def _begun(run: VirtualEngine, at: float) -> Snapshot:
    """Start a run and drive it up to just before a moment; how it is then.

    Raises:
        ScenarioError: It is over before.
    """
    run.start()
    if at > 0:
        run.advance(math.nextafter(at, 0.0))
    if run.phase.is_over:
        expected = f"before the end of the run, {clock_time(run.snapshot().at)}"
        raise ScenarioError(field="at", value=at, expected=expected)
    return run.snapshot()


class _Pairs:
    """Runs the original and its branch in pairs, and measures both from the same moment on."""

    def __init__(self, original: Scenario, changed: Scenario, at: float) -> None:
        self._scenarios = (original, changed)
        self._at = at
        self._first: list[VirtualEngine] = []
        self._ends = [0.0, 0.0]
        self._observed: tuple[list[Observation[float]], ...] = ([], [])
        self._values: tuple[list[dict[Measure, float]], ...] = ([], [])

    def add(self, number: int) -> None:
        """Run one more pair."""
        for which, scenario in enumerate(self._scenarios):
            run = virtual_run(scenario, number, notes_depths=True)
            begin = _begun(run, self._at)
            go_to_end(run)
            end = run.snapshot()
            self._ends[which] = max(self._ends[which], end.at)
            self._values[which].append(dict(measures(end.since(begin))))
            observed = self._observed[which]
            observed.append(
                measured(run) if not number else with_fewer_samples(observed, measured(run))
            )
            if not number:
                self._first.append(run)

    def result(self) -> Branch:
        """Return what was found."""
        original, changed = (
            result_of(run, observed)
            for run, observed in zip(self._first, self._observed, strict=True)
        )
        rows = ranked(pairs(*self._values))
        first, second = ((self._at, end) for end in self._ends)
        return Branch(
            self._at, *self._scenarios, original, changed, rows, len(self._values[0]),
            (first, second),
        )  # fmt: skip
