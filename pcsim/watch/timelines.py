"""What each thread of a recording did, in order, and the times that its work took.

A service lasts from a get to the next request: to the wait for the next item where there is one,
else to the next get. An interval lasts from one put to the next. What a thread waited for a free
slot meanwhile is no part of either.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import NamedTuple

from pcsim.recording.program import Item, Recording, Wait
from pcsim.snapshot import BlockReason


class Timeline(NamedTuple):
    """What one thread did, each in the order of its times."""

    thread: int
    gets: tuple[Item, ...]
    puts: tuple[Item, ...]
    waits: tuple[Wait, ...]

    @property
    def inputs(self) -> frozenset[int]:
        """The queues that it took from, or waited for an item of."""
        asked = (wait.queue for wait in self.waits if wait.reason == BlockReason.EMPTY)
        return frozenset((*(item.queue for item in self.gets), *asked))

    @property
    def outputs(self) -> frozenset[int]:
        """The queues that it put into, or waited for a slot of."""
        asked = (wait.queue for wait in self.waits if wait.reason == BlockReason.FULL)
        return frozenset((*(item.queue for item in self.puts), *asked))

    @property
    def blocked_full(self) -> float:
        """Seconds that it waited for a free slot."""
        return sum(wait.ended - wait.began for wait in self.waits if wait.reason == "full")

    @property
    def first_puts(self) -> int:
        """The most items that it put into one queue before it took its first: a stage, which puts
        what it has taken, at most the one that it had at the beginning."""
        first = min(
            (item.got_at for item in self.gets if item.got_at is not None), default=math.inf
        )
        puts = Counter(item.queue for item in self.puts if item.put_at < first)
        return max(puts.values(), default=0)

    def services(self) -> list[float]:
        """Seconds of work on each item; that of the last get is not known."""
        found: list[float] = []
        began: float | None = None
        blocked = 0.0
        for at, what in self._events():
            if what == "full":
                blocked += at  # how long it was
                continue
            if began is not None:
                found.append(max(at - began - blocked, 0.0))
            began, blocked = (at if what == "got" else None), 0.0
        return found

    def _events(self) -> list[tuple[float, str]]:
        """Gets and requests by their times, and between them how long it waited for a slot."""
        events = [(item.got_at or 0.0, 1, item.got_at or 0.0, "got") for item in self.gets]
        for wait in self.waits:
            if wait.reason == BlockReason.EMPTY:
                events.append((wait.began, 0, wait.began, "asked"))
            else:
                events.append((wait.began, 2, wait.ended - wait.began, "full"))
        return [(number, what) for _, _, number, what in sorted(events)]

    def intervals(self) -> list[float]:
        """Seconds from each put to the next one."""
        events = [(item.put_at, 1, 0.0) for item in self.puts]
        events += [
            (wait.began, 0, wait.ended - wait.began)
            for wait in self.waits
            if wait.reason == BlockReason.FULL
        ]
        found: list[float] = []
        last: float | None = None
        blocked = 0.0
        for at, is_put, seconds in sorted(events):
            if not is_put:
                blocked += seconds
                continue
            if last is not None:
                found.append(max(at - last - blocked, 0.0))
            last, blocked = at, 0.0
        return found


def timelines(recording: Recording) -> dict[int, Timeline]:
    """Return what each thread did, of those that did anything with a queue.

    Args:
        recording: The recording.
    """
    gets: dict[int, list[Item]] = defaultdict(list)
    puts: dict[int, list[Item]] = defaultdict(list)
    waits: dict[int, list[Wait]] = defaultdict(list)
    for item in recording.items:
        if item.got_by is not None:
            gets[item.got_by].append(item)
        if item.put_by is not None:
            puts[item.put_by].append(item)
    for wait in recording.waits:
        waits[wait.thread].append(wait)
    return {
        thread.id: Timeline(
            thread.id,
            tuple(gets[thread.id]),
            tuple(sorted(puts[thread.id], key=lambda item: item.put_at)),
            tuple(sorted(waits[thread.id], key=lambda wait: wait.began)),
        )
        for thread in recording.threads
        if thread.id in gets or thread.id in puts or thread.id in waits
    }
