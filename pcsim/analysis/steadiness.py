"""Whether what a run measures has a value in the long run, and the words for where it has none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pcsim.scenario import Scenario
from pcsim.scenario.forecast import slow_text, unstable_text
from pcsim.scenario.long_run import long_run
from pcsim.text import duration, percent, plural, safe

LARGE_WARM_UP = 0.4
"""A warm-up that was found and is this share of the run is reported."""
UNSETTLED = 2.0
"""Of a run shorter than this number of relaxation times nothing is known of the long run."""
LEAST_SHARE = 0.25
"""A queue that grows in this share of the replications, and in two at least, counts as growing."""


class WarmUp(NamedTuple):
    """The end of the beginning of a run, as MSER-5 finds it."""

    seconds: float
    is_too_short: bool = False
    """Whether the run is too short for MSER-5: it would leave out more than half of it."""


class Steadiness(NamedTuple):
    """What has no value in the long run, and what is to be said before any number.

    Attributes:
        growing: Queues that have no steady state in the run, by name; their measures have no
            intervals. None where a run ends by itself: it is the whole of what there is.
        cautions: One line each; none where the run is as long and as steady as it should be.
        unsettled: Queues for which the run is so short that it shows nothing of the long run.
    """

    growing: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()

    @property
    def without_long_run(self) -> tuple[str, ...]:
        """The queues whose measures have no intervals: they would be of no long-run value."""
        return (*self.growing, *self.unsettled)


def steadiness(
    scenario: Scenario,
    grown: Sequence[Sequence[str]] = (),
    lasted: float = math.inf,
    warm_up: WarmUp | None = None,
) -> Steadiness:
    """Judge runs of a scenario: by the means of its times, and by what was measured.

    Args:
        scenario: What ran.
        grown: The queues that grew as long as each run lasted, by name.
        lasted: The seconds that the runs lasted on average.
        warm_up: The warm-up that was found; None where it was given.
    """
    far = long_run(scenario)
    growing = [queue for one in far.growing for queue in one.queues]
    cautions = [unstable_text(one) for one in far.growing]
    counts = {queue: sum(queue in run for run in grown) for queue in scenario.queue_names}
    least = max(LEAST_SHARE * len(grown), min(2, len(grown)))
    drifting = [q for q, count in counts.items() if count >= least and count and q not in growing]
    goes_on = scenario.end.time is not None or scenario.end.items is not None
    cautions += [_grew(queue, counts[queue], len(grown), goes_on) for queue in drifting]
    cautions += [slow_text(one, far.duration) for one in far.slow[:1]]
    if warm_up is not None and (warm_up.is_too_short or warm_up.seconds >= LARGE_WARM_UP * lasted):
        cautions.append(_cut(warm_up, lasted))
    if not goes_on:  # all that came was dealt with: what was measured is the whole of it
        drifting = []
    unsettled = [
        queue
        for one in far.slow
        for queue in one.queues
        if far.duration < UNSETTLED * one.relaxation and queue not in growing
    ]
    unsettled = [queue for queue in dict.fromkeys(unsettled) if queue not in drifting]
    return Steadiness((*growing, *drifting), tuple(cautions), tuple(unsettled))


def _grew(queue: str, count: int, runs: int, goes_on: bool) -> str:
    """That a queue grew, by the drift test.

    Args:
        queue: Its name.
        count: In how many of the runs.
        runs: The number of runs.
        goes_on: Whether the runs would have gone on if they had not been cut short.
    """
    where = "" if runs < 2 else f" in {count} of {plural(runs, 'run')}"
    what = "no long-run value is to be seen"
    if not goes_on:
        what = "its numbers are those of these items, and not of a long run"
    return (
        f"queue '{safe(queue, 40)}' grew{where} as long as items came (test of Mann and Kendall, "
        f"1 %): {what}"
    )


def _cut(warm_up: WarmUp, lasted: float) -> str:
    """That a warm-up leaves out much of the run."""
    share = percent(warm_up.seconds / lasted) if lasted > 0 else percent(0.0)
    if not warm_up.is_too_short:
        return f"the warm-up that MSER-5 finds, {duration(warm_up.seconds)}, is {share} of the run"
    return (
        f"too short for MSER-5 to see where the beginning ends: "
        f"{duration(warm_up.seconds)}, {share} of the run, are left out"
    )
