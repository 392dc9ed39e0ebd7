"""The cheapest variant that meets the limits is found, certified, and set beside its neighbours."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential
from pcsim.experiments.sizing import sizing
from pcsim.experiments.sizing.answer import Sizing
from pcsim.experiments.sizing.size_text import csv_of_sizing, document_of_sizing, text_of_sizing
from pcsim.experiments.sizing.sizing import size
from pcsim.experiments.variants.judging import Verdict
from pcsim.experiments.variants.preparing import Progress
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.theory.queues import mmck
from tests.experiments.variants.shop import SHOP

GRID = ["clerk.count=1..6", "orders.capacity=1,2,4,8,16"]
COST = "clerk.count*30 + orders.capacity"


def cheapest(bound: float) -> tuple[tuple[str, int], ...]:
    """The answer by theory: Erlang's M/M/c/K."""
    every = [(c, k) for c in range(1, 7) for k in (1, 2, 4, 8, 16)]
    kept = [(30 * c + k, c, k) for c, k in every if (mmck(1.0, 1 / 1.5, c, k).loss or 0) < bound]
    _, count, capacity = min(kept)
    return (("clerk.count", count), ("orders.capacity", capacity))


@pytest.fixture(scope="module")
def found() -> Sizing:
    """The answer to a question that theory answers as well."""
    return size(SHOP, GRID, "loss < 3%", cost=COST, items=2_000)


def test_the_answer_is_that_of_theory(found: Sizing) -> None:
    """From few of the variants, and certified by runs of its own."""
    assert found.answer is not None
    assert found.answer.settings == cheapest(0.03)
    assert found.answer.is_certified
    assert found.answer.verdict is Verdict.HELD
    assert found.variants == 30
    assert len(found.tried) <= 10
    assert found.runs >= sum(one.judged.replications for one in found.tried)


def test_its_cheaper_neighbours_break_what_binds(found: Sizing) -> None:
    """They had the same fresh numbers, and as many runs."""
    assert found.answer is not None
    assert found.neighbours
    for one in found.neighbours:
        assert one.cost < found.answer.cost
        assert one.broken == found.limits
        assert one.judged.replications == found.answer.judged.replications
    assert found.binding == found.limits


def test_the_runner_up_is_the_next_that_meets_them(found: Sizing) -> None:
    """It costs more than the answer, and nothing that is known to hold costs less."""
    assert found.answer is not None
    assert found.runner_up is not None
    assert found.runner_up.verdict is Verdict.HELD
    held = [one.cost for one in found.tried if one.verdict is Verdict.HELD]
    assert found.runner_up.cost == sorted(held)[1] > found.answer.cost


def test_it_is_written_in_every_form(found: Sizing) -> None:
    """Text, JSON, CSV and rows say the same."""
    assert found.answer is not None
    text = text_of_sizing(found)
    assert found.answer.label in text
    assert "What binds: loss orders < 3 %" in text
    table = text.split("Cheaper by one step")[1]
    for one in found.neighbours:  # only what is another than in the answer
        (changed,) = set(one.settings) - set(found.answer.settings)
        assert f"{changed[0]}={changed[1]}" in table
        assert one.label not in table
    document = json.loads(json.dumps(document_of_sizing(found)))
    assert document["answer"]["settings"] == dict(found.answer.settings)
    rows = found.as_rows()
    assert next(row["role"] for row in rows if row["certified"]) == "answer"
    assert len(csv_of_sizing(found).splitlines()) == len(rows) + 1


def test_the_same_question_has_the_same_answer_whatever_does_the_work(found: Sizing) -> None:
    """All of it, to the last digit."""
    with ThreadPoolExecutor(2) as threads:
        again = size(SHOP, GRID, "loss < 3%", cost=COST, items=2_000, executor=threads)
    assert again._replace(seconds=0) == found._replace(seconds=0)


def test_two_limits_may_leave_nothing() -> None:
    """The nearest are shown."""
    none = size(SHOP, ["orders.capacity=1,4,16"], ["loss < 5%", "wait < 100ms"], items=1_000)
    assert none.answer is None
    assert none.neighbours == ()
    assert "None of 3 variants" in text_of_sizing(none)


def test_the_cheapest_of_all_has_no_cheaper_neighbour() -> None:
    """One variant alone, too."""
    one = size(SHOP, ["clerk.count=4"], "loss < 50%", items=500)
    assert one.answer is not None
    assert one.neighbours == ()
    assert "No variant one step away costs less" in text_of_sizing(one)


def test_variants_that_grow_cost_no_runs() -> None:
    """They are known from their means."""
    ample = Scenario(
        (QueueSpec("orders", 10**6),),
        (ProducerSpec("shop", "orders", Exponential(1.0)),),
        (ConsumerSpec("clerk", "orders", Exponential(3.5)),),
    )
    found = size(ample, ["clerk.count=1..9"], "p95 wait < 3s", items=2_000)
    assert found.answer is not None
    assert found.answer.settings[0][1] >= 4
    growing = [one for one in found.tried if one.judged.growing]
    assert all(one.judged.replications == 0 for one in growing)
    assert all(one.settings[0][1] <= 3 for one in growing)


def test_an_answer_on_the_edge_is_not_taken_for_sure() -> None:
    """With the limit at the value of one, the next is the answer, or it is refused."""
    bound = mmck(1.0, 1 / 1.5, 2, 4).loss or 0.0
    found = size(SHOP, ["orders.capacity=1..8"], f"loss < {100 * bound}%", items=400)
    edge = replace(SHOP, consumers=(replace(SHOP.consumers[0], count=2),))
    found = size(edge, ["orders.capacity=3..6"], f"loss < {100 * bound:.6f}%", items=400)
    assert found.answer is not None
    assert found.answer.settings[0][1] == 5


def test_ctrl_c_returns_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best by then, which is not certified."""
    seen: list[Progress] = []

    def interrupt(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 3:
            raise KeyboardInterrupt

    found = size(SHOP, GRID, "loss < 3%", cost=COST, items=500, on_progress=interrupt)
    assert found.is_interrupted
    assert found.answer is None or not found.answer.is_certified
    assert 1 <= len(found.tried) <= 2
    assert "nterrupted" in text_of_sizing(found)
    assert all(one.done <= one.most for one in seen)


def test_a_variant_that_fails_is_not_the_answer() -> None:
    """Those that do not go together, and those whose runs fail."""
    found = size(
        SHOP, ["orders.overflow=fail,drop_new", "clerk.count=2,3"], "loss < 9%",
        cost="clerk.count", items=500,
    )  # fmt: skip
    assert found.answer is not None
    assert dict(found.answer.settings)["orders.overflow"] == "drop_new"


def test_the_module_has_what_it_names() -> None:
    """The public name is this function."""
    import pcsim

    names: Any = pcsim
    assert names.size is sizing.size
