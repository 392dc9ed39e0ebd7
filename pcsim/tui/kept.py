"""What a session keeps of what it has seen, so that one can look back while the run goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pcsim.errors import PcsimError
from pcsim.snapshot import EventBatch, Phase, Snapshot
from pcsim.snapshot.control import Keeper, Rewindable

Clock: TypeAlias = Callable[[], float]
Keep: TypeAlias = Callable[[Clock], Keeper]
"""Makes what keeps a run, by that clock; raises `PcsimError` where nothing can be kept."""


class Kept:
    """Keeps the last ten minutes, from the start of the run on.

    Args:
        keep: Makes what keeps them.
        clock: The time in seconds.
    """

    def __init__(self, keep: Keep, clock: Clock) -> None:
        self._keep = keep
        self._clock = clock
        self._keeper: Keeper | None = None
        self._problem = ""

    @property
    def problem(self) -> str:
        """Why nothing is kept, or nothing more; empty where all is well."""
        return self._problem if self._keeper is None else self._keeper.problem

    def add(self, snapshot: Snapshot, batch: EventBatch) -> None:
        """Keep what a look has brought.

        Args:
            snapshot: What was seen.
            batch: The events since the last look.
        """
        if self._keeper is None:
            if self._problem or snapshot.phase is Phase.CREATED:
                return
            try:
                self._keeper = self._keep(self._clock)
            except PcsimError as problem:
                self._problem = str(problem)
                return
        self._keeper.add(snapshot, batch)

    def replay(self, at: float) -> Rewindable | None:
        """Return what is kept by now, standing at a time of the run; None where nothing is."""
        return None if self._keeper is None else self._keeper.replay(at)
