"""What is reported of a system's run: its statistics, its report, and what limits it."""

from __future__ import annotations

import sys

from pcsim.analysis import report
from pcsim.analysis.change_effect import changes_in
from pcsim.analysis.counterfactual import Diagnosis
from pcsim.analysis.statistics import statistics
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.snapshot import Phase

_DIAGNOSED = (Phase.RUNNING, Phase.DRAINING, Phase.FINISHED)


class Reports:
    """The reports of one run; what limited it is kept once it has finished."""

    def __init__(self) -> None:
        self._diagnosis: Diagnosis | None = None

    def statistics(self, engine: ThreadsEngine) -> dict[str, object]:
        """Return the measures of the run, with what limited it if that was found at its end."""
        changes = changes_in(engine.observer.course.so_far())
        return statistics(engine.snapshot(), self._diagnosis, changes)

    def limit(self, engine: ThreadsEngine) -> dict[str, object]:
        """Return what limits the run, by simulating changes of it."""
        return report.limit(engine.snapshot(), self._found(engine))

    def print(self, engine: ThreadsEngine) -> None:
        """Print the report of the run so far; of one that has finished, with what limited it."""
        from pcsim.text import encodable

        snapshot = engine.snapshot()
        is_finished = snapshot.phase is Phase.FINISHED
        found, changes = (
            self._found(engine) if is_finished else None,
            changes_in(engine.observer.course.so_far()),
        )
        text = report.text(snapshot, found=found, changes=changes)
        sys.stdout.write(encodable(text, sys.stdout.encoding).rstrip("\n") + "\n")

    def _found(self, engine: ThreadsEngine) -> Diagnosis | None:
        """What limits the run, if it has begun and did not fail."""
        phase = engine.phase
        if self._diagnosis is None and phase in _DIAGNOSED:
            from pcsim.experiments.changed import Changeable
            from pcsim.experiments.run_limit import diagnose_run

            described = Changeable(engine)
            found = diagnose_run(described.scenario(), described.since_changed(engine.snapshot()))
            if phase is not Phase.FINISHED:
                return found
            self._diagnosis = found
        return self._diagnosis
