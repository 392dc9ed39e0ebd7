"""Cases of one promise, tried in a loop; a failure names its case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 200
"""Characters of a value in a report of a failure."""


@contextmanager
def case(*values: object) -> Iterator[None]:
    """Name the case of a loop in the report of its failure."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"the case: {', '.join(map(shortened, values))}")
        raise


def shortened(value: object) -> str:
    """Return the value's `repr`, cut where it is too long to read."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
