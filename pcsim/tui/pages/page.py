"""The base of what a digit chooses: a part of the dashboard, made when it is first opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from textual.containers import Container
from textual.message import Message
from textual.widget import Widget

from pcsim.scenario import Change
from pcsim.snapshot import QueueRow, WorkerRow
from pcsim.tui.faults import Guarded
from pcsim.tui.view import View

if TYPE_CHECKING:
    from pcsim.tui.widgets.ask_line import AskLine


class Box(Container):
    """A container that its children cover: it draws nothing."""

    BLANK = True


class Page(Guarded, Box):
    """One view of the run, below the header and the sentence.

    Only the one that is seen is shown anything: it shows the whole of what it is about each time.
    """

    HAS_DRAWING = False
    """Whether there is room above it for the drawing of the system."""

    class Rearranged(Message):
        """It has come into sight, or shows something in another place.

        Args:
            wanted: What is to have the focus, if it is to be seen.
        """

        def __init__(self, wanted: Widget | None = None) -> None:
            super().__init__()
            self.wanted = wanted

    class Opened(Message):
        """The user asks for the details of a worker or a queue.

        Args:
            row: Its row.
        """

        def __init__(self, row: QueueRow | WorkerRow) -> None:
            super().__init__()
            self.row = row

    class LineWanted(Message):
        """Something is to be typed.

        Args:
            line: Where it is typed.
        """

        def __init__(self, line: AskLine) -> None:
            super().__init__()
            self.line = line

    is_made = False
    """Whether its parts are there. Before that nobody may ask for their size: Textual would lay
    them out for the answer, and send them neither `Show` nor `Resize` afterwards."""
    wanted: Sequence[Change] = ()
    """The changes of the run that it asks for, by the action `steer('page')`."""
    words = 0
    """The lines that the sentence takes above it."""

    @property
    def for_focus(self) -> Sequence[Widget]:
        """What may have the focus, the first choice first; of several tables that show a row,
        one is seen at a time."""
        return ()

    def shows(self, view: View) -> Sequence[Callable[[], None]]:
        """Return what shows the view, part by part: each is done whatever another one raises.

        Args:
            view: The view.
        """
        raise NotImplementedError

    def span(self, _view: View, /) -> str:
        """Return which part of the run it shows, in a few words; "" where it says so itself."""
        return ""

    def back(self) -> bool:
        """Close what was opened last in it; whether there was anything."""
        return False

    def on_mount(self) -> None:
        """Report that its parts are there."""
        self.is_made = True
        self.post_message(self.Rearranged())

    def on_show(self) -> None:
        """Report that it is seen."""
        self.post_message(self.Rearranged())

    def start_over(self) -> None:
        """Reset what belonged to the previous run."""


class Polls(Protocol):
    """What polls the run that is shown."""

    def schedule(self) -> None:
        """Look again soon, where there is something to wait for."""


class HasWatcher(Protocol):
    """The app, as far as a page needs it that waits for something."""

    @property
    def watcher(self) -> Polls:
        """What polls the run that is shown."""


def look_again(app: object) -> None:
    """Have what is shown looked at again soon, though the run may stand still.

    Args:
        app: The app.
    """
    cast(HasWatcher, app).watcher.schedule()
