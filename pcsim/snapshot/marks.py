"""Snapshots of the last seconds of a run, kept so that a later one can be compared with them.

They are few: one for each tenth of the time that is looked back on, and a little more than that
time. Any thread may look one up, while one thread at a time keeps them.
"""

from __future__ import annotations

from pcsim.snapshot import Snapshot

RECENT = 10.0
"""Seconds of a run that count as its recent past."""
PARTS = 10
"""Snapshots that are kept of them."""


class Marks:
    """Snapshots of one run, oldest first."""

    def __init__(self) -> None:
        self._kept: tuple[Snapshot, ...] = ()
        """Never changed, but replaced."""
        self._forgets = False
        """Whether one has been forgotten; before that, the begin of the run is the first mark."""
        self.length = RECENT
        """Seconds that are looked back on: more where a run is driven faster than real time."""

    @property
    def step(self) -> float:
        """Seconds between two snapshots that are kept."""
        return self.length / PARTS

    @property
    def latest_at(self) -> float:
        """The time of the last one; 0 for none, as a run begins with nothing in its books."""
        return self._kept[-1].at if self._kept else 0.0

    def keep(self, snapshot: Snapshot) -> None:
        """Keep one, and forget those that are too old by now."""
        kept = (*self._kept, snapshot._replace(before=None))
        too_old = sum(one.at <= snapshot.at - self.length for one in kept) - 1
        if too_old > 0:
            kept, self._forgets = kept[too_old:], True
        self._kept = kept

    def seen(self, snapshot: Snapshot) -> Snapshot:
        """Return one with what was before it; it is kept if it is time for that.

        Args:
            snapshot: What is seen of the run now.
        """
        if not self._kept or snapshot.at >= self.latest_at + self.step:
            self.keep(snapshot)
        return snapshot._replace(before=self.before(snapshot.at))

    def before(self, at: float) -> Snapshot | None:
        """The latest one that is as old as is looked back, at a time of the run; the oldest where
        none is so old any more. None stands for the begin of the run."""
        oldest = self._kept[0] if self._forgets else None
        begin = at - self.length
        return next((one for one in reversed(self._kept) if one.at <= begin), oldest)
