"""The answer to a question of sizing: plain data, with rows for programs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from pcsim.analysis.result import RunBy
from pcsim.experiments.variants.judging import Judged, Verdict
from pcsim.experiments.variants.kept import CacheUse
from pcsim.experiments.variants.limits import Limit
from pcsim.experiments.variants.variation import value_text
from pcsim.scenario import Scenario


class Candidate(NamedTuple):
    """A variant that was simulated, and what was found of it.

    Attributes:
        settings: The keys that are varied, and their values here.
        cost: What it costs.
        judged: What was found of each limit.
        is_certified: Whether that is from fresh random numbers and a fixed number of runs, so
            that its having been chosen does not make it look better than it is.
    """

    settings: tuple[tuple[str, Any], ...]
    cost: float
    judged: Judged
    is_certified: bool = False

    @property
    def label(self) -> str:
        """The variant in a line."""
        return label_of(self.settings)

    @property
    def verdict(self) -> Verdict:
        """What was found of all limits together."""
        return self.judged.verdict

    @property
    def broken(self) -> tuple[Limit, ...]:
        """The limits that it does not keep for sure."""
        return tuple(one.limit for one in self.judged.limits if one.verdict is not Verdict.HELD)


def label_of(settings: Iterable[tuple[str, Any]]) -> str:
    """Return settings in a line."""
    return ", ".join(f"{path}={value_text(value)}" for path, value in settings)


class Sizing(NamedTuple):
    """The cheapest variant that meets all limits, and what was simulated to find it.

    Attributes:
        answer: It; None where no variant meets them.
        neighbours: Those that cost less and have one other value of one key, simulated with the
            same fresh random numbers as the answer.
        runner_up: The next cheapest that was found to meet all limits; None where none was.
        tried: All that were simulated, in their order.
        limits: The limits.
        paths: The keys that are varied.
        variants: The number of all variants.
        confidence: The least probability that the answer meets all limits.
        scenario: What was varied, with its end and its warm-up.
        runs: The number of all runs together.
        seconds: How long it took.
        is_interrupted: Whether Ctrl-C has ended it: the answer is the best by then.
        ran: Whether the compiled kernel has made the runs, and if not, why.
        cache: How many of the runs were taken from those that are kept on the disk.

    >>> from pcsim.experiments.sizing.sizing import size
    >>> from pcsim.scenario import demos
    >>> size(demos.find("basic"), {"Consumer.count": [1, 2, 3]}, "depth < 2").answer.settings
    (('Consumer.count', 2),)
    """

    answer: Candidate | None
    neighbours: tuple[Candidate, ...]
    runner_up: Candidate | None
    tried: tuple[Candidate, ...]
    limits: tuple[Limit, ...]
    paths: tuple[str, ...]
    variants: int
    confidence: float
    scenario: Scenario
    runs: int
    seconds: float
    is_interrupted: bool = False
    ran: RunBy = RunBy()
    cache: CacheUse = CacheUse()

    @property
    def binding(self) -> tuple[Limit, ...]:
        """The limits for which the answer costs what it does: its cheaper neighbours break them."""
        found = [limit for one in self.neighbours for limit in one.broken]
        return tuple(limit for limit in self.limits if limit in found)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return a plain dictionary for each variant that was simulated: its keys, its cost, each
        limit with what was measured, and what it is to the answer (`role`)."""
        rows = [_row(one, self._role(one)) for one in self.tried]
        certified = [one for one in (self.answer, *self.neighbours) if one is not None]
        return rows + [_row(one, self._role(one)) for one in certified if one.is_certified]

    def to_pandas(self) -> Any:
        """Return the rows as a `pandas.DataFrame`; pandas must be installed."""
        return import_module("pandas").DataFrame(self.as_rows())

    def plot(self, file: str | Path, measure: str = "") -> Path:
        """Write a picture: a heat map of two keys with the frontier of the limits, or a curve.

        Args:
            file: Where; its name ends in `.svg`, `.png` or `.pdf`. matplotlib must be installed.
            measure: What is shown, such as `loss orders`; "" for what the first limit is about.

        Returns:
            The file.

        Raises:
            PcsimError: It cannot be made; the message says why.
        """
        # By name: what draws it knows the results of every experiment, and so this module.
        drawn: Path = import_module("pcsim.experiments.plots").plot(self, file, measure)
        return drawn

    def _role(self, one: Candidate) -> str:
        roles = {
            "answer": [self.answer],
            "neighbour": self.neighbours,
            "runner-up": [self.runner_up],
        }
        found = [role for role, those in roles.items() if any(one == each for each in those)]
        return found[0] if found else "tried"


def _row(one: Candidate, role: str) -> dict[str, Any]:
    flat: dict[str, Any] = {**dict(one.settings), "cost": one.cost, "verdict": str(one.verdict)}
    for found in one.judged.limits:
        name = found.limit.asked
        flat |= {
            name: str(found.verdict),
            f"{name} value": found.value.mean,
            f"{name} low": found.value.low,
            f"{name} high": found.value.high,
        }
    flat |= {"replications": one.judged.replications, "certified": one.is_certified, "role": role}
    return flat | {"growing": ", ".join(one.judged.growing), "error": one.judged.error}
