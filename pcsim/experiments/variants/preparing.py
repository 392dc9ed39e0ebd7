"""A scenario made ready for experiments: with an end, and a warm-up in seconds."""

from __future__ import annotations

from math import fsum

from msgspec.structs import replace

from pcsim.errors import EndlessError
from pcsim.experiments.simulate import adjusted
from pcsim.experiments.warm_up import find_warm_up
from pcsim.scenario import Scenario
from pcsim.scenario.flow import production_rate
from pcsim.validation import LARGEST_NUMBER

ITEMS = 20_000
"""Items of a run whose length nobody has named."""
WARM_UP = 0.05
"""The share of such a run that is left out at its beginning, where no warm-up is named."""
PILOTS = 5
"""Runs from which a warm-up is found."""

APART = 0x5EED_5EED
"""From a seed to one whose numbers are fresh: streams of any two seeds are independent."""


def prepared(
    scenario: Scenario,
    *,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    warm_up: float | str | None = None,
) -> Scenario:
    """Return a scenario that ends, as experiments need it.

    One that would never end runs for the time of about 20,000 items, of which 5 % are the
    warm-up. A warm-up of "auto" is found once, for the scenario as it is.

    Args:
        scenario: What is to be varied.
        until: Seconds after which each run ends; None: as in the scenario.
        items: The items of each run; None: as in the scenario.
        seed: The seed of the first replication; None: the scenario's.
        warm_up: Seconds that are not measured, or "auto"; None: as in the scenario.

    Raises:
        ScenarioError: A value is out of its range, or the scenario cannot end.
    """
    try:
        ready = adjusted(scenario, until=until, items=items, seed=seed, warm_up=warm_up)
    except EndlessError:
        arriving = fsum(map(production_rate, scenario.producers))
        if until is not None or items is not None or not arriving or arriving == float("inf"):
            raise
        seconds = ITEMS / arriving
        ready = adjusted(scenario, until=seconds, seed=seed, warm_up=warm_up)
        if not ready.warm_up:
            ready = replace(ready, warm_up=WARM_UP * seconds)
    if ready.warm_up == "auto":
        ready = replace(ready, warm_up=find_warm_up(ready, PILOTS).seconds)
    return ready


def with_seed_apart(scenario: Scenario) -> Scenario:
    """Return the scenario with another seed: its numbers are independent of those of before.

    Args:
        scenario: What has been looked at under its own seed.
    """
    return replace(scenario, seed=(scenario.seed + APART) % LARGEST_NUMBER)
