"""The run of a lesson, in virtual time: its end answers the question."""

from __future__ import annotations

from pcsim.errors import ScenarioError
from pcsim.experiments.one_run import virtual_run
from pcsim.scenario import Scenario
from pcsim.snapshot import Snapshot

LONGEST = 3600.0
"""Virtual seconds after which a run that goes on is given up."""
MOST_EVENTS = 500_000
"""The same in events: a second or two of work."""


def end_of(scenario: Scenario) -> Snapshot:
    """Run a scenario to its end, and return the snapshot of that.

    Args:
        scenario: What to run.

    Raises:
        ScenarioError: It does not end.

    >>> from pcsim.scenario import demos
    >>> end_of(demos.find("deadlock")).failure.is_deadlock
    True
    """
    run = virtual_run(scenario)
    run.start()
    run.advance(until=LONGEST, most=MOST_EVENTS)
    is_over = run.phase.is_over
    snapshot = run.snapshot()
    if not is_over:
        run.abort()
        run.join()
        raise ScenarioError(
            f"the run does not end within {LONGEST / 3600:g} hour of its time and "
            f"{MOST_EVENTS:,} events: give its producers a number of items",
            value=None,
        )
    run.join()
    return snapshot
