"""Whether limits are met is said with the confidence asked for, and what is near is on the edge."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential
from pcsim.errors import ScenarioError
from pcsim.experiments.variants.check_text import junit_of, text_of_check
from pcsim.experiments.variants.checking import check
from pcsim.experiments.variants.judging import Criterion, Trial, Verdict
from pcsim.experiments.variants.limits import Limit, limits_of, read_limits
from pcsim.experiments.variants.measures import Measure, Reading
from pcsim.experiments.variants.preparing import Progress
from pcsim.experiments.variants.tasks import Got
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.long_run import long_run
from pcsim.theory.queues import mmck
from tests.experiments.variants.shop import SHOP

TRUE_LOSS = mmck(1.0, 1 / 1.5, 1, 4).loss or 0.0


def answers(found: Any) -> list[str]:
    """What was found of each limit."""
    return [str(one.verdict) for one in found.judged.limits]


@pytest.mark.parametrize(
    ("text", "kind", "beyond", "bound", "is_least"),
    [
        ("p95 wait orders < 1s", "wait", 1.0, 0.05, False),
        ("p99.9 sojourn<=250ms", "sojourn", 0.25, 0.001, False),
        ("wait < 1h30m", "wait", None, 5400.0, False),
        ("loss < 0.1%", "loss", None, 0.001, False),
        ("loss orders < .001", "loss", None, 0.001, False),
        ("throughput > 540/min", "throughput", None, 9.0, True),
        ("throughput >= 9", "throughput", None, 9.0, True),
        ("utilization clerk < 80 %", "utilization", None, 0.8, False),
        ("depth < 2", "depth", None, 2.0, False),
    ],
)
def test_a_limit_is_read(
    text: str, kind: str, beyond: float | None, bound: float, is_least: bool
) -> None:
    """That of a quantile as a share of the items that take longer."""
    (limit,) = read_limits(text, SHOP)
    assert (limit.measure.kind, limit.measure.beyond, limit.is_least) == (kind, beyond, is_least)
    assert limit.bound == pytest.approx(bound)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loss", "is no limit"),
        ("loss > 1%", "written with <"),
        ("throughput < 1", "written with >"),
        ("loss < 100%", "below 100 %"),
        ("loss < 0", "above 0"),
        ("wait < 0s", "above 0"),
        ("wait < 1%", "needs a time"),
        ("loss < 1s", "a number with %, or without"),
        ("depth < 2/s", "needs a number"),
        ("p95 loss < 1%", "only wait and sojourn"),
        ("wait ordres < 1s", "did you mean 'orders'"),
        ("wait < 1e999s", "needs a time"),
        ("[red]x[/] \x1b < 1", r"\\e"),
    ],
)
def test_what_is_no_limit_is_named(text: str, message: str) -> None:
    """With what would be right."""
    with pytest.raises(ScenarioError, match=message):
        read_limits(text, SHOP)
    with pytest.raises(ScenarioError, match="there is no limit"):
        limits_of([], SHOP)


def test_a_limit_without_a_name_is_one_of_each_queue() -> None:
    """And one that is given twice is one limit."""
    two = Scenario(
        (QueueSpec("a", 5), QueueSpec("b", 5)),
        (ProducerSpec("p", "a", 1.0, 5),),
        (ConsumerSpec("s", "a", 0.5, output="b"), ConsumerSpec("c", "b", 0.5)),
    )
    found = limits_of(["wait < 1s", "wait a < 1000ms"], two)
    assert [one.asked for one in found] == ["wait a < 1 s", "wait b < 1 s"]


def test_limits_far_from_the_value_are_known_at_once() -> None:
    """On either side of the loss that theory has; eight runs are enough."""
    found = check(SHOP, [f"loss < {2 * TRUE_LOSS}", f"loss < {TRUE_LOSS / 2}"])
    assert answers(found) == ["held", "broken"]
    assert found.judged.replications == 8
    assert not found.is_met


def test_a_limit_on_the_value_is_on_the_edge() -> None:
    """It is not met, and no runs are left to show it."""
    found = check(SHOP, f"loss < {TRUE_LOSS}", replications=16)
    assert answers(found) == ["on the edge"]
    assert found.judged.replications == 16
    assert not found.is_met
    assert "On the edge" in text_of_check(found, "x.toml")


def test_verdicts_are_wrong_no_more_often_than_is_allowed() -> None:
    """Of runs whose mean is the limit, each side is named in at most 5 % of all cases."""
    limit = Limit(Measure("loss", "orders"), 0.5, False, "loss orders < 50 %")
    chance = random.Random(7)
    found = []
    for _ in range(600):
        trial = Trial(SHOP, [limit], Criterion(0.95, most=32, edge=0.0))
        task = trial.task()
        ask = next(task)
        try:
            while True:
                values: list[tuple[Reading, ...]] = [
                    (Reading(chance.gauss(0.5, 0.1), 100.0),) for _ in range(ask.number)
                ]
                ask = task.send(Got(values))
        except StopIteration as end:
            found.append(end.value.verdict)
    # 5 % of 600 are 30; more than 45 would come once in a hundred such tests.
    assert 0 < found.count(Verdict.HELD) <= 45
    assert 0 < found.count(Verdict.BROKEN) <= 45


def driven(limit: Limit, runs: Sequence[Reading], most: int) -> Verdict:
    """The verdict where each run says one of these, by turns."""
    task = Trial(SHOP, [limit], Criterion(0.95, most)).task()
    try:
        ask = next(task)
        while True:
            ask = task.send(Got([(runs[number % len(runs)],) for number in range(ask.number)]))
    except StopIteration as end:
        answer: Verdict = end.value.verdict
        return answer


def test_what_never_happened_may_still_be_too_frequent() -> None:
    """No item lost of a few shows nothing, none of many that it is rare."""
    limit = Limit(Measure("loss", "orders"), 0.001, False, "loss orders < 0.1 %")
    assert driven(limit, [Reading(0.0, 100.0)], 8) is Verdict.EDGE
    assert driven(limit, [Reading(0.0, 1e6)], 8) is Verdict.HELD
    assert driven(limit, [Reading(math.nan)], 8) is Verdict.HELD
    least = Limit(Measure("throughput"), 1.0, True, "throughput > 1/s")
    assert driven(least, [Reading(math.nan)], 8) is Verdict.BROKEN


def test_a_queue_that_grows_costs_no_run() -> None:
    """It is known from the means; no limit is met."""
    ample = replace(SHOP, queues=(QueueSpec("orders", 10**6),))
    found = check(ample, ["p95 wait < 1s", "throughput > 0.1/s"])
    assert answers(found) == ["broken", "broken"]
    assert found.judged.replications == 0
    assert found.judged.growing == ("orders",)
    assert "grows" in text_of_check(found, "x.toml")


def test_without_chance_one_run_says_all() -> None:
    """A value at the limit keeps it."""
    line = Scenario(
        (QueueSpec("q", 5),), (ProducerSpec("p", "q", 1.0, 20),), (ConsumerSpec("c", "q", 0.5),)
    )
    found = check(line, ["wait < 1ms", "sojourn < 0.4s", "sojourn < 0.5s"])
    assert answers(found) == ["held", "broken", "held"]
    assert found.judged.replications == 1


def test_a_run_that_fails_meets_nothing() -> None:
    """Its error is said, in JUnit's XML as one."""
    failing = replace(SHOP, queues=(replace(SHOP.queues[0], overflow="fail"),))
    found = check(failing, "throughput > 0.1/s")
    assert answers(found) == ["broken"]
    assert found.judged.error
    (suite,) = ElementTree.fromstring(junit_of([("x.toml", found)]))  # noqa: S314 - our own
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0", "1")


def test_the_report_for_ci_is_well_formed_whatever_the_names_are() -> None:
    """A case for each limit; characters that XML does not have are replaced."""
    name = "a<b>&\"'\x00\x1b"
    odd = replace(
        SHOP,
        queues=(replace(SHOP.queues[0], name=name),),
        producers=(replace(SHOP.producers[0], queue=name),),
        consumers=(replace(SHOP.consumers[0], queue=name),),
    )
    found = check(odd, ["loss < 1%", "throughput > 0.1/s"])
    (suite,) = ElementTree.fromstring(junit_of([(name, found)]))  # noqa: S314 - our own
    assert [len(case.findall("failure")) for case in suite] == [1, 0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert "\x1b" not in text_of_check(found, name)


def test_runs_are_longer_where_a_queue_forgets_slowly() -> None:
    """Unless an end is named; and then a warning stands beside the numbers."""
    slow = Scenario(
        (QueueSpec("q", 10**6),),
        (ProducerSpec("p", "q", Exponential(1.0)),),
        (ConsumerSpec("c", "q", Exponential(0.98)),),
    )
    progress: list[Progress] = []
    found = check(slow, "wait < 1h", replications=8, on_progress=progress.append)
    assert found.scenario.end.time == 20 * long_run(slow).relaxation["q"] > 100_000
    assert not found.judged.cautions
    assert progress[-1].done == 8
    short = check(slow, "wait < 1h", until=2_000.0, replications=8)
    assert short.scenario.end.time == 2_000.0
    assert short.judged.cautions


def test_the_answer_is_the_same_whatever_does_the_work() -> None:
    """Threads of an executor as well; and rows come of it."""
    slo = ["loss < 39%", "p95 wait < 10s"]
    alone = check(SHOP, slo)
    with ThreadPoolExecutor(2) as threads:
        assert check(SHOP, slo, executor=threads).judged == alone.judged
    rows = alone.as_rows()
    assert [row["limit"] for row in rows] == ["loss orders < 39 %", "p95 wait orders < 10 s"]
    assert rows[0]["low"] < rows[0]["value"] < rows[0]["high"]


def test_values_out_of_range_are_refused() -> None:
    """Before anything runs."""
    for wrong in (0.5, 1.0, math.nan):
        with pytest.raises(ScenarioError, match="confidence"):
            check(SHOP, "loss < 1%", confidence=wrong)
    with pytest.raises(ScenarioError, match="replications"):
        check(SHOP, "loss < 1%", replications=0)
