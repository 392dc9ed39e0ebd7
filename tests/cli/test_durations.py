"""Durations as they are typed."""

from __future__ import annotations

import click
import pytest

from pcsim.cli.durations import Duration
from pcsim.text import parse_seconds
from tests.support.cases import case

DURATIONS: list[tuple[str, float]] = [
    ("90", 90.0),
    ("1.5", 1.5),
    (".5", 0.5),
    ("2.", 2.0),
    ("1e3", 1000.0),
    ("250ms", 0.25),
    ("1h30m", 5400.0),
    ("1.5h", 5400.0),
    ("2d", 172800.0),
    ("1m250ms", 60.25),
    ("30m1h", 5400.0),
    (" 10S ", 10.0),
    ("0", 0.0),
]


def test_a_duration_is_its_seconds() -> None:
    """A number alone is seconds, units add up in any order, and case does not matter."""
    for typed, seconds in DURATIONS:
        with case(typed, seconds):
            assert parse_seconds(typed) == pytest.approx(seconds)


NO_DURATIONS: list[str] = [
    "",
    "h",
    "1x",
    "1h 30m",
    "1h30",
    "ms",
    "-5",
    "+5",
    "nan",
    "inf",
    "1_000",
    "1,5",
    "٣",
    "1e",
    ".",
]


def test_other_texts_are_no_duration() -> None:
    """Nothing is guessed: no sign, no blank, no number without its unit after one with."""
    for typed in NO_DURATIONS:
        with case(typed):
            assert parse_seconds(typed) is None


WRONG_DURATIONS: list[str] = ["0", "0s", "-1", "soon", "9" * 400 + "d", "1e999", "auto"]


def test_a_wrong_duration_is_refused_with_examples() -> None:
    """The message is short, whatever was typed."""
    for typed in WRONG_DURATIONS:
        with case(typed):
            with pytest.raises(click.BadParameter) as refused:
                Duration().convert(typed, None, None)
            message = refused.value.message
            assert " is not a time" in message
            assert (" above 0" in message) == (typed in ("0", "0s"))
            assert message.endswith("; try 90, 250ms or 1h30m")
            assert len(message) < 120


def test_a_warm_up_may_be_a_word_or_zero() -> None:
    """Its words are offered where it is wrong."""
    warm_up = Duration("auto", allow_zero=True)
    assert [warm_up.convert(typed, None, None) for typed in ("auto", "0", "1m")] == ["auto", 0, 60]
    with pytest.raises(click.BadParameter, match=r"not a time; try 90, .*, or auto"):
        warm_up.convert("soon", None, None)


def test_a_text_from_outside_is_shown_safely() -> None:
    """Nothing that is typed moves the cursor."""
    with pytest.raises(click.BadParameter) as refused:
        Duration().convert("\x1b[2J\u202e", None, None)
    assert refused.value.message.startswith("'\\e[2J\\u202e' is not a time")
