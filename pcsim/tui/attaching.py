"""Attach to a program that is watched from outside: asks first, then shows it from within."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from pcsim import runtime
from pcsim.errors import PcsimError
from pcsim.snapshot.control import Watchable
from pcsim.text import safe
from pcsim.tui.exhibits import Exhibit
from pcsim.tui.screens.modal import Window
from pcsim.tui.watcher import Watcher
from pcsim.tui.widgets.text_view import TextLine

PROBLEM_TIME = 12.0
"""Seconds for which it is said why it did not work."""
ATTACHING = "Attaching: a thread of the program has to come by."

QUESTION: tuple[TextLine, ...] = (
    [("pcsim's agent would run in the program, in a thread of its own.", "strong")],
    [],
    [("It shows how long items wait, and counts all of them.", "text")],
    [("It is taken back when you leave, and the program goes on.", "text")],
    [],
    [("a   ", "key"), ("attach", "text")],
    [("esc ", "key"), ("stay outside", "text")],
)


class AttachScreen(Window):
    """The question. Returns `yes` or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "yes", "attach", show=False),
        Binding("escape,n,q", "close", "stay", show=False),
        Binding("enter", "nothing", "", show=False),
    ]

    def __init__(self) -> None:
        super().__init__("Attach?", QUESTION)

    def action_yes(self) -> None:
        """Close the window with a yes."""
        self.dismiss("yes")

    def action_nothing(self) -> None:
        """Do nothing on enter: the answer has to be deliberate."""


class Attaching:
    """Attaches to the program that is shown.

    Args:
        app: The app, for the window with the question.
        exhibit: What the app is opened on.
        watcher: What is shown.
        notify: Shows a message for a number of seconds.
    """

    def __init__(
        self,
        app: App[None],
        exhibit: Exhibit,
        watcher: Watcher,
        notify: Callable[[str, float], None],
    ) -> None:
        self._app = app
        self._exhibit = exhibit
        self._watcher = watcher
        self._notify = notify
        self._is_attaching = False

    @property
    def is_possible(self) -> bool:
        """Whether what is shown is a program that is watched from outside."""
        return self._exhibit.attach is not None

    def ask(self) -> None:
        """Ask, and attach on a yes. Nothing while that goes on."""
        attach = self._exhibit.attach
        if attach is None or self._is_attaching:
            return

        def act(answer: str | None) -> None:
            if answer == "yes":
                self._begin(attach)

        self._app.push_screen(AttachScreen(), act)

    def _begin(self, attach: Callable[[], Watchable]) -> None:
        """Attach on another thread: it may take some seconds."""
        self._is_attaching = True
        self._notify(ATTACHING, 0.0)
        runtime.Thread(target=self._attach, args=(attach,), daemon=True).start()

    def _attach(self, attach: Callable[[], Watchable]) -> None:
        try:
            program = attach()
        except PcsimError as problem:
            self._app.call_from_thread(self._failed, str(problem))
        else:
            self._app.call_from_thread(self._attached, program)

    def _failed(self, problem: str) -> None:
        self._is_attaching = False
        self._notify(safe(problem), PROBLEM_TIME)

    def _attached(self, program: Watchable) -> None:
        self._is_attaching = False
        self._watcher.display.unfreeze()
        self._watcher.replace_session(self._exhibit.attached(program, self._watcher.session.clock))
