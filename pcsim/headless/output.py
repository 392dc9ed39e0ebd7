"""Text streams that may be closed, full, gone or unable to show a character."""

from __future__ import annotations

import os
from typing import TextIO

from pcsim.text import encodable


class Output:
    """Writes text to a stream until the stream fails, then keeps why and stays quiet.

    `stream` may be None: Python has none where the descriptor was closed at its start.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.error: OSError | None = None if stream is not None else OSError("it is closed")

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it, on a terminal that can move its cursor."""
        try:
            seen = self._stream is not None and self._stream.isatty()
        except ValueError:
            return False
        return seen and os.environ.get("TERM", "dumb") != "dumb"

    @property
    def width(self) -> int:
        """The cells in a line of the terminal; 80 where that is not known."""
        try:
            if self._stream is not None:
                return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            pass
        return 80

    def write(self, text: str) -> None:
        """Write and flush; a failure is kept in `error`."""
        if self._stream is None or self.error is not None:
            return
        try:
            self._stream.write(encodable(text, self._stream.encoding))
            self._stream.flush()
        except OSError as error:
            self.error = error
            silence(self._stream)
        except ValueError:
            self.error = OSError("it is closed")


def silence(stream: TextIO) -> None:
    """Let what the stream still holds go nowhere, so that the interpreter's last flush does
    not fail on it a second time."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
