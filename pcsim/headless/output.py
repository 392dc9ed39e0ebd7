"""Text streams that may be closed, full, gone, or without a character that is needed."""

from __future__ import annotations

import os
from typing import TextIO

from pcsim.text import encodable


class Output:
    """A stream that is written to until it fails; after that, it stays quiet.

    Args:
        stream: The stream; None where its descriptor was closed when Python started.

    Attributes:
        error: Why writing failed; None while it has not.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.error: OSError | None = None if stream is not None else OSError("it is closed")

    @property
    def is_terminal(self) -> bool:
        """Whether it is a terminal that can move its cursor."""
        try:
            is_terminal = self._stream is not None and self._stream.isatty()
        except ValueError:
            return False
        return is_terminal and os.environ.get("TERM", "dumb") != "dumb"

    @property
    def width(self) -> int:
        """Cells in a line of the terminal; 80 where that is unknown."""
        try:
            if self._stream is not None:
                return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            pass
        return 80

    def write(self, text: str) -> None:
        """Write and flush the text; a failure is kept in `error`."""
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
    """Discard what the stream has buffered, so that the interpreter's last flush does not fail
    a second time."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):
        return
