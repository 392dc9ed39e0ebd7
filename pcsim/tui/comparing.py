"""Compares what is looked at: before and after a moment of it, or with another recording."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from textual.app import App

from pcsim.errors import PcsimError
from pcsim.snapshot.control import Mark, Rewindable
from pcsim.text import safe
from pcsim.tui.session import Session

if TYPE_CHECKING:
    from pcsim.tui.diff.content import Difference
    from pcsim.tui.watcher import Watcher

NOTHING = "There is nothing to compare with here: go on by a few moments, or record another run."
NOT_HERE = "This cannot be compared."


class Offer(NamedTuple):
    """What may be compared. Texts are safe for a terminal.

    Attributes:
        words: What it is.
        note: What is to be known of it.
        stretches: Two stretches of what is looked at, each with its first time and its last one.
        file: Another recording, where it is no stretches.
    """

    words: str
    note: str
    stretches: tuple[tuple[float, float], tuple[float, float]] | None = None
    file: str = ""


class Comparable(Protocol):
    """What can be compared with what is replayed."""

    def offers(
        self, past: Rewindable, marks: Sequence[Mark], span: tuple[float, float]
    ) -> Sequence[Offer]:
        """What there is to compare, while it stands at a moment, with these marks, all of its time
        being that span."""

    def comparer(self, past: Rewindable) -> Callable[[Offer], Difference]:
        """What finds what differs, of what is known by now; another thread may call it, as it
        takes a while. Both raise `PcsimError`."""


class Comparing:
    """Asks what to compare, and shows what differs.

    Args:
        app: For its screens.
        watcher: What is shown.
        source: Returns what a session can be compared with; None where nothing can.
        notify: Shows a short message.
    """

    def __init__(
        self,
        app: App[None],
        watcher: Watcher,
        source: Callable[[Session], Comparable | None],
        notify: Callable[[str], None],
    ) -> None:
        self._app = app
        self._watcher = watcher
        self._source = source
        self._notify = notify

    @property
    def is_past(self) -> bool:
        """Whether the past is looked at."""
        return self._watcher.shown.rewind is not None

    def ask(self) -> None:
        """Stop, and ask what to compare with."""
        from pcsim.tui.screens.choosing import ChoosingScreen

        past, source = self._watcher.shown.rewind, self._source(self._watcher.session)
        if past is None or source is None:
            self._notify(NOT_HERE)
            return
        past.stand_still()
        marks = sorted([*past.marks(), *self._watcher.session.own_marks])
        offers = source.offers(past, marks, (past.begins, past.length))
        if not offers:
            self._notify(NOTHING)
            return

        def chosen(place: str | None) -> None:
            if place is not None:
                self._compare(source, past, offers[int(place)])

        lines = [(offer.words, offer.note) for offer in offers]
        self._app.push_screen(ChoosingScreen("Compare", lines), chosen)

    def _compare(self, source: Comparable, past: Rewindable, offer: Offer) -> None:
        self._notify("Comparing …")
        work = self._compared(source, past, offer)
        self._app.run_worker(work, exclusive=True, group="compare")

    async def _compared(self, source: Comparable, past: Rewindable, offer: Offer) -> None:
        try:
            found = await asyncio.to_thread(source.comparer(past), offer)
        except PcsimError as error:
            self._notify(sentence(error))
            return
        if self._watcher.shown.rewind is past:
            show_difference(self._app, found)


def show_difference(app: App[None], found: Difference) -> None:
    """Show what differs over the dashboard.

    Args:
        app: The app.
        found: What differs.
    """
    from pcsim.tui.diff.screen import DiffScreen
    from pcsim.tui.rules import add_rules

    def left(quits: bool) -> Any:
        app.pop_screen()
        if quits:
            app.call_later(app.run_action, "leave")

    add_rules(app, "diff")
    app.push_screen(DiffScreen(found, left))


def sentence(error: PcsimError) -> str:
    """Return an error as a sentence that is safe for a terminal.

    Args:
        error: The error.
    """
    text = safe(str(error), 300)
    return f"{text[:1].upper()}{text[1:]}."
