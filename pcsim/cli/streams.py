"""What a command writes: its result to stdout, a note to stderr."""

from __future__ import annotations

import sys


def write_result(text: str) -> None:
    """Write a result to stdout. Raises OSError where it cannot be written."""
    from pcsim.headless.output import Output

    out = Output(sys.stdout)
    out.write(text)
    if out.error is not None and sys.stdout is not None:
        raise out.error


def note(text: str) -> None:
    """Write a note to stderr, if that is there."""
    from pcsim.headless.output import Output

    Output(sys.stderr).write(text)
