"""Errors inside the app itself: each is shown once, in one line, and the run goes on.

Textual ends an app at the first exception in any handler, and the run in it would be lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import format_exception
from typing import Protocol, cast

from textual.message import Message
from textual.message_pump import MessagePump

from pcsim.text import safe

Place = tuple[type[BaseException], str, int]


class NotesFaults(Protocol):
    """The app, as far as a widget with an error needs it."""

    def note_fault(self, error: Exception) -> None:
        """Show the error, and go on."""


class Guarded(MessagePump):
    """A screen or widget that goes on after an exception in one of its handlers."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            if not self._is_mounted:  # it cannot go on without having begun
                raise
            cast(NotesFaults, self.app).note_fault(error)


@contextmanager
def contained(app: NotesFaults) -> Iterator[None]:
    """Show an exception of the block as an error inside the app, and go on after it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, it costs a line
        app.note_fault(error)


class Faults:
    """The errors so far, each place once: what fails at every frame is shown once."""

    def __init__(self) -> None:
        self._texts: dict[Place, str] = {}

    def add(self, error: BaseException) -> str | None:
        """Keep an error; return the line about it, None where its place is known."""
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        code = frame.tb_frame.f_code if frame is not None else None
        place = (type(error), code.co_filename if code else "", frame.tb_lineno if frame else 0)
        if place in self._texts:
            return None
        self._texts[place] = "".join(format_exception(error))
        what = safe(f"{type(error).__name__}: {error}", 200)
        return f"An error inside pcsim: {what}. The run goes on; at the end it is shown in full."

    @property
    def text(self) -> str:
        """The errors in full, for the end of the app; "" for none."""
        return "\n".join(self._texts.values())
