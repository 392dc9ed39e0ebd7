"""Changes as text: as data, and in the words that a person types."""

from __future__ import annotations

import pytest

from pcsim.distributions import Empirical, Exponential
from pcsim.errors import ScenarioError
from pcsim.scenario import Change, Retry
from pcsim.scenario.change_text import from_words, in_words, read, written
from pcsim.scenario.changes import (
    KINDS,
    AddWorkers,
    Burst,
    FailItem,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetInterval,
    SetOnError,
    SetOverflow,
    SetServiceTime,
    SetWeights,
    SlowSpell,
)

TYPED: list[tuple[str, Change]] = [
    ("capacity store 16", SetCapacity("store", 16)),
    ("overflow store drop_old", SetOverflow("store", "drop_old")),  # type: ignore[arg-type]
    ("add writer", AddWorkers("writer")),
    ("add writer 2", AddWorkers("writer", 2)),
    ("remove writer-2", RemoveWorkers("writer-2")),
    ("interval web 250ms", SetInterval("web", 0.25)),
    ("interval 'web shop' 2", SetInterval("web shop", 2.0)),
    (
        'service_time writer { distribution = "exponential", mean = 0.1 }',
        SetServiceTime("writer", Exponential(0.1)),
    ),
    ("weights router 3 1.5", SetWeights("router", (3.0, 1.5))),
    ("on_error clerk skip", SetOnError("clerk", "skip")),
    ('on_error clerk { retries = 2, dead_letter = "dead" }', SetOnError("clerk", Retry(2, "dead"))),
    ("freeze writer 5s", Freeze("writer", 5.0)),
    ("fail writer", FailItem("writer")),
    ("burst web 50", Burst("web", 50)),
    ("slow writer 3 1m", SlowSpell("writer", 3.0, 60.0)),
]


@pytest.mark.parametrize(("text", "change"), TYPED, ids=[text for text, _ in TYPED])
def test_words_and_data_mean_the_change(text: str, change: Change) -> None:
    """Each kind can be typed, and kept, and comes back the same."""
    assert from_words(text) == change
    assert from_words(in_words(change)) == change
    assert read(written(change)) == change


def test_every_kind_can_be_typed() -> None:
    """No kind of change is missing above."""
    assert {type(change) for _, change in TYPED} == set(KINDS)


def test_numbers_are_kept_exactly() -> None:
    """A time that is no short decimal comes back bit for bit."""
    change = SetServiceTime("w", Empirical((0.1 + 0.2, 1 / 3)), at=0.1 + 0.7)
    assert read(written(change)) == change


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "change '' is unknown; known: 'capacity'"),
        ("ad writer", "change 'ad' is unknown; did you mean 'add'?"),
        ("add", "change 'add' names nothing: write add WORKER"),
        ("capacity store", "has no capacity: write capacity QUEUE CAPACITY"),
        ("capacity store many", "change.capacity must be .*, not 'many'"),
        ("add writer 2 3", "more words than it needs, '3'"),
        ("add writer 0", "count .*1 to 10,000"),
        ("add 'writer", "quotation mark is not closed"),
        ("service_time w { mean = }", "is no table such as"),
        ("slow writer 1 5s", "factor"),
        ("\x1b[31m writer", r"change '\\e\[31m' is unknown"),
    ],
)
def test_wrong_words_are_one_line_with_what_would_be_right(text: str, message: str) -> None:
    """No traceback, and nothing of a terminal's control characters."""
    with pytest.raises(ScenarioError, match=message) as found:
        from_words(text)
    assert "\n" not in str(found.value)
    assert "\x1b" not in str(found.value)
