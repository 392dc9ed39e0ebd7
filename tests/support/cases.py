"""Cases of one promise, tried in a loop; a failure names its case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(*values: object) -> Iterator[None]:
    """Name the case of a loop in the report of its failure."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"the case: {', '.join(map(repr, values))}")
        raise
