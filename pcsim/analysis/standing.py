"""What is said of a run that goes on: the verdict that stands, and since when.

A verdict is replaced by one that holds for a while. So it does not change from second to second
where two of them are nearly equal, or where a change of load is only just beginning.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from pcsim.analysis.counterfactual import Diagnosis, Verdict
from pcsim.snapshot import Snapshot

HOLD = 3.0
"""Seconds for which another verdict must hold before it replaces the one that stands."""

FIRST_HOLD = 1.0
"""The same where none stands, unless it holds since the start."""

Identity: TypeAlias = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]


class Standing(NamedTuple):
    """A verdict about a run that goes on."""

    found: Diagnosis
    since: float
    """The time of the run since which it holds, in seconds."""
    part: Snapshot
    """What has happened since then, or in the last moments where those are shorter."""


class _Claim(NamedTuple):
    """A verdict, and the run as it was when that began to hold."""

    identity: Identity
    since: float
    begin: Snapshot


class SteadyVerdict:
    """The verdict that stands."""

    def __init__(self) -> None:
        self._found: Diagnosis | None = None
        self._standing: _Claim | None = None
        self._challenger: _Claim | None = None

    def offer(self, found: Diagnosis, since: float, snapshot: Snapshot, pace: float = 1.0) -> None:
        """Judge by what is found at present.

        Args:
            found: What is found.
            since: The time of the run since which what was judged is as it is.
            snapshot: The run.
            pace: Seconds of the run in one of those who read.
        """
        identity, stands = identity_of(found), self._standing
        if stands is not None and stands.identity == identity:
            self._found, self._challenger = found, None
            return
        if found.verdict is not Verdict.NO_ARRIVALS:
            self.withdraw(Verdict.NO_ARRIVALS)  # something arrives: it is wrong from now on
        challenger = self._challenger
        if challenger is None or challenger.identity != identity:
            challenger = _Claim(identity, since, snapshot._replace(before=None))
            self._challenger = challenger
        if snapshot.at - challenger.since >= pace * self._hold(found, challenger, snapshot):
            self._found, self._standing, self._challenger = found, challenger, None

    def _hold(self, found: Diagnosis, claim: _Claim, snapshot: Snapshot) -> float:
        """Seconds for which a verdict must hold before it stands."""
        if self._standing is None:
            return FIRST_HOLD if claim.since else 0.0
        have_ended = all(row.ended_at is not None for row in snapshot.producers)
        is_for_good = found.verdict is Verdict.NO_ARRIVALS and have_ended
        return 0.0 if is_for_good else HOLD

    def withdraw(self, verdict: Verdict) -> None:
        """Let nothing stand where that verdict does, which is known to be wrong."""
        if self._found is not None and self._found.verdict is verdict:
            self._found = self._standing = None

    def standing(self, snapshot: Snapshot, recent: Snapshot) -> Standing | None:
        """Return the verdict that stands, with what has happened since; None before the first.

        Args:
            snapshot: The run.
            recent: Its last moments.
        """
        if self._found is None or self._standing is None:
            return None
        begin = self._standing.begin
        is_young = recent.begins_at < begin.at < snapshot.at
        part = snapshot.since(begin) if is_young else recent
        return Standing(self._found, self._standing.since, part)


def identity_of(found: Diagnosis) -> Identity:
    """Return what makes two diagnoses the same verdict: what is named, not its numbers."""
    limit = () if found.limit is None else found.limit.names
    others = found.ties if found.together is None else found.together.parts
    return found.verdict.value, limit, tuple(sorted(part.names for part in others))
