"""Branches in the app: from the moment that is looked at a run goes on, with a change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from textual.app import App

from pcsim.errors import PcsimError, ScenarioError
from pcsim.scenario import Change, Scenario
from pcsim.scenario.change_text import read
from pcsim.scenario.roster import Roster
from pcsim.snapshot import Snapshot
from pcsim.snapshot.control import Repeatable, VirtualControl
from pcsim.text import clock_time
from pcsim.tui.comparing import sentence, show_difference
from pcsim.tui.keys import NEED_A_NOW, NEED_A_PAST, NEED_TO_ATTACH
from pcsim.tui.saying import Measured
from pcsim.tui.session import Session

if TYPE_CHECKING:
    from pcsim.tui.diff.content import Difference
    from pcsim.tui.watcher import Watcher

NO_BRANCH = "Nothing can be changed here: this is no run of pcsim in virtual time."
OVER = "The run is over by then: go to a moment before its end, and branch there."
NO_COMPARISON = "Only a branch is compared: : and w in the past of a virtual run make one."
PULSE = 0.01
"""Seconds between two slices, for keys and frames."""
ORIGINAL = "the original"


def can_branch(session: Session) -> bool:
    """Return whether a run that goes on can be made again: one in virtual time."""
    return isinstance(cast("object", session.control), Repeatable)


class Made(Protocol):
    """A branch that is made up to its moment, in slices."""

    @property
    def scenario(self) -> Scenario:
        """What is run."""

    @property
    def at(self) -> float:
        """The moment."""

    @property
    def control(self) -> VirtualControl:
        """The branch."""

    @property
    def before(self) -> Sequence[Snapshot]:
        """How it was up to the moment, evenly spread."""

    def go_on(self) -> bool:
        """Make another slice; whether there is more to make."""


class Branchable(Protocol):
    """A virtual run that can be made again up to any moment, and go on from there."""

    def roster(self, at: float) -> Roster:
        """The system as it was at a moment. Raises `ScenarioError` where it cannot branch there."""

    def begin(self, at: float, changes: Sequence[Change]) -> Made:
        """Begin to make a branch. Raises `ScenarioError` where a change does not fit."""

    def compare(self, at: float, changes: Sequence[Change]) -> Difference:
        """What differs between the run and a branch, of which all changes are given: those of the
        moment, and later ones; it takes a while. Raises `PcsimError`."""


class Begun(NamedTuple):
    """What the branch that is shown began with."""

    original: Session
    source: Branchable
    at: float
    changes: tuple[Change, ...]


class Branching:
    """Makes branches of what is looked at, shows them, and goes back to the original.

    Args:
        app: For its timers.
        watcher: What is shown.
        source: Returns what can branch of a session; None where nothing can.
        notify: Shows a short message.
    """

    def __init__(
        self,
        app: App[None],
        watcher: Watcher,
        source: Callable[[Session], Branchable | None],
        notify: Callable[[str], None],
    ) -> None:
        self._app = app
        self._watcher = watcher
        self._source = source
        self._notify = notify
        self._begun: Begun | None = None
        self._making: Made | None = None
        self._known: tuple[tuple[Session, float], Roster | None, str] | None = None
        """The moment that was looked at last, with the system as it was then."""

    @property
    def is_past(self) -> bool:
        """Whether the past is looked at: a change is a branch there."""
        return self._watcher.shown.rewind is not None

    @property
    def is_open(self) -> bool:
        """Whether a branch is shown."""
        begun, session = self._begun, self._watcher.session
        return begun is not None and session is not begun.original and bool(session.view.branch)

    @property
    def at(self) -> float:
        """The moment that is looked at."""
        past = self._watcher.shown.rewind
        return 0.0 if past is None else past.at

    @property
    def roster(self) -> Roster | None:
        """The system as it was at that moment; None where it cannot branch: `why_not` says why."""
        where = self._watcher.session, self.at
        if self._known is None or self._known[0] != where:
            self._known = where, *self._look_up()
        return self._known[1]

    @property
    def why_not(self) -> str:
        """Why what is looked at cannot branch, as a sentence; "" where it can."""
        return "" if self.roster is not None or self._known is None else self._known[2]

    def _look_up(self) -> tuple[Roster | None, str]:
        source = self._source(self._watcher.session)
        if source is None:
            return None, NO_BRANCH
        try:
            return source.roster(self.at), ""
        except ScenarioError as error:
            return None, sentence(error)

    def begin(self, changes: Sequence[Change]) -> bool:
        """Branch from the moment that is looked at; whether that can be done."""
        session = self._watcher.session
        source = self._source(session)
        if source is None:
            self._notify(NO_BRANCH)
            return False
        return self._begin(Begun(session, source, self.at, tuple(changes)))

    def again(self) -> bool:
        """Begin the branch that is shown again; whether one is shown."""
        if not self.is_open or self._begun is None:
            return False
        self._begin(self._begun)
        return True

    def compare(self) -> None:
        """Show what differs between the branch that is shown and its original."""
        begun = self._begun
        if not self.is_open or begun is None:
            self._notify(NO_COMPARISON)
            return
        self._notify("Both are run to their end …")
        control = cast("object", self._watcher.session.control)
        acts = control.acts if isinstance(control, Repeatable) else ()
        changes = (*begun.changes, *(read(act.change) for act in acts if act.change))
        work = self._compare(begun, changes)
        self._app.run_worker(work, exclusive=True, group="compare")

    async def _compare(self, begun: Begun, changes: Sequence[Change]) -> None:
        try:
            found = await asyncio.to_thread(begun.source.compare, begun.at, changes)
        except PcsimError as error:
            self._notify(sentence(error))
            return
        if self._begun is begun and self.is_open:
            show_difference(self._app, found)

    def _begin(self, begun: Begun) -> bool:
        if begun.original.virtual is not None:
            begun.original.virtual.stand_still()
        try:
            self._making = begun.source.begin(begun.at, begun.changes)
        except ScenarioError as error:
            self._notify(sentence(error))
            return False
        self._begun = begun
        if self._making.go_on():
            self._notify(f"The run is made again up to {clock_time(begun.at)} …")
            self._app.set_timer(PULSE, self._go_on)
        else:
            self._show()
        return True

    def _go_on(self) -> None:
        if self._making is None:
            return
        if self._making.go_on():
            self._app.set_timer(PULSE, self._go_on)
        else:
            self._show()

    def _show(self) -> None:
        made, self._making = self._making, None
        if made is None or self._watcher.pending_exit.has_begun:
            return
        if made.control.snapshot().phase.is_over:
            self._notify(OVER)
            return
        self._end_run()
        session = Session(
            made.control,
            self._watcher.session.clock,
            Measured,
            scenario=made.scenario,
            way_back=ORIGINAL,
            idle_keys=NEED_TO_ATTACH | NEED_A_PAST | NEED_A_NOW,
            branch=clock_time(made.at),
            before=made.before,
        )
        self._open(session)

    def back(self) -> bool:
        """Go back to the original, at the moment of the branch; whether a branch was shown."""
        if not self.is_open or self._begun is None:
            return False
        self._end_run()
        self._open(self._begun.original)
        return True

    def _end_run(self) -> None:
        """End a branch that is shown: nothing of it is lost that cannot be made again."""
        run = self._watcher.session.unfinished if self.is_open else None
        if run is not None:
            run.abort()

    def _open(self, session: Session) -> None:
        self._watcher.display.unfreeze()
        self._watcher.show_now()
        self._watcher.replace_session(session)
        self._watcher.poll_now(force=True)
