"""At equal times the most downstream worker goes first, then the first declared."""

from __future__ import annotations

from pcsim.engine.books.ledger import Ledger
from pcsim.engine.virtual.tie_order import ranked
from pcsim.scenario import (
    ConsumerSpec,
    ProducerSpec,
    QueueSpec,
    Retry,
    Scenario,
)  # fmt: skip


def names_by_rank(scenario: Scenario) -> list[str]:
    """The names of the workers, the first to go first."""
    accounts = Ledger(scenario).accounts
    return [accounts[number].name for number in ranked(accounts)]


def test_how_far_downstream_a_worker_is() -> None:
    """By the longest path to the end, that of a dead letter included; then by declaration."""
    scenario = Scenario(
        (QueueSpec("a"), QueueSpec("b"), QueueSpec("dead")),
        (ProducerSpec("P", "a"), ProducerSpec("Q", "b")),
        (
            ConsumerSpec("S", "a", output="b"),
            ConsumerSpec("C", "b", on_error=Retry(1, "dead")),
            ConsumerSpec("D", "dead"),
            ConsumerSpec("E", "b"),
        ),
    )
    assert names_by_rank(scenario) == ["D", "E", "C", "Q", "S", "P"]


def test_in_a_cycle_the_worker_further_from_the_producers_goes_first() -> None:
    """Rework: what is checked comes before what is made."""
    scenario = Scenario(
        (QueueSpec("in"), QueueSpec("made"), QueueSpec("good")),
        (ProducerSpec("P", "in"),),
        (
            ConsumerSpec("Make", "in", output="made"),
            ConsumerSpec("Check", "made", output=("good", "in")),
            ConsumerSpec("Pack", "good"),
        ),
    )
    assert names_by_rank(scenario) == ["Pack", "Check", "Make", "P"]


def test_ranks_of_a_deep_and_wide_system_are_found_at_once() -> None:
    """A chain of 1,000 stages declared from its end, and 12 layers of 80 workers each."""
    chain = [
        ConsumerSpec(f"S{number}", f"q{number}", output=f"q{number + 1}") for number in range(999)
    ]
    scenario = Scenario(
        tuple(QueueSpec(f"q{number}") for number in range(1000)),
        (ProducerSpec("P", "q0"),),
        (*chain, ConsumerSpec("C", "q999")),
    )
    assert names_by_rank(scenario) == ["C", *(stage.name for stage in chain[::-1]), "P"]
    layers = [
        ConsumerSpec(f"L{number}", f"q{number}", output=f"q{number + 1}", count=80)
        for number in range(12)
    ]
    scenario = Scenario(
        tuple(QueueSpec(f"q{number}") for number in range(13)),
        (ProducerSpec("P", "q0"),),
        (*layers[::-1][::2], *layers[::2], ConsumerSpec("C", "q12")),
    )
    assert names_by_rank(scenario)[:3] == ["C", "L11-1", "L11-2"]
