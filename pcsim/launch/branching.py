"""Branches of a virtual run for the app: the run is made again up to a moment, and goes on live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pcsim.errors import ScenarioError
from pcsim.recording.container import RecordingError
from pcsim.scenario import Change, Scenario
from pcsim.scenario.roster import Roster, in_order
from pcsim.snapshot import Snapshot
from pcsim.snapshot.control import Control, Point, Repeatable

if TYPE_CHECKING:
    from pcsim.experiments.branching import Course
    from pcsim.tui.diff.content import Difference

SLICE, PART = 20_000, 200
"""Events that are made at once, some tens of milliseconds; and between two looks, at least."""
PAIRS = 5
"""Pairs of runs in which a branch is compared with its original."""
LOOKS = 200
"""Looks at it up to its moment, for the history that is drawn."""


def branches_of(
    control: Control, scenario: Scenario, clock: Callable[[], float] | None = None
) -> Branches | None:
    """Return what can branch of a run of the app; None of one on threads.

    Args:
        control: The run.
        scenario: What it runs.
        clock: The machine's clock, in seconds; a test may supply its own.
    """
    if not isinstance(control, Repeatable):
        return None

    def course() -> Course:
        from pcsim.experiments.branching import Course

        return Course(scenario, control.acts, control.snapshot().at)

    return Branches(course, clock)


class Branches:
    """What can branch, from any moment that is known of it.

    Args:
        course: Returns the run, as far as it has come; it may take a while the first time.
        clock: The machine's clock, in seconds; a test may supply its own.
    """

    def __init__(
        self, course: Callable[[], Course], clock: Callable[[], float] | None = None
    ) -> None:
        self._clock = clock
        self._course_now = course

    @property
    def _course(self) -> Course:
        """The run; raises `ScenarioError` where it cannot be read."""
        try:
            return self._course_now()
        except RecordingError as error:
            raise ScenarioError(str(error)) from None

    def roster(self, at: float) -> Roster:
        """Return the system as it was at a moment, as far as its changes say.

        Raises:
            ScenarioError: The run cannot branch there.
        """
        scenario = self._course.up_to(at)
        roster = Roster(scenario)
        for _, change in in_order(scenario.changes):
            if (change.at or 0.0) <= at:
                roster.change(change)
        return roster

    def begin(self, at: float, changes: Sequence[Change]) -> Beginning:
        """Begin to make a branch.

        Args:
            at: The moment, in seconds from the start.
            changes: What is changed then.

        Raises:
            ScenarioError: A change does not fit, or the run cannot branch there.
        """
        return Beginning(self._course.with_changes(at, changes), at, self._clock)

    def compare(self, at: float, changes: Sequence[Change]) -> Difference:
        """Return what differs between the run and a branch, from its moment on, in a few pairs of
        runs. It takes a while; any thread may ask.

        Args:
            at: The moment.
            changes: What is changed then, or later where it has a time of its own.

        Raises:
            PcsimError: One of the runs has failed, or cannot branch there.
        """
        from pcsim.experiments.branching import branch_of
        from pcsim.tui.diff.content import Difference, times_to_draw

        found = branch_of(self._course, at, changes, replications=PAIRS)
        end = max(end for _, end in found.spans)
        times = times_to_draw(end, at)
        one, other = (_points(scenario, times) for scenario in (found.before, found.scenario))
        return Difference(("the run", "the branch"), found.comparison, (one, other))


def _points(scenario: Scenario, times: Sequence[float]) -> list[Point]:
    """How a run stands at these times."""
    from pcsim.engine.virtual.engine import VirtualEngine
    from pcsim.tui.diff.content import point_of

    run = VirtualEngine(scenario, logs_items=False, keeps_recent=False)
    run.start()
    points = []
    for at in times:
        run.advance(at)
        seen = run.snapshot()
        points.append(point_of(seen))
        if seen.phase.is_over:
            break
    run.abort()
    return points


class Beginning:
    """A branch that is made up to its moment, in slices.

    Args:
        scenario: What is run.
        at: The moment.
        clock: The machine's clock, in seconds; None for that of the runtime.
    """

    def __init__(
        self, scenario: Scenario, at: float, clock: Callable[[], float] | None = None
    ) -> None:
        from pcsim.engine.virtual.engine import VirtualEngine
        from pcsim.engine.virtual.pacing import PacedRun

        self.scenario = scenario
        self.at = at
        self._engine = VirtualEngine(scenario)
        self.control = PacedRun(self._engine, clock=clock)
        """The branch; its time stands still until it is there."""
        self.before: list[Snapshot] = []
        """How it was up to the moment, evenly spread."""
        self.control.stand_still()
        self.control.start()

    def go_on(self) -> bool:
        """Make another slice; whether there is more to make."""
        left = SLICE
        while left > 0 and len(self.before) < LOOKS:
            left -= PART
            due = self.at * len(self.before) / LOOKS
            if not self._engine.advance(due, PART):
                self.before.append(self._engine.snapshot())
        if left <= 0 or self._engine.advance(self.at, SLICE):
            return True
        self.control.go_on()
        return False
