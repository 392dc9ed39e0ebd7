"""The workers and queues that the sentence about a run names, so that others can point at them.

What finds them is in `naming`: what shows them need not load it.
"""

from __future__ import annotations

from typing import NamedTuple

LIMIT, STUCK, FAILED = "limit", "stuck", "failed"


class Named(NamedTuple):
    """What the sentence names, and as what."""

    word: str = LIMIT
    """What they are: the limit, stuck in a deadlock, failed."""
    workers: frozenset[str] = frozenset()
    queues: tuple[str, ...] = ()
    """The queues that are named, or that stand before the workers: the most important first."""
