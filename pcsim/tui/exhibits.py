"""What the app is opened on: runs of scenarios, or a program that is watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from pcsim.scenario import Scenario
from pcsim.snapshot.control import Control, Rewindable, Watchable
from pcsim.snapshot.steady import Steady
from pcsim.tui.advising import Advising
from pcsim.tui.branching import Branchable
from pcsim.tui.choice import Choice, OwnCode
from pcsim.tui.comparing import Comparable
from pcsim.tui.kept import Keep
from pcsim.tui.keys import (
    IDLE_IN_REPLAY,
    NEED_A_NOW,
    NEED_A_PAST,
    NEED_A_RUN,
    NEED_TO_ATTACH,
    ON_BRANCHES,
    REPORTS,
)
from pcsim.tui.saying import Judged, Measured, Watching
from pcsim.tui.session import Session

if TYPE_CHECKING:
    from pcsim.lessons import Lesson
    from pcsim.tui.advising import Advisor, AdvisorOf
    from pcsim.tui.saying import LimitOf
    from pcsim.tui.session import ResultOf

Clock = Callable[[], float]
BranchesOf = Callable[[Control, Scenario], Branchable | None]
"""Returns what can branch of a run of a scenario; None where nothing can."""
Compares = Callable[[Scenario | None], Comparable | None]
"""Returns what the past of a run can be compared with, or that of a program; None: with nothing."""


class Exhibit(Protocol):
    """What the app is opened on."""

    @property
    def choice(self) -> Choice:
        """What there is to choose from."""

    @property
    def own_code(self) -> OwnCode | None:
        """What may be done with a run of code from outside; None for anything else."""

    @property
    def attach(self) -> Callable[[], Watchable] | None:
        """What starts pcsim's agent in a program that is watched from outside, and returns the
        program as it is watched from then on; None for anything else."""

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that it is, if it is one."""

    def attached(self, program: Watchable, clock: Clock) -> Session:
        """Return a session of the program, to which that has attached."""

    def first(self, clock: Clock) -> Session:
        """Return a session of what is shown first."""

    def another(self, scenario: Scenario, clock: Clock) -> Session:
        """Return a session of a run of a scenario. Raises `LookupError` where there are none."""

    def branches(self, session: Session) -> Branchable | None:
        """Return what can branch of a session, in its past; None where nothing can."""

    def comparable(self, session: Session) -> Comparable | None:
        """Return what the past of a session can be compared with; None: with nothing."""


class Runs:
    """Runs of scenarios.

    Args:
        launch: Makes a fresh run of a scenario.
        scenario: The first scenario.
        catalogue: The scenarios that the palette offers.
        result_of: Returns what a run that is over has measured beyond its report, or None.
        limit_of: Makes what finds the limit of a run of a scenario, beside it, or None.
        read_again: Reads the file of the first scenario again, and raises `ReadError`; None where
            it is no file.
        own_code: What may be done with a run of code from outside; None for other runs.
        lesson: The lesson that the first scenario is, if it is one.
        branches_of: Returns what can branch of a run of a scenario; None where nothing can.
        keep: Makes what keeps the last ten minutes of a run; None where nobody looks back.
        compares: Returns what these ten minutes can be compared with.
        advisor_of: Makes what advises about changes of a run of a scenario, or None.
    """

    def __init__(
        self,
        launch: Callable[[Scenario], Control],
        scenario: Scenario,
        catalogue: Sequence[Scenario] = (),
        result_of: ResultOf = lambda _: None,
        limit_of: LimitOf = lambda *_: None,
        *,
        read_again: Callable[[], Scenario] | None = None,
        own_code: OwnCode | None = None,
        lesson: Lesson | None = None,
        branches_of: BranchesOf = lambda *_: None,
        keep: Keep | None = None,
        compares: Compares = lambda _: None,
        advisor_of: AdvisorOf = lambda *_: None,
    ) -> None:
        self.lesson = lesson
        self.choice = Choice(catalogue, scenario, read_again, own_code)
        self.own_code = own_code
        self._launch = launch
        self._scenario = scenario
        self._result_of = result_of
        self._limit_of = limit_of
        self._branches_of = branches_of
        self._keep = keep
        self._compares = compares
        self._advisor_of = advisor_of

    attach = None

    def attached(self, program: Watchable, clock: Clock) -> Session:
        """Raise `LookupError`: to a run of a scenario nothing is attached."""
        raise LookupError("a run is not attached to")

    def first(self, clock: Clock) -> Session:
        """Return a session of a run of the first scenario."""
        return self.another(self._scenario, clock)

    def another(self, scenario: Scenario, clock: Clock) -> Session:
        """Return a session of a fresh run."""
        choice = self.choice
        number = choice.number_of(scenario)

        control = self._launch(scenario)

        def speaker() -> Measured | Judged:
            limit = self._limit_of(control, scenario)
            return Measured() if limit is None else Judged(limit)

        return Session(
            control,
            clock,
            speaker,
            scenario=scenario,
            number=number,
            way_back=choice.own_name if number is not None else "",
            idle_keys=choice.idle_keys
            | choice.no_list_keys
            | NEED_TO_ATTACH
            | NEED_A_PAST
            | _unkept(self._keep),
            result_of=self._result_of,
            keep=self._keep,
            advising=Advising(lambda: self._advisor_of(control, scenario)),
        )

    def branches(self, session: Session) -> Branchable | None:
        """Return what can branch of a run, in its past; None of one on threads."""
        scenario, control = session.view.scenario, session.control
        if scenario is None or control is None:
            return None
        return self._branches_of(control, scenario)

    def comparable(self, session: Session) -> Comparable | None:
        """Return what the past of a run can be compared with."""
        return self._compares(session.view.scenario)


class Watched:
    """A program that is watched: nothing is done to it, and it goes on when the app is left.

    Args:
        program: The program. Its snapshots have its name as their title.
        attach: Starts pcsim's agent in it, and returns it as it is watched from then on; raises
            `PcsimError`. None where it is watched from within.
        keep: Makes what keeps the last ten minutes of it; None where nobody looks back.
        compares: Returns what these ten minutes can be compared with.
        advises: Makes what advises about it, or None.
    """

    own_code = lesson = None

    def __init__(
        self,
        program: Watchable,
        attach: Callable[[], Watchable] | None = None,
        keep: Keep | None = None,
        compares: Compares = lambda _: None,
        advises: Callable[[Watchable], Advisor | None] = lambda _: None,
    ) -> None:
        self._keep = keep
        self._advises = advises
        self._compares = compares
        self.choice = Choice((), None)
        self.attach = attach
        self._program = program

    def attached(self, program: Watchable, clock: Clock) -> Session:
        """Return a session of the program, to which that has attached."""
        self.attach, self._program = None, program
        return self.first(clock)

    def first(self, clock: Clock) -> Session:
        """Return a session of the program."""
        idle = NEED_A_RUN if self.attach is not None else NEED_A_RUN | NEED_TO_ATTACH
        idle |= self.choice.no_list_keys | NEED_A_PAST | _unkept(self._keep)
        program = self._program
        return Session(
            Steady(program),
            clock,
            Watching,
            idle_keys=idle,
            keep=self._keep,
            advising=Advising(lambda: self._advises(program)),
        )

    def another(self, scenario: Scenario, clock: Clock) -> Session:
        """Raise `LookupError`: a program is not made from a scenario."""
        raise LookupError("a program that is watched is shown, and nothing else")

    def branches(self, session: Session) -> Branchable | None:
        """Return None: a program goes on, and is not run again."""
        return None

    def comparable(self, session: Session) -> Comparable | None:
        """Return what the past of the program can be compared with."""
        return self._compares(None)


def _unkept(keep: Keep | None) -> frozenset[str]:
    """The keys that mean nothing where nothing is kept."""
    return NEED_A_NOW if keep is None else frozenset()


class Recorded:
    """A recording: it is played, and any moment of it is gone to.

    Args:
        past: What was recorded.
        scenario: What was run; None for a program that was watched.
        branches: The same run, where it can branch: one in virtual time.
        compares: Returns what it can be compared with.
        advises: Makes what advises about it, or None.
    """

    own_code = attach = lesson = None

    def __init__(
        self,
        past: Rewindable,
        scenario: Scenario | None,
        branches: Branchable | None = None,
        compares: Compares = lambda _: None,
        advises: Callable[[Rewindable], Advisor | None] = lambda _: None,
    ) -> None:
        self._advises = advises
        self._branches = branches
        self._compares = compares
        self.choice = Choice((), None)
        self._past = past
        self._scenario = scenario

    def attached(self, program: Watchable, clock: Clock) -> Session:
        """Raise `LookupError`: to a recording nothing is attached."""
        raise LookupError("a recording is not attached to")

    def first(self, clock: Clock) -> Session:
        """Return a session of the recording."""
        speaker = Watching if self._scenario is None else Measured
        idle = IDLE_IN_REPLAY if self._scenario is not None else IDLE_IN_REPLAY | REPORTS
        if self._branches is None:
            idle |= ON_BRANCHES
        idle |= self.choice.no_list_keys
        return Session(
            self._past,
            clock,
            speaker,
            scenario=self._scenario,
            idle_keys=idle,
            advising=Advising(lambda: self._advises(self._past)),
        )

    def another(self, scenario: Scenario, clock: Clock) -> Session:
        """Raise `LookupError`: a recording is not made from a scenario."""
        raise LookupError("a recording is shown, and nothing else")

    def branches(self, session: Session) -> Branchable | None:
        """Return the recorded run, where it can branch."""
        return self._branches

    def comparable(self, session: Session) -> Comparable | None:
        """Return what the recording can be compared with."""
        return self._compares(self._scenario)
