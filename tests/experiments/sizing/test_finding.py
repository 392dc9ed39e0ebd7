"""What the search believed is put right where the answer and its neighbours are certified."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.experiments.sizing.finding import Finding
from pcsim.experiments.sizing.grid import Grid
from pcsim.experiments.variants.limits import limits_of
from pcsim.experiments.variants.measures import Reading
from pcsim.experiments.variants.tasks import Ask, Got
from pcsim.experiments.variants.variation import variations_of
from tests.experiments.variants.shop import SHOP

LIMITS = limits_of("loss < 5%", SHOP)


def finding(loss: Callable[[int, bool], float]) -> Finding:
    """What is found of 1 to 6 clerks that lose so much, by their number and by whether the runs
    are those of the search or fresh ones."""
    grid = Grid(SHOP, variations_of({"clerk.count": range(1, 7)}), None)
    found = Finding(grid, LIMITS, 0.95, is_cut=False)
    task = found.task()
    got = None
    try:
        while True:
            ask: Ask = next(task) if got is None else task.send(got)
            clerks, is_fresh = ask.scenario.consumers[0].count, ask.scenario.seed != SHOP.seed
            lost = loss(clerks, is_fresh)
            got = Got([(Reading(lost * (1 + 0.01 * (n % 3)), 1e6),) for n in range(ask.number)])
    except StopIteration:
        return found


def test_the_answer_is_the_fewest_that_hold() -> None:
    """Certified, with the next cheaper one beside it, and the next dearer one after it."""
    found = finding(lambda clerks, _: 0.01 if clerks >= 4 else 0.2)
    assert found.answer is not None
    assert found.answer.settings == (("clerk.count", 4),)
    assert found.answer.is_certified
    assert [one.settings for one in found.neighbours] == [(("clerk.count", 3),)]
    assert found.runner_up is not None
    assert found.runner_up.settings == (("clerk.count", 5),)


def test_what_fails_its_certificate_is_not_the_answer() -> None:
    """Luck in the search is no merit: the next one is."""
    found = finding(lambda clerks, is_fresh: 0.01 if clerks >= (5 if is_fresh else 4) else 0.2)
    assert found.answer is not None
    assert found.answer.settings == (("clerk.count", 5),)
    assert found.answer.is_certified


def test_a_cheaper_neighbour_that_holds_becomes_the_answer() -> None:
    """Bad luck in the search is mended as well."""
    found = finding(lambda clerks, is_fresh: 0.01 if clerks >= (3 if is_fresh else 4) else 0.2)
    assert found.answer is not None
    assert found.answer.settings == (("clerk.count", 3),)
    assert [one.verdict for one in found.neighbours] == ["broken"]


def test_where_nothing_holds_there_is_no_answer() -> None:
    """Nor neighbours."""
    found = finding(lambda *_: 0.2)
    assert (found.answer, found.neighbours, found.runner_up) == (None, (), None)


def test_an_answer_on_the_edge_has_one_attempt_more() -> None:
    """With several times as many runs; bad luck once costs it nothing."""
    seen: list[int] = []

    def loss(clerks: int, is_fresh: bool) -> float:
        if clerks == 4 and is_fresh:
            seen.append(clerks)
            return 0.0495 if len(seen) == 1 else 0.01
        return 0.01 if clerks >= 4 else 0.2

    found = finding(loss)
    assert found.answer is not None
    assert found.answer.settings == (("clerk.count", 4),)
    assert found.answer.is_certified
    assert found.answer.judged.replications == 64
