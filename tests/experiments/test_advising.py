"""Advice about a run: by its scenario, or by what was measured of it, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim.analysis.advice import Advice, Measure, sentence
from pcsim.distributions import Exponential
from pcsim.experiments.advice_tasks import ThreadsFound, ThreadsTask
from pcsim.experiments.advising import Advisor
from pcsim.experiments.background import Answer, Work
from pcsim.experiments.changed import Unchanged
from pcsim.experiments.model_of_run import NO_TIME, TOO_FEW, UNLIKE, Model, ModelOfRun, ModelTask
from pcsim.experiments.one_run import virtual_run
from pcsim.experiments.variants.asking import what_if
from pcsim.scenario import Bursts, ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario, demos
from pcsim.scenario.file import load
from pcsim.scenario.keys import with_value
from pcsim.snapshot import Snapshot
from tests.support.at_once import AtOnce
from tests.support.small_scenarios import one_queue
from tests.tui.scenarios import CASES

DEMO = demos.find("back-pressure")


class Later(AtOnce):
    """Does nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[str] = []
        self.may = 0

    def answer(self, task: Work[Answer]) -> Answer | None:
        if task.key not in self._answers:
            self.kinds.append(type(task).__name__)
            if not self.may:
                return None
            self.may -= 1
        return super().answer(task)


class Threads:
    """Says what a run on threads gave, without one."""

    def __init__(self, found: ThreadsFound) -> None:
        self.found = found
        self.scenarios: list[Scenario] = []

    def answer(self, task: Any) -> Any:
        assert isinstance(task, ThreadsTask)
        self.scenarios.append(task.scenario)
        return self.found

    def close(self) -> None:
        """There is none."""


def seen_of(scenario: Scenario, at: float = 0.0, engine: str = "virtual") -> Snapshot:
    """A run of it, at a time."""
    run = virtual_run(scenario)
    if at:
        run.start()
        run.advance(until=at, most=100_000)
    return run.snapshot()._replace(engine=engine)


def advisor(scenario: Scenario, simulations: AtOnce | None = None) -> Advisor:
    found = simulations or AtOnce()
    return Advisor(ModelOfRun(Unchanged(scenario), found), found, AtOnce())


def test_it_says_what_the_command_says() -> None:
    """The same rows, in the same order, with the same numbers."""
    found = what_if(DEMO)
    advice = advisor(DEMO).look(seen_of(DEMO))
    assert advice.is_done
    assert [row.label for row in advice.rows] == [row.label for row in found.rows]
    for here, there in zip(advice.rows, found.rows, strict=True):
        assert here.values == there.values
        assert here.differences == (there.differences or {})
    assert sentence(advice) == (
        "What helps most is one more SlowConsumer: throughput 3.968/s → 7.576/s."
        " 1 other would help, too."
    )


def test_nothing_is_simulated_before_it_is_looked_at_and_rows_come_as_they_are_known() -> None:
    """First the model, then the rows."""
    later = Later()
    asks = advisor(DEMO, later)
    assert later.kinds == []
    seen = seen_of(DEMO)
    assert not asks.look(seen).rows
    later.may = 1
    assert not asks.look(seen).rows
    assert later.kinds[-1] == "RowsTask"
    later.may = 100
    assert asks.look(seen).is_done
    assert asks.look(seen) is asks.look(seen)


def test_twice_as_many_runs_narrow_the_intervals() -> None:
    """And half as many make them wider again."""
    asks = advisor(one_queue(0.1, Exponential(0.08), until=100.0))
    seen = seen_of(DEMO)
    few = asks.look(seen)
    asks.more(1)
    many = asks.look(seen)
    assert (few.replications, many.replications) == (8, 16)
    halves = [one.rows[0].values["wait q"].half_width for one in (few, many)]
    assert halves[1] is not None
    assert halves[0] is not None
    assert halves[1] < halves[0]
    for _ in range(20):
        asks.more(-1)
    assert asks.look(seen).replications == 4


def test_a_question_of_ones_own_has_rows_of_its_own() -> None:
    """Several settings are made together, several values are several rows."""
    asks, seen = advisor(DEMO), seen_of(DEMO)
    assert asks.ask("SlowConsumer.count = 2")  # nothing is known yet
    asks.look(seen)
    assert asks.ask("SlowConsumer.count = 2, main.capacity=4,5") == ""
    asked = asks.look(seen).asked
    assert asked is not None
    assert [row.label for row in asked.rows] == [
        "SlowConsumer.count=2, main.capacity=4",
        "SlowConsumer.count=2, main.capacity=5",
    ]
    assert [one.what for one in asked.rows[0].changes] == ["capacity", "add"]
    assert asked.rows[0].differences["throughput"].mean > 3
    assert asks.ask("[red].count = 2") != ""
    assert asks.look(seen).asked is None


def test_a_row_runs_on_threads_to_see_whether_that_agrees() -> None:
    """It is said how far they are apart; too few items say nothing."""
    threads = Threads(ThreadsFound(100, 7.5))
    asks, seen = Advisor(ModelOfRun(Unchanged(DEMO), AtOnce()), AtOnce(), threads), seen_of(DEMO)
    assert asks.verify("one more SlowConsumer") == "Nothing is known of that yet."
    asks.look(seen)
    assert asks.verify("one more SlowConsumer") == ""
    verified = asks.look(seen).verified
    assert verified is not None
    assert verified.text == "one more SlowConsumer: 7.5/s on threads, 7.576/s predicted (-1.0%)"
    assert len(threads.scenarios[0].workers) == 3
    threads.found = ThreadsFound(3, 0.2)
    asks.verify("as it is")
    few = asks.look(seen).verified
    assert few is not None
    assert "3 items in 15 s say nothing" in few.text


def test_times_that_were_measured_take_the_place_of_those_described() -> None:
    """Then workers may be added in the run, but its code cannot be made faster."""
    real = one_queue(0.1, 0.3, until=100.0)
    described = with_value(real, "C.service_time", 0.01)
    asks = advisor(described)
    advice = asks.look(seen_of(real, 50.0, "threads"))
    assert advice.is_measured
    assert advice.rows[0].values["throughput"].mean == pytest.approx(1 / 0.3, rel=0.1)
    by_label = {row.label: row for row in advice.rows}
    assert by_label["one more C"].changes
    assert "its code" in by_label["C 20 % faster"].not_live
    assert "has the code" in asks.verify("one more C")


def test_where_nothing_is_known_it_says_why() -> None:
    """Too few items, no time that passes, a simulation that does not come to the same."""
    real = one_queue(0.1, 0.3, until=100.0)
    silent = with_value(with_value(real, "C.service_time", 0), "P.interval", 0)
    assert advisor(silent).look(seen_of(real, 0.1, "threads")).why_not == TOO_FEW.format(5)
    asks = advisor(silent)
    assert asks.look(seen_of(real, 0.1, "threads")).why_not == TOO_FEW.format(5)
    assert not asks.look(seen_of(real, 50.0, "threads")).why_not  # it looks again
    no_time = seen_of(real, 50.0, "threads")
    odd = no_time._replace(at=no_time.at * 7)
    assert advisor(real).look(odd).why_not == UNLIKE
    assert NO_TIME


def test_a_run_that_would_last_long_is_cut_to_the_time_of_20_000_items() -> None:
    """And one without an end has one: by what came out of it, where that is known."""
    long = Scenario(
        (QueueSpec("q", 5),),
        (ProducerSpec("P", "q", 0.1),),
        (ConsumerSpec("C", ("q",), 0.05),),
        end=End(time=1e6),
    )
    made = ModelTask(1, long).done()
    assert made.length == pytest.approx(2_000.0)
    endless = Scenario(long.queues, (ProducerSpec("P", "q", 0.0),), long.consumers)
    assert ModelTask(2, endless).done().why_not.startswith("A run of it never ends")
    assert ModelTask(3, endless, None, 20.0).done().length == pytest.approx(1_000.0)
    bursts = Scenario(
        long.queues,
        (ProducerSpec("P", "q", 0.1, bursts=Bursts(on=1.0, off=1.0)),),
        long.consumers,
    )
    assert ModelTask(4, bursts).done().length == pytest.approx(4_000.0)


def test_one_fewer_of_several_is_among_the_questions() -> None:
    """It saves a worker."""
    made = ModelTask(1, load(CASES / "fan.toml", Scenario)).done()
    assert isinstance(made, Model)
    assert "one fewer resize-small" in [one.label for one in made.variants]
    assert "one fewer writer" not in [one.label for one in made.variants]


def test_a_sentence_is_there_whatever_is_known() -> None:
    """Nothing, only the system as it is, or nothing that helps."""
    assert "being simulated" in sentence(Advice())
    assert sentence(Advice(why_not="No.")) == "No."
    seen = advisor(one_queue(1.0, 0.1, until=50.0)).look(seen_of(DEMO))
    assert sentence(seen._replace(rows=seen.rows[:1])).startswith("No change so far makes")
    assert Measure("throughput", "1/s").is_better_more
