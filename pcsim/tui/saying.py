"""What the sentence about what is shown is made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from pcsim.analysis.named import Named
from pcsim.snapshot import Phase, Snapshot

if TYPE_CHECKING:
    from pcsim.analysis.counterfactual import Diagnosis
    from pcsim.analysis.outlook import NoOutlook, Outlook
    from pcsim.analysis.standing import Standing
    from pcsim.analysis.watched_text import WatchedWords
    from pcsim.scenario import Change, Scenario
    from pcsim.snapshot.control import Control

# The analysis is imported when it is first used: the first frame has no sentence.


SENTENCE_TIME = 0.5
"""Seconds for which a sentence stays at least, so that it can be read."""
STALE_TIME, MOST_STALE_TIME = 5.0, 40.0
"""Seconds for which it stays where nothing happens: each time twice as long, as shares of the time
change ever less."""


class SentenceBasis(NamedTuple):
    """What the sentence was made from, and when."""

    at: float
    version: int
    phase: Phase
    producing: bool
    stale_after: float = STALE_TIME

    def after(self, before: SentenceBasis | None) -> SentenceBasis:
        """Return it with how long the sentence may stay, after the one before."""
        if before is None or before.version != self.version:
            return self
        return self._replace(stale_after=min(before.stale_after * 2, MOST_STALE_TIME))

    def is_current(self, snapshot: Snapshot, now: float) -> bool:
        """Whether the sentence may stay as it is."""
        if (self.phase, self.producing) != (snapshot.phase, snapshot.producing):
            return False
        lasts = self.stale_after if snapshot.version == self.version else SENTENCE_TIME
        return now - self.at < lasts


class Said(NamedTuple):
    """The sentence, and what is known with it."""

    sentence: str
    named: Named
    """What the sentence names."""
    found: Diagnosis | None = None
    """What limited a run that has finished; None while that is not known."""


class Speaker(Protocol):
    """Makes the sentence."""

    def say(self, snapshot: Snapshot, pace: float) -> Said:
        """Return what is said of it now.

        Args:
            snapshot: A run that has begun, or a program.
            pace: Seconds of the run in one of those who watch.
        """

    def outlook(self, changes: Sequence[Change]) -> Outlook | NoOutlook | None:
        """Return what changes would do; None where that is not known, or not yet."""


class Limit(Protocol):
    """Finds what limits a run, beside it."""

    def look(self, snapshot: Snapshot, pace: float) -> Standing | None:
        """Return the verdict that stands about a run that goes on; None before the first.

        Args:
            snapshot: The run.
            pace: Seconds of the run in one of those who watch.
        """

    def outlook(self, changes: Sequence[Change]) -> Outlook | NoOutlook | None:
        """Return what changes would do; None where that is not known, or not yet."""

    def final(self, snapshot: Snapshot) -> Diagnosis:
        """Return what limited a run that has finished, or that this is being simulated."""


LimitOf: TypeAlias = "Callable[[Control, Scenario], Limit | None]"
"""Makes what finds the limit of a run of a scenario; None leaves that to what was measured."""


class Measured:
    """Speaks of a run by what it has measured."""

    def outlook(self, _changes: Sequence[Change]) -> None:
        """Nothing: that is not measured."""

    def say(self, snapshot: Snapshot, _pace: float) -> Said:
        """Return what is said of the whole run."""
        from pcsim.analysis import bottleneck, diagnosis, naming

        ranked = bottleneck.groups(snapshot)  # once for both: there may be a thousand workers
        text = diagnosis.sentence(snapshot, ranked=ranked)
        return Said(text, naming.named(snapshot, ranked=ranked))


class Judged:
    """Speaks of a run by what is simulated beside it.

    Args:
        limit: What finds its limit.
    """

    def __init__(self, limit: Limit) -> None:
        self._limit = limit

    def outlook(self, changes: Sequence[Change]) -> Outlook | NoOutlook | None:
        """Return what changes would do, by simulations."""
        return self._limit.outlook(changes)

    def say(self, snapshot: Snapshot, pace: float) -> Said:
        """Return what stands about the run, or what limited it."""
        from pcsim.analysis import diagnosis, naming

        if snapshot.phase is Phase.FINISHED:
            found = self._limit.final(snapshot)
            return Said(diagnosis.sentence(snapshot, found), naming.named(snapshot, found), found)
        standing = self._limit.look(snapshot, pace)
        return Said(diagnosis.present(snapshot, standing), naming.present(snapshot, standing))


class Watching:
    """Speaks of a program that is watched, by what it has done lately."""

    def outlook(self, _changes: Sequence[Change]) -> None:
        """Nothing: it cannot be changed."""

    def __init__(self) -> None:
        self._words: WatchedWords | None = None

    def say(self, snapshot: Snapshot, _pace: float) -> Said:
        """Return what is said of its last moments."""
        from pcsim.analysis.watched_text import WatchedWords

        if self._words is None:
            self._words = WatchedWords()
        return Said(*self._words.say(snapshot))
