"""`check` a scenario against limits: which of them are met, for a gate in front of a change."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any, NamedTuple, Unpack

from pcsim import runtime
from pcsim.analysis.result import RunBy
from pcsim.experiments.variants.judging import (
    CONFIDENCE,
    MOST,
    Criterion,
    Judged,
    Trial,
    Verdict,
    check_confidence,
)
from pcsim.experiments.variants.kept import CacheUse
from pcsim.experiments.variants.limits import limits_of
from pcsim.experiments.variants.preparing import Progress, Runs, experiment, settled, watched
from pcsim.experiments.variants.tasks import Got
from pcsim.scenario import Scenario
from pcsim.validation import check_whole

MOST_REPLICATIONS = 100_000


class Check(NamedTuple):
    """What was found of the limits of a scenario.

    Attributes:
        judged: What was found of each of them, from how many runs.
        scenario: What ran, with its end and its warm-up.
        confidence: The least probability that a verdict about one limit is right.
        seconds: How long it took.
        is_interrupted: Whether Ctrl-C has ended it before all was known.
        ran: Whether the compiled kernel has made the runs, and if not, why.
        cache: How many of the runs were taken from those that are kept on the disk.

    >>> from pcsim.scenario import demos
    >>> found = check(demos.find("back-pressure"), ["throughput > 3/s", "depth < 2"])
    >>> [(one.limit.asked, str(one.verdict)) for one in found.judged.limits]
    [('throughput > 3/s', 'held'), ('depth main < 2', 'broken')]
    >>> found.is_met
    False
    """

    judged: Judged
    scenario: Scenario
    confidence: float
    seconds: float
    is_interrupted: bool = False
    ran: RunBy = RunBy()
    cache: CacheUse = CacheUse()

    @property
    def is_met(self) -> bool:
        """Whether all limits are met, as sure as was asked for."""
        return self.judged.verdict is Verdict.HELD

    def as_rows(self) -> list[dict[str, Any]]:
        """Return a plain dictionary for each limit."""
        return rows_of(self.judged)

    def to_pandas(self) -> Any:
        """Return the rows as a `pandas.DataFrame`; pandas must be installed."""
        return import_module("pandas").DataFrame(self.as_rows())


def rows_of(judged: Judged) -> list[dict[str, Any]]:
    """Return what was found of each limit as plain dictionaries."""
    return [
        {
            "limit": one.limit.asked,
            "verdict": str(one.verdict),
            "value": one.value.mean,
            "low": one.value.low,
            "high": one.value.high,
            "bound": one.limit.bound,
            "unit": one.limit.measure.unit,
        }
        for one in judged.limits
    ]


def check(
    scenario: Scenario,
    slo: str | Iterable[str],
    *,
    confidence: float = CONFIDENCE,
    replications: int = MOST,
    **runs: Unpack[Runs],
) -> Check:
    """Test whether a scenario meets limits, in virtual time.

    Runs go on until it is known of each limit whether it is met, with the confidence that is
    asked for, or there are as many as are allowed. A limit of a quantile is tested as a share:
    `p99 wait < 0.5s` is that at most 1 % wait for longer than 0.5 s. Ctrl-C ends it early and
    returns what there is.

    Args:
        scenario: What is tested. One without an end runs for the time of 20,000 items, or longer
            where its queues take long to forget how they began.
        slo: Limits, one or several: `p95 wait < 1s`, `loss orders < 0.1%`, `throughput > 9/s`,
            `utilization clerk < 80%`, `depth < 10`. Without a name, each queue has to keep it.
        confidence: The least probability that what is said of one limit is right, above 0.5.
        replications: Runs at most, 2 to 100,000.
        **runs: How the runs are made: `until`, `items`, `seed`, `warm_up`, `jobs`, `executor`,
            `kernel`, `cache` and `on_progress`: see `pcsim.experiments.variants.preparing.Runs`.

    Returns:
        Each limit, with what was measured.

    Raises:
        ScenarioError: A limit is none, or a value is out of its range.
        EndlessError: The runs would never end.

    Example:
        >>> from pcsim import ConsumerSpec, Exponential, ProducerSpec, QueueSpec, Scenario
        >>> shop = Scenario(
        ...     queues=(QueueSpec("orders", 5, overflow="drop_new"),),
        ...     producers=(ProducerSpec("Shop", "orders", Exponential(1.0)),),
        ...     consumers=(ConsumerSpec("Clerk", "orders", Exponential(0.5)),),
        ... )
        >>> found = check(shop, ["loss < 5%", "p95 wait < 1s"], items=2000)
        >>> [str(one.verdict) for one in found.judged.limits]
        ['held', 'broken']
    """
    check_whole("replications", replications, MOST_REPLICATIONS)
    check_confidence(confidence)
    ready = experiment(scenario, **runs)
    ran = settled(ready.scenario) if ready.is_cut else ready.scenario
    limits = limits_of(slo, ran)
    begun = runtime.clock()
    trial = Trial(ran, limits, Criterion(confidence, max(replications, 2), each=True))
    is_interrupted = False

    def note(got: Got) -> None:
        done = len(trial.runs) + len(got.runs)
        took = runtime.clock() - begun
        left = took / done * (replications - done) if done else None
        ready.notify(Progress(done, replications, left))

    try:
        for _ in ready.workers.drive([watched(trial.task(), note)]):
            pass
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        ready.workers.close(at_once=is_interrupted)
    took = runtime.clock() - begun
    used = (ready.workers.ran, ready.workers.cache)
    return Check(trial.judged(), ran, confidence, took, is_interrupted, *used)
