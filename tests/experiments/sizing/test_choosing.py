"""Of the last few, those that keep the limits are chosen, with the error that is allowed."""

from __future__ import annotations

import random

import pytest

from pcsim.experiments.sizing.choosing import BEGIN, MOST, TOLERANCE, Feasibility, triangle
from pcsim.experiments.variants.judging import Judged, Verdict
from pcsim.experiments.variants.limits import Limit
from pcsim.experiments.variants.measures import Measure, Reading
from pcsim.experiments.variants.tasks import Got
from tests.experiments.variants.shop import SHOP

LIMIT = Limit(Measure("loss", "orders"), 1.0, False, "loss orders < 100 %")


def chosen(mean: float, spread: float, chance: random.Random, error: float = 0.1) -> Judged:
    """What is found of a variant whose runs have that mean and that spread."""
    task = Feasibility(SHOP, [LIMIT], error).task()
    ask = next(task)
    try:
        while True:
            runs: list[tuple[Reading, ...]] = [
                (Reading(chance.gauss(mean, spread), 100.0),) for _ in range(ask.number)
            ]
            ask = task.send(Got(runs))
    except StopIteration as end:
        answer: Judged = end.value
        return answer


@pytest.mark.parametrize(
    ("mean", "wrong"), [(1.0, Verdict.HELD), (1 - 2 * TOLERANCE, Verdict.BROKEN)]
)
def test_wrong_choices_are_as_rare_as_was_asked_for(mean: float, wrong: Verdict) -> None:
    """At the ends of the region in which either answer is right, where they are the most likely."""
    chance = random.Random(11)
    found = [chosen(mean, 0.04, chance).verdict for _ in range(200)]
    number = found.count(wrong) if wrong is Verdict.HELD else 200 - found.count(Verdict.HELD)
    assert number <= 30  # 20 are expected at most; more than 30 come once in 100 such tests


def test_what_is_far_from_the_limit_is_known_after_the_first_runs() -> None:
    """On either side."""
    chance = random.Random(5)
    assert chosen(0.5, 0.05, chance).replications == BEGIN
    assert chosen(0.5, 0.05, chance).verdict is Verdict.HELD
    assert chosen(1.5, 0.05, chance).verdict is Verdict.BROKEN


def test_it_always_ends() -> None:
    """What no run decides is refused: it is on the edge."""
    found = chosen(1 - TOLERANCE, 1.0, random.Random(3), error=0.01)
    assert found.replications == MOST
    assert found.verdict is Verdict.EDGE


def test_the_triangle_closes() -> None:
    """It narrows with each run, and is wider where runs differ more."""
    widths = [triangle(number, 0.01, 0.01, 0.05) for number in range(32, 2_000, 50)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == 0
    assert triangle(32, 0.02, 0.01, 0.05) > triangle(32, 0.01, 0.01, 0.05)
