"""What one frame shows: the same few facts for every widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from pcsim.analysis.change_effect import MadeChange
from pcsim.analysis.firsts import First
from pcsim.analysis.lanes import Lanes
from pcsim.analysis.named import Named
from pcsim.analysis.trend import Trend
from pcsim.scenario import Scenario
from pcsim.snapshot import Event, QueueDetail, QueueRow, Snapshot
from pcsim.snapshot.control import Mark, Point
from pcsim.snapshot.journey import Journey
from pcsim.tui.advising import Advising
from pcsim.tui.clock_speed import Timing
from pcsim.tui.styles import Palettes

if TYPE_CHECKING:
    from pcsim.analysis.counterfactual import Diagnosis
    from pcsim.analysis.result import Result


class Details(Protocol):
    """Answers what waits in a queue, and how an item came to where it is."""

    @property
    def journey(self) -> Callable[[int], Journey | None]:
        """Returns the way of the item of a number as far as it has come by now, which may be later
        than what is shown; None where it is not known."""

    def __call__(self, name: str) -> QueueDetail:
        """Return what waits in the queue of that name."""

    def frozen(self, queues: Sequence[QueueRow]) -> Details:
        """Return what answers for these queues without asking again."""


class Now(NamedTuple):
    """The run beside its past that is shown."""

    at: float
    goes_on: bool

    @property
    def words(self) -> str:
        """What it does meanwhile."""
        return "the run goes on" if self.goes_on else "the run has ended"


class PastView(NamedTuple):
    """Where a replay stands, and what there is of it."""

    at: float
    begins: float
    length: float
    is_playing: bool
    marks: tuple[Mark, ...] = ()
    points: tuple[Point, ...] = ()
    now: Now | None = None
    """The run of which it is the past; None for a recording."""
    own: tuple[Mark, ...] = ()
    """The moments that somebody has marked who looks at it."""

    @property
    def ago(self) -> float:
        """Seconds of the run that have passed since; 0 in a recording."""
        return 0.0 if self.now is None else max(self.now.at - self.at, 0.0)


class View(NamedTuple):
    """A snapshot with its past, its scenario and the sentence about it."""

    snapshot: Snapshot
    trend: Trend
    scenario: Scenario | None
    """What is run; None for a program that is watched."""
    detail_of: Details
    lanes: Lanes
    """What workers did and how full queues were, over the time of the run."""
    sentence: str = ""
    named: Named = Named()
    """What the sentence names."""
    number: int | None = None
    """The demo's number in the catalogue, if it has one."""
    way_back: str = ""
    """What the key 0 goes back to: `your file`; "" for nothing."""
    idle_keys: frozenset[str] = frozenset()
    """The keys, as they are on the keyboard, that mean nothing for what is shown."""
    frozen: bool = False
    leaving: bool = False
    """Whether the app exits once the run has ended."""
    timing: Timing | None = None
    """How virtual time passes; None for real time."""
    seen_at: float = 0.0
    """When the snapshot was taken, by the app's clock."""
    events: tuple[Event, ...] = ()
    """The latest events, newest first."""
    evicted: int = 0
    """How many earlier events are no longer kept."""
    firsts: tuple[First, ...] = ()
    """What happened for the first time, the earliest first: none of it is pushed out."""
    changes: tuple[MadeChange, ...] = ()
    """What was changed while it went on, the latest first."""
    current: Scenario | None = None
    """The scenario as its changes have left it."""
    recent: Snapshot | None = None
    """The last seconds of the run; None where the whole run counts instead."""
    result: Result | None = None
    """What a run that is over has measured, where that is more than its report."""
    found: Diagnosis | None = None
    """What limited a run that has finished; None while that is not known."""
    past: PastView | None = None
    """Where it stands in a recording; None for a run, or a program, as it is now."""
    lesson: str = ""
    """What is said of the lesson that is taken: its question, later how it was answered."""

    advising: Advising = Advising()
    """What advises about changes of the run."""
    branch: str = ""
    """The moment at which a branch has left its original: `0:40.0`; "" where it is none."""

    @property
    def moment(self) -> str:
        """What heads how things are: `Now`, or `Then` for a moment of the past."""
        return "Now" if self.past is None else "Then"

    @property
    def at(self) -> float:
        """The time of the snapshot, in seconds since the start of the run."""
        return self.snapshot.at

    @property
    def shown(self) -> Snapshot:
        """What rates, shares and waiting times are of: the last seconds while the run goes on, the
        whole run once it is over."""
        return self.snapshot if self.recent is None else self.recent

    def frozen_copy(self) -> View:
        """Return a copy that stays as it is: it asks neither the run nor its history again."""
        details = self.detail_of.frozen(self.snapshot.queues)
        return self._replace(
            frozen=True, trend=self.trend.frozen(), lanes=self.lanes.frozen(), detail_of=details
        )

    @property
    def pictured(self) -> View:
        """The view with the run as tables and drawing show it: one that has ended in a deadlock as
        it was while its workers waited for each other."""
        picture = self.snapshot.at_deadlock
        return self if picture is None else self._replace(snapshot=picture)

    @property
    def title(self) -> str:
        """The name of what is shown, as its author wrote it: not safe for a terminal."""
        if self.scenario is None:
            return self.snapshot.title
        return self.scenario.title or self.scenario.name or "a system of your own"

    @property
    def is_watched(self) -> bool:
        """Whether it is a program that is watched: no run of ours, and with no report."""
        return self.scenario is None

    @property
    def is_standing(self) -> bool:
        """Whether virtual time is stopped."""
        return self.timing is not None and self.timing.is_standing


@runtime_checkable
class Following(Protocol):
    """A screen that follows the run while it is open."""

    def show(self, view: View) -> None:
        """Show the view."""


class HasPalettes(Protocol):
    """The app, as far as a widget needs it to draw."""

    @property
    def palettes(self) -> Palettes:
        """The palettes of the current theme."""
