"""What limits a system in words: of a run that has finished, and of one that goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcsim.analysis.counterfactual import (
    ChangeKind,
    Diagnosis,
    Part,
    PartKind,
    Together,
    Verdict,
)
from pcsim.analysis.diagnosis import advice, bottleneck, sentence
from pcsim.experiments.counterfactuals import diagnose
from pcsim.experiments.one_run import finish, virtual_run
from pcsim.scenario import End, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Snapshot
from pcsim.theory.statistics import confidence_interval
from tests.support.small_scenarios import one_queue

CASES = Path(__file__).parent.parent / "cases" / "diagnosis"


def judged(scenario: Scenario) -> tuple[Snapshot, Diagnosis]:
    """The end of a run of the scenario, and what limits it."""
    run = virtual_run(scenario)
    finish(run)
    found = diagnose(scenario)
    assert found is not None
    return run.snapshot(), found


def case(number: str) -> tuple[Snapshot, Diagnosis]:
    """One of the case files, judged."""
    return judged(Scenario.load(next(CASES.glob(f"{number}-*.toml"))))


def test_the_worker_whose_improvement_helps_is_the_bottleneck() -> None:
    """With how busy it is, what waits for it, and what one more of it brings."""
    run, found = case("24")
    assert bottleneck(run, found) == "cb"
    assert sentence(run, found).startswith("cb was the bottleneck: busy 99 %; b was full")
    assert sentence(run, found).endswith("of the time, so p had to wait.")
    assert advice(run, found).startswith("One more cb would bring")
    assert advice(run, found).endswith("Three would keep up.")


def test_a_queue_that_drops_holds_nobody_back() -> None:
    """What it loses is part of the sentence, and what would keep it part of the advice."""
    run, found = case("30")
    assert "nobody had to wait for it. 7" in sentence(run, found)
    assert "of what came to audit was lost, because it was full." in sentence(run, found)
    assert "so Router" not in sentence(run, found)
    assert "To lose less at audit: 6 Auditor" in advice(run, found)


def test_queues_that_are_too_small_are_named_together() -> None:
    """In a balanced line no single worker is slow."""
    run, found = case("11")
    assert sentence(run, found).startswith("a, b and c were too small: s1, s2 and 2 more took")
    assert advice(run, found).startswith("Three times the capacity of a, b and c would bring 1")


def test_open_arrivals_are_no_bottleneck() -> None:
    """The sentence has load and wait, and nobody is advised to produce faster."""
    run, found = case("14")
    assert bottleneck(run, found) is None
    assert sentence(run, found).startswith("No bottleneck: c was busy 80 %; items waited 3.")
    assert "on average, p99" in sentence(run, found)
    assert advice(run, found).startswith("One more c would shorten the wait to about 1")


def test_a_constant_source_is_the_limit_of_those_that_wait_for_it() -> None:
    """It is not busy: it waits for its interval."""
    run, found = judged(one_queue(1.0, 0.5, until=1000.0))
    assert sentence(run, found) == (
        "The sources were the limit: they made 1/s, the workers could do 2/s; "
        "C waited for items 50 % of the time."
    )
    assert advice(run, found) == (
        "One more P would bring 100 % more items a second; P 20 % faster, 20 % more."
    )


def test_many_workers_are_named_by_the_first_and_the_last() -> None:
    """A hundred names are no sentence."""
    run, found = judged(one_queue(0.1, 1.0, consumers=5, capacity=5, until=100.0))
    assert bottleneck(run, found) == "C-1 to C-5"


@pytest.mark.parametrize("name", ["\x1b]52;c;aGk=\x07\u202e\n[red]"])
def test_hostile_names_never_reach_the_words_as_they_are(name: str) -> None:
    """Names from outside are escaped, in queues and workers alike."""
    plain = one_queue(0.5, 1.0, capacity=2)
    queue = f"q{name}"
    run, found = judged(
        Scenario(
            queues=(QueueSpec(queue, 2, "drop_new"),),  # type: ignore[arg-type]
            producers=(ProducerSpec(f"P{name}", queue, interval=0.5),),
            consumers=tuple(
                type(one)(f"C{name}", queue, one.service_time) for one in plain.consumers
            ),
            end=End(time=100),
        )
    )
    assert sentence(run, found).isprintable()
    assert advice(run, found).isprintable()


def test_a_system_that_is_too_large_is_judged_by_what_was_measured() -> None:
    """And the advice says that nothing was simulated."""
    run, _ = judged(one_queue(0.1, 1.0, capacity=5, until=100.0))
    found = Diagnosis(Verdict.TOO_LARGE, confidence_interval([0.0]))
    assert sentence(run, found) == sentence(run)
    assert advice(run, found).endswith(
        "(Not simulated: the system is too large to try every change of it.)"
    )


def test_only_what_reads_is_said_to_be_busy_where_a_source_is_a_limit_too() -> None:
    """A source lets its interval pass: that it is busy 0 % would say that it has time to spare."""
    run, found = case("24")
    worker = Part(PartKind.WORKERS, ("cb",), ("cb",), ("b",))
    source = Part(PartKind.SOURCES, ("p",), ("p",))
    gain = confidence_interval([0.2, 0.3])
    both = found._replace(together=Together((source, worker), ChangeKind.FASTER, gain, 1.0))
    text = sentence(run, both)
    assert text.startswith("p and cb were the bottleneck together, cb busy 99 %: a change of one")
    alone = found._replace(together=Together((source, source), ChangeKind.FASTER, gain, 1.0))
    assert "busy" not in sentence(run, alone).partition(":")[0]
