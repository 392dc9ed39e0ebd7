"""A program as it was recorded, and what fits a scenario to it without one that runs."""

from __future__ import annotations

from typing import NamedTuple

from pcsim.experiments.model_of_run import Model
from pcsim.recording.program import Recording
from pcsim.watch.advising import NOT_STEERED, model_of
from tests.watch.machine import line_of_stages


def crawl(until: float = 60.0) -> Recording:
    """One lister and two fetchers that cannot keep up, a parser that can."""
    return line_of_stages(("lister", "fetcher-{}", "parser"), 0.04, until)


class Recorded(NamedTuple):
    """What was recorded already, to which a scenario is to be fitted."""

    recording: Recording
    number: int

    @property
    def key(self) -> object:
        """What makes it another than others."""
        return "recorded", self.number, len(self.recording.items)

    def done(self) -> Model:
        """Fit it."""
        return model_of(self.recording, NOT_STEERED)
