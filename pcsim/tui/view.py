"""What one frame shows: the same few facts for every widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from pcsim.analysis.trend import Trend
from pcsim.scenario import Scenario
from pcsim.snapshot import Event, QueueDetail, Snapshot
from pcsim.tui.clock_speed import Timing
from pcsim.tui.styles import Palettes

if TYPE_CHECKING:
    from pcsim.analysis.result import Result


class View(NamedTuple):
    """A snapshot with what surrounds it: its past, its scenario and what is said about it."""

    snapshot: Snapshot
    trend: Trend
    scenario: Scenario
    detail_of: Callable[[str], QueueDetail]
    """What waits in the queue of that name."""
    sentence: str = ""
    number: int | None = None
    """The demo's number in the catalogue, if it has one."""
    frozen: bool = False
    leaving: bool = False
    """Whether the app ends once the run has."""
    timing: Timing | None = None
    """How its time passes; None for real time."""
    seen_at: float = 0.0
    """When it was seen, by the app's clock."""
    events: tuple[Event, ...] = ()
    """The last events, newest first."""
    let_go: int = 0
    """How many events there were that nobody can show any more."""
    result: Result | None = None
    """What a run that is over has measured, where that is more than its report."""

    @property
    def at(self) -> float:
        """The instant."""
        return self.snapshot.at

    def held(self) -> View:
        """The same for good: it follows neither the run nor its history, whatever is asked."""
        details = {row.name: self.detail_of(row.name) for row in self.snapshot.queues}
        return self._replace(frozen=True, trend=self.trend.held(), detail_of=details.__getitem__)

    @property
    def is_standing(self) -> bool:
        """Whether its time stands still."""
        return self.timing is not None and self.timing.is_standing


@runtime_checkable
class Following(Protocol):
    """A screen that follows the run while it is open."""

    def show(self, view: View) -> None:
        """Show it as it is now."""


class HasInks(Protocol):
    """The app, as far as what draws needs it."""

    inks: Palettes
