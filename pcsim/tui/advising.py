"""Advice about the run that is shown: who finds it, and whether somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from pcsim.analysis.advice import Advice
    from pcsim.analysis.grid import Grid
    from pcsim.scenario import Scenario
    from pcsim.snapshot import Snapshot
    from pcsim.snapshot.control import Control


class Sizes(Protocol):
    """Finds out what sizes of a system do, beside it."""

    @property
    def varied(self) -> str:
        """What is varied, as it may be typed."""

    def look(self, snapshot: Snapshot) -> Grid:
        """Return what is known by now, and have the rest found out."""

    def more(self, steps: int) -> None:
        """Make it surer, with twice as many runs for each step; or half as many."""

    def vary(self, text: str) -> str:
        """Vary other keys; what is wrong with them, or ""."""

    def price(self, text: str) -> str:
        """Set what a size costs; what is wrong with it, or ""."""


class Advisor(Protocol):
    """Finds out what changes of a run would do, beside it."""

    @property
    def sizes(self) -> Sizes:
        """What finds out what sizes of the system do."""

    def look(self, snapshot: Snapshot) -> Advice:
        """Return what is known by now, and have the rest found out."""

    def more(self, steps: int) -> None:
        """Make it surer, with twice as many runs for each step; or half as many."""

    def ask(self, text: str) -> str:
        """Ask a question of one's own; what is wrong with it, or ""."""

    def verify(self, label: str) -> str:
        """Run a row on threads for a while; why that cannot be done, or ""."""


AdvisorOf: TypeAlias = "Callable[[Control, Scenario], Advisor | None]"
"""Makes what advises about a run of a scenario; None where there is nothing that does."""


class Advising:
    """Makes what advises when it is first asked, and knows whether somebody waits for an answer.

    Args:
        make: Makes it, or None where there is nothing that advises.
    """

    def __init__(self, make: Callable[[], Advisor | None] = lambda: None) -> None:
        self._make = make
        self._advisor: Advisor | None = None
        self._is_made = False
        self.is_waiting = False
        """Whether what was seen last was not all that there will be."""

    @property
    def advisor(self) -> Advisor | None:
        """What advises; None where nothing does."""
        if not self._is_made:
            self._is_made, self._advisor = True, self._make()
        return self._advisor

    def takes_waiting(self) -> bool:
        """Whether somebody waited: more may be known now. A view that goes on waiting says so."""
        was_waiting, self.is_waiting = self.is_waiting, False
        return was_waiting

    def look(self, snapshot: Snapshot) -> Advice | None:
        """Return what is known by now; None where nothing advises."""
        advisor = self.advisor
        if advisor is None:
            return None
        advice = advisor.look(snapshot)
        self.is_waiting = not advice.is_done
        return advice
